import { beforeAll, expect, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { ReportMerges } from '../../src/collector/store/clickhouse/report-merges.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import { newDatabase } from '../support/clickhouse.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { collectorOn, counts, errors, nodesOf, reportsOn } from './clickhouse-stand.js';
import { alias, event, many } from './engine-stand.js';

// How merges of people are written into the rows of reports, however long that takes.

let server: string;
beforeAll(async () => {
  server = await chdbOfTests();
});

/** Thirty people, ten of whom have become one. */
async function merged() {
  const url = `${server}/${newDatabase()}`;
  const store = await collectorOn(url);
  await store.append(many(30));
  const reports = reportsOn(url);
  await expect.poll(() => counts(reports)).toEqual([30, 30]);
  await store.append(Array.from({ length: 9 }, (_, n) => alias(`p${n}`, `p${n + 1}`)));
  await expect.poll(() => counts(reports)).toEqual([21, 30]);
  const address = parseAddress(url);
  const nodes = nodesOf(url);
  const merges = (): ReportMerges => new ReportMerges(nodes, new Tables(address), { waiting: 5, removedAfterMs: 0 });
  const { database } = address;
  const count = async (of: string): Promise<number> => (await nodes.rows(`SELECT 1 AS one FROM ${of}`)).length;
  /** How many merges a question still has to join. */
  const joined = () => count(`(SELECT person FROM ${database}.report_merges GROUP BY person)`);
  const mutations = () =>
    count(`system.mutations WHERE database = '${database}' AND table = 'report_hits' AND is_done = 0`);
  expect([await joined(), await mutations()]).toEqual([9, 0]);
  return { store, reports, nodes, merges, hits: `${database}.report_hits`, joined, mutations };
}

test('merges that are written into the rows change no answer', async () => {
  const { store, reports, merges, joined, mutations } = await merged();
  const one = merges();
  await one.foldIfDue();
  await expect.poll(mutations).toBe(0);
  expect([await counts(reports), await joined()]).toEqual([[21, 30], 9]);
  await one.foldIfDue();
  await expect.poll(joined).toBe(0);
  expect(await counts(reports)).toEqual([21, 30]);
  await store.append([alias('p9', 'p10'), event('p3')]);
  await expect.poll(() => counts(reports)).toEqual([20, 31]);
});

test('while ClickHouse needs long to write merges into the rows, hits and reports do not wait, and no collector begins it again', async () => {
  const { store, reports, nodes, merges, hits, joined, mutations } = await merged();
  await nodes.everywhere(`SYSTEM STOP MERGES ${hits}`);
  const [one, other] = [merges(), merges()];
  await one.foldIfDue();
  expect(await mutations()).toBe(1);
  for (const each of [one, other, one, other]) await each.foldIfDue();
  expect([await mutations(), await joined()]).toEqual([1, 9]);
  // Hits and aliases arrive meanwhile.
  await store.append([event('p3'), event('new'), alias('p9', 'p10')]);
  await expect.poll(() => counts(reports)).toEqual([21, 32]);
  await nodes.everywhere(`SYSTEM START MERGES ${hits}`);
  await expect.poll(mutations).toBe(0);
  await one.foldIfDue();
  await expect.poll(joined).toBeLessThan(9);
  expect(await counts(reports)).toEqual([21, 32]);
  expect(errors).toEqual([]);
});

test('merges are kept, and are written again, after somebody has killed the mutation that writes them', async () => {
  const { reports, nodes, merges, hits, joined, mutations } = await merged();
  await nodes.everywhere(`SYSTEM STOP MERGES ${hits}`);
  const one = merges();
  await one.foldIfDue();
  const [database, table] = hits.split('.');
  await nodes.rowsEverywhere(`KILL MUTATION WHERE database = '${database}' AND table = '${table}'`);
  await expect.poll(mutations).toBe(0);
  await nodes.everywhere(`SYSTEM START MERGES ${hits}`);
  await one.foldIfDue();
  expect([await joined(), await mutations(), await counts(reports)]).toEqual([9, 0, [21, 30]]);
  await one.foldIfDue();
  await expect.poll(mutations).toBe(0);
  await one.foldIfDue();
  await expect.poll(joined).toBe(0);
  expect(await counts(reports)).toEqual([21, 30]);
});
