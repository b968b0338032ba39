import { readFileSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { dts } from 'rollup-plugin-dts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const banner = `/*! kmq ${version}, js-cookie, nanoid: MIT */`;
/**
 * A hint for Chromium to compile the whole tracker at once, outside of the page's thread: nearly all of it runs at the start
 * (https://github.com/WICG/explicit-javascript-compile-hints-file-based).
 */
const hint = '//# allFunctionsCalledOnLoad';

// Types are checked by `npm run typecheck`, and not again for every bundle.
const compile = (tsconfig) => typescript({ tsconfig, compilerOptions: { noCheck: true } });
const browser = [nodeResolve({ browser: true }), compile('tsconfig.browser.json')];

/**
 * A classic script of the page may declare `class Map` or `const URL` at its top, which hides the browser's own from all scripts.
 * The properties of `globalThis` are not affected.
 */
const intro = 'const { Map, Set, Image, URL, history, crypto } = globalThis;';

/**
 * Test runners that imitate a browser replace globals of Node: in Jest with jsdom, a timer is a number without `unref`, and
 * `TextEncoder` is missing, which code that the client shares with the tracker needs. The modules of Node stay what they are.
 */
const introOfNode = `import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { URL } from 'node:url';
import { TextEncoder } from 'node:util';`;

/** @param format further options of Terser's output */
const minified = (format) => ({
  banner,
  intro,
  // The script does not name its source map: a debugger gets the map by hand.
  sourcemap: 'hidden',
  plugins: [
    terser({
      compress: { ecma: 2020, passes: 3, hoist_funs: true, unsafe_arrows: true, unsafe_methods: true },
      // ASCII only, so that a page's encoding does not matter.
      format: { comments: /^! kmq|^# all/, ascii_only: true, ...format },
    }),
  ],
});

/** The frameworks that have a wrapper. */
const FRAMEWORKS = ['react', 'vue', 'svelte'];
const isFramework = (module) => FRAMEWORKS.includes(module.split('/')[0]);

/** The wrappers for frameworks. Each is one file, which imports only its framework. */
const frameworks = FRAMEWORKS.flatMap((name) => [
  {
    input: `src/frameworks/${name}.ts`,
    output: {
      file: `dist/${name}.mjs`,
      format: 'es',
      // Marks the module as client code for server components (https://react.dev/reference/rsc/use-client).
      banner: (name === 'react' ? "'use client';\n" : '') + `/*! kmq ${version}: MIT */`,
      plugins: [terser({ module: true, compress: { ecma: 2020, passes: 3, directives: false } })],
    },
    external: isFramework,
    plugins: browser,
  },
  {
    input: `src/frameworks/${name}.ts`,
    output: { file: `dist/${name}.d.mts`, format: 'es' },
    external: isFramework,
    plugins: [dts({ tsconfig: 'tsconfig.json' })],
  },
]);

/** The package `kmq`: files for a CDN and modules to import. All of them are committed in `dist/`. */
export default [
  {
    input: 'src/tracker/index.ts',
    output: { file: 'dist/kmq.js', format: 'iife', strict: false, ...minified(), banner: `${hint}\n${banner}` },
    plugins: browser,
  },
  {
    // Also minified, since it may be served to `<script type="module">`. Marks for pure calls are kept, so that a bundler
    // can leave out commands that are not imported.
    input: 'src/tracker/module.ts',
    output: { file: 'dist/kmq.mjs', format: 'es', ...minified({ preserve_annotations: true }) },
    plugins: browser,
  },
  {
    input: 'src/loader/index.ts',
    // Owners paste it without compiling it, so it has the oldest syntax, in one line.
    output: { file: 'dist/loader.js', format: 'es', plugins: [terser({ ecma: 5, compress: { passes: 3 } })] },
    plugins: browser,
  },
  {
    input: 'src/node/index.ts',
    output: { file: 'dist/node.mjs', format: 'es', banner: `/*! kmq ${version}, nanoid: MIT */`, intro: introOfNode },
    external: /^node:/,
    plugins: [nodeResolve({ exportConditions: ['node'] }), compile('tsconfig.node.json')],
  },
  {
    input: { kmq: 'src/tracker/module.ts', node: 'src/node/index.ts' },
    output: { dir: 'dist', format: 'es', entryFileNames: '[name].d.mts', paths: { kmq: './kmq.mjs' } },
    external: /^(node:|kmq$)/,
    plugins: [dts({ tsconfig: 'tsconfig.json' })],
  },
  ...frameworks,
];
