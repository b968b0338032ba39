import { beforeAll, expect, test } from 'vitest';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { KEY, startCollector } from '../support/collector.js';
import { run } from '../support/transfer.js';
import { collectorOn, counts, reportsOn } from './clickhouse-stand.js';
import { proxyOf, type Refusal } from './clickhouse-proxy.js';
import { event } from './engine-stand.js';

// What readers get while ClickHouse has too much to do, or too little space.

const PATIENT = { timeout: 20_000 };

/** As ClickHouse answers: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp */
const LOADS = {
  159: ['Timeout exceeded: elapsed 5.1 seconds, maximum: 5 seconds. (TIMEOUT_EXCEEDED)', /max_execution_time/],
  202: ['Too many simultaneous queries. Maximum: 100. (TOO_MANY_SIMULTANEOUS_QUERIES)', /max_concurrent_queries/],
  241: ['Memory limit (total) exceeded: would use 1.00 GiB. (MEMORY_LIMIT_EXCEEDED)', /max_memory_usage/],
  243: ['Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)', /no disk space/],
} as const;

const refusal = (code: string): Refusal => ({
  status: 500,
  body: `Code: ${code}. DB::Exception: ${LOADS[code as unknown as keyof typeof LOADS][0]} (version 26.7.1.1)\n`,
});

let url: string;
beforeAll(async () => {
  url = `${await chdbOfTests()}/${newDatabase()}`;
});

const trend = { event: 'Came', count: 'people', by: 'day', from: '2026-09-01', to: '2026-09-30' };
/** What a reader asks, and the statements that ClickHouse cannot answer now. */
const ASKED: [what: string, address: string, statement: RegExp][] = [
  ['a person', '/api/v1/people/bob?key=site', /FROM \S+\.hits\b/],
  ['the identities of a person', '/api/v1/people/bob?key=site', /FROM \S+\.edges\b/],
  ['a search', '/api/v1/people?key=site&q=b', /FROM \S+\.identities\b/],
  ['a trend', `/api/v1/reports/trend?key=site&q=${encodeURIComponent(JSON.stringify(trend))}`, /report_hits/],
  ['the state of reports', `/api/v1/reports/names?key=site&q={}`, /report_fillers/],
];

test.each(Object.keys(LOADS))('of the error %s: readers get a sentence that says what to do', async (code) => {
  let failing: RegExp | undefined;
  const proxy = await proxyOf(
    url,
    () => undefined,
    (statement) =>
      failing && /^\s*(WITH|SELECT)\b/.test(statement) && failing.test(statement) ? refusal(code) : statement,
  );
  const store = await collectorOn(url);
  await store.append([event('bob')]);
  await expect.poll(() => counts(reportsOn(url)), PATIENT).toEqual([1, expect.any(Number)]);
  const collector = await startCollector({ store: proxy.url });
  for (const [what, address, statement] of ASKED) {
    failing = undefined;
    expect([what, (await collector.send(address)).status]).toEqual([what, 200]);
    failing = statement;
    const answer = await collector.send(address);
    const { error } = (await answer.json()) as { error: string };
    const isQuestion = what === 'a trend' && ['159', '241'].includes(code);
    expect([what, answer.status]).toEqual([what, isQuestion ? 504 : 503]);
    expect([what, error]).toEqual([
      what,
      isQuestion
        ? expect.stringMatching(/ask for fewer days/)
        : expect.stringMatching(LOADS[code as unknown as keyof typeof LOADS][1]),
    ]);
    failing = undefined;
  }
  failing = /report_hits/;
  const { code: exit, err } = await run(['sql', 'SELECT count() FROM events', '--key', KEY, '--store', proxy.url]);
  expect([exit, err]).toEqual([1, expect.stringMatching(LOADS[code as unknown as keyof typeof LOADS][1])]);
});
