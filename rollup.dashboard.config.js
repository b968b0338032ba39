import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import typescript from '@rollup/plugin-typescript';

const FOLDER = 'server/lib/dashboard';

/** Their HTML, styles and pictures beside them. */
function copyPages() {
  return {
    name: 'copy-pages',
    writeBundle() {
      mkdirSync(FOLDER, { recursive: true });
      for (const file of readdirSync('src/dashboard')) {
        if (/\.(html|css|svg)$/.test(file)) cpSync(`src/dashboard/${file}`, `${FOLDER}/${file}`);
      }
    },
  };
}

/** The collector's pages for people: one script each. */
export default {
  input: { start: 'src/dashboard/start.ts', live: 'src/dashboard/live.ts', person: 'src/dashboard/person.ts' },
  output: { dir: FOLDER, format: 'es', chunkFileNames: '[name].js' },
  plugins: [
    nodeResolve({ browser: true }),
    typescript({ tsconfig: 'tsconfig.browser.json', compilerOptions: { noCheck: true } }),
    copyPages(),
  ],
};
