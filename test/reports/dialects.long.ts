import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import sql, { raw, type Sql } from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Dialect } from '../../src/collector/reports/dialects.js';
import { DUCKDB } from '../../src/collector/reports/engine/dialect.js';
import { addFunctions } from '../../src/collector/reports/engine/functions.js';
import { reportRowsOf } from '../../src/collector/reports/engine/values.js';
import { CLICKHOUSE } from '../../src/collector/reports/on-clickhouse/dialect.js';
import { QUESTION_SETTINGS, withParameters } from '../../src/collector/reports/on-clickhouse/queries.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { foldedName, foldedNameIn } from '../../src/collector/store/clickhouse/letters.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { foldText } from '../../src/protocol/fold.js';
import { newDatabase } from '../support/clickhouse.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { pageOf } from './evaluator/pages.js';
import { transformed } from './evaluator/splits.js';
import { numberOf } from './evaluator/world.js';
import { VALUES } from './random/texts.js';

// Functions that DuckDB and ClickHouse have in their own words, on texts of which programs make different things.

const RUNS = Number(process.env.KMQ_RUNS ?? 100);
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);

const PARTS = ['.', '%', '_', '\\', "'", 'ß', 'İ', 'i\u0307', 'é', 'e\u0301', '😀', '\n', 'www.', '?', 'a'];

const FUNCTIONS: Record<string, [(dialect: Dialect, value: Sql) => Sql, (text: string) => unknown]> = {
  lower: [({ lower }, value) => lower(value), (text) => text.toLowerCase()],
  fold: [({ fold }, value) => fold(value), foldText],
  path: [({ path }, value) => path(value), (text) => transformed(text, 'path')],
  page: [({ page }, value) => page(value), pageOf],
  domain: [({ domain }, value) => domain(value), (text) => transformed(text, 'domain')],
  origin: [({ origin }, value) => origin(value), (text) => /^https?:\/\/[^/?#]+\//.exec(text)?.[0] ?? null],
  number: [({ number }, value) => number(value), (text) => numberOf(text) ?? null],
  ...Object.fromEntries(
    PARTS.flatMap((part): [string, (typeof FUNCTIONS)[string]][] => [
      [`contains ${part}`, [({ contains }, value) => contains(value, part), (text) => text.includes(part)]],
      [`begins ${part}`, [({ begins }, value) => begins(value, part), (text) => text.startsWith(part)]],
      [`ends ${part}`, [({ ends }, value) => ends(value, part), (text) => text.endsWith(part)]],
    ]),
  ),
};

let duckdb: DuckDBConnection;
let nodes: Nodes;
let database: string;
beforeAll(async () => {
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  addFunctions(duckdb);
  const address = parseAddress(`${await chdbOfTests()}/${newDatabase()}`);
  nodes = new Nodes(address);
  ({ database } = address);
  await nodes.everywhere(`CREATE DATABASE ${database}`);
  await nodes.everywhere(`CREATE TABLE ${database}.texts (n UInt32, t String) ENGINE = MergeTree ORDER BY n`);
});
afterAll(() => nodes.close());

async function inDuckDb(texts: string[], map: (dialect: Dialect, value: Sql) => Sql): Promise<unknown[]> {
  const list = JSON.stringify(texts);
  const rows = await reportRowsOf(
    duckdb,
    sql`SELECT ${map(DUCKDB, raw('t'))} AS made FROM (
      SELECT unnest(CAST(${list} AS JSON[])) ->> '$' AS t, generate_subscripts(CAST(${list} AS JSON[]), 1) AS n) ORDER BY n`,
  );
  return rows.map(({ made }) => made);
}

async function insert(texts: string[]): Promise<void> {
  await nodes.everywhere(`TRUNCATE TABLE ${database}.texts`);
  await nodes.insert(`${database}.texts`, 'n, t', texts.map((t, n) => `${JSON.stringify({ n, t })}\n`).join(''));
}

/** Of the texts that were inserted. */
async function inClickHouse(map: (dialect: Dialect, value: Sql) => Sql): Promise<unknown[]> {
  const query = sql`SELECT ${map(CLICKHOUSE, raw('t'))} AS made FROM (
    SELECT n, toNullable(t) AS t FROM ${raw(`${database}.texts`)}) ORDER BY n`;
  const { signal } = new AbortController();
  return (await nodes.ask({ ...withParameters(query), settings: QUESTION_SETTINGS, signal })).rows.map(
    ([made]) => made,
  );
}

/** Which texts the engines and the evaluator understand differently. */
async function differences(texts: string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  await insert(texts);
  for (const [name, [map, expected]] of Object.entries(FUNCTIONS)) {
    const isTruth = /^(contains|begins|ends) /.test(name);
    const read = (all: unknown[]): unknown[] => (isTruth ? all.map(Boolean) : all);
    const [a, b] = [read(await inDuckDb(texts, map)), read(await inClickHouse(map))];
    for (const [index, text] of texts.entries()) {
      const right = expected(text);
      if (a[index] !== right || b[index] !== right)
        found.push([name, text, { right, duckdb: a[index], clickhouse: b[index] }]);
    }
  }
  return found;
}

const HOSTILE = [
  ...VALUES,
  ...[
    'http://a\nb/c\nd?e\nf',
    'http://:80/',
    'http://@/',
    'http://@',
    'a://b',
    'HTTP://WWW.ÜBERİ.example/Ü',
    'http://',
  ],
  ...[
    'http://www.www.example.com',
    'http://www.',
    'http://WWW.',
    'http://a@b@c:1:2/x',
    'http://a:b@/x',
    'http://ex:80:90',
  ],
  ...[
    'http://ΟΔΟΣ.example',
    'http://ΟΔΟΣ',
    'http://xΣ@ΑΣ:1',
    'http://\u1fbc.example',
    'http://\u212a.example',
    'http://ẞ.de',
  ],
  ...[
    'http://user:p@ss@host:8080',
    'http://[::1]',
    'http://[::1]:x/',
    'http://host:80a',
    'http://host:',
    'http://a\u00a0b/',
  ],
  ...[
    'http://\n',
    'http://\n:80',
    'http://\n\r@a.b',
    'x\nhttp://a.b/',
    'http://a\r\n.b:80/',
    ' http://a.b',
    'http:///x',
    'http:/a.b',
    '1http://a.b',
  ],
  ...[
    'h-.+9://www.a.b:1',
    'http://a.b\\c',
    'http://a.b;c',
    'http://%77ww.a.b',
    'javascript://a@b/%0a',
    'http://😀.example:1',
  ],
  ...[
    '1e308',
    '1e309',
    '-1e309',
    '4.9e-324',
    '1e-400',
    '9007199254740993',
    '0.1',
    '123456789012345678901234567890',
    '1e',
    '1e+',
  ],
  ...['+-1', ' 1', '1\u2028', '1\u0085', '1d', '1f', 'nan', '-0', '0e0', '1.7976931348623159e308', '2.5e-8', '00.10'],
];

test('texts of which programs make different things', async () => {
  expect(await differences([...new Set(HOSTILE)])).toEqual([]);
});

test.each([
  ['lower', (text: string) => text.toLowerCase(), (value: Sql) => CLICKHOUSE.lower(value)],
  ['fold', foldText, (value: Sql) => CLICKHOUSE.fold(value)],
  ['fold names', foldedName, (value: Sql) => raw(foldedNameIn(value.sql))],
])('ClickHouse makes of every letter what JavaScript does: %s', async (_, expected, map) => {
  const letters: string[] = [];
  for (let code = 1; code <= 0x10ffff; code++)
    if (code < 0xd800 || code > 0xdfff) letters.push(`x${String.fromCodePoint(code)}`);
  await insert(letters);
  const found = await inClickHouse((__, value) => map(value));
  const different = letters.filter((letter, index) => found[index] !== expected(letter));
  expect(different.map((letter) => letter.codePointAt(1)!.toString(16))).toEqual([]);
});

test(`any texts made of such pieces (seed ${seed})`, async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        'http://',
        'HTTPS://',
        'x+y://',
        '://',
        '//',
        'www.',
        'WWW.',
        '@',
        ':',
        ':80',
        '/',
        '?',
        '#',
        '&',
        '=',
        '.',
        '[',
        ']',
        '\\',
      ],
      ...[
        'utm_source=x',
        'gclid=',
        'GCLID=1',
        'Σ',
        'ς',
        'ß',
        'İ',
        'e\u0301',
        'ﬁ',
        'A',
        'b',
        '7',
        '1e5',
        '+',
        '-',
        ' ',
        '\n',
        '\r',
        '\t',
        '%',
        '😀',
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 2 }),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('').replaceAll(/[\0\ufeff]/g, ''));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 100, maxLength: 400 }), async (texts) => {
      expect(await differences(texts)).toEqual([]);
    }),
    { numRuns: RUNS / 10, seed, endOnFailure: true },
  );
});
