import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { transformSync } from 'esbuild';

const SOURCES = 'src/dashboard';
/** `scripts/build.js` builds into another folder first. */
const FOLDER = `${process.env.SERVER ?? 'server/lib'}/dashboard`;

/** The pages: each folder with a `page.tsx` is one. */
const pages = Object.fromEntries(
  readdirSync(SOURCES)
    .map((name) => [name, `${SOURCES}/${name}/page.tsx`])
    .filter(([, file]) => existsSync(file)),
);

/**
 * The script for a module: a page's own if no other page needs the module, else the one that all pages share. Two scripts are there
 * earlier than several small ones, and the second page that is opened needs only its own.
 */
function scriptOf(id, { getModuleInfo }) {
  const importing = new Set([id]);
  for (const one of importing) for (const importer of getModuleInfo(one).importers) importing.add(importer);
  return [...importing].filter((one) => getModuleInfo(one).isEntry).length > 1 ? 'shared' : undefined;
}

/** Writes the HTML of each page. It names both scripts, so that a browser requests them at once and not one after the other. */
function writePages() {
  return {
    name: 'write-pages',
    writeBundle() {
      const template = readFileSync(`${SOURCES}/page.html`, 'utf8');
      for (const name of Object.keys(pages)) {
        writeFileSync(`${FOLDER}/${name}.html`, template.replaceAll('<!-- name -->', name));
      }
    },
  };
}

/** Styles of components that only some pages have. */
const OF_SOME = {
  'components/hit.css': ['live', 'start', 'person'],
  'components/arrival-row.css': ['live', 'start'],
  'components/charts.css': ['overview', 'trend', 'funnel', 'person'],
  'components/question.css': ['trend', 'funnel'],
  'components/filter-bar.css': ['overview', 'trend', 'funnel'],
  'components/range-picker.css': ['overview', 'trend', 'funnel'],
};

/** The styles for printing: last in each stylesheet, since they override the others. */
const PRINT = 'components/print.css';

/** Copies HTML and pictures, and writes the stylesheets: one for each page, and one for the login and for errors. */
function copyPages() {
  return {
    name: 'copy-pages',
    writeBundle() {
      mkdirSync(FOLDER, { recursive: true });
      for (const file of readdirSync(SOURCES)) {
        if (/\.(html|svg)$/.test(file) && file !== 'page.html') cpSync(`${SOURCES}/${file}`, `${FOLDER}/${file}`);
      }
      const ofAll = stylesIn('components').filter((file) => !OF_SOME[file] && file !== PRINT);
      const common = ['tokens.css', 'base.css', ...ofAll];
      writeStyles('style', [...common, PRINT]);
      for (const name of Object.keys(pages))
        writeStyles(name, [...common, ...stylesOfSome(name), ...stylesIn(name), PRINT]);
    },
  };
}

const stylesOfSome = (page) => Object.keys(OF_SOME).filter((file) => OF_SOME[file].includes(page));

const stylesIn = (folder) =>
  readdirSync(`${SOURCES}/${folder}`)
    .filter((file) => file.endsWith('.css'))
    .map((file) => `${folder}/${file}`);

function writeStyles(name, files) {
  const styles = files.map((file) => readFileSync(`${SOURCES}/${file}`, 'utf8')).join('\n');
  writeFileSync(`${FOLDER}/${name}.css`, transformSync(styles, { loader: 'css', minify: true }).code);
}

/** Compresses scripts and styles in two formats, once: every browser accepts one of them. */
function compress() {
  return {
    name: 'compress',
    writeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        for (const file of readdirSync(FOLDER).filter((one) => /\.(js|css|svg|txt)$/.test(one))) {
          const plain = readFileSync(`${FOLDER}/${file}`);
          writeFileSync(`${FOLDER}/${file}.br`, brotliCompressSync(plain));
          writeFileSync(`${FOLDER}/${file}.gz`, gzipSync(plain, { level: 9 }));
        }
      },
    },
  };
}

/** Writes the licences of the packages in the scripts, which must be part of every copy. */
function licences() {
  return {
    name: 'licences',
    generateBundle(_options, bundle) {
      const files = Object.values(bundle).flatMap(({ modules = {} }) => Object.keys(modules));
      const folders = new Set(files.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
      const texts = [...folders].sort().map((folder) => {
        const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
        const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
        return `${name} ${version}\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
      });
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
    },
  };
}

/**
 * Marks what d3-shape computes when it is loaded as free of side effects. Without these marks all of its curves and symbols stay in the
 * script, of which the charts need one.
 */
function markPure() {
  return {
    name: 'mark-pure',
    transform(code, id) {
      if (!id.includes('/node_modules/d3-shape/')) return null;
      const pure = code.replaceAll(
        /= (?=\(function custom\(|curveRadial\(|sqrt\(|sin\(|-cos\()/g,
        '= /* @__PURE__ */ ',
      );
      return { code: pure, map: null };
    },
  };
}

/** The collector's pages: a script for each, and a shared one. */
export default {
  input: pages,
  output: {
    dir: FOLDER,
    format: 'es',
    banner: '/*! The licences of what is in here: licences.txt */',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    manualChunks: scriptOf,
    plugins: [terser({ ecma: 2020, compress: { passes: 2 }, format: { comments: /^! The licences/ } })],
  },
  plugins: [
    nodeResolve({ browser: true }),
    markPure(),
    typescript({ tsconfig: 'tsconfig.browser.json', compilerOptions: { noCheck: true } }),
    copyPages(),
    writePages(),
    licences(),
    compress(),
  ],
};
