import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { examineClickHouse } from '../../src/cli/doctor/clickhouse.js';
import { resolve } from '../../src/cli/resolve.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { newDatabase } from '../support/clickhouse.js';
import { freePort } from '../support/ports.js';
import { installChdb, startChdb, type Chdb } from '../support/chdb/start.js';
import { personOf } from '../support/answers.js';
import { KEY, startCollector, temporaryFolder } from '../support/collector.js';
import { proxyOf, type Refusal } from './clickhouse-proxy.js';
import { collectorOn, counts, errors, forgetReported, messages, nodesOf, reportsOn } from './clickhouse-stand.js';
import { alias, event, many } from './engine-stand.js';

// A ClickHouse whose files are damaged, that is killed, that refuses statements, or whose tables somebody drops.

const PATIENT = { timeout: 40_000 };

forgetReported();

/** A ClickHouse of this test, on a port that it keeps. */
async function clickHouse() {
  installChdb();
  const [folder, port] = [await temporaryFolder(), await freePort()];
  let running: Chdb = await startChdb(folder, port, 'p');
  onTestFinished(() => running.kill());
  return {
    folder,
    url: `clickhouse://default:p@127.0.0.1:${port}/${newDatabase()}`,
    kill: () => running.kill(),
    start: async () => void (running = await startChdb(folder, port, 'p')),
  };
}

test('while a damaged part keeps a mutation from ending, nobody is answered as erased, and the removal continues after it', async () => {
  const { folder, url } = await clickHouse();
  const options = {
    url,
    counting: () => 'auto' as const,
    reportIntervalMs: 20,
    mutationLimits: { failing: 1000, still: 60_000 },
  };
  const store = new ClickHouseStore({
    ...options,
    folder: await temporaryFolder(),
    onError: (error) => void errors.push(error),
  });
  onTestFinished(() => store.close());
  const [reports, nodes] = [reportsOn(url), nodesOf(url)];
  await store.append([...many(5), event('gone')]);
  await expect.poll(() => counts(reports), PATIENT).toEqual([6, 6]);
  const { database } = parseAddress(url);
  const [{ path }] = (await nodes.rows<{ path: string }>(
    `SELECT path FROM system.parts WHERE database = '${database}' AND table = 'arrivals' AND active LIMIT 1`,
  )) as [{ path: string }];
  const data = readdirSync(path)
    .filter((file) => file.endsWith('.bin'))
    .map((file) => join(path.startsWith('/') ? path : join(folder, path), file));
  const whole = data.map((file) => readFileSync(file));
  // A disk that returns other bytes.
  data.forEach((file, n) =>
    writeFileSync(
      file,
      whole[n]!.map((byte) => byte ^ 0x55),
    ),
  );
  await nodes.everywhere('SYSTEM DROP MARK CACHE').catch(() => undefined);
  await nodes.everywhere('SYSTEM DROP UNCOMPRESSED CACHE').catch(() => undefined);
  await expect(store.erase(KEY, 'gone')).rejects.toMatchObject({
    statusCode: 503,
    message: expect.stringMatching(/does not complete the mutation \S+ of \S+\.arrivals\b.*KILL MUTATION/s) as string,
  });
  data.forEach((file, n) => writeFileSync(file, whole[n]!));
  await expect.poll(() => counts(reports), { timeout: 100_000 }).toEqual([5, 5]);
  expect(await personOf(store, KEY, 'gone')).toBeUndefined();
});

test('ClickHouse is killed in the middle of a step and of a report: the report is 503, and each hit counts once', async () => {
  const { url, kill, start } = await clickHouse();
  let slowly = false;
  const { url: through } = await proxyOf(
    url,
    () => undefined,
    (statement) =>
      slowly && /(FROM|INTO) \S*\.report_hits/.test(statement)
        ? statement
            .replace(/WHERE (NOT r\.can_come_again OR .*)$/, 'WHERE sleepEachRow(1) = 0 AND ($1)')
            .replace('WHERE h.site =', 'WHERE sleepEachRow(1) = 0 AND h.site =')
        : statement,
  );
  const [store, reports] = [await collectorOn(through), reportsOn(through)];
  await store.append(many(2));
  await expect.poll(() => counts(reports), PATIENT).toEqual([2, 2]);
  slowly = true;
  await store.append(many(2, 2));
  await pause(500);
  const answer = counts(reports);
  await pause(1000);
  await kill();
  expect(await answer).toMatch(/does not answer/);
  slowly = false;
  await start();
  await expect.poll(() => counts(reports)).toEqual([4, 4]);
  await store.append(many(2, 4));
  await expect.poll(() => counts(reports)).toEqual([6, 6]);
});

const refusal = (code: number, text: string): Refusal => ({
  status: 500,
  body: `Code: ${code}. DB::Exception: ${text} (version 26.7.1.1)\n`,
});

test.each([
  [201, 'Quota for user `kmq` for 3600s has been exceeded: queries = 101/100. (QUOTA_EXCEEDED)', /quota/],
  [202, 'Too many simultaneous queries. Maximum: 100. (TOO_MANY_SIMULTANEOUS_QUERIES)', /as many queries as it may/],
  [243, 'Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)', /no disk space/],
  [
    252,
    'Too many parts (300). Merges are processing significantly slower than inserts. (TOO_MANY_PARTS)',
    /Too many parts/,
  ],
  [241, 'Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED)', /memory/],
  [
    76,
    'Cannot open file /var/lib/clickhouse/x, errno: 28, strerror: No space left on device. (CANNOT_OPEN_FILE)',
    /No space left on device/,
  ],
  [1000, 'File access error: no space left on device: /var/lib/clickhouse/x. (POCO_EXCEPTION)', /no space left/],
  [242, 'Table is in readonly mode. (TABLE_IS_READ_ONLY)', /readonly/],
])(
  'while every insert is refused with error %i, hits wait, one error says why, and then each counts once',
  async (code, text, says) => {
    const { url } = await clickHouse();
    let refuses = false;
    const { url: through } = await proxyOf(
      url,
      () => undefined,
      (statement, { searchParams }) =>
        refuses && /INSERT/.test(searchParams.get('query') ?? statement) ? refusal(code, text) : statement,
    );
    const [store, reports] = [await collectorOn(through), reportsOn(through)];
    await store.append(many(3));
    await expect.poll(() => counts(reports), PATIENT).toEqual([3, 3]);
    refuses = true;
    await store.append(many(3, 3));
    await expect.poll(messages, PATIENT).not.toEqual([]);
    await pause(3000);
    expect(messages()).toEqual([expect.stringMatching(says)]);
    expect(store.backlog()).toBe(3);
    refuses = false;
    await expect.poll(() => counts(reports), PATIENT).toEqual([6, 6]);
  },
);

test('an error of a report is thrown without the text, which may quote a question or a hit', async () => {
  const { url } = await clickHouse();
  const { url: through } = await proxyOf(
    url,
    () => undefined,
    (statement) =>
      /FROM \S+\.report_hits/.test(statement)
        ? refusal(6, "Cannot parse string 'bob@example.com' as UInt64. (CANNOT_PARSE_TEXT)")
        : statement,
  );
  const store = await collectorOn(url);
  await store.append(many(3));
  await expect.poll(() => counts(reportsOn(url)), PATIENT).toEqual([3, 3]);
  expect(await counts(reportsOn(through))).toMatch(
    /^ClickHouse refuses a statement with the error 6 \(CANNOT_PARSE_TEXT\)/,
  );
});

test.each([
  ['all tables of reports', undefined],
  ['the hits of reports', ['report_hits']],
  ['the people of reports', ['report_people', 'report_merges']],
  ['the progress of reports', ['report_progress', 'report_fillers']],
])(
  'somebody drops %s while a collector runs, and before one starts: they are filled again, and no answer lacks hits',
  async (_, some) => {
    const { url } = await clickHouse();
    const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
    await store.append([...many(4), alias('p0', 'p1')]);
    await expect.poll(() => counts(reports), PATIENT).toEqual([3, 4]);
    const { database } = parseAddress(url);
    const drop = async (): Promise<void> => {
      const names = await nodes.rows<{ name: string }>(
        `SELECT name FROM system.tables WHERE database = '${database}' AND startsWith(name, 'report_')`,
      );
      for (const name of some ?? names.map(({ name }) => name))
        await nodes.everywhere(`DROP TABLE IF EXISTS ${database}.${name} SYNC`);
    };
    await drop();
    await store.append(many(3, 4));
    await expect.poll(() => counts(reports)).toEqual([6, 7]);
    await store.close();
    await drop();
    const next = await collectorOn(url);
    const seen: unknown[] = [];
    await expect
      .poll(
        async () => {
          const answer = await counts(reports);
          if (typeof answer !== 'string') seen.push(answer);
          return answer;
        },
        { timeout: 60_000, interval: 10 },
      )
      .toEqual([6, 7]);
    expect(seen).toEqual([[6, 7]]);
    await next.append(many(1, 7));
    await expect.poll(() => counts(reports), PATIENT).toEqual([7, 8]);
    expect(messages().length).toBeLessThan(3);
  },
);

test('without any hit or question, a dropped table is filled again, while a collector runs and when one starts', async () => {
  const { url } = await clickHouse();
  const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  await store.append([...many(4), alias('p0', 'p1')]);
  const { database } = parseAddress(url);
  const rows = async (): Promise<number | undefined> => {
    const [row] = await nodes
      .rows<{ count: number }>(`SELECT uniqExact(hit) AS count FROM ${database}.report_hits`)
      .catch(() => []);
    return row?.count;
  };
  await expect.poll(() => counts(reports), PATIENT).toEqual([3, 4]);
  await nodes.everywhere(`DROP TABLE ${database}.report_hits SYNC`);
  await expect.poll(rows, PATIENT).toBe(4);
  expect(messages()).toEqual([expect.stringMatching(/^Somebody has dropped a table of reports\./)]);
  await expect.poll(() => counts(reports), PATIENT).toEqual([3, 4]);
  await store.close();
  await nodes.everywhere(`DROP TABLE ${database}.report_hits SYNC`);
  await collectorOn(url);
  await expect.poll(rows, PATIENT).toBe(4);
  expect(messages().length).toBe(1);
});

test('hits that an owner lets expire by TTL, in the table of hits and in that of reports', async () => {
  const { url } = await clickHouse();
  const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  await store.append([...many(3), event('old', 1_600_000_000)]);
  await expect.poll(() => counts(reports), PATIENT).toEqual([3, 3]);
  const { database } = parseAddress(url);
  for (const table of ['hits', 'arrivals', 'report_hits']) {
    await nodes.everywhere(
      `ALTER TABLE ${database}.${table} MODIFY TTL toDateTime(least(time, 4000000000)) + INTERVAL 1 YEAR`,
    );
    await nodes.everywhere(`OPTIMIZE TABLE ${database}.${table} FINAL`);
  }
  expect((await store.erase(KEY, 'p1'))!.hits).toBe(1);
  await store.append(many(3, 3));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  expect(await store.erase(KEY, 'old')).toMatchObject({ hits: 0 });
  expect(await personOf(store, KEY, 'old')).toBeUndefined();
  expect(await store.expire(KEY, 1_700_000_000)).toBe(0);
  expect(errors).toEqual([]);
});

test('a user whose settings cannot be changed, readonly = 1, and one who may not delete: what a client and the log read', async () => {
  const { url } = await clickHouse();
  const fixed = await proxyOf(
    url,
    () => undefined,
    (statement, { searchParams }) => {
      const [setting] = [...searchParams.keys()].filter(
        (name) => !/^(query|query_id|default_format|session_id|param_.*)$/.test(name),
      );
      return setting === undefined
        ? statement
        : {
            status: 500,
            body: `Code: 164. DB::Exception: Cannot modify '${setting}' setting in readonly mode. (READONLY) (version 26.7.1.1)\n`,
          };
    },
  );
  const collector = await startCollector({ store: fixed.url });
  await collector.send('/e?_k=site&_p=ann&_n=x');
  const report = await collector.send('/api/v1/reports/names?key=site&q={}');
  expect([report.status, await report.json()]).toEqual([
    501,
    {
      error: expect.stringMatching(
        /^The user default of ClickHouse may only read, by its setting readonly\..* ClickHouse says: .*readonly mode\.$/s,
      ) as string,
      ...{ code: 'no_reports', member: '' },
    },
  ]);
  expect(
    (await examineClickHouse(resolve({ store: fixed.url }, {}).settings)).map(({ level, says }) => `${level} ${says}`),
  ).toEqual([expect.stringMatching(/^fault .*may only read, by its setting readonly\./)]);
  await collector.close();
  let mayDelete = false;
  const noDelete = await proxyOf(
    url,
    () => undefined,
    (statement) =>
      !mayDelete && /^ALTER TABLE .* DELETE/.test(statement)
        ? {
            status: 403,
            body: "Code: 497. DB::Exception: kmq: Not enough privileges. To execute this query, it's necessary to have the grant ALTER DELETE ON kmq.hits. (ACCESS_DENIED) (version 26.7.1.1)\n",
          }
        : statement,
  );
  const second = await startCollector({ store: noDelete.url });
  await second.send('/e?_k=site&_p=ann&_n=x');
  const erased = await second.send('/api/v1/person?key=site&id=ann', { method: 'DELETE' });
  expect([erased.status, await erased.json()]).toEqual([
    503,
    {
      error:
        'The user default of ClickHouse does not have a right that kmq needs: run GRANT ALTER DELETE ON kmq.hits TO `default`. docs/growing.md ' +
        "lists all of them. ClickHouse says: kmq: Not enough privileges. To execute this query, it's necessary to have the grant " +
        'ALTER DELETE ON kmq.hits. As soon as the user may do this, kmq erases the person by itself.',
    },
  ]);
  expect((await second.send('/api/v1/person?key=site&id=ann')).status).toBe(200);
  mayDelete = true;
  await expect.poll(async () => (await second.send('/api/v1/person?key=site&id=ann')).status, PATIENT).toBe(404);
});
