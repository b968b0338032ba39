import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { RestartDetection } from '../../src/collector/store/clickhouse/restart-detection.js';
import { peopleOf, personOf } from '../support/answers.js';
import { beforeStatement } from '../support/before-statement.js';
import { newDatabase } from '../support/clickhouse.js';
import { installChdb, startChdb, type Chdb } from '../support/chdb/start.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { freePort } from '../support/ports.js';
import { proxyOf } from './clickhouse-proxy.js';
import { collectorOn, counts, nodesOf, notices, reportsOn, useClickHouse } from './clickhouse-stand.js';
import { event, many } from './engine-stand.js';

// Hits of somebody who is erased, and that are inserted into ClickHouse once more.

const PATIENT = { timeout: 40_000 };

const newUrl = useClickHouse();

const TYPES =
  'site String, identity String, sent Int64, id String, stamp UInt64, source UInt32, timed UInt8, kind UInt8, name String, ' +
  'time Int64, received Int64, properties String, warnings String, agent UInt8';

/** An insert of hits that needs three seconds for each of them. */
const slow = (insert: string, lines: string): string =>
  insert.replace(
    'FORMAT JSONEachRow',
    `SELECT * FROM format(JSONEachRow, '${TYPES}', '${lines.replace(/['\\]/g, '\\$&')}') WHERE sleepEachRow(3) = 0`,
  );

test('a proxy answers 504 while ClickHouse still stores hits: nobody whom they name comes back after the erasure', async () => {
  const url = newUrl();
  const { database } = parseAddress(url);
  let [insert, lost] = ['', 0];
  const proxy = await proxyOf(
    url,
    ({ searchParams }) => {
      const query = searchParams.get('query') ?? '';
      if (insert || !/INTO \S+\.hits /.test(query)) return;
      insert = query;
      searchParams.delete('query');
      searchParams.set('function_sleep_max_microseconds_per_block', '60000000');
    },
    (statement, { searchParams }) => {
      if (!searchParams.has('function_sleep_max_microseconds_per_block')) return statement;
      lost += 1;
      return { status: 504, body: '<html><h1>504 Gateway Time-out</h1></html>', passes: slow(insert, statement) };
    },
  );
  const [store, reports, nodes] = [await collectorOn(proxy.url), reportsOn(url), nodesOf(url)];
  await store.append([...many(5), event('gone')]);
  expect((await store.erase(KEY, 'gone'))!.hits).toBe(1);
  const isStoring = `SELECT 1 AS one FROM system.processes WHERE query LIKE concat('%sleep', 'EachRow%')`;
  await expect.poll(() => nodes.rows(isStoring), PATIENT).toEqual([]);
  expect(lost).toBe(1);
  expect(await personOf(store, KEY, 'gone')).toBeUndefined();
  expect(await peopleOf(store, KEY, '', 100)).toHaveLength(5);
  for (const table of ['hits', 'arrivals', 'identities'])
    expect([table, await nodes.rows(`SELECT 1 AS one FROM ${database}.${table} WHERE identity = 'gone'`)]).toEqual([
      table,
      [],
    ]);
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
});

test('ClickHouse was started again before an erasure, which is noticed during it: hits that are sent once more bring nobody back', async () => {
  installChdb();
  const [folder, port] = [await temporaryFolder(), await freePort()];
  let running: Chdb = await startChdb(folder, port, 'p');
  onTestFinished(() => running.kill());
  const url = `clickhouse://default:p@127.0.0.1:${port}/${newDatabase()}`;
  const [store, reports] = [await collectorOn(url), reportsOn(url)];
  await store.append([...many(5), event('gone')]);
  await expect.poll(() => counts(reports), PATIENT).toEqual([6, 6]);
  // A restart is noticed while the person is removed.
  const due = vi.spyOn(RestartDetection.prototype, 'due', 'get').mockReturnValue(false);
  onTestFinished(() => due.mockRestore());
  // Starts are compared by the second.
  await pause(3000);
  await running.kill();
  running = await startChdb(folder, port, 'p');
  beforeStatement(/\.arrivals DELETE/, async () => {
    due.mockReturnValue(true);
    await store.append([event('p1')]);
    await store.keys();
  });
  expect((await store.erase(KEY, 'gone'))!.hits).toBe(1);
  expect(notices).toContainEqual(expect.stringMatching(/latest hits are sent once more/));
  expect(await personOf(store, KEY, 'gone')).toBeUndefined();
  expect(await peopleOf(store, KEY, '', 100)).toHaveLength(5);
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 6]);
});
