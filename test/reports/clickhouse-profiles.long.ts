import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { startChdb } from '../support/chdb/start.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { personOf, peopleOf } from '../support/answers.js';
import { withDefaults } from './clickhouse-proxy.js';
import { ask, collectorOn, counts, errors, nodesOf, reportsOn } from './clickhouse-stand.js';
import { alias, ALL, event, many, NOW } from './engine-stand.js';

// Owners set defaults for the user of kmq. Other programs have lost rows, or shown other numbers, with such defaults.

let server: string;
beforeAll(async () => {
  server = await chdbOfTests();
});

const PROFILES: Record<string, string>[] = [
  {
    async_insert: '1',
    wait_for_async_insert: '0',
    async_insert_busy_timeout_ms: '3000',
    async_insert_busy_timeout_min_ms: '3000',
  },
  { session_timezone: 'Asia/Tehran', date_time_output_format: 'iso' },
  { join_use_nulls: '1', transform_null_in: '1', group_by_use_nulls: '1', aggregate_functions_null_for_empty: '1' },
  { final: '1' },
  { limit: '3' },
  { extremes: '1' },
  { join_algorithm: 'full_sorting_merge', max_threads: '1' },
  {
    output_format_json_quote_64bit_floats: '1',
    output_format_json_quote_denormals: '1',
    output_format_json_quote_decimals: '1',
  },
  { output_format_json_quote_64bit_integers: '1' },
  { data_type_default_nullable: '1' },
  { enable_analyzer: '0' },
  { max_insert_block_size: '2', min_insert_block_size_rows: '1', max_block_size: '3' },
  { mutations_sync: '2' },
  { optimize_on_insert: '0', insert_deduplicate: '0' },
  { empty_result_for_aggregation_by_empty_set: '1' },
  { use_query_cache: '1', query_cache_min_query_duration: '0', query_cache_nondeterministic_function_handling: 'save' },
  { materialized_views_ignore_errors: '1', input_format_defaults_for_omitted_fields: '0' },
  { compatibility: '22.3', count_distinct_implementation: 'uniq' },
  { insert_quorum: '2', select_sequential_consistency: '1' },
  // The default database of the user.
  { database: 'system' },
  { use_variant_as_common_type: '1', enable_named_columns_in_function_tuple: '1', cast_keep_nullable: '1' },
];

beforeEach(() => void errors.splice(0));

test.each(PROFILES)('answers are the same for a user with %o', async (defaults) => {
  const url = await withDefaults(`${server}/${newDatabase()}`, defaults);
  const store = await collectorOn(url);
  await store.append([...many(20), event('old', NOW - 10 * 86_400), alias('p1', 'p2'), event('gone'), event('gone')]);
  expect(await peopleOf(store, KEY, '', 100)).toHaveLength(21);
  const reports = reportsOn(url);
  await expect.poll(() => counts(reports)).toEqual([21, 23]);
  expect((await personOf(store, KEY, 'p2'))!.identities).toEqual(['p1', 'p2']);
  const names = await ask<{ total: number }>(reports, 'people', { ...ALL, filter: { event: 'Came' } });
  expect(names.total).toBe(21);
  expect(await store.expire(KEY, NOW - 86_400)).toBe(1);
  expect((await store.erase(KEY, 'gone'))!.hits).toBe(2);
  expect(await counts(reports)).toEqual([19, 20]);
  const exported = [];
  for await (const hit of store.export(KEY)) exported.push(hit);
  expect(exported).toHaveLength(21);
  await store.close();
  expect(errors).toEqual([]);
});

async function exported(store: ClickHouseStore): Promise<number> {
  let count = 0;
  for await (const _ of store.export(KEY)) count++;
  return count;
}

/** Limits that ClickHouse would keep by leaving rows out, in blocks of so few rows. */
const LIMITS: [limit: string, value: string, mode: string, how: string][] = [
  ['max_rows_to_read', '3', 'read_overflow_mode', 'break'],
  ['max_result_rows', '3', 'result_overflow_mode', 'break'],
  ['max_rows_to_group_by', '3', 'group_by_overflow_mode', 'any'],
  ['max_rows_to_sort', '3', 'sort_overflow_mode', 'break'],
  ['max_rows_in_distinct', '3', 'distinct_overflow_mode', 'break'],
  ['max_rows_in_set', '3', 'set_overflow_mode', 'break'],
  ['max_rows_in_join', '3', 'join_overflow_mode', 'break'],
  ['max_execution_time', '0.001', 'timeout_overflow_mode', 'break'],
];

test.each(LIMITS)(
  'a limit of the user, %s = %s with %s = %s, makes no answer smaller: it is whole, or a sentence',
  async (limit, value, mode, how) => {
    const url = `${server}/${newDatabase()}`;
    const store = await collectorOn(url);
    await store.append([...many(20), alias('p1', 'p2'), event('gone'), event('gone')]);
    await expect.poll(() => counts(reportsOn(url))).toEqual([20, 22]);
    await store.close();
    const limited = await withDefaults(url, { [limit]: value, [mode]: how, max_block_size: '2' });
    const [reader, reports] = [await collectorOn(limited), reportsOn(limited)];
    const answers: [answer: number, ask: () => Promise<number>][] = [
      [20, async () => (await peopleOf(reader, KEY, '', 100)).length],
      [2, async () => (await personOf(reader, KEY, 'p2'))!.identities.length],
      [23, () => exported(reader)],
      [20, async () => (await ask<{ total: number }>(reports, 'people', { ...ALL, filter: { event: 'Came' } })).total],
      [
        22,
        async () =>
          (await ask<{ total: number }>(reports, 'trend', { ...ALL, event: 'Came', count: 'times', by: 'month' }))
            .total,
      ],
      [2, async () => (await reader.erase(KEY, 'gone'))!.hits],
    ];
    for (const [answer, question] of answers) {
      const got = await question().catch((error: Error & { statusCode?: number }) => [error.statusCode, error.message]);
      if (got === answer) continue;
      expect(got).toEqual([
        expect.toBeOneOf([503, 504]),
        expect.stringMatching(
          /exceeded.*[Rr]aise this limit|Limit for .*[Rr]aise this limit|max_execution_time|took longer than/,
        ),
      ]);
    }
  },
);

test.each([`p#a%t+s:s@w/?=& ü"'\\`, '%25', ' '])('the password %j is the one in the address', async (password) => {
  const chdb = await startChdb(await temporaryFolder(), 0, password);
  onTestFinished(() => chdb.kill());
  const url = `clickhouse://default:${encodeURIComponent(password)}@127.0.0.1:${chdb.port}/secret`;
  const store = await collectorOn(url);
  await store.append(many(3));
  await expect.poll(() => counts(reportsOn(url))).toEqual([3, 3]);
  expect(errors).toEqual([]);
});

test('who was removed and arrives again is stored again, also in tables that remember their latest inserts', async () => {
  // As versions before 26 do.
  const url = await withDefaults(`${server}/${newDatabase()}`, {
    insert_deduplicate: '1',
    deduplicate_insert: 'enable',
    deduplicate_insert_select: 'enable_even_for_bad_queries',
  });
  const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  await store.append(many(5));
  await expect.poll(() => counts(reports)).toEqual([5, 5]);
  const { database } = parseAddress(url);
  // As a default of all tables in the configuration of ClickHouse.
  for (const { name } of await nodes.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${database}' AND engine LIKE '%MergeTree'`,
  ))
    await nodes.everywhere(`ALTER TABLE ${database}.${name} MODIFY SETTING non_replicated_deduplication_window = 100`);
  const hits = [event('ann'), alias('ann', 'anna'), event('anna')];
  for (let round = 0; round < 3; round++) {
    await store.append(hits);
    await expect.poll(() => counts(reports)).toEqual([6, 7]);
    expect((await personOf(store, KEY, 'anna'))!.identities).toEqual(['ann', 'anna']);
    expect((await store.erase(KEY, 'anna'))!.hits).toBe(3);
    expect(await counts(reports)).toEqual([5, 5]);
  }
  expect(errors).toEqual([]);
});

test('while ClickHouse cannot store what a view derives, a user who ignores errors of views loses nothing', async () => {
  const url = await withDefaults(`${server}/${newDatabase()}`, { materialized_views_ignore_errors: '1' });
  const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  await store.append(many(5));
  await expect.poll(() => counts(reports)).toEqual([5, 5]);
  const name = `${parseAddress(url).database}.arrivals`;
  await nodes.everywhere(`SYSTEM STOP MERGES ${name}`);
  await nodes.everywhere(`ALTER TABLE ${name} MODIFY SETTING parts_to_delay_insert = 1, parts_to_throw_insert = 1`);
  await store.append(many(5, 5));
  await expect.poll(() => errors.length).toBe(1);
  await nodes.everywhere(
    `ALTER TABLE ${name} MODIFY SETTING parts_to_delay_insert = 1000, parts_to_throw_insert = 3000`,
  );
  await nodes.everywhere(`SYSTEM START MERGES ${name}`);
  await expect.poll(() => counts(reports)).toEqual([10, 10]);
  expect(await exported(store)).toBe(10);
});

test.each(['hits', 'report_hits'])(
  'while there are too many parts of %s, no hit is lost, and one error says why',
  async (table) => {
    const url = `${server}/${newDatabase()}`;
    const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
    await store.append(many(5));
    await expect.poll(() => counts(reports)).toEqual([5, 5]);
    const { database } = parseAddress(url);
    const name = `${database}.${table}`;
    await nodes.everywhere(`SYSTEM STOP MERGES ${name}`);
    await nodes.everywhere(`ALTER TABLE ${name} MODIFY SETTING parts_to_delay_insert = 1, parts_to_throw_insert = 1`);
    await store.append(many(5, 5));
    await expect.poll(() => errors.map((error) => (error as { code: string }).code)).toEqual(['252']);
    expect((errors[0] as Error).message).toMatch(/^Too many parts/);
    await store.append(many(5, 10));
    await nodes.everywhere(
      `ALTER TABLE ${name} MODIFY SETTING parts_to_delay_insert = 1000, parts_to_throw_insert = 3000`,
    );
    await nodes.everywhere(`SYSTEM START MERGES ${name}`);
    await expect.poll(() => counts(reports)).toEqual([15, 15]);
    expect(errors).toHaveLength(1);
  },
);
