import { readFileSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';
import { compile } from 'svelte/compiler';

/** What each application in `apps/` exports. */
export interface App {
  /** The HTML that a server answers. */
  render: (collector: string) => Promise<string>;
  /** Takes that HTML over in a browser. */
  hydrate: (root: unknown, collector: string) => void;
}

const WRAPPERS = ['react', 'vue', 'svelte'].map((name) => [`kmq/${name}`, `./dist/${name}.mjs`]);

/** An application of `apps/` with its framework, as it is developed: there React's strict mode mounts everything twice. */
export async function bundle(file: string, platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: entry(file, platform), resolveDir: 'test/frameworks/apps' },
    bundle: true,
    format: platform === 'node' ? 'esm' : 'iife',
    platform,
    // Frameworks for Node are CommonJS.
    ...(platform === 'node' && {
      banner: { js: 'import { createRequire } from "node:module";var require = createRequire("/");' },
    }),
    globalName: 'app',
    // Not the JSX of the pages, which tsconfig.json names.
    tsconfigRaw: {},
    jsx: 'automatic',
    charset: 'utf8',
    alias: Object.fromEntries(WRAPPERS),
    conditions: ['module', ...(platform === 'browser' ? ['browser'] : [])],
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true',
    },
    plugins: [svelte(platform === 'node' ? 'server' : 'client')],
    logLevel: 'error',
    write: false,
  });
  return outputFiles[0]!.text;
}

const entry = (file: string, platform: string): string =>
  `export { ${platform === 'node' ? 'render' : 'hydrate'} } from './${file}';`;

const svelte = (generate: 'client' | 'server'): Plugin => ({
  name: 'svelte',
  setup: (build) =>
    build.onLoad({ filter: /\.svelte$/ }, ({ path: filename }) => ({
      contents: compile(readFileSync(filename, 'utf8'), { filename, generate, dev: true }).js.code,
    })),
});
