import { readFileSync } from 'node:fs';
import { parse } from 'acorn';
import { expect, test } from 'vitest';

/** What the README's "Add the tracker to a page" promises to browsers. */
const EDITION = 2021;
const EDITION_BEFORE = 2020;

const TRACKER = ['dist/kmq.js', 'dist/kmq.mjs'];

test.each(TRACKER)('%s is written in the edition that the README names', (file) => {
  const code = readFileSync(file, 'utf8');
  const sourceType = file.endsWith('.mjs') ? 'module' : 'script';
  expect(() => parse(code, { ecmaVersion: EDITION, sourceType })).not.toThrow();
  // In the edition of 2018, and in Safari not before 16.4, which refuses the whole file for it.
  expect(code).not.toMatch(/\(\?<[=!]/);
});

test('the tracker needs that edition, and no older one is promised', () => {
  for (const file of TRACKER) {
    const code = readFileSync(file, 'utf8');
    expect(() => parse(code, { ecmaVersion: EDITION_BEFORE, sourceType: 'module' }), file).toThrow(SyntaxError);
  }
  expect(readFileSync('README.md', 'utf8')).toContain(`ECMAScript ${EDITION}`);
});

test('the loader is written in the oldest JavaScript there is', () => {
  expect(() => parse(readFileSync('dist/loader.js', 'utf8'), { ecmaVersion: 5 })).not.toThrow();
});
