import { expect, test } from 'vitest';
import { examineClickHouse } from '../../src/cli/doctor/clickhouse.js';
import { resolve } from '../../src/cli/resolve.js';
import { KEY } from '../support/collector.js';
import { run } from '../support/transfer.js';
import { collectorOn, counts, fillStore, messages, reportsOn, useClickHouse } from './clickhouse-stand.js';
import { proxyOf, type Refusal } from './clickhouse-proxy.js';
import { event } from './engine-stand.js';

// Users of ClickHouse who may not do everything.

const PATIENT = { timeout: 20_000 };

const newUrl = useClickHouse();

const doctor = async (store: string): Promise<string[]> =>
  (await examineClickHouse(resolve({ store }, {}).settings)).map(({ level, says }) => `${level} ${says}`);

/** As ClickHouse answers a user without a right: https://clickhouse.com/docs/sql-reference/statements/grant */
const denied = (right: string): Refusal => ({
  status: 403,
  body: `Code: 497. DB::Exception: kmq: Not enough privileges. To execute this query, it's necessary to have the grant ${right}. (ACCESS_DENIED) (version 26.7.1.1)\n`,
});

test('who may only read gets reports and answers to SQL, and a collector and kmq doctor say what is missing', async () => {
  const url = await fillStore(newUrl());
  // The profile of the user: statements may change other settings.
  const reader = await proxyOf(url, ({ searchParams }) => searchParams.set('readonly', '2'));
  const ask = (command: string[]) => run([...command, '--key', KEY, '--json', '--store', reader.url]);
  const names = await ask(['report', 'names']);
  expect([names.code, names.err]).toEqual([0, '']);
  expect(JSON.parse(names.out)).toMatchObject({ events: [{ name: 'Came', people: 5 }] });
  expect(JSON.parse((await ask(['sql', 'SELECT count() AS n FROM events'])).out)).toEqual([{ n: 5 }]);
  expect(await doctor(reader.url)).toEqual([
    expect.stringMatching(/^ok Version /),
    expect.stringMatching(/^fault The user default may only read, by its setting readonly\. .* set readonly to 0 /),
  ]);
  const store = await collectorOn(reader.url);
  await store.append([event('new')]);
  await expect
    .poll(messages, PATIENT)
    .toContainEqual(
      expect.stringMatching(
        /^The user default of ClickHouse may only read, by its setting readonly\. A collector needs readonly = 0.* ClickHouse says: .*readonly mode/s,
      ),
    );
  expect(store.backlog()).toBe(1);
});

test('kmq doctor says nothing about rights only if ClickHouse does not know or not allow the question', async () => {
  const url = await fillStore(newUrl());
  const answering = (body: string): Promise<{ url: string }> =>
    proxyOf(
      url,
      () => undefined,
      (statement) =>
        statement.startsWith('CHECK GRANT') ? { status: 500, body: `Code: ${body} (version 26.7.1.1)\n` } : statement,
    );
  for (const unknown of [
    '62. DB::Exception: Syntax error: failed at position 1 (CHECK). (SYNTAX_ERROR)',
    '48. DB::Exception: Not implemented. (NOT_IMPLEMENTED)',
  ])
    expect((await doctor((await answering(unknown)).url)).filter((line) => !line.startsWith('ok'))).toEqual([]);
  const broken = await answering('499. DB::Exception: Could not read the rights from a bucket. (S3_ERROR)');
  expect(await doctor(broken.url)).toEqual([
    expect.stringMatching(/^fault ClickHouse does not answer as it should: .*Could not read the rights/),
  ]);
});

test('who may not read the settings is asked for the other rights', async () => {
  const url = await fillStore(newUrl());
  const without = await proxyOf(
    url,
    () => undefined,
    (statement) => {
      if (statement.startsWith('CHECK GRANT INSERT')) return 'SELECT 0';
      return /FROM system\.settings/.test(statement) ? denied('SELECT(value) ON system.settings') : statement;
    },
  );
  expect(await doctor(without.url)).toContainEqual(expect.stringMatching(/run GRANT INSERT ON /));
});

test('a right that is missing is named by a collector, a report and kmq doctor', async () => {
  const url = await fillStore(newUrl());
  const without = await proxyOf(
    url,
    // Of an insert, the address has the statement, and the body the rows.
    ({ searchParams }) => {
      if (searchParams.get('query')?.startsWith('INSERT')) searchParams.delete('query');
    },
    (statement) => {
      if (statement.startsWith('{')) return denied('INSERT(site) ON kmq.hits');
      if (statement.startsWith('CHECK GRANT INSERT')) return 'SELECT 0';
      return /FROM \S+\.report_hits/.test(statement) ? denied('SELECT(event) ON kmq.report_hits') : statement;
    },
  );
  const advice = (grant: string): string =>
    `The user default of ClickHouse does not have a right that kmq needs: run GRANT ${grant} TO \`default\`. docs/growing.md lists all of them. ClickHouse says: `;
  const store = await collectorOn(without.url);
  await store.append([event('new')]);
  await expect.poll(messages, PATIENT).toContainEqual(expect.stringContaining(advice('INSERT(site) ON kmq.hits')));
  expect(await counts(reportsOn(without.url))).toContain(advice('SELECT(event) ON kmq.report_hits'));
  const names = ['report', 'trend', '--key', KEY, '--store', without.url];
  const question = JSON.stringify({ event: 'Came', count: 'people', by: 'day', from: '2026-09-01', to: '2026-09-30' });
  const { code, err } = await run([...names, '--q', question]);
  expect([code, err]).toEqual([1, expect.stringContaining(advice('SELECT(event) ON kmq.report_hits'))]);
  expect(await doctor(without.url)).toContainEqual(
    expect.stringMatching(/^fault The user default .*: run GRANT INSERT ON kmq_\w+\.\* TO `default`\.$/),
  );
  expect((await doctor(url)).filter((line) => !line.startsWith('ok'))).toEqual([]);
});
