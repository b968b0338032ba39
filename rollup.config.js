import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { dts } from 'rollup-plugin-dts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const banner = `/*! kmq ${version}, js-cookie, nanoid: MIT */`;

const plugins = (target) => [
  nodeResolve({ browser: true }),
  typescript({ tsconfig: 'tsconfig.browser.json', compilerOptions: { target } }),
];

/**
 * js-cookie writes cookies here with a name, a domain and days to live that need no care, reads all of them, and does
 * nothing else. The rest of it is left out of what every visitor downloads: its other methods, what it does for other
 * names, values and attributes, for browsers without Object.assign, and a second look at document.cookie, each of which
 * asks another process.
 */
function leanCookies() {
  const cuts = [
    [/return Object\.create\(\s*\{\s*set: set,\s*get: get,[\s\S]*?\n {2}\)\n/, 'return { set: set, get: get }\n'],
    [/if \(typeof document === 'undefined'[^{]*\{\s*return\s*\}/g, ''],
    [/function assign \(target\) \{[\s\S]*?\n\}/, 'var assign = Object.assign;'],
    [/function get\(name\)/, 'function get()'],
    [/if \(name === found\) \{\s*break\s*\}/, ''],
    [/name = encodeURIComponent\(name\)[\s\S]*?escape\);/, ''],
    [/if \(attributes\[attributeName\] === true\) \{\s*continue\s*\}/, ''],
    [/\.split\(';'\)\[0\]/, ''],
    [
      /if \(typeof attributes\.expires === 'number'\) (\{[\s\S]*?\n {4}\})\s*if \(attributes\.expires\) (\{[\s\S]*?\n {4}\})/,
      '$1 $2',
    ],
    [/if \(value\[0\] === '"'\) \{[\s\S]*?\n {4}\}/, ''],
    [/encodeURIComponent\(value\)\.replace\([\s\S]*?decodeURIComponent\s*\)/, 'encodeURIComponent(value)'],
    [/document\.cookie \? (document\.cookie\.split\('; '\)) : \[\]/, '$1'],
    [/return name \? jar\[name\] : jar/, 'return jar'],
  ];
  return {
    name: 'lean-cookies',
    transform(code, id) {
      if (!id.includes('js-cookie')) return null;
      for (const [what, instead] of cuts) {
        if (code.search(what) < 0) this.error(`js-cookie has changed: ${what} is not in it`);
        code = code.replace(what, instead);
      }
      return { code, map: null };
    },
  };
}

/**
 * What Terser leaves to its user. Constants that are texts or numbers stand where they are used; `let` everywhere
 * is one word less for the compressor; at the top `var`, whose declarations Terser merges: there they never leave
 * the function around them.
 */
function plainBindings() {
  return {
    name: 'plain-bindings',
    renderChunk(code) {
      const literals = [...code.matchAll(/^const ([A-Z][A-Z_$\d]+) = ('[^']*'|[\d._e]+);$/gm)];
      for (const [declaration, name, literal] of literals) {
        code = code
          .replace(declaration, '')
          .replaceAll(RegExp(`(?<![\\w$.])${name.replace('$', '\\$')}(?![\\w$])`, 'g'), literal);
      }
      return { code: code.replace(/^(const|let) /gm, 'var ').replace(/\bconst (?=[\w{[])/g, 'let '), map: null };
    },
  };
}

const smallest = {
  compress: {
    passes: 4,
    ecma: 2020,
    unsafe_arrows: true,
    pure_getters: true,
    hoist_funs: true,
    loops: false,
    comparisons: false,
    unsafe_methods: true,
  },
  // What stands in a file of another encoding still reads the same.
  format: { comments: /^! kmq/, ascii_only: true },
};

/** Declarations of globals are no module's: compiled with the sources, every one of them would see them. */
function copyGlobalTypes() {
  return { name: 'copy-global-types', writeBundle: () => cpSync('types/global.d.mts', 'dist/global.d.mts') };
}

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
      strict: false,
      indent: false,
      plugins: [plainBindings(), terser(smallest)],
    },
    plugins: [leanCookies(), ...plugins('ES2021')],
  },
  {
    input: 'src/tracker/module.ts',
    output: { file: 'dist/kmq.mjs', format: 'es', banner },
    plugins: plugins('ES2021'),
  },
  {
    input: 'src/tracker/module.ts',
    output: { file: 'dist/kmq.d.mts', format: 'es' },
    plugins: [dts({ tsconfig: 'tsconfig.browser.json' }), copyGlobalTypes()],
  },
  {
    input: 'src/loader/index.ts',
    // Pasted as it stands, and never compiled by the page's owner: the oldest syntax, in one line.
    output: { file: 'dist/loader.js', format: 'es', plugins: [terser({ ecma: 5, compress: { passes: 3 } })] },
    plugins: plugins('ES2020'),
  },
  {
    input: { start: 'src/dashboard/start.ts', live: 'src/dashboard/live.ts', person: 'src/dashboard/person.ts' },
    output: { dir: 'lib/dashboard', format: 'es', chunkFileNames: '[name].js' },
    plugins: [...plugins('ES2022'), copyPages()],
  },
];
