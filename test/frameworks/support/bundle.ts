import { readFileSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';
import { compile } from 'svelte/compiler';

/** The exports of each application in `apps/`. */
export interface App {
  /** The HTML of the server. */
  render: (collector: string) => Promise<string>;
  /** Hydrates that HTML in a browser. */
  hydrate: (root: unknown, collector: string) => void;
}

const WRAPPERS = ['react', 'vue', 'svelte'].map((name) => [`kmq/${name}`, `./dist/${name}.mjs`]);

/** An application of `apps/` with its framework, as in development, where React's strict mode mounts everything twice. */
export async function bundle(file: string, platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: entry(file, platform), resolveDir: 'test/frameworks/apps' },
    bundle: true,
    format: platform === 'node' ? 'esm' : 'iife',
    platform,
    // For Node, frameworks are CommonJS.
    ...(platform === 'node' && {
      banner: { js: 'import { createRequire } from "node:module";var require = createRequire("/");' },
    }),
    globalName: 'app',
    // Not the JSX of the dashboard's pages, which tsconfig.json configures.
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
