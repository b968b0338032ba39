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
    // Its other methods, and the defaults that they are for.
    [/return Object\.create\(\s*\{\s*set: set,\s*get: get,[\s\S]*?\n {2}\)\n/, 'return { set: set, get: get }\n'],
    [/attributes = assign\(\{\}, defaultAttributes, attributes\);/, ''],
    [/init\(defaultConverter, \{ path: '\/' \}\)/, 'init()'],
    // Where there is no document.
    [/if \(typeof document === 'undefined'[^{]*\{\s*return\s*\}/g, ''],
    // One cookie by its name.
    [/if \(name === found\) \{\s*break\s*\}/, ''],
    [/return name \? jar\[name\] : jar/, 'return jar'],
    // Another look, each of which asks another process.
    [/document\.cookie \? (document\.cookie\.split\('; '\)) : \[\]/, '$1'],
    // Names, values and attributes that need care: ours are made of letters, encoded, and days or domains.
    [/name = encodeURIComponent\(name\)[\s\S]*?escape\);/, ''],
    [/converter\.write\(value, name\)/, 'encodeURIComponent(value)'],
    [/converter\.read\(value, found\)/, 'value.replace(/(%[\\dA-F]{2})+/gi, decodeURIComponent)'],
    [/if \(attributes\[attributeName\] === true\) \{\s*continue\s*\}/, ''],
    [/\.split\(';'\)\[0\]/, ''],
    [
      /if \(typeof attributes\.expires === 'number'\) \{([\s\S]*?)\n {4}\}\s*if \(attributes\.expires\) \{([\s\S]*?)\n {4}\}/,
      '$1 $2',
    ],
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

/**
 * After Terser, which leaves declarations of functions as they are: arrows are shorter. They stand together in front of
 * everything else, and none of them is a constructor or says `this`.
 */
function arrowFunctions() {
  return {
    name: 'arrow-functions',
    renderChunk(code) {
      const text = ({ start, end }) => code.slice(start, end);
      const [{ expression }] = this.parse(code).body;
      const functions = expression.callee.body.body.filter(({ type }) => type === 'FunctionDeclaration');
      const arrows = functions.map(({ id, params, body }) => {
        const [first] = body.body;
        const isValue = first.type === 'ReturnStatement' && first.argument;
        const takes =
          params.length === 1 && params[0].type === 'Identifier' ? text(params[0]) : `(${params.map(text)})`;
        const value = isValue && text(first.argument);
        const needsBrackets = isValue && /Object|Sequence/.test(first.argument.type);
        return `${text(id)}=${takes}=>${!isValue ? text(body) : needsBrackets ? `(${value})` : value}`;
      });
      const rest = code.slice(functions.at(-1).end);
      if (/\b(this|arguments)\b/.test(arrows.join()) || !rest.startsWith('var '))
        this.error('no arrows can be made of it');
      return { code: `${code.slice(0, functions[0].start)}var ${arrows},${rest.slice(4)}`, map: null };
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
      plugins: [plainBindings(), terser(smallest), arrowFunctions()],
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
    output: { dir: 'server/lib/dashboard', format: 'es', chunkFileNames: '[name].js' },
    plugins: [...plugins('ES2022'), copyPages()],
  },
];
