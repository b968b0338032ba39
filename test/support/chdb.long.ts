import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installChdb, startChdb, type Chdb } from './chdb/start.js';
import { temporaryFolder } from './collector.js';

// The features that tests on a current ClickHouse need: its HTTP interface, as the official client uses it.

const clients: ClickHouseClient[] = [];
let server: Chdb;

function client(options: Parameters<typeof createClient>[0] = {}): ClickHouseClient {
  const log = { level: ClickHouseLogLevel.OFF };
  const one = createClient({ url: `http://127.0.0.1:${server.port}`, password: 'right', log, ...options });
  clients.push(one);
  return one;
}

beforeAll(async () => {
  installChdb();
  server = await startChdb(await temporaryFolder(), 0, 'right');
  await client().command({ query: 'CREATE DATABASE d' });
  await client().command({ query: 'CREATE TABLE d.t (a UInt64, b String) ENGINE = MergeTree ORDER BY a' });
});

afterAll(async () => {
  await Promise.all(clients.map((one) => one.close()));
  await server.kill();
});

async function rows(query: string, more: Omit<Parameters<ClickHouseClient['query']>[0], 'query'> = {}, of = client()) {
  return (await of.query({ query, format: 'JSONEachRow', ...more })).json();
}

test('rows can be written and read, in compressed bodies as well', async () => {
  for (const compression of [false, true]) {
    const one = client({ database: 'd', compression: { request: compression, response: compression } });
    await one.command({ query: 'TRUNCATE TABLE t' });
    const values = Array.from({ length: 1000 }, (_, a) => ({ a, b: `\\u0000 \\'"\n${a}😀` }));
    await one.insert({ table: 't', values, format: 'JSONEachRow' });
    await one.insert({ table: 't', values: [], format: 'JSONEachRow' });
    expect(await rows('SELECT toUInt32(a) AS a, b FROM t ORDER BY a', {}, one)).toEqual(values);
  }
});

test('a query has its parameters and its settings, and the next query has none of them', async () => {
  const values = { text: `a'b\\n\t\\\n"😀`, list: [`it's`, '', '\\N', ','], number: 7 };
  const query = 'SELECT {text:String} AS text, {list:Array(String)} AS list, {number:UInt32} AS number';
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, number) => rows(query, { query_params: { ...values, number } })),
  );
  expect(all).toEqual(Array.from({ length: 20 }, (_, number) => [{ ...values, number }]));
  const setting = `SELECT toUInt32(getSetting('max_block_size')) AS size`;
  expect(await rows(setting, { clickhouse_settings: { max_block_size: '123' } })).toEqual([{ size: 123 }]);
  expect(await rows(setting)).not.toEqual([{ size: 123 }]);
  await expect(rows('SELECT {number:UInt32}')).rejects.toMatchObject({ code: '456' });
});

test('an error has its code and its status', async () => {
  await expect(rows('SELECT * FROM d.nothing')).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
  await expect(rows('SELECT 1', { clickhouse_settings: { nonsense: 1 } })).rejects.toMatchObject({ code: '115' });
  await expect(rows('SELECT 1', {}, client({ password: 'wrong' }))).rejects.toMatchObject({ code: '516' });
  const response = await fetch(`http://127.0.0.1:${server.port}/?password=right`, { method: 'POST', body: 'SELEC 1' });
  expect([response.status, response.headers.get('X-ClickHouse-Exception-Code')]).toEqual([400, '62']);
  expect(await response.text()).toMatch(/^Code: 62\. DB::Exception: .*\(SYNTAX_ERROR\) \(version 26\./s);
  const changing = `http://127.0.0.1:${server.port}/?password=right&query=DROP+TABLE+d.t`;
  expect(await (await fetch(changing)).text()).toContain('READONLY');
});

test('a query ends when its time is over, when it is killed, and when its client disconnects', async () => {
  const query = 'SELECT count() AS n FROM numbers(1000000000000) WHERE sipHash64(number) = 7';
  await expect(rows(query, { clickhouse_settings: { max_execution_time: 1 } })).rejects.toMatchObject({ code: '159' });

  const killed = expect(rows(query, { query_id: 'long' })).rejects.toMatchObject({ code: '394' });
  await pause(300);
  await client().command({ query: `KILL QUERY WHERE query_id = 'long' SYNC` });
  await killed;

  const others = async (): Promise<number> => {
    const like = `SELECT toUInt32(count()) AS n FROM system.processes WHERE query LIKE concat('%sipHash64(', 'number)%')`;
    return ((await rows(like)) as [{ n: number }])[0].n;
  };
  const settings = { cancel_http_readonly_queries_on_client_close: 1, readonly: '2' } as const;
  for (const [asked, values] of [
    [query, {}],
    [query.replace('7', '{last:UInt64}'), { last: 7 }],
  ] as const) {
    const stop = new AbortController();
    const left = rows(asked, { query_params: values, abort_signal: stop.signal, clickhouse_settings: settings });
    await expect.poll(others).toBe(1);
    stop.abort();
    await expect(left).rejects.toThrow('abort');
    await expect.poll(others).toBe(0);
  }
});
