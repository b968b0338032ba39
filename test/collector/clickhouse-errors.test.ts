import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { codeOf } from '../../src/collector/store/clickhouse/error-code.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { Unavailable } from '../../src/collector/store/clickhouse/unavailable.js';
import { clickHouseOfTest, findClickHouse, newDatabase } from '../support/clickhouse.js';
import { freePort } from '../support/ports.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { findNginx } from '../support/installed.js';
import { startNginx } from '../support/nginx.js';
import { run } from '../support/transfer.js';
import { proxyOf } from '../reports/clickhouse-proxy.js';

// The errors of ClickHouse, which old servers write in another form than current ones.

describe.skipIf(!findClickHouse())('an error of ClickHouse', () => {
  test.each([
    ['SELECT 1 FROM nowhere.hits', '81'],
    ['SELECT 1 FROM system.nothing', '60'],
    ['SELECT nothing FROM system.one', '47'],
    ['SELEC 1', '62'],
    ['SELECT 1 SETTINGS nonsense = 1', '115'],
  ])(
    'about the statement %s has the code %s, and is not taken for a ClickHouse that does not answer',
    async (statement, code) => {
      const server = await clickHouseOfTest();
      const nodes = new Nodes(parseAddress(server.url()));
      onTestFinished(() => nodes.close());
      const error: unknown = await nodes.run(statement).catch((error: unknown) => error);
      expect(error).not.toBeInstanceOf(Unavailable);
      expect([codeOf(error), (error as Error).message]).toEqual([code, expect.not.stringContaining('does not answer')]);
    },
  );

  test('about too little time is one of a ClickHouse that may answer later', async () => {
    const server = await clickHouseOfTest();
    const nodes = new Nodes(parseAddress(server.url()));
    onTestFinished(() => nodes.close());
    const slow = 'SELECT count() FROM system.numbers WHERE number % 3 = 5 SETTINGS max_execution_time = 1';
    await expect(nodes.run(slow)).rejects.toThrow(Unavailable);
    const error: unknown = await nodes
      .ask({ query: slow, parameters: {}, settings: {}, signal: new AbortController().signal })
      .catch((error: unknown) => error);
    expect(codeOf(error)).toBe('159');
  });

  test('about too little memory says what its owner can do', async () => {
    const server = await clickHouseOfTest();
    const limited = await proxyOf(server.url(), ({ searchParams }) => searchParams.set('max_memory_usage', '1000000'));
    const nodes = new Nodes(parseAddress(limited.url));
    onTestFinished(() => nodes.close());
    const large =
      'SELECT count() AS n FROM (SELECT number FROM (SELECT number FROM system.numbers LIMIT 1000000) GROUP BY number)';
    const error: unknown = await nodes.rows(large).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Error).message).toMatch(
      /^ClickHouse at \S+ has too little memory for this\. .*max_memory_usage .* \(error 241\)\.$/,
    );
  });

  test('about a missing database is a sentence of kmq report', async () => {
    const server = await clickHouseOfTest();
    const database = newDatabase();
    expect(await run(['report', 'names', '--key', 'site', '--store', server.url(database)])).toEqual({
      ...{ code: 1, out: '' },
      err: `kmq: The database “${database}” in the URL of ClickHouse does not exist, or has no tables of kmq: no collector has stored hits in it.\n`,
    });
  });
});

// nginx accepts 1 MiB unless its owner changes that.
test.runIf(findClickHouse() && findNginx())(
  'a proxy that refuses large requests gets smaller ones, and the hits arrive, each once',
  async () => {
    const [server, port] = [await clickHouseOfTest(), await freePort()];
    await startNginx(`server { listen 127.0.0.1:${port}; location / { proxy_pass http://${server.host}; } }`, port);
    const store = server.url().replace(server.host, `127.0.0.1:${port}`);
    const collector = await startCollector({ store });
    const value = 'x'.repeat(1000);
    const hit = (id: string) => `/e?_k=site&_p=ann&_n=Played&_i=${id}&value=${value}`;
    const batches = ['a', 'b', 'c', 'd'].map((batch) => Array.from({ length: 500 }, (_, n) => hit(`${batch}-${n}`)));
    const sent = batches.map((lines) => collector.send('/b', { method: 'POST', body: lines.join('\n') }));
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await collector.send('/e?_k=site&_p=p0&_n=Last');
    // Reading waits ten seconds at most for hits that ClickHouse does not have yet.
    await expect.poll(async () => (await collector.export()).length).toBe(2001);
    expect(new Set((await collector.export()).map(({ _i }) => _i)).size).toBe(2001);
  },
);

test('the error page of a proxy in front of ClickHouse is reported in a few words', async () => {
  const page = `<html><head><title>502</title><style>p { color: red }</style></head>\r\n<body><h1>502 Bad Gateway</h1><hr>nginx ${'x'.repeat(5000)}</body></html>`;
  const proxy = createServer((_request, response) => void response.writeHead(502).end(page)).listen(0, '127.0.0.1');
  onTestFinished(() => void proxy.close().closeAllConnections());
  await once(proxy, 'listening');
  const host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const nodes = new Nodes(parseAddress(`clickhouse://${host}/kmq`));
  onTestFinished(() => nodes.close());
  const error = (await nodes.run('SELECT 1').catch((error: unknown) => error)) as Error;
  expect(error).toBeInstanceOf(Unavailable);
  expect(error.message).toMatch(/^ClickHouse at http:\/\/\S+ does not answer \(502 Bad Gateway nginx x+…\)\.$/);
  expect(error.message.length).toBeLessThan(300);
});

test('while ClickHouse cannot be reached, Live ends its feed, so that its page does not say that nothing arrives', async () => {
  const collector = await startCollector({ store: `clickhouse://127.0.0.1:${await freePort()}/kmq` });
  const feed = await collector.send('/api/v1/live?key=site');
  expect([feed.status, await feed.text()]).toEqual([200, 'retry: 2000\n\n']);
});

test('hits of an embedded store in the data folder are said at the start', async () => {
  const data = await temporaryFolder();
  const embedded = await startCollector({ data });
  await embedded.send('/e?_k=site&_p=ann&_n=n');
  await embedded.close();
  const { log } = await serve(['--data', data, '--store', `clickhouse://127.0.0.1:${await freePort()}/kmq`]);
  const said = () => log.filter((line) => line.includes(join(data, 'kmq.db has hits of 1 site from before')));
  await expect.poll(said).toEqual([expect.stringMatching(/"level":"warn".*docs\/moving\.md/)]);
});

test('an error in the middle of an answer is no row of it', async () => {
  const error = 'Code: 241. DB::Exception: Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED) (version 24.8.3.59)';
  const server = createServer((request, response) => {
    void text(request).then((statement) => {
      const isList = statement.includes('system.settings');
      const cut = `{"meta":[{"name":"a","type":"UInt8"}],"data":[[1]],"rows":1,"exception":"${error}"}`;
      response.end(isList ? '{"meta":[{"name":"names","type":"Array(String)"}],"data":[[[]]],"rows":1}' : cut);
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  const nodes = new Nodes(parseAddress(`clickhouse://127.0.0.1:${(server.address() as AddressInfo).port}/kmq`));
  onTestFinished(() => nodes.close());
  await expect(nodes.rows('SELECT a')).rejects.toThrow(/too little memory .* \(error 241\)/);
  await expect(nodes.rowsEverywhere('SELECT a')).rejects.toThrow(/\(error 241\)/);
  const question = { query: 'SELECT a', parameters: {}, settings: {}, signal: new AbortController().signal };
  const asked: unknown = await nodes.ask(question).catch((error: unknown) => error);
  expect(codeOf(asked)).toBe('241');
});

test('other errors have no code of ClickHouse', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  for (const error of [reset, new Error('<html>Code: 60</html>'), 'Code: 60', undefined])
    expect(codeOf(error)).toBe(undefined);
});
