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
import {
  collectorOn,
  counts,
  errors,
  messages,
  nodesOf,
  notices,
  reportsOn,
  useClickHouse,
} from './clickhouse-stand.js';
import { alias, event, many } from './engine-stand.js';

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

test('while hits of somebody who came back cannot be copied again, others are erased, and retention runs; then all hits are there', async () => {
  const url = newUrl();
  const { database } = parseAddress(url);
  const [other, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  // The person of all three has the smallest number, so the others get the number of one of those who are removed.
  const byNumber = `SELECT name FROM (SELECT arrayJoin(['bob', 'robert', 'ann']) AS name) ORDER BY sipHash64('${KEY}', name)`;
  const named = await nodes.rows<{ name: string }>(byNumber);
  const [bob, robert, ann] = named.map(({ name }) => name) as [string, string, string];
  const copied = async (entries: Parameters<typeof other.append>[0]): Promise<void> => {
    await other.append(entries);
    await other.keys();
    const isCopied = `SELECT 1 AS one FROM (SELECT max(stamp) AS stored FROM ${database}.progress) p,
      (SELECT max(stamp) AS copied FROM ${database}.report_progress) r WHERE stored = copied`;
    await expect.poll(() => nodes.rows(isCopied), PATIENT).toHaveLength(1);
  };
  let [isBack, isRefused] = [false, true];
  const robertInSql = Buffer.from(robert).toString('hex').replace(/../g, '\\x$&');
  const proxy = await proxyOf(
    url,
    () => undefined,
    async (statement) => {
      if (/\.report_people DELETE/.test(statement) && !isBack) {
        isBack = true;
        await copied([event(bob), alias(bob, ann), event(ann), event('eve')]);
      }
      return isRefused && /\.report_merges DELETE/.test(statement) && statement.includes(robertInSql)
        ? {
            status: 500,
            body: 'Code: 396. DB::Exception: Limit exceeded. (TOO_MANY_ROWS_OR_BYTES) (version 26.7.1.1)\n',
          }
        : statement;
    },
  );
  await copied([event(bob), event(robert), alias(bob, robert), event(ann), event('eve'), event('dan')]);
  expect(await counts(reports)).toEqual([4, 5]);
  const store = await collectorOn(proxy.url);
  await expect(store.erase(KEY, robert)).rejects.toThrow('Limit exceeded');
  expect(isBack).toBe(true);
  expect(await store.erase(KEY, 'dan')).toEqual({ identities: ['dan'], hits: 1 });
  expect(await store.expire(KEY, 1)).toBe(0);
  expect(await personOf(store, KEY, 'dan')).toBeUndefined();
  // Fails at least once more, after its rows of merges could have been lost.
  await expect.poll(() => errors.length, PATIENT).toBe(1);
  isRefused = false;
  await expect.poll(() => store.unfinishedErasures(), PATIENT).toBe(0);
  await expect.poll(() => counts(reports), PATIENT).toEqual([2, 4]);
  expect(messages()).toEqual([expect.stringContaining('Limit exceeded')]);
});
