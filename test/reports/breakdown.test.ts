import { expect, test } from 'vitest';
import type { Attribution, BreakdownQuestion } from '../../src/protocol/reports.js';
import { stand, type TestHit } from './stand.js';

const at = (day: number, second = 0): number => Date.UTC(2026, 0, day) / 1000 + second;

const viewed = (who: string, time: number, plan?: string): TestHit => ({
  ...{ who, time, event: 'view' },
  ...(plan !== undefined && { properties: { plan } }),
});

const HITS: TestHit[] = [
  viewed('ann', at(1), 'free'),
  viewed('ann', at(10), 'gold'),
  viewed('ann', at(11), 'gold'),
  viewed('bob', at(10), 'free'),
  viewed('bob', at(12)),
  viewed('cid', at(10)),
  { who: 'dan', time: at(10), event: 'paid', properties: { plan: 'gold' } },
  { who: 'dan', time: at(11), properties: { plan: '' } },
  viewed('eve', at(20), 'late'),
];

const DAYS = { from: '2026-01-10', to: '2026-01-12' };

type Counts = [value: string | null, people: number, times: number, who: string[]];

async function valuesOf(question: Partial<BreakdownQuestion>): Promise<Counts[]> {
  const data = await stand(HITS);
  const { values } = await data.ask('breakdown', { property: 'Plan', ...DAYS, ...question });
  const counts: Counts[] = [];
  for (const { value, people, times, cell } of values) counts.push([value, people, times, await data.peopleOf(cell)]);
  return counts;
}

test('hits of the range that have the property count, and "" is a value', async () => {
  expect(await valuesOf({})).toEqual([
    ['gold', 2, 3, ['ann', 'dan']],
    ['', 1, 1, ['dan']],
    ['free', 1, 1, ['bob']],
  ]);
  expect(await valuesOf({ event: 'VIEW' })).toEqual([
    ['free', 1, 1, ['bob']],
    ['gold', 1, 2, ['ann']],
  ]);
  expect(await valuesOf({ event: 'nobody does it' })).toEqual([]);
  expect(await valuesOf({ property: 'unknown' })).toEqual([]);
});

test.each<[Attribution, Counts[]]>([
  [
    'first ever',
    [
      ['free', 2, 4, ['ann', 'bob']],
      [null, 1, 1, ['cid']],
      ['gold', 1, 2, ['dan']],
    ],
  ],
  [
    'last ever',
    [
      [null, 1, 1, ['cid']],
      ['', 1, 2, ['dan']],
      ['free', 1, 2, ['bob']],
      ['gold', 1, 2, ['ann']],
    ],
  ],
  [
    'first in range',
    [
      ['gold', 2, 4, ['ann', 'dan']],
      [null, 1, 1, ['cid']],
      ['free', 1, 2, ['bob']],
    ],
  ],
  [
    'last touch',
    [
      ['gold', 2, 3, ['ann', 'dan']],
      [null, 1, 1, ['cid']],
      ['', 1, 1, ['dan']],
      ['free', 1, 2, ['bob']],
    ],
  ],
])('with %s the people of the range count, each under their value', async (attribution, expected) => {
  expect(await valuesOf({ attribution })).toEqual(expected);
});

test('with an event, only the hits of this event count', async () => {
  expect(await valuesOf({ attribution: 'last in range', event: 'view' })).toEqual([
    [null, 1, 1, ['cid']],
    ['free', 1, 2, ['bob']],
    ['gold', 1, 2, ['ann']],
  ]);
});

test('identities are values of `Customer ID`, and so are several identities of one person', async () => {
  const data = await stand(HITS, { merges: [['bob', 'ann']] });
  const { values } = await data.ask('breakdown', { property: 'customer id', ...DAYS });
  expect(values.map(({ value, people, times }) => [value, people, times])).toEqual([
    ['ann', 1, 2],
    ['bob', 1, 2],
    ['cid', 1, 1],
    ['dan', 1, 2],
  ]);
  const first = await data.ask('breakdown', { property: 'Customer ID', attribution: 'first ever', ...DAYS });
  expect(first.values.map(({ value, people, times }) => [value, people, times])).toEqual([
    ['ann', 1, 4],
    ['cid', 1, 1],
    ['dan', 1, 2],
  ]);
});

test('the days before have an answer of the same shape', async () => {
  const data = await stand(HITS);
  const { before } = await data.ask('breakdown', {
    property: 'plan',
    from: '2026-01-20',
    to: '2026-01-29',
    compare: true,
  });
  expect(before).toMatchObject({
    ...{ from: '2026-01-10', to: '2026-01-19' },
    values: [{ value: 'gold', people: 2 }, { value: '' }, { value: 'free' }],
  });
});

test('more values than an answer may contain are cut, and the answer says so', async () => {
  const many = (count: number): TestHit[] =>
    Array.from({ length: count }, (_, n) => viewed('ann', at(10, n), `plan ${n}`));
  const whole = await (await stand(many(10_000))).ask('breakdown', { property: 'plan', ...DAYS });
  expect([whole.values.length, 'more' in whole]).toEqual([10_000, false]);
  const cut = await (await stand(many(10_001))).ask('breakdown', { property: 'plan', ...DAYS });
  expect([cut.values.length, cut.more]).toEqual([10_000, true]);
});

test('U+FEFF at the beginning, as in the first value of a file, is part of a value, of a name and of an identity', async () => {
  const data = await stand([
    viewed('ann', at(10), 'Pro'),
    viewed('\ufeffbob', at(10), '\ufeffPro'),
    { who: 'cid', time: at(10), event: '\ufeffview' },
  ]);
  const { values } = await data.ask('breakdown', { property: 'Plan', ...DAYS });
  const found = await Promise.all(values.map(async ({ value, cell }) => [value, await data.peopleOf(cell)]));
  expect(Object.fromEntries(found)).toEqual({ Pro: ['ann'], '\ufeffPro': ['\ufeffbob'] });
  const { events } = await data.ask('names', {});
  expect(events.map(({ name }) => name).sort()).toEqual(['view', '\ufeffview']);
  const begins = { property: 'Plan', begins: '\ufeffpr' };
  expect((await data.ask('people', { filter: begins, limit: 9 })).total).toBe(1);
});
