import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { RetainedGroups } from '../../src/collector/store/clickhouse/retained-groups.js';
import { Patience } from '../../src/collector/store/clickhouse/stuck-mutation.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import type { Spool } from '../../src/collector/store/clickhouse/spool.js';
import { personOf } from '../support/answers.js';
import { KEY } from '../support/collector.js';
import { collectorOn, counts, errors, notices, reportsOn, useClickHouse } from './clickhouse-stand.js';
import { event, many } from './engine-stand.js';

// The clock of a collector is set while it runs.

const PATIENT = { timeout: 20_000 };
const DAY_MS = 86_400_000;

const newUrl = useClickHouse();
afterEach(() => void vi.restoreAllMocks());

/** Sets the clock by so much; 0 sets it right. */
const now = Date.now.bind(Date);
function setClock(by: number): void {
  vi.spyOn(Date, 'now').mockImplementation(() => now() + by);
}

test.each([
  ['forward', DAY_MS],
  ['back', -DAY_MS],
])('the clock is set %s by a day: reports are filled, also after a pause without hits', async (_, by) => {
  const url = newUrl();
  const [store, reports] = [await collectorOn(url), reportsOn(url)];
  await store.append(many(5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  setClock(by);
  // The announcement of a collector is valid for 35 s.
  await pause(40_000);
  await store.append(many(5, 5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([10, 10]);
  expect((await personOf(store, KEY, 'p5'))!.identities).toHaveLength(1);
  await store.append([event('gone')]);
  expect((await store.erase(KEY, 'gone'))!.hits).toBe(1);
  setClock(0);
  await store.append(many(5, 10));
  await expect.poll(() => counts(reports), PATIENT).toEqual([15, 15]);
  expect([errors, notices]).toEqual([[], []]);
});

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
