import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import sql, { raw, type Sql } from 'sql-template-tag';
import { beforeAll, expect, test } from 'vitest';
import { DUCKDB } from '../../src/collector/reports/engine/dialect.js';
import { addFunctions } from '../../src/collector/reports/engine/functions.js';
import { reportRowsOf } from '../../src/collector/reports/engine/values.js';
import { foldText } from '../../src/protocol/fold.js';

// If two engines folded differently, they would find different people.

let connection: DuckDBConnection;
beforeAll(async () => {
  const instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  addFunctions(connection);
});

async function mapped(texts: string[], map: (value: Sql) => Sql): Promise<unknown[]> {
  const rows = await reportRowsOf(
    connection,
    sql`SELECT ${map(raw('t'))} AS text FROM (
      SELECT unnest(CAST(${JSON.stringify(texts)} AS JSON[])) ->> '$' AS t, generate_subscripts(CAST(${JSON.stringify(texts)} AS JSON[]), 1) AS n)
      ORDER BY n`,
  );
  return rows.map(({ text }) => text);
}

const lower = (text: string): string => text.toLowerCase();
const WAYS: [string, (value: Sql) => Sql, (text: string) => string][] = [
  ['folds', DUCKDB.fold, foldText],
  ['lowers', DUCKDB.lower, lower],
];

test.each(WAYS)('DuckDB %s every letter as JavaScript does', async (_, map, expected) => {
  // Many letters in a text: a text for each letter takes 25 seconds. After a letter, since a mark at the beginning of a text is removed
  // when it is read, and in a line, so that no letter changes by its neighbours.
  const texts: string[][] = [];
  for (let code = 1; code <= 0x10ffff; code++) {
    if (code % 0x1000 === 0 || code === 1) texts.push([]);
    if (code < 0xd800 || code > 0xdfff) texts.at(-1)!.push(`x${String.fromCodePoint(code)}`);
  }
  const found = await mapped(
    texts.map((letters) => letters.join('\n')),
    map,
  );
  const others = texts.filter((letters, index) => found[index] !== letters.map(expected).join('\n')).flat();
  const alone = await mapped(others, map);
  const different = others.filter((letter, index) => alone[index] !== expected(letter));
  expect(different.map((letter) => letter.codePointAt(1)!.toString(16))).toEqual([]);
  // Also if they differ in their line only.
  expect(others).toEqual([]);
});

test.each(WAYS)('DuckDB %s any text as JavaScript does', async (_, map, expected) => {
  const part = fc.oneof(
    fc.constantFrom(
      'Σ',
      'ς',
      'ß',
      'İ',
      'ı',
      'I',
      'K',
      'é',
      'e\u0301',
      '\u0345',
      '\u0323',
      'ᾳ',
      'α',
      'ﬁ',
      ' ',
      'A',
      'Я',
      '漢',
      '😀',
    ),
    fc.string({ unit: 'binary', maxLength: 2 }),
  );
  // NUL and byte order marks are not part of stored texts, or are removed when read.
  const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('').replaceAll(/[\0\ufeff]/g, ''));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 200 }), async (texts) => {
      expect(await mapped(texts, map)).toEqual(texts.map(expected));
    }),
    { numRuns: 50 },
  );
});
