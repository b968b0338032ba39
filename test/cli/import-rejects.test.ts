import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RejectReport } from '../../src/cli/import-rejects.js';
import { temporaryFolder } from '../support/collector.js';

const rejected = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ line: { number: n + 1, text: `line ${n + 1}` }, reason: 'no name' }));

test.each([
  [10, undefined],
  [11, 'The others are listed by --dry-run --rejects FILE.'],
  [40, 'The others are listed by --dry-run --rejects FILE.'],
])('of %i rejected lines ten are shown, and then where the others are', (count, last) => {
  const shown: string[] = [];
  const report = new RejectReport(undefined, (sentence) => void shown.push(sentence));
  for (const reject of rejected(count)) report.add('hits.json', [reject as never]);
  expect(shown.slice(0, 10)).toEqual(rejected(10).map(({ line }) => `hits.json:${line.number}: no name`));
  expect(shown.slice(10)).toEqual(last === undefined ? [] : [last]);
});

test('a file of rejects has all of them, and is named', async () => {
  const file = join(await temporaryFolder(), 'rejects.json');
  const shown: string[] = [];
  new RejectReport(file, (sentence) => void shown.push(sentence)).add('hits.json', rejected(12) as never);
  expect(shown.at(-1)).toBe(`The others are in ${file}.`);
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(12);
});
