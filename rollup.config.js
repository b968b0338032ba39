import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { dts } from 'rollup-plugin-dts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const banner = `/*! kmq ${version}, MIT; with js-cookie and nanoid, MIT */`;

const plugins = (target) => [
  nodeResolve({ browser: true }),
  typescript({ tsconfig: 'tsconfig.browser.json', compilerOptions: { target } }),
];

/** The pages for people: one script each, with their HTML, styles and pictures beside them. */
function copyPages() {
  return {
    name: 'copy-pages',
    writeBundle({ dir }) {
      mkdirSync(dir, { recursive: true });
      for (const file of readdirSync('src/dashboard')) {
        if (/\.(html|css|svg)$/.test(file)) cpSync(`src/dashboard/${file}`, `${dir}/${file}`);
      }
    },
  };
}

export default [
  {
    input: 'src/tracker/index.ts',
    output: {
      file: 'dist/kmq.js',
      format: 'iife',
      banner,
      plugins: [terser({ compress: { passes: 3, ecma: 2018 }, format: { comments: /^!/, ascii_only: true } })],
    },
    plugins: plugins('ES2018'),
  },
  {
    input: 'src/tracker/module.ts',
    output: { file: 'dist/kmq.mjs', format: 'es', banner },
    plugins: plugins('ES2018'),
  },
  {
    input: 'src/tracker/module.ts',
    output: { file: 'dist/kmq.d.mts', format: 'es' },
    plugins: [dts({ tsconfig: 'tsconfig.browser.json' })],
  },
  {
    input: 'src/loader/index.ts',
    // Pasted as it stands, and never compiled by the page's owner: the oldest syntax, in one line.
    output: { file: 'dist/loader.js', format: 'es', plugins: [terser({ ecma: 5, compress: { passes: 3 } })] },
    plugins: plugins('ES2018'),
  },
  {
    input: { start: 'src/dashboard/start.ts', live: 'src/dashboard/live.ts', person: 'src/dashboard/person.ts' },
    output: { dir: 'lib/dashboard', format: 'es', chunkFileNames: '[name].js' },
    plugins: [...plugins('ES2022'), copyPages()],
  },
];
