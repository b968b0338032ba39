import { DuckDBInstance } from '@duckdb/node-api';
import sql, { type Sql } from 'sql-template-tag';
import { expect, onTestFinished, test } from 'vitest';
import { DUCKDB, DUCKDB_TABLES } from '../../src/collector/reports/engine/dialect.js';
import { KeptPeople } from '../../src/collector/reports/engine/kept-people.js';
import { rowsOf } from '../../src/collector/reports/engine/values.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { checkQuestion } from '../../src/collector/reports/questions/read.js';
import type { Report } from '../../src/collector/reports/questions/report.js';
import type { ReportKind } from '../../src/protocol/reports.js';

const running = new AbortController().signal;

async function opened() {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  const tables = async () => (await rowsOf(connection, 'SELECT table_name AS name FROM duckdb_tables()')).length;
  const people = async ({ sql }: Sql) => (await rowsOf(connection, sql)).map(({ person }) => person);
  await connection.run('BEGIN TRANSACTION READ ONLY');
  return { connection, kept: new KeptPeople(connection), tables, people };
}

test('people are found once, however often a question needs them, and in a read-only transaction', async () => {
  const { kept, tables, people } = await opened();
  const those = (person: number) => sql`SELECT unnest([1, ${person}]) AS person`;
  const [first, again, others] = [kept.keep(those(2)), kept.keep(those(2)), kept.keep(those(3))];
  const within = kept.keep(sql`SELECT person FROM (${others}) WHERE person > 1`);
  await kept.find(running);
  expect(await people(first)).toEqual([1, 2]);
  expect(await people(again)).toEqual([1, 2]);
  expect(await people(others)).toEqual([1, 3]);
  expect(await people(within)).toEqual([3]);
  expect(await tables()).toBe(3);
  kept.keep(those(2));
  await kept.find(running);
  expect(await tables()).toBe(3);
});

test('for a client that has disconnected, no people are searched', async () => {
  const { kept, tables } = await opened();
  kept.keep(sql`SELECT 1 AS person`);
  await expect(kept.find(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect(await tables()).toBe(0);
});

// Earlier, the query of an overview contained its filter fourteen times: with three million hits it took 20 seconds, and one second
// without a filter.
const days = { from: '2026-01-01', to: '2026-01-31' };
const steps = [{ event: 'a' }, { event: 'b' }];
const split = { property: 'plan', attribution: 'last touch' };
const QUESTIONS: [kind: ReportKind, question: object][] = [
  ['overview', days],
  ['trend', { ...days, event: 'a', count: 'people', by: 'day' }],
  ['trend', { ...days, event: 'a', count: 'people', by: 'day', split }],
  ['funnel', { ...days, steps }],
  ['funnel', { ...days, steps, window: 60, split }],
  ['breakdown', { ...days, property: 'plan' }],
  ['names', days],
  ['people', { columns: [{ event: 'a', show: 'times' }] }],
];

test.each(QUESTIONS)(
  '%s with %o: its queries contain its filter only once, in the query for the people',
  (kind, question) => {
    const filter = { all: [{ channel: 'a channel' }, { not: { property: 'p', contains: 'a value' } }] };
    const checked = checkQuestion(kind, { ...question, filter, bots: 'exclude' });
    if ('bad' in checked) throw new Error(JSON.stringify(checked.bad));
    const kept: Sql[] = [];
    const queries = (REPORTS[kind] as Report<ReportKind>).queries(checked.question, {
      ...{ site: 1, timeZone: 'UTC', domains: [], asOf: 2e9, hasMerges: true, tables: DUCKDB_TABLES, dialect: DUCKDB },
      eventCode: () => 1,
      property: () => sql`h.c1`,
      keep: (people) => {
        kept.push(people);
        return sql`SELECT person FROM kept`;
      },
    });
    const has = ({ values }: Sql): boolean => values.includes('a channel') || values.includes('a value');
    expect(Object.values(queries).some(({ sql }) => sql.includes('FROM kept'))).toBe(true);
    expect(Object.values(queries).filter(has)).toEqual([]);
    expect(new Set(kept.map((people) => JSON.stringify(people))).size).toBe(1);
  },
);
