import { expect, test } from 'vitest';
import { stand, type TestHit } from './stand.js';

const at = (day: number): number => Date.UTC(2026, 0, day) / 1000;

/** More properties than columns; every other one of these has a column. */
const MANY = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`p${index}`, 'x']));

const HITS: TestHit[] = [
  { who: 'ann', time: at(1), event: 'View', properties: { Plan: 'free', Seat: '1' } },
  { who: 'ann', time: at(3), event: 'view', properties: { plan: '' } },
  { who: 'bob', time: at(2), event: 'paid' },
  { who: 'bob', time: at(4), properties: { seat: '2' } },
  { who: 'bot', time: at(5), event: 'view', agent: 1 },
];

type Counts = [name: string, people: number, times: number, first: number, last: number];

async function namesOf(hits: TestHit[], question = {}): Promise<{ events: Counts[]; properties: Counts[] }> {
  const data = await stand(hits);
  const { events, properties } = await data.ask('names', question);
  for (const { cell, people } of [...events, ...properties]) expect(await data.peopleOf(cell)).toHaveLength(people);
  const countsOf = (names: typeof events): Counts[] =>
    names.map(({ name, people, times, first, last }) => [name, people, times, first, last]);
  return { events: countsOf(events), properties: countsOf(properties) };
}

test('events and properties by their first spelling, largest first', async () => {
  expect(await namesOf(HITS)).toEqual({
    events: [
      ['View', 2, 3, at(1), at(5)],
      ['paid', 1, 1, at(2), at(2)],
    ],
    properties: [
      ['Seat', 2, 2, at(1), at(4)],
      ['Plan', 1, 2, at(1), at(3)],
    ],
  });
});

test('days, bots and a filter exclude hits', async () => {
  expect(await namesOf(HITS, { from: '2026-01-03', bots: 'exclude' })).toEqual({
    events: [['View', 1, 1, at(3), at(3)]],
    properties: [
      ['Plan', 1, 1, at(3), at(3)],
      ['Seat', 1, 1, at(4), at(4)],
    ],
  });
  const { events } = await namesOf(HITS, { to: '2026-01-02', filter: { event: 'paid' } });
  expect(events).toEqual([['paid', 1, 1, at(2), at(2)]]);
});

test('with an event, only its hits count', async () => {
  expect(await namesOf(HITS, { event: 'view', bots: 'exclude' })).toEqual({
    events: [['View', 1, 2, at(1), at(3)]],
    properties: [
      ['Plan', 1, 2, at(1), at(3)],
      ['Seat', 1, 1, at(1), at(1)],
    ],
  });
  expect(await namesOf(HITS, { event: 'Paid' })).toEqual({ events: [['paid', 1, 1, at(2), at(2)]], properties: [] });
  expect(await namesOf(HITS, { event: 'View', from: '2026-01-02', to: '2026-01-04' })).toMatchObject({
    properties: [['Plan', 1, 1, at(3), at(3)]],
  });
  expect(await namesOf(HITS, { event: 'Nobody did this' })).toEqual({ events: [], properties: [] });
});

test('properties with and without a column are listed', async () => {
  const { properties } = await namesOf([{ who: 'ann', time: at(1), properties: MANY }]);
  expect(properties.map(([name]) => name).sort()).toEqual(Object.keys(MANY).sort());
});

test('a site without hits has no names', async () => {
  expect(await namesOf([])).toEqual({ events: [], properties: [] });
});

test('more names than an answer may contain are cut, and the answer says so', async () => {
  const hits = Array.from({ length: 10_001 }, (_, n) => ({ who: 'ann', time: 1e9 + n, event: `event ${n}` }));
  const { events, moreEvents, moreProperties } = await (await stand(hits)).ask('names', {});
  expect([events.length, moreEvents, moreProperties]).toEqual([10_000, true, undefined]);
});
