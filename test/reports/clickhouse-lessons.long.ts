import { rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { examineClickHouse } from '../../src/cli/doctor/clickhouse.js';
import { resolve } from '../../src/cli/resolve.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { newDatabase } from '../support/clickhouse.js';
import { freePort } from '../support/ports.js';
import { installChdb, startChdb, type Chdb } from '../support/chdb/start.js';
import { peopleOf, personOf } from '../support/answers.js';
import { KEY, startCollector, temporaryFolder } from '../support/collector.js';
import { proxyOf, type Refusal } from './clickhouse-proxy.js';
import {
  collectorOn,
  counts,
  errors,
  fillStore,
  messages,
  nodesOf,
  reportsOn,
  useClickHouse,
} from './clickhouse-stand.js';
import { event, many } from './engine-stand.js';

// What owners of other programs that store in ClickHouse have reported.

const PATIENT = { timeout: 40_000 };

const newUrl = useClickHouse();

const refusal = (status: number, code: number, text: string): Refusal => ({
  status,
  body: `Code: ${code}. DB::Exception: ${text} (version 26.7.1.1)\n`,
});

/** As ClickHouse answers a user who may read and write, and create nothing. */
const creator = (statement: string): string | Refusal =>
  /^\s*CREATE (?!TEMPORARY)|^ALTER TABLE \S+ ADD/.test(statement)
    ? refusal(
        403,
        497,
        `kmq: Not enough privileges. To execute this query, it's necessary to have the grant CREATE DATABASE ON kmq.*. (ACCESS_DENIED)`,
      )
    : statement;

// https://github.com/ClickHouse/ClickHouse/issues/36666,
// https://github.com/open-telemetry/opentelemetry-collector-contrib/issues/32738
test('a user who may create nothing stores hits and gets reports, if another user has created everything', async () => {
  const restricted = await proxyOf(await fillStore(newUrl()), () => undefined, creator);
  const [store, reports] = [await collectorOn(restricted.url), reportsOn(restricted.url)];
  await store.append(many(3, 5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([8, 8]);
  expect((await store.erase(KEY, 'p1'))!.hits).toBe(1);
  expect(errors).toEqual([]);
});

test('if something is missing, a user who may create nothing is told the right, and hits wait', async () => {
  const restricted = await proxyOf(newUrl(), () => undefined, creator);
  const store = await collectorOn(restricted.url);
  await store.append(many(3));
  await expect.poll(messages, PATIENT).toContainEqual(expect.stringContaining('run GRANT CREATE DATABASE ON kmq.* TO'));
  expect(store.backlog()).toBe(3);
});

// https://github.com/ClickHouse/ClickHouse/issues/76409, https://github.com/coroot/coroot/issues/534
test.each([
  [
    516,
    'default: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)',
  ],
  [194, 'default: Authentication failed: password is incorrect. (REQUIRED_PASSWORD)'],
  [195, 'User default is not allowed to connect from address 10.0.0.1. (IP_ADDRESS_NOT_ALLOWED)'],
])(
  'while ClickHouse does not accept the user (error %i), everything says so, and no hit is lost',
  async (code, text) => {
    let isChanged = false;
    const { url } = await proxyOf(
      await fillStore(newUrl()),
      () => undefined,
      (statement) => (isChanged ? refusal(403, code, text) : statement),
    );
    const collector = await startCollector({ store: url });
    const sentence = new RegExp(`does not accept the user default with the password of the URL.*error ${code}`);
    expect((await collector.send('/api/v1/person?key=site&id=p1')).status).toBe(200);
    isChanged = true;
    expect((await collector.send('/e?_k=site&_p=new&_n=Came')).status).toBe(200);
    const statuses = [
      '/api/v1/person?key=site&id=p1',
      '/api/v1/reports/names?key=site&q={}',
      '/api/v1/export?key=site',
    ];
    for (const path of statuses) {
      const answer = await collector.send(path);
      expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
        503,
        expect.stringMatching(sentence),
      ]);
    }
    expect(
      (await examineClickHouse(resolve({ store: url }, {}).settings)).map(({ level, says }) => `${level} ${says}`),
    ).toEqual([expect.stringMatching(sentence)]);
    isChanged = false;
    await expect.poll(async () => (await collector.send('/api/v1/person?key=site&id=new')).status, PATIENT).toBe(200);
  },
);

// https://github.com/ContentSquare/chproxy/issues/593
test('a proxy that answers errors with 200 and without their text: no insert counts as stored', async () => {
  let loses = false;
  const { url } = await proxyOf(
    await fillStore(newUrl()),
    () => undefined,
    (statement) =>
      loses && statement.startsWith('{')
        ? { status: 200, body: '', headers: { 'X-ClickHouse-Exception-Code': '252' } }
        : statement,
  );
  const [store, reports] = [await collectorOn(url), reportsOn(url)];
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  loses = true;
  await store.append(many(3, 5));
  await expect.poll(messages, PATIENT).toEqual([expect.stringMatching(/does not answer \(an error without a text\)/)]);
  expect(store.backlog()).toBe(3);
  loses = false;
  await expect.poll(() => counts(reports), PATIENT).toEqual([8, 8]);
});

// https://github.com/ods/clickhouse-rs/issues/6 is about errors; the same happens to answers.
test('a proxy that compresses all answers: hits are stored once, and errors can be read', async () => {
  const { url } = await proxyOf(await fillStore(newUrl()), () => undefined, undefined, true);
  const [store, reports] = [await collectorOn(url), reportsOn(url)];
  await store.append([...many(3, 5), event('gone')]);
  await expect.poll(() => counts(reports), PATIENT).toEqual([9, 9]);
  expect(store.backlog()).toBe(0);
  expect((await store.erase(KEY, 'gone'))!.hits).toBe(1);
  expect(await peopleOf(store, KEY, '', 100)).toHaveLength(8);
  expect(errors).toEqual([]);
  await expect(nodesOf(url).run('SELECT * FROM nowhere.nothing')).rejects.toThrow(/nowhere/);
});

// https://github.com/ClickHouse/ClickHouse/issues/80242
test('ClickHouse starts again with an empty disk while a collector runs: its tables are made again, and hits are stored', async () => {
  installChdb();
  const port = await freePort();
  let running: Chdb = await startChdb(await temporaryFolder(), port, 'p');
  onTestFinished(() => running.kill());
  const url = `clickhouse://default:p@127.0.0.1:${port}/${newDatabase()}`;
  const [store, reports] = [await collectorOn(url), reportsOn(url)];
  await store.append(many(3));
  await expect.poll(() => counts(reports), PATIENT).toEqual([3, 3]);
  await running.kill();
  const empty = await temporaryFolder();
  running = await startChdb(empty, port, 'p');
  // The collector still has the latest hits, and sends them again.
  await expect.poll(() => counts(reports)).toEqual([3, 3]);
  await store.append(many(2, 3));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  expect((await personOf(store, KEY, 'p4'))!.events).toHaveLength(1);
  rmSync(empty, { recursive: true, force: true, maxRetries: 3 });
});

test('the database is dropped while a collector runs: answers say so, and its tables are made again without any hit', async () => {
  const url = newUrl();
  const { database } = parseAddress(url);
  const collector = await startCollector({ store: url });
  const nodes = nodesOf(url);
  await collector.send('/e?_k=site&_p=ann&_n=Came');
  const status = async (path: string): Promise<number> => (await collector.send(path)).status;
  await expect.poll(() => status('/api/v1/person?key=site&id=ann'), PATIENT).toBe(200);
  await nodes.everywhere(`DROP DATABASE ${database} SYNC`);
  const person = await collector.send('/api/v1/person?key=site&id=ann');
  if (person.status !== 404)
    expect([person.status, await person.json()]).toEqual([
      503,
      {
        error: expect.stringMatching(
          /^A table of kmq is missing in ClickHouse\. A collector makes tables of reports again by itself/,
        ) as string,
      },
    ]);
  const tables = async (): Promise<number> =>
    (await nodes.rows(`SELECT name FROM system.tables WHERE database = '${database}'`)).length;
  await expect.poll(tables, PATIENT).toBeGreaterThan(15);
  await collector.send('/e?_k=site&_p=bob&_n=Came');
  await expect.poll(() => status('/api/v1/person?key=site&id=bob'), PATIENT).toBe(200);
});

// What https://github.com/PostHog/posthog/issues/11860 and others did by hand.
test('the database is renamed: a collector with the new name has all hits, and stores new ones there', async () => {
  const url = await fillStore(newUrl());
  const { database } = parseAddress(url);
  const renamed = url.replace(database, `${database}_new`);
  await nodesOf(url).run(`RENAME DATABASE ${database} TO ${database}_new`);
  const [store, reports] = [await collectorOn(renamed), reportsOn(renamed)];
  await store.append(many(3, 5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([8, 8]);
  const exported = [];
  for await (const hit of store.export(KEY)) exported.push(hit);
  expect(exported).toHaveLength(8);
  expect(await peopleOf(store, KEY, '', 100)).toHaveLength(8);
  expect(errors).toEqual([]);
});
