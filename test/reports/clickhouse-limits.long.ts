import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { CollectorOptions } from '../../src/collector/options.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { columnOf } from '../../src/collector/store/clickhouse/report-tables.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import type { OverviewAnswer } from '../../src/protocol/reports.js';
import { NOON } from '../support/arrived-hits.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';

// Questions that need much time or memory in ClickHouse, or whose client has disconnected.

/** With so many conditions on so many hits, a question takes long. */
const HITS = 500_000;
const CONDITIONS = 9;
const SLOW = {
  filter: {
    all: Array.from({ length: CONDITIONS }, (_, n) => ({
      inOrder: [{ event: 'a' }, { event: 'b', where: [{ property: 'p', contains: `${n}` }] }, { event: 'a' }],
    })),
  },
};
const QUICK = { event: 'none', count: 'people', by: 'day', from: '2026-01-01', to: '2026-01-02' };

const address = (kind: string, question: object): string =>
  `/api/v1/reports/${kind}?key=site&q=${encodeURIComponent(JSON.stringify(question))}`;

let url: string;
let nodes: Nodes;

beforeAll(async () => {
  url = `${await chdbOfTests()}/${newDatabase()}`;
  const { database } = parseAddress(url);
  nodes = new Nodes(parseAddress(url));
  const store = new ClickHouseStore({ url, folder: await temporaryFolder(), counting: () => 'auto' });
  const tables = `SELECT name FROM system.tables WHERE database = '${database}' AND name = 'report_removals'`;
  await vi.waitFor(async () => expect(await nodes.rows(tables)).toHaveLength(1), 60_000);
  await store.close();
  const step = HITS / 5;
  for (let from = 0; from < HITS; from += step) {
    await nodes.execute(`
      INSERT INTO ${database}.report_hits (site, event, time, hit, identity, person, agent, marks, ${columnOf('p')})
      SELECT 'site', if(number % 2 = 0, 'a', 'b'), ${NOON} + number % 100000, number, sipHash64(number % 100003) AS who, who, 0, 0,
        map('p', toString(number % 1009))
      FROM numbers(${from}, ${step})`);
  }
}, 300_000);
afterAll(() => nodes.close());

/** A collector with all of these hits. */
async function collectorWith(options: Partial<CollectorOptions>): Promise<TestCollector> {
  const collector = await startCollector({ store: url, ...options });
  await expect.poll(async () => (await collector.send(address('trend', QUICK))).status).toBe(200);
  return collector;
}

async function problemOf(response: Response): Promise<unknown> {
  return [response.status, await response.json()];
}

test('a question ends after its time limit', async () => {
  const collector = await collectorWith({ reportSeconds: 1 });
  expect(await problemOf(await collector.send(address('people', SLOW)))).toEqual([
    504,
    { error: 'The report took longer than 1 s: ask for fewer days.', code: 'too_slow', member: '' },
  ]);
});

test('a question that needs too much memory gets an error', async () => {
  const collector = await collectorWith({ reportMemory: 16 });
  expect(await problemOf(await collector.send(address('people', SLOW)))).toEqual([
    504,
    {
      error: 'The report needs more memory than ClickHouse allows: ask for fewer days.',
      ...{ code: 'too_slow', member: '' },
    },
  ]);
  expect((await collector.send(address('trend', QUICK))).status).toBe(200);
});

test('one person with very many visits, each from another site, does not need the memory of a whole overview', async () => {
  const { database } = parseAddress(url);
  // As anyone can send them: a hit of one person each hour, for a year and a half.
  await nodes.execute(`
    INSERT INTO ${database}.report_hits (site, event, time, hit, identity, person, agent, marks, ${columnOf('referrer')})
    SELECT 'site', 'c', ${NOON} - 3600 * number, 1000000 + number, 7, 7, 0, 0,
      map('referrer', concat('https://', toString(number), '.example/'))
    FROM numbers(12000)`);
  const collector = await collectorWith({ reportMemory: 300 });
  const response = await collector.send(address('overview', { from: '2024-01-01', to: '2026-01-01' }));
  expect(response.status).toBe(200);
  const { visits, channels } = (await response.json()) as OverviewAnswer;
  expect(visits).toBeGreaterThanOrEqual(12_000);
  expect(channels.find(({ value }) => value === 'Referral')).toMatchObject({ people: 1, times: 12_000 });
});

test('a question ends in ClickHouse when its client disconnects', async () => {
  const collector = await collectorWith({});
  const running = async (): Promise<number> =>
    (await nodes.rows(`SELECT 1 AS one FROM system.processes WHERE query LIKE concat('%report_', 'hits%')`)).length;
  const cancelled = async (): Promise<number> => {
    const [row] = await nodes.rows<{ count: number }>(
      `SELECT sum(value) AS count FROM system.errors WHERE name LIKE 'QUERY_WAS_CANCELLED%'`,
    );
    return row!.count;
  };
  expect(await running()).toBe(0);
  const before = await cancelled();
  const client = new AbortController();
  const asked = collector.send(address('people', SLOW), { signal: client.signal });
  await expect.poll(running, { interval: 10 }).toBe(1);
  client.abort();
  await expect(asked).rejects.toThrow('abort');
  await expect.poll(running, { interval: 50 }).toBe(0);
  // Otherwise ClickHouse has completed it.
  expect(await cancelled()).toBeGreaterThan(before);
});

/** A proxy to ClickHouse that delays the answers to questions of reports. @returns the URL of the store through the proxy */
async function slowWay(milliseconds: number): Promise<string> {
  const { host, hostname, port } = new URL(url);
  const proxy = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path, method, headers } = request;
      const asked = httpRequest({ hostname, port, path, method, headers }, (answer) => {
        const isReport = /[?&]max_execution_time=120(&|$)/.test(path!);
        setTimeout(
          () => {
            response.writeHead(answer.statusCode!, answer.headers);
            answer.pipe(response);
          },
          isReport ? milliseconds : 0,
        );
      });
      asked.end(Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return url.replace(host, `127.0.0.1:${(proxy.address() as AddressInfo).port}`);
}

test('a question may take as long as the owner allows, also more than a minute', async () => {
  // Waits until reports are built.
  await collectorWith({});
  const collector = await startCollector({ store: await slowWay(62_000), reportSeconds: 120 });
  const response = await collector.send(address('trend', QUICK));
  expect([response.status, await response.json()]).toMatchObject([200, { total: 0 }]);
});
