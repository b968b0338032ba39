import { readFileSync } from 'node:fs';
import { parse } from 'acorn';
import { expect, test } from 'vitest';

/** The browsers that the README promises in "Add the tracker to a page". */
const EDITION = 2021;
const EDITION_BEFORE = 2020;

const TRACKER = ['dist/kmq.js', 'dist/kmq.mjs'];

test.each(TRACKER)('%s is written in the edition that the README names', (file) => {
  const code = readFileSync(file, 'utf8');
  const sourceType = file.endsWith('.mjs') ? 'module' : 'script';
  expect(() => parse(code, { ecmaVersion: EDITION, sourceType })).not.toThrow();
  // These are syntax of ES2018, but Safari before 16.4 refuses a file that contains one.
  expect(code).not.toMatch(/\(\?<[=!]/);
});

test('the tracker needs that edition, and the README promises no older one', () => {
  for (const file of TRACKER) {
    const code = readFileSync(file, 'utf8');
    expect(() => parse(code, { ecmaVersion: EDITION_BEFORE, sourceType: 'module' }), file).toThrow(SyntaxError);
  }
  expect(readFileSync('README.md', 'utf8')).toContain(`ECMAScript ${EDITION}`);
});

test('the loader uses only the oldest JavaScript', () => {
  expect(() => parse(readFileSync('dist/loader.js', 'utf8'), { ecmaVersion: 5 })).not.toThrow();
});
