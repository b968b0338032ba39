import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';

/** The size that a visitor downloads, in bytes of the best brotli compression. */
const MOST_BUNDLE = 8450;
/** The same for an application that imports two functions, bundled by esbuild. */
const MOST_BUNDLED = 8700;
/** The size of a page of the collector: HTML, styles, scripts and its icon. */
const MOST_PAGE = 40_000;
/** The size that a wrapper adds to an application with its framework, in bytes of brotli. */
const MOST_WRAPPER = 500;
/** The size of the pasted loader, in bytes, without key and host. */
const MOST_LOADER = 271;

test(`the tracker is at most ${MOST_BUNDLE} bytes`, () => {
  const bundle = readFileSync('dist/kmq.js');
  const brotli = brotliCompressSync(bundle).length;
  console.log(`dist/kmq.js: ${bundle.length} bytes, gzip ${gzipSync(bundle, { level: 9 }).length}, brotli ${brotli}`);
  expect(brotli).toBeLessThanOrEqual(MOST_BUNDLE);
});

test('an application that imports some functions contains only their code', async () => {
  const both = await bundled(`import { init, record } from 'kmq'; export { init, record };`);
  const brotli = brotliCompressSync(both).length;
  console.log(`init and record, bundled: ${both.length} bytes, brotli ${brotli}`);
  expect(brotli).toBeLessThanOrEqual(MOST_BUNDLED);
  expect(readFileSync('README.md', 'utf8')).toContain(`${brotli.toLocaleString('en')} bytes brotli`);
  // Only `init` imports the tracker itself: `record` pushes a command by its name.
  const record = await bundled(`import { record } from 'kmq'; export { record };`);
  expect(record.length).toBeLessThan(both.length / 5);
  const all = await bundled(`export * from 'kmq';`);
  expect(both.length).toBeLessThan(all.length);
});

test.each(['react', 'vue', 'svelte'])(`kmq/%s adds less than ${MOST_WRAPPER} bytes`, async (name) => {
  const both = await bundled(`export * from './dist/${name}.mjs';`, ['react', 'vue', 'svelte', 'svelte/store']);
  const brotli = brotliCompressSync(both).length;
  console.log(`kmq/${name}, bundled: ${both.length} bytes, brotli ${brotli}`);
  expect(brotli).toBeLessThan(MOST_WRAPPER);
});

test(`the loader is one line of at most ${MOST_LOADER} bytes`, () => {
  const loader = readFileSync('dist/loader.js', 'utf8').trim();
  expect(loader).not.toContain('\n');
  expect(loader).toMatch(/"KMQ_ORIGIN\/KMQ_KEY\.js"/);
  const bytes = Buffer.byteLength(loader.replace(/KMQ_ORIGIN|KMQ_KEY/g, ''));
  console.log(`dist/loader.js: ${bytes} bytes, brotli ${brotliCompressSync(loader).length}`);
  expect(bytes).toBeLessThanOrEqual(MOST_LOADER);
});

describe('a page of the collector, with its scripts and styles,', () => {
  const folder = 'server/lib/dashboard';
  const own = readdirSync(folder).filter((file) => file.endsWith('.js') && file !== 'shared.js');

  test.each(own)('%s is at most 40 KB', (script) => {
    const files = [script, 'shared.js', script.replace('.js', '.css'), script.replace('.js', '.html'), 'icon.svg'];
    const bytes = files.reduce((sum, file) => sum + brotliCompressSync(readFileSync(`${folder}/${file}`)).length, 0);
    console.log(`${script} with its scripts and styles: brotli ${bytes}`);
    expect(bytes).toBeLessThanOrEqual(MOST_PAGE);
  });

  test('links to the licences of its dependencies', () => {
    const licences = readFileSync(`${folder}/licences.txt`, 'utf8');
    for (const name of ['preact', 'd3-shape', 'd3-array', 'nanoid'])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
    for (const script of own) expect(readFileSync(`${folder}/${script}`, 'utf8')).toContain('licences.txt');
  });
});

async function bundled(contents: string, external: string[] = []): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    external,
    minify: true,
    format: 'esm',
    target: 'es2021',
    legalComments: 'none',
    write: false,
  });
  return outputFiles[0]!.contents;
}
