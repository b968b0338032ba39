import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fillLoader } from '../src/loader/fill.js';

const readme = readFileSync('README.md', 'utf8');
const loader = readFileSync('dist/loader.js', 'utf8');

test('the README contains the built loader', () => {
  expect(readme).toContain(`<script>${fillLoader(loader, 'https://kmq.example.com', 'KEY')}</script>`);
});

test('the README has the sizes of the tracker and the loader', () => {
  const bundle = brotliCompressSync(readFileSync('dist/kmq.js')).length;
  expect(readme).toContain(`${bundle.toLocaleString('en')} bytes brotli`);
  // A KB has 1,000 bytes in all documents.
  expect(readme).toContain(`${(bundle / 1000).toFixed(1)} KB`);
  expect(readme).toContain(`${loader.trim().replace(/KMQ_ORIGIN|KMQ_KEY/g, '').length} bytes |`);
});
