import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  codeOf,
  REASONS,
  reasonFromText,
  reasonToText,
  sentenceOf,
  type Reason,
  type StoredReason,
} from '../../src/protocol/reasons.js';

test('a sentence has the details in their places', () => {
  expect(sentenceOf(['no-person', 'second identity', '_n'])).toBe('No second identity: _n is missing or blank.');
  expect(sentenceOf(['unknown-key', '{key} $& “x”'])).toBe('No site here has the key “{key} $& “x””.');
});

test('a sentence that was stored by a version without codes is shown unchanged', () => {
  expect([sentenceOf('It is odd.'), codeOf('It is odd.')]).toEqual(['It is odd.', null]);
});

test('a code of a newer version is shown as it is', () => {
  const newer = ['not-yet-known', 'a detail'] as unknown as Reason;
  expect([sentenceOf(newer), codeOf(newer)]).toEqual(['not-yet-known a detail', 'not-yet-known']);
});

test.each<StoredReason>([
  ['no-key'],
  ['unknown-key', '"],[\n\ud800'],
  'A sentence.',
  '',
  '[a list] of old',
  '["cut off',
])('%j is the same after it was written to a column and read again', (reason) =>
  expect(reasonFromText(reasonToText(reason))).toEqual(reason),
);

test('codes are short, and every sentence is complete', () => {
  for (const [code, { sentence, advice }] of Object.entries(REASONS)) {
    expect(code).toMatch(/^[a-z\d]+(-[a-z\d]+)*$/);
    for (const text of [sentence, advice]) expect(text, code).toMatch(/^[\p{Lu}_{].*\.$/u);
  }
});

test('each code is used outside of the table', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('reasons.ts'))
    .map((file) => readFileSync(join('src', file), 'utf8'));
  for (const code of Object.keys(REASONS))
    expect(
      sources.some((text) => text.includes(`'${code}'`)),
      code,
    ).toBe(true);
});

test('docs/hits.md has the current table (npm run docs)', async () => {
  const path = '../../scripts/reasons-table.js';
  const { withTable } = (await import(path)) as { withTable: (document: string, reasons: typeof REASONS) => string };
  const document = readFileSync('docs/hits.md', 'utf8');
  expect(document).toContain('| `no-key` |');
  expect(withTable(document, REASONS)).toBe(document);
});
