import { beforeAll, expect, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { prepareTables } from '../../src/collector/store/clickhouse/migration.js';
import { Unavailable } from '../../src/collector/store/clickhouse/unavailable.js';
import { toInsertLines } from '../../src/collector/store/clickhouse/rows.js';
import { HIT_COLUMNS, Tables } from '../../src/collector/store/clickhouse/tables.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { collectorOn, counts, errors, fillerOn, nodesOf, reportsOn } from './clickhouse-stand.js';
import { many } from './engine-stand.js';

// When hits arrive faster than ClickHouse stores them, they are stored first, and copied into reports later.

let server: string;
beforeAll(async () => {
  server = await chdbOfTests();
});

/** A database, and a function that stores hits in it as the forwarder of a collector does. */
async function database(): Promise<{ url: string; insert: (count: number) => Promise<void> }> {
  const url = `${server}/${newDatabase()}`;
  const address = parseAddress(url);
  const nodes = nodesOf(url);
  await prepareTables(nodes, new Tables(address));
  let first = 1;
  const insert = async (count: number): Promise<void> => {
    await nodes.insert(`${address.database}.hits`, HIT_COLUMNS, toInsertLines(many(count, first), 7, first).hits);
    first += count;
    await nodes.insert(`${address.database}.progress`, 'source, stamp', `{"source":7,"stamp":${first - 1}}\n`);
  };
  return { url, insert };
}

test('no hit is copied into reports while at least 10,000 hits wait in the spool', async () => {
  const url = `${server}/${newDatabase()}`;
  const store = await collectorOn(url);
  const reports = reportsOn(url);
  await expect.poll(() => counts(reports)).toEqual([0, 0]);
  const nodes = nodesOf(url);
  // All calls begin in one task, so nothing else happens in this process between them.
  const appended = Array.from({ length: 300 }, (_, batch) => store.append(many(1000, batch * 1000)));
  await Promise.all(appended);
  const { database } = parseAddress(url);
  const seen: number[] = [];
  while (store.backlog() >= 10_000) {
    // A step of the filler fills this table before the others.
    const [row] = await nodes.rows<{ rows: number }>(`SELECT count() AS rows FROM ${database}.report_identities`);
    if (store.backlog() >= 10_000) seen.push(row!.rows);
  }
  expect(seen.length).toBeGreaterThan(2);
  expect(new Set(seen)).toEqual(new Set([0]));
  await expect.poll(() => counts(reports)).toEqual([300_000, 300_000]);
  expect(errors).toEqual([]);
});

test('while hits wait in the spool, reports are not filled, but for a limited time', async () => {
  const { url, insert } = await database();
  let isBusy = true;
  let looks = 0;
  let steps = 0;
  const options = {
    isBusy: () => (looks++, isBusy),
    before: async (statement: string) => void (statement.includes('kmq fills reports') && steps++),
  };
  const patient = fillerOn(url, { ...options, longestWaitMs: 600_000 });
  const reports = reportsOn(url);
  // Until the tables are complete for the first time, nothing waits.
  await expect.poll(() => counts(reports)).toEqual([0, 0]);
  await insert(10);
  [looks, steps] = [0, 0];
  await expect.poll(() => looks).toBeGreaterThan(20);
  expect(steps).toBe(0);
  isBusy = false;
  await expect.poll(() => counts(reports)).toEqual([10, 10]);
  await patient.close();
  isBusy = true;
  fillerOn(url, { ...options, longestWaitMs: 500 });
  await insert(10);
  await expect.poll(() => counts(reports)).toEqual([20, 20]);
  await insert(10);
  await expect.poll(() => counts(reports)).toEqual([30, 30]);
  expect(errors).toEqual([]);
});

test('reports advance while hits arrive faster than they are copied', async () => {
  const { url, insert } = await database();
  const reports = reportsOn(url);
  await insert(25);
  let arriving = 0;
  fillerOn(url, {
    stepHits: 10,
    isBusy: () => true,
    longestWaitMs: 0,
    before: async (statement) => {
      if (!statement.includes('INTO') || !statement.includes('.report_hits (') || arriving === 10) return;
      arriving += 1;
      await insert(20);
    },
  });
  const countedAt: number[] = [];
  await expect
    .poll(async () => {
      const counted = await counts(reports);
      if (typeof counted !== 'string') countedAt.push(arriving);
      return counted;
    })
    .toEqual([225, 225]);
  expect(countedAt[0]).toBeLessThan(10);
  expect(errors).toEqual([]);
});

test('a step that ClickHouse cannot complete is tried again with fewer hits', async () => {
  const { url, insert } = await database();
  const reports = reportsOn(url);
  await insert(6000);
  const steps: number[] = [];
  fillerOn(url, {
    stepHits: 6000,
    before: async (statement) => {
      const [, from, upto] = /INTO \S+report_hits [^]*stamp > (\d+) AND stamp <= (\d+)/.exec(statement) ?? [];
      if (upto === undefined) return;
      steps.push(Number(upto) - Number(from));
      if (steps.at(-1)! > 2000) throw new Unavailable('of the test');
    },
  });
  await expect.poll(() => counts(reports)).toEqual([6000, 6000]);
  expect(steps).toEqual([6000, 3000, 1500, 1500, 1500, 1500]);
  expect(errors).toEqual([]);
});

test('after some steps in a row a step has more hits again, and a size that fails again is tried later than before', async () => {
  const { url, insert } = await database();
  const reports = reportsOn(url);
  await insert(60_000);
  const steps: number[] = [];
  let failures = 0;
  fillerOn(url, {
    stepHits: 6000,
    // Long ago: else a step that failed is followed by all steps from the beginning.
    started: 1_000_000_000,
    before: async (statement) => {
      const [, from, upto] = /INTO \S+report_hits [^]*stamp > (\d+) AND stamp <= (\d+)/.exec(statement) ?? [];
      if (upto === undefined) return;
      steps.push(Number(upto) - Number(from));
      if (steps.at(-1)! <= 2000 || failures === 3) return;
      failures += 1;
      throw new Unavailable('of the test');
    },
  });
  await expect.poll(() => counts(reports)).toEqual([60_000, 60_000]);
  const equal = (count: number, hits: number): number[] => Array.from({ length: count }, () => hits);
  expect(steps).toEqual([6000, 3000, ...equal(8, 1500), 3000, ...equal(16, 1500), ...equal(8, 3000)]);
  expect(errors).toEqual([]);
});
