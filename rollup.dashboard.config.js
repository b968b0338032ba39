import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import typescript from '@rollup/plugin-typescript';
import { transformSync } from 'esbuild';

const SOURCES = 'src/dashboard';
const FOLDER = 'server/lib/dashboard';

/** A folder with a `page.tsx` is a page. */
const pages = Object.fromEntries(
  readdirSync(SOURCES)
    .map((name) => [name, `${SOURCES}/${name}/page.tsx`])
    .filter(([, file]) => existsSync(file)),
);

/** What is in no page's folder is in one script that all pages share, but for charts, which take half as much again, and for rows of Live. */
function scriptOf(id) {
  const [folder] = relative(resolve(SOURCES), id).split(sep);
  if (Object.hasOwn(pages, folder)) return undefined;
  if (/\/components\/(arrival-row|feed)/.test(id)) return 'arrivals';
  return /\/node_modules\/(d3-|internmap)|\/components\/(chart|figure)/.test(id) ? 'charts' : 'shared';
}

/** The scripts that one imports, and those that they import. */
function importsOf(name, bundle) {
  const { imports } = bundle[name];
  return [...new Set(imports.flatMap((one) => [one, ...importsOf(one, bundle)]))];
}

/** The HTML of each page, which names all of its scripts: a browser asks for them at once, and not for one after the other. */
function writePages() {
  return {
    name: 'write-pages',
    writeBundle(_options, bundle) {
      const template = readFileSync(`${SOURCES}/page.html`, 'utf8');
      for (const name of Object.keys(pages)) {
        const scripts = importsOf(`${name}.js`, bundle).sort();
        const preloads = scripts.map((file) => `<link rel="modulepreload" href="/dashboard/${file}" />`).join('\n    ');
        const html = template.replace('<!-- preloads -->', preloads).replace('<!-- name -->', name);
        writeFileSync(`${FOLDER}/${name}.html`, html);
      }
    },
  };
}

/** HTML and pictures, and one stylesheet: tokens, what all pages share, components, then what is one page's own. */
function copyPages() {
  return {
    name: 'copy-pages',
    writeBundle() {
      mkdirSync(FOLDER, { recursive: true });
      for (const file of readdirSync(SOURCES)) {
        if (/\.(html|svg)$/.test(file) && file !== 'page.html') cpSync(`${SOURCES}/${file}`, `${FOLDER}/${file}`);
      }
      const own = ['components', ...Object.keys(pages)].flatMap((folder) =>
        readdirSync(`${SOURCES}/${folder}`)
          .filter((file) => file.endsWith('.css'))
          .map((file) => `${folder}/${file}`),
      );
      const styles = ['tokens.css', 'base.css', ...own].map((file) => readFileSync(`${SOURCES}/${file}`, 'utf8'));
      const { code } = transformSync(styles.join('\n'), { loader: 'css', minify: true });
      writeFileSync(`${FOLDER}/style.css`, code);
    },
  };
}

/** Scripts and styles as they go over the wire too, made once: every browser takes one of the two. */
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

/** The licences of the packages that are in the scripts, which go with every copy of them. */
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

/** The collector's pages for people: a script each, and what they share. */
export default {
  input: pages,
  output: {
    dir: FOLDER,
    format: 'es',
    banner: '/*! The licences of what is in here: licences.txt */',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    manualChunks: scriptOf,
    plugins: [terser({ compress: { passes: 2 }, format: { comments: /^! The licences/ } })],
  },
  plugins: [
    nodeResolve({ browser: true }),
    typescript({ tsconfig: 'tsconfig.browser.json', compilerOptions: { noCheck: true } }),
    copyPages(),
    writePages(),
    licences(),
    compress(),
  ],
};
