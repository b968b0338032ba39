import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { codeOf } from '../../src/collector/store/clickhouse/error-code.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { Unavailable } from '../../src/collector/store/clickhouse/unavailable.js';
import { arrived } from '../support/arrived-hits.js';
import { peopleOf } from '../support/answers.js';
import { clickHouseOfTest, findClickHouse, type TestClickHouse } from '../support/clickhouse.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { startProxy, type Answer, type Fault, type Proxy } from '../support/faults.js';

// Answers with the status 200 that are not whole, that contain an error, or that are not those of ClickHouse. Other programs have counted
// the rows of such answers, or have taken an insert for stored: https://github.com/ClickHouse/clickhouse-js/issues/332,
// https://github.com/ClickHouse/ClickHouse/issues/33205, https://github.com/ClickHouse/ClickHouse/issues/65117.

const MEMORY = 'Code: 241. DB::Exception: Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED) (version 26.7.1.1)\n';
const OLD_MEMORY =
  'Code: 241, e.displayText() = DB::Exception: Memory limit (total) exceeded, e.what() = DB::Exception\n';

/** ClickHouse behind something that changes its answers to some statements. */
async function behindProxy(): Promise<{ server: TestClickHouse; proxy: Proxy; url: string }> {
  const server = await clickHouseOfTest();
  const proxy = await startProxy(`http://${server.host}`, /^\//);
  return { server, proxy, url: server.url('kmq').replace(server.host, new URL(proxy.origin).host) };
}

function nodesOf(url: string): Nodes {
  const nodes = new Nodes(parseAddress(url));
  onTestFinished(() => nodes.close());
  return nodes;
}

/** Changes the body of an answer. */
const changed =
  (change: (body: string) => string): Fault =>
  ({ body, ...answer }: Answer) => ({ ...answer, body: Buffer.from(change(body.toString())) });

/** The answer until its second row, and then something else. */
const afterOneRow = (rest: string) => (body: string) => body.slice(0, body.search(/\n?\s*[[{]["\w: ]*\b2\b/)) + rest;

const ROWS = 'SELECT number AS n FROM system.numbers WHERE number > 0 LIMIT 3';

describe.skipIf(!findClickHouse())('an answer with the status 200', () => {
  test('that is cut anywhere is no answer, also after a whole row', async () => {
    const { proxy, url } = await behindProxy();
    const nodes = nodesOf(url);
    expect(await nodes.rows(ROWS)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    let whole = 0;
    let left = 0;
    let cut = (body: string): string => body.slice(0, left);
    proxy.fault = (_path, statement) =>
      statement.includes('AS n')
        ? changed((body) => {
            whole = body.trimEnd().length;
            return cut(body);
          })
        : undefined;
    for (; left === 0 || left < whole; left += 3) {
      const error: unknown = await nodes.rows(ROWS).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(Unavailable);
      expect((error as Error).message).toMatch(/^ClickHouse at \S+ does not answer \(its answer ends too early\)\.$/);
    }
    const question = { query: ROWS, parameters: {}, settings: {}, signal: new AbortController().signal };
    // The length of an answer varies: it says how many seconds it took.
    cut = (body) => body.trimEnd().slice(0, -1);
    await expect(nodes.ask(question)).rejects.toThrow(/its answer ends too early/);
  });

  test.each([
    ['as text', MEMORY],
    ['as text of an old version', OLD_MEMORY],
    ['in lines of their own', `\r\n__exception__\r\nTAG\r\n${MEMORY}99 TAG\r\n__exception__\r\n`],
  ])('that contains an error after some rows, %s, is this error', async (_, error) => {
    const { proxy, url } = await behindProxy();
    const nodes = nodesOf(url);
    proxy.fault = (_path, statement) => (statement.includes('AS n') ? changed(afterOneRow(error)) : undefined);
    await expect(nodes.rows(ROWS)).rejects.toThrow(/too little memory .* \(error 241\)/);
    const question = { query: ROWS, parameters: {}, settings: {}, signal: new AbortController().signal };
    expect(codeOf(await nodes.ask(question).catch((error: unknown) => error))).toBe('241');
  });

  test('whose rows contain the text of an error is no error', async () => {
    const { proxy, url } = await behindProxy();
    const nodes = nodesOf(url);
    const query = "SELECT 'Code: 241. DB::Exception: x. (MEMORY_LIMIT_EXCEEDED)' AS n";
    expect(await nodes.rows(query)).toEqual([{ n: 'Code: 241. DB::Exception: x. (MEMORY_LIMIT_EXCEEDED)' }]);
    proxy.fault = (_path, statement) =>
      statement.includes('AS n') ? changed((body) => body.slice(0, body.lastIndexOf(')') + 1)) : undefined;
    await expect(nodes.rows(query)).rejects.toThrow(/its answer ends too early/);
  });

  test.each([
    [
      'a page of something in front of ClickHouse',
      (): Fault => ({ status: 200, body: '<h1>Please log in</h1>' }),
      /Please log in/,
    ],
    ['an error as its text', (): Fault => changed(() => MEMORY), /too little memory/],
    [
      'an error in its head only',
      (): Fault => (answer) => ({ ...answer, headers: { ...answer.headers, 'x-clickhouse-exception-code': '209' } }),
      /does not answer|SOCKET_TIMEOUT|209/,
    ],
  ])('to an INSERT, with %s, is no success: its hits are sent again, and counted once', async (_, fault, why) => {
    const { proxy, url } = await behindProxy();
    const errors: Error[] = [];
    const store = new ClickHouseStore({
      ...{ url, folder: await temporaryFolder(), counting: () => 'auto' },
      onError: (error) => errors.push(error as Error),
    });
    onTestFinished(() => store.close());
    await store.append([arrived({ person: 'ann', event: 'x' })]);
    expect(await peopleOf(store, KEY, '', 10)).toHaveLength(1);
    let faults = 0;
    proxy.fault = (path, statement) =>
      /INSERT\b.*\bINTO[ +]kmq\.hits\b/.test(decodeURIComponent(path) + statement) && faults++ < 3
        ? fault()
        : undefined;
    await store.append([arrived({ person: 'bob', event: 'x' }), arrived({ person: 'bob', event: 'y' })]);
    expect((await peopleOf(store, KEY, '', 10)).map(({ identities }) => identities[0]).sort()).toEqual(['ann', 'bob']);
    expect(faults).toBeGreaterThanOrEqual(3);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(why)]);
    const hits = [];
    for await (const { person } of store.export(KEY)) hits.push(person);
    expect(hits).toEqual(['ann', 'bob', 'bob']);
  });
});
