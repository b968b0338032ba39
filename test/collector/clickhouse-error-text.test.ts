import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  storedTextWithoutData,
  TEXT_WITHOUT_DATA,
  withoutData,
} from '../../src/collector/store/clickhouse/error-text.js';
import { codeOf } from '../../src/collector/store/clickhouse/error-code.js';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Nodes } from '../../src/collector/store/clickhouse/nodes.js';
import { findClickHouse, ON_CHDB, startClickHouse, type TestClickHouse } from '../support/clickhouse.js';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { proxyOf } from '../reports/clickhouse-proxy.js';

const SECRET = 'bob@example.com';

async function errorOf(url: string, statement: string): Promise<Error> {
  const nodes = new Nodes(parseAddress(url));
  onTestFinished(() => nodes.close());
  const error: unknown = await nodes.rows(statement).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

/** What a log shows of an error. */
const shown = (error: Error): string =>
  `${error.message} ${error.stack} ${error.cause ? shown(error.cause as Error) : ''}`;

describe.skipIf(!findClickHouse())('an error of ClickHouse', () => {
  let server: TestClickHouse;
  beforeAll(async () => {
    server = await startClickHouse();
  });
  afterAll(() => server.stop());

  test.each([
    ['a conversion', `SELECT toUInt64('${SECRET}')`],
    ['a comparison', `SELECT 1 FROM system.one WHERE dummy = '${SECRET}'`],
    ['an enum', `SELECT CAST('${SECRET}', 'Enum8(\\'a\\' = 1)')`],
    ['a syntax error', `SELECT 1 FROM system.one WHERE dummy = '${SECRET}' SELECT 2`],
    ['an unknown column', `SELECT nothing FROM system.one WHERE '${SECRET}' = 'x'`],
    ['an unknown table', `SELECT '${SECRET}' FROM system.nothing`],
    ['an unknown function', `SELECT no_such_function('${SECRET}')`],
    ['a date', `SELECT toDateTime('${SECRET}')`],
    ['a division', `SELECT intDiv(1, 0), '${SECRET}'`],
    [
      'time',
      `SELECT count() FROM system.numbers WHERE concat('${SECRET}', toString(number)) = 'x' SETTINGS max_execution_time = 1`,
    ],
  ])('about %s has no value of the statement', async (_, statement) => {
    const error = await errorOf(server.url(), statement);
    expect(shown(error)).not.toContain('bob');
    expect(codeOf(error) ?? codeOf(error.cause)).toMatch(/^\d+$/);
  });

  test('about memory has no value of the statement', async () => {
    const limited = await proxyOf(server.url(), ({ searchParams }) => searchParams.set('max_memory_usage', '1000000'));
    const grouped = `SELECT concat('${SECRET}', toString(number)) AS n FROM (SELECT number FROM system.numbers LIMIT 1000000)`;
    const error = await errorOf(limited.url, `SELECT count() FROM (SELECT n FROM (${grouped}) GROUP BY n)`);
    expect([shown(error).includes('bob'), error.message]).toEqual([
      false,
      expect.stringContaining('too little memory'),
    ]);
  });

  test('about a row of an insert has no value of the row', async () => {
    const nodes = new Nodes(parseAddress(server.url('rows')));
    onTestFinished(() => nodes.close());
    await nodes.run('CREATE DATABASE rows');
    await nodes.run('CREATE TABLE rows.t (n UInt64) ENGINE = Memory');
    const error = (await nodes.insert('rows.t', 'n', `{"n":"${SECRET}"}\n`).catch((error: unknown) => error)) as Error;
    expect(error.stack).not.toContain('bob');
    expect(error.message).toMatch(/^ClickHouse refuses a statement with the error \d+/);
  });

  test('has no value of a hit in the log of a collector', async () => {
    const {
      origin,
      log,
      process: child,
    } = await serve(['--store', server.url('kmq'), '--data', await temporaryFolder()]);
    const client = clientOf(origin);
    await client.send('/e?_k=site&_p=ann&_n=x');
    expect(await client.person('ann')).toBeDefined();
    // A view of an owner who expects numbers.
    await server.ask(
      'CREATE MATERIALIZED VIEW kmq.of_owner ENGINE = MergeTree ORDER BY n AS SELECT toUInt64(identity) AS n FROM kmq.hits',
    );
    await client.send(`/e?_k=site&_p=${SECRET}&_n=x`);
    await expect.poll(() => log.join('\n')).toMatch(/refuses a statement with the error \d+/);
    await server.ask('DROP TABLE kmq.of_owner');
    await expect.poll(() => client.person(SECRET)).toBeDefined();
    child.kill();
    expect(log.join('\n')).not.toContain('bob');
  });

  test.runIf(ON_CHDB)('has the code by which kmq knows it', async () => {
    for (const [name, code] of Object.entries(TEXT_WITHOUT_DATA))
      expect([code, await server.ask(`SELECT errorCodeToName(${code})`)]).toEqual([code, name]);
  });
});

test.each([
  [
    "Code: 241. DB::Exception: Memory limit exceeded: maximum: 1.00 GiB: (while reading column identity): while executing 'FUNCTION equals(identity, 'bob')'. (MEMORY_LIMIT_EXCEEDED) (version 26.7.2.1)",
    'Memory limit exceeded: maximum: 1.00 GiB.',
  ],
  [
    "Code: 395. DB::Exception: Only numbers: while executing 'FUNCTION throwIf(equals(identity, 'bob'))': while pushing to view kmq.of_owner (a-b). (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO) (version 26.7.2.1)",
    'Only numbers. It happens in the view kmq.of_owner.',
  ],
  [
    "Code: 60. DB::Exception: Unknown table expression identifier 'kmq.hits' in scope SELECT 'bob' FROM kmq.hits. (UNKNOWN_TABLE)",
    "Unknown table expression identifier 'kmq.hits'.",
  ],
  [
    "Code: 6. DB::Exception: Cannot parse string 'bob (SOME_NAME)' as UInt64. (CANNOT_PARSE_TEXT) (version 26.7.2.1)",
    'ClickHouse refuses a statement with the error 6 (CANNOT_PARSE_TEXT). The text of the error may contain data of a hit, so only the log of ClickHouse has it.',
  ],
  [
    'Code: 252, e.displayText() = DB::Exception: Too many parts (300). Merges are processing significantly slower than inserts., e.what() = DB::Exception',
    'Too many parts (300). Merges are processing significantly slower than inserts.',
  ],
  ['bob', 'ClickHouse says why in its own log.'],
])('of the stored error %j, this is shown: %s', (stored, shown) => {
  expect(storedTextWithoutData(stored)).toBe(shown);
});

test('errors that are not of ClickHouse do not change', () => {
  const error = new Error('read ECONNRESET');
  expect(withoutData(error)).toBe(error);
});
