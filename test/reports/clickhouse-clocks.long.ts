import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { RetainedGroups } from '../../src/collector/store/clickhouse/retained-groups.js';
import { Patience } from '../../src/collector/store/clickhouse/stuck-mutation.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import type { Spool } from '../../src/collector/store/clickhouse/spool.js';
import { personOf } from '../support/answers.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { KEY } from '../support/collector.js';
import { collectorOn, counts, errors, nodesOf, notices, reportsOn } from './clickhouse-stand.js';
import { event, many } from './engine-stand.js';

// The clock of a collector is set while it runs.

const PATIENT = { timeout: 20_000 };
const DAY_MS = 86_400_000;

let server: string;
beforeAll(async () => {
  server = await chdbOfTests();
});
beforeEach(() => {
  errors.splice(0);
  notices.splice(0);
});
afterEach(() => void vi.restoreAllMocks());

/** Sets the clock by so much; 0 sets it right. */
const now = Date.now.bind(Date);
function setClock(by: number): void {
  vi.spyOn(Date, 'now').mockImplementation(() => now() + by);
}

test.each([
  ['forward', DAY_MS],
  ['back', -DAY_MS],
])(
  'the clock is set %s by a day and then right: reports are filled all the time, and hits count once',
  async (_, by) => {
    const url = `${server}/${newDatabase()}`;
    const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
    await store.append(many(5));
    await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
    const { database } = parseAddress(url);
    const age = async (): Promise<number> => {
      const [row] = await nodes.rows<{ age: number }>(
        `SELECT toUnixTimestamp64Milli(now64(3)) - max(at) AS age FROM ${database}.report_fillers`,
      );
      return row!.age;
    };
    for (const [round, clock] of [by, 0].entries()) {
      setClock(clock);
      await store.append(many(5, 5 + 10 * round));
      await expect.poll(() => counts(reports), PATIENT).toEqual([10 + 10 * round, 10 + 10 * round]);
      // Its announcement is valid for 35 s.
      for (let wait = 0; wait < 15; wait++) {
        await pause(1000);
        expect(await age()).toBeLessThan(13_000);
      }
      await store.append(many(5, 10 + 10 * round));
      await expect.poll(() => counts(reports), PATIENT).toEqual([15 + 10 * round, 15 + 10 * round]);
      expect((await personOf(store, KEY, `p${5 + 10 * round}`))!.identities).toHaveLength(1);
    }
    await store.append([event('gone')]);
    expect((await store.erase(KEY, 'gone'))!.hits).toBe(1);
    expect(await counts(reports)).toEqual([25, 25]);
    expect([errors, notices]).toEqual([[], []]);
  },
);

test('after the clock was set forward, no hit leaves the spool earlier, and no mutation counts as one that makes no progress', () => {
  const trimmed: number[] = [];
  const groups = new RetainedGroups({
    forwardedOffset: 0,
    trim: (end: number) => trimmed.push(end),
  } as unknown as Spool);
  const patience = new Patience(new Tables(parseAddress('clickhouse://host/kmq')));
  const waiting = [{ node: 0, table: 'hits', id: '1', left: 1, failure: 'of the test' }];
  patience.look(waiting);
  groups.add(7);
  setClock(DAY_MS);
  patience.look(waiting);
  expect(groups.trim(performance.now())).toBe(false);
  expect(trimmed).toEqual([]);
});
