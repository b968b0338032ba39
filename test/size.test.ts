import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

/** What a visitor downloads, in bytes of brotli at its best. */
const MOST_BUNDLE = 5.5 * 1024;
/** What an owner pastes, in bytes, key and host apart. */
const MOST_LOADER = 256;

test('the tracker is small', () => {
  const bundle = readFileSync('dist/kmq.js');
  const brotli = brotliCompressSync(bundle).length;
  console.log(`dist/kmq.js: ${bundle.length} bytes, gzip ${gzipSync(bundle, { level: 9 }).length}, brotli ${brotli}`);
  expect(brotli).toBeLessThanOrEqual(MOST_BUNDLE);
});

test('the loader is smaller', () => {
  const loader = readFileSync('dist/loader.js', 'utf8').trim();
  expect(loader).not.toContain('\n');
  expect(loader).toMatch(/"KMQ_ORIGIN\/KMQ_KEY\.js"/);
  const bytes = Buffer.byteLength(loader.replace(/KMQ_ORIGIN|KMQ_KEY/g, ''));
  console.log(`dist/loader.js: ${bytes} bytes, brotli ${brotliCompressSync(loader).length}`);
  expect(bytes).toBeLessThanOrEqual(MOST_LOADER);
});
