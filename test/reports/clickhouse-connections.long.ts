import type { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { RestartDetection } from '../../src/collector/store/clickhouse/restart-detection.js';
import { liveOf, personOf } from '../support/answers.js';
import { freePort } from '../support/ports.js';
import { KEY } from '../support/collector.js';
import { startNginx } from '../support/nginx.js';
import { proxyOf, type Refusal, type Reset } from './clickhouse-proxy.js';
import {
  ask,
  collectorOn,
  counts,
  errors,
  fillerOn,
  nodesOf,
  notices,
  reportsOn,
  useClickHouse,
} from './clickhouse-stand.js';
import { alias, ALL, event, many, NOW } from './engine-stand.js';

// Load balancers and proxies that close connections, or answer before ClickHouse does.

const PATIENT = { timeout: 40_000 };

const newUrl = useClickHouse();

const GATEWAY_TIMEOUT: Refusal = { status: 504, body: '<html><h1>504 Gateway Time-out</h1></html>' };
const BAD_GATEWAY: Refusal = { status: 502, body: '<html><h1>502 Bad Gateway</h1></html>' };

/** Makes a statement that copies five hits run for some seconds. */
const slow = (statement: string): string =>
  statement.replace(/WHERE (NOT r\.can_come_again OR .*)$/, 'WHERE sleepEachRow(0.6) = 0 AND ($1)');

test.each<[string, Refusal | Reset]>([
  ['answers 504', GATEWAY_TIMEOUT],
  ['resets the connection', { reset: true }],
])('a proxy %s while ClickHouse still copies hits into reports: each hit counts once', async (_, fault) => {
  const url = newUrl();
  let lost = 0;
  const proxy = await proxyOf(
    url,
    () => undefined,
    (statement) => {
      if (!/INTO \S*\.report_hits/.test(statement) || lost) return statement;
      lost += 1;
      return { ...fault, passes: slow(statement) };
    },
  );
  const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  await store.append(many(5));
  await store.keys();
  await store.close();
  const { database } = parseAddress(url);
  for (const table of ['report_hits', 'report_seen', 'report_progress', 'report_fillers'])
    await nodes.everywhere(`TRUNCATE TABLE ${database}.${table}`);
  // A merge of its parts would leave one row of a hit that is there twice.
  await nodes.everywhere(`SYSTEM STOP MERGES ${database}.report_hits`);
  fillerOn(proxy.url);
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  await expect
    .poll(
      () => nodes.rows(`SELECT 1 AS one FROM system.processes WHERE query LIKE concat('%sleep', 'EachRow%')`),
      PATIENT,
    )
    .toEqual([]);
  expect(lost).toBe(1);
  expect(await counts(reports)).toEqual([5, 5]);
  expect(errors).toEqual([]);
});

test('while a step of one collector takes long, no other collector begins the same step', async () => {
  const url = newUrl();
  let [isSlow, begun] = [false, 0];
  const before = async (statement: string): Promise<void> => {
    if (!isSlow || !/INTO \S*\.report_hits/.test(statement)) return;
    begun += 1;
    // Longer than the announcement of a collector is valid.
    if (begun === 1) await new Promise((done) => setTimeout(done, 45_000));
  };
  const fillers = [fillerOn(url, { before, filler: 1 }), fillerOn(url, { before, filler: 2 })];
  const [reports, nodes] = [reportsOn(url), nodesOf(url)];
  const { database } = parseAddress(url);
  // Before the store, which also fills reports: whoever has waited longest does it.
  const announced = (): Promise<unknown[]> =>
    nodes.rows(`SELECT DISTINCT filler FROM ${database}.report_fillers`).catch(() => []);
  await expect.poll(announced, PATIENT).toHaveLength(2);
  const store = await collectorOn(url);
  await store.append(many(5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  await nodes.everywhere(`SYSTEM STOP MERGES ${database}.report_hits`);
  isSlow = true;
  await store.append(many(5, 5));
  await expect.poll(() => counts(reports), { timeout: 60_000, interval: 500 }).toEqual([10, 10]);
  expect(begun).toBe(1);
  for (const filler of fillers) await filler.close();
  expect(await counts(reports)).toEqual([10, 10]);
  expect(errors).toEqual([]);
});

test('every connection that is used again is reset: no hit is lost or counts twice, and no reader sees an error', async () => {
  const url = newUrl();
  const used = new WeakSet<Socket>();
  let [isResetting, resets] = [false, 0];
  const { url: through } = await proxyOf(
    url,
    () => undefined,
    (statement, _, socket) => {
      if (isResetting && used.has(socket)) {
        resets += 1;
        return { reset: true };
      }
      used.add(socket);
      return statement;
    },
  );
  const [store, reports] = [await collectorOn(through), reportsOn(through)];
  await store.append(many(5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  // Several connections are open.
  await Promise.all(Array.from({ length: 8 }, () => counts(reports)));
  isResetting = true;
  for (let round = 0; round < 5; round++) {
    await store.append(many(5, 5 * (round + 1)));
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, () => counts(reports)),
      personOf(store, KEY, 'p1').then((person) => person!.identities),
      store.keys(),
    ]);
    expect(answers.filter((answer) => typeof answer === 'string')).toEqual([]);
  }
  await expect.poll(() => counts(reports), PATIENT).toEqual([30, 30]);
  expect((await store.erase(KEY, 'p1'))!.hits).toBe(1);
  expect(await counts(reports)).toEqual([29, 29]);
  expect(resets).toBeGreaterThan(10);
  expect(errors).toEqual([]);
});

test('a proxy answers 502 after ClickHouse has stored the hits: each of them counts once everywhere', async () => {
  const url = newUrl();
  const lost: string[] = [];
  const { url: through } = await proxyOf(
    url,
    ({ searchParams }) => void searchParams,
    (statement, { searchParams }) => {
      const into = /INTO \S+\.(\w+)/.exec(searchParams.get('query') ?? statement)?.[1];
      if (into === undefined || lost.includes(into)) return statement;
      lost.push(into);
      return { ...(lost.length % 2 ? BAD_GATEWAY : GATEWAY_TIMEOUT), passes: statement };
    },
  );
  const [store, reports, nodes] = [await collectorOn(through), reportsOn(through), nodesOf(url)];
  await store.append([...many(5), alias('p1', 'p2'), event('p1')]);
  await expect.poll(() => counts(reports), { timeout: 120_000 }).toEqual([4, 6]);
  await expect
    .poll(
      () =>
        store.keys().then(
          (keys) => keys.length,
          () => 0,
        ),
      PATIENT,
    )
    .toBe(1);
  expect((await personOf(store, KEY, 'p2'))!.identities.toSorted()).toEqual(['p1', 'p2']);
  expect((await liveOf(store, KEY, undefined)).hits).toHaveLength(7);
  const exported = [];
  for await (const hit of store.export(KEY)) exported.push(hit);
  expect(exported).toHaveLength(7);
  // It is continued after the answer 503.
  await expect(store.erase(KEY, 'p2')).rejects.toMatchObject({ statusCode: 503 });
  await expect.poll(() => counts(reports), PATIENT).toEqual([3, 3]);
  await expect.poll(() => store.erase(KEY, 'p2'), PATIENT).toBeUndefined();
  expect(new Set(lost)).toEqual(
    new Set([
      'versions',
      'hits',
      'progress',
      'report_fillers',
      'report_identities',
      'report_people',
      'report_merges',
      'report_seen',
      'report_hits',
      'report_names',
      'report_progress',
      'report_removals',
    ]),
  );
  expect(await nodes.rows(`SELECT hit FROM ${parseAddress(url).database}.report_hits`)).not.toEqual([]);
});

// https://github.com/langfuse/langfuse/issues/10185
test('one address of several servers that share their tables: hits are sent once, and again after one of the servers has started again', async () => {
  const url = newUrl();
  // Which server answers, as by chance.
  const turns = [0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1];
  let [asked, ago] = [0, 5000];
  const { url: through } = await proxyOf(
    url,
    () => undefined,
    (statement) => {
      if (!statement.includes('uptime()') || !turns[asked++ % turns.length]) return statement;
      return statement.replace('uptime()', `(uptime() + ${ago})`).replace('hostName()', `'other'`);
    },
  );
  // At each insert, and not every ten seconds.
  vi.spyOn(RestartDetection.prototype, 'due', 'get').mockReturnValue(true);
  onTestFinished(() => void vi.restoreAllMocks());
  const [store, reports] = [await collectorOn(through), reportsOn(url)];
  for (let round = 1; round <= 8; round++) {
    await store.append(many(5, 5 * round));
    await store.keys();
    await expect.poll(() => counts(reports), PATIENT).toEqual([5 * round, 5 * round]);
  }
  const isAgain = expect.stringMatching(/latest hits are sent once more/) as string;
  expect(notices).not.toContainEqual(isAgain);
  expect(notices).toEqual([expect.stringMatching(/leads to several servers \(\S+ and \S+\)/)]);
  ago = -1;
  await expect
    .poll(async () => {
      await store.append([event('p5')]);
      await store.keys();
      return notices;
    }, PATIENT)
    .toContainEqual(isAgain);
  expect(errors).toEqual([]);
});

// https://github.com/plausible/ecto_ch/issues/280, https://github.com/ClickHouse/clickhouse-js/issues/409
test('nginx in front of ClickHouse, with its limit of a URL: a question with the longest texts is answered', async () => {
  const [url, port] = [newUrl(), await freePort()];
  const { host } = new URL(url.replace('clickhouse:', 'http:'));
  onTestFinished(() => void vi.restoreAllMocks());
  const settings = 'client_max_body_size 32m;';
  await startNginx(`server { listen 127.0.0.1:${port}; ${settings} location / { proxy_pass http://${host}; } }`, port);
  const [store, reports] = [await collectorOn(url), reportsOn(url.replace(host, `127.0.0.1:${port}`))];
  const plans = Array.from({ length: 14 }, (_, n) => `\ufeff${n}'"\\\r\n--${'€'.repeat(2700)}`);
  await store.append(plans.map((plan, n) => event(`p${n}`, NOW, [['Plan', plan]])));
  await expect.poll(() => counts(reports), PATIENT).toEqual([14, 14]);
  const total = async (filter: object): Promise<number> =>
    (await ask<{ total: number }>(reports, 'people', { ...ALL, filter })).total;
  expect(await total({ property: 'Plan', equals: plans[3]! })).toBe(1);
  expect(await total({ any: plans.map((equals) => ({ property: 'Plan', equals })) })).toBe(14);
  // Its SQL is longer than ClickHouse accepts a text of a form.
  const contains = Array.from({ length: 45 }, (_, n) => ({
    property: 'Plan',
    contains: `${plans[n % 14]!}${n || ''}`,
  }));
  const query = vi.spyOn(Nodes.prototype, 'make');
  expect(await total({ any: contains })).toBe(1);
  expect(Math.max(...query.mock.calls.map(([question]) => question.query.length))).toBeGreaterThan(2 ** 17);
  expect(errors).toEqual([]);
});
