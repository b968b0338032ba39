import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { ReportKind, Reports } from '../../src/protocol/reports.js';
import { REPORTS } from '../../src/collector/reports/questions/kinds.js';
import { NOON } from '../support/arrived-hits.js';
import { startCollector, type TestCollector } from '../support/collector.js';

const RANGE = { from: '2026-01-01', to: '2026-01-02' };
const split = { property: 'Plan', attribution: 'last ever' } as const;

/** A question of each kind whose answer has all members. */
const QUESTIONS: { [K in ReportKind]: Reports[K]['question'] } = {
  trend: {
    ...RANGE,
    event: 'Paid',
    count: 'sum',
    property: 'Amount',
    by: 'day',
    split,
    compare: true,
    bots: 'exclude',
  },
  funnel: { ...RANGE, steps: [{ event: 'Page View' }, { event: 'Paid' }], window: 60, split, compare: true },
  people: {
    columns: [
      { event: 'Paid', show: 'last' },
      { property: 'Plan', show: 'last value' },
    ],
    limit: 2,
  },
  breakdown: { ...RANGE, property: 'Plan', attribution: 'last ever', compare: true },
  names: { bots: 'exclude' },
  overview: { ...RANGE, compare: true },
};
const KINDS = Object.keys(QUESTIONS) as ReportKind[];

/** A person who pays, one who looks around, one who only has a name, and a bot. */
async function siteWithPeople(): Promise<TestCollector> {
  const collector = await startCollector();
  const browser = {
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
  };
  const send = (path: string, init: RequestInit = browser) => collector.send(`${path}&_k=site&_d=1`, init);
  await send(`/e?_p=bob&_n=Page+View&_t=${NOON}&Viewed+URL=http://example.com/`);
  await send(`/e?_p=bob&_n=Paid&_t=${NOON + 30}&Amount=-12.5&Plan=%3Dgold`);
  await send(`/e?_p=ann&_n=Page+View&_t=${NOON - 86_400}`);
  await send(`/e?_p=ann&_n=Page+View&_t=${NOON + 86_400}&Referrer=http://example.org/`);
  await send(`/s?_p=eve&_t=${NOON}&Plan=`);
  await send(`/e?_p=bot&_n=Paid&_t=${NOON}`, { headers: { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' } });
  await send(`/a?_p=bob&_n=bob@example.com&_t=${NOON}`);
  return collector;
}

const address = (kind: ReportKind, question: object, more = ''): string =>
  `/api/v1/reports/${kind}?key=site&q=${encodeURIComponent(JSON.stringify(question))}${more}`;

test('the answers of reports have the shapes of the document, and no other members', async () => {
  const collector = await siteWithPeople();
  const total = async () => ((await (await collector.send(address('people', {}))).json()) as { total: number }).total;
  await expect.poll(total).toBe(4);
  for (const kind of KINDS) {
    const response = await collector.send(address(kind, QUESTIONS[kind]));
    const answer: unknown = await response.json();
    expect([kind, response.status]).toEqual([kind, 200]);
    expect(REPORTS[kind].answer.parse(answer)).toEqual(answer);
    const empty = await collector.send(address(kind, QUESTIONS[kind]).replace('key=site', 'key=empty'));
    const zeros: unknown = await empty.json();
    expect(REPORTS[kind].answer.parse(zeros)).toEqual(zeros);
  }
});

test('the answer of each report can be a sheet in CSV', async () => {
  const collector = await siteWithPeople();
  const sheet = async (kind: ReportKind): Promise<string[][]> =>
    parse(await (await collector.send(address(kind, QUESTIONS[kind], '&format=csv'))).text(), { bom: true });
  await expect.poll(async () => (await sheet('people')).length).toBe(5);
  expect((await sheet('people')).slice(1).sort()).toEqual([
    ['ann', 'ann', '2026-01-02T12:00:00Z', '', ''],
    ['bob; bob@example.com', 'bob', '2026-01-01T12:00:30Z', '2026-01-01T12:00:30Z', "'=gold"],
    ['bot', 'bot', '2026-01-01T12:00:00Z', '2026-01-01T12:00:00Z', ''],
    ['eve', 'eve', '2026-01-01T12:00:00Z', '', ''],
  ]);
  const trend = await sheet('trend');
  expect(trend).toContainEqual(['2026-01-01', '2026-01-02', 'value', "'=gold", '2026-01-01', '-12.5', '']);
  expect(trend).toContainEqual(['2025-12-30', '2025-12-31', 'all', '', 'total', '0', '']);
  expect(await sheet('funnel')).toContainEqual(['2026-01-01', '2026-01-02', 'all', '', '2', 'Paid', '1', '30', '']);
  expect(await sheet('breakdown')).toContainEqual(['2026-01-01', '2026-01-02', 'value', '', '1', '1']);
  const names = await sheet('names');
  expect(names).toContainEqual(['event', 'Paid', '1', '1', '2026-01-01T12:00:30Z', '2026-01-01T12:00:30Z']);
  expect(await sheet('overview')).toContainEqual(['2025-12-30', '2025-12-31', 'range', 'all', '', '1', '1', '1', '']);
});
