import { readFileSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { dts } from 'rollup-plugin-dts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const banner = `/*! kmq ${version}, js-cookie, nanoid: MIT */`;
/**
 * Nearly all of the tracker runs at once: Chromium compiles it as a whole, beside the page's thread, and not function by
 * function in it (https://github.com/WICG/explicit-javascript-compile-hints-file-based).
 */
const hint = '//# allFunctionsCalledOnLoad';

// Types are checked once, by `npm run typecheck`, and not again with every bundle.
const compile = (tsconfig) => typescript({ tsconfig, compilerOptions: { noCheck: true } });
const browser = [nodeResolve({ browser: true }), compile('tsconfig.browser.json')];

/**
 * A page's classic script may have `class Map` or `const URL` at its top, which hide the browser's own from all scripts and
 * are on no object.
 */
const intro = 'const { Map, Set, Image, URL, history, crypto } = globalThis;';

/** @param format further options of Terser's output */
const minified = (format) => ({
  banner,
  intro,
  // For debuggers that are pointed to it: what is served does not name it.
  sourcemap: 'hidden',
  plugins: [
    terser({
      compress: { ecma: 2020, passes: 3, hoist_funs: true, unsafe_arrows: true, unsafe_methods: true },
      // ASCII: what stands in a page of another encoding still reads the same.
      format: { comments: /^! kmq|^# all/, ascii_only: true, ...format },
    }),
  ],
});

/** The wrappers for frameworks. Each is a file of its own that imports nothing but its framework. */
const frameworks = ['react', 'vue', 'svelte'].flatMap((name) => [
  {
    input: `src/frameworks/${name}.ts`,
    output: {
      file: `dist/${name}.mjs`,
      format: 'es',
      // Whoever renders it on a server imports a component of the browser (https://react.dev/reference/rsc/use-client).
      banner: (name === 'react' ? "'use client';\n" : '') + `/*! kmq ${version}: MIT */`,
      plugins: [terser({ module: true, compress: { ecma: 2020, passes: 3, directives: false } })],
    },
    external: /^(react|vue|svelte)\b/,
    plugins: browser,
  },
  {
    input: `src/frameworks/${name}.ts`,
    output: { file: `dist/${name}.d.mts`, format: 'es' },
    external: /^(react|vue|svelte)\b/,
    plugins: [dts({ tsconfig: 'tsconfig.json' })],
  },
]);

/** The package `kmq`: what a CDN serves and what is imported. All of it is committed in `dist/`. */
export default [
  {
    input: 'src/tracker/index.ts',
    output: { file: 'dist/kmq.js', format: 'iife', strict: false, ...minified(), banner: `${hint}\n${banner}` },
    plugins: browser,
  },
  {
    // Minified as well: it is served to `<script type="module">`, and a bundler takes it either way. What is marked as
    // pure stays marked, so that the bundler leaves out what is not imported.
    input: 'src/tracker/module.ts',
    output: { file: 'dist/kmq.mjs', format: 'es', ...minified({ preserve_annotations: true }) },
    plugins: browser,
  },
  {
    input: 'src/loader/index.ts',
    // Pasted as it stands, and never compiled by the page's owner: the oldest syntax, in one line.
    output: { file: 'dist/loader.js', format: 'es', plugins: [terser({ ecma: 5, compress: { passes: 3 } })] },
    plugins: browser,
  },
  {
    input: 'src/node/index.ts',
    output: { file: 'dist/node.mjs', format: 'es', banner: `/*! kmq ${version}, nanoid: MIT */` },
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
