import { expect, test } from 'vitest';
import type { ChannelSplit } from '../../src/protocol/reports.js';
import { stand, type TestHit } from './stand.js';

const DAY = 86_400;
const JAN_10 = Date.UTC(2026, 0, 10) / 1000;
const DAYS = { from: '2026-01-10', to: '2026-01-12' };
const SPLIT: ChannelSplit = { source: 'channel', attribution: 'first in range' };
const EVER: ChannelSplit = { source: 'channel', attribution: 'first ever' };

const hit = (
  who: string,
  time: number,
  event: string,
  properties: Record<string, string> = {},
  agent = 0,
): TestHit => ({
  ...{ who, time: JAN_10 + time, event, properties, agent },
});

const came = (who: string, time: number, medium?: string): TestHit =>
  hit(who, time, 'Visited Site', medium === undefined ? {} : { 'Campaign Medium': medium });

/** Ann returned by another channel, Bob's visit began before the days, and only a server has sent hits of Max. */
const HITS = [
  ...[
    came('ann', 0, 'cpc'),
    came('ann', DAY),
    hit('ann', DAY + 9, 'Ordered', { Sum: '5' }),
    hit('ann', DAY + 10, 'Ordered'),
  ],
  ...[came('bob', -60, 'email'), hit('bob', 60, 'Ordered', { Sum: '7' })],
  ...[came('kim', 2 * DAY), came('joe', -9 * DAY, 'cpc'), came('joe', 5), hit('joe', 7, 'Ordered', { Sum: '1' })],
  hit('max', 60, 'Ordered', { Sum: '2' }, 2),
  ...[came('eve', 0, 'Banner'), came('fay', 1, 'banner'), came('gil', 2, 'banner')],
];

test('a trend of all visitors that is split by channel has the people of the channels of the overview', async () => {
  const data = await stand(HITS);
  for (const filter of [undefined, { event: 'Ordered' }, { channel: 'Paid' }]) {
    const asked = { ...DAYS, ...(filter && { filter }) };
    const { channels } = await data.ask('overview', asked);
    const trend = { ...asked, event: 'Visited Site', count: 'people', by: 'day', split: SPLIT } as const;
    const { split, total, rest } = await data.ask('trend', trend);
    const found = split!.map(({ value, total, cell }) => ({ value, people: total, cell }));
    expect(found.map(({ value, people }) => [value, people])).toEqual(
      channels.map(({ value, people }) => [value, people]),
    );
    for (const [index, { cell }] of channels.entries())
      expect(await data.peopleOf(found[index]!.cell)).toEqual(await data.peopleOf(cell));
    expect(found.reduce((sum, { people }) => sum + people!, 0)).toBe(total);
    expect(rest).toBeUndefined();
  }
});

test('a person counts under the channel of the first visit, whatever visit the hit is of', async () => {
  const data = await stand(HITS);
  const trend = { ...DAYS, event: 'Ordered', by: 'day' } as const;
  const totals = async (split: ChannelSplit, count: 'people' | 'times' | 'sum', property?: string) =>
    (await data.ask('trend', { ...trend, count, split, ...(property !== undefined && { property }) })).split!.map(
      ({ value, total }) => [value, total],
    );
  // Bob and Max have no visit that began in these days.
  expect(await totals(SPLIT, 'people')).toEqual([
    [null, 2],
    ['Direct', 1],
    ['Paid', 1],
  ]);
  expect(await totals(SPLIT, 'times')).toEqual([
    [null, 2],
    ['Paid', 2],
    ['Direct', 1],
  ]);
  expect(await totals(EVER, 'sum', 'Sum')).toEqual([
    [null, 2],
    ['Email', 7],
    ['Paid', 6],
  ]);
});

test('a funnel that is split by channel counts each person under one channel in all steps', async () => {
  const data = await stand(HITS);
  const steps = [{ event: 'Visited Site' }, { event: 'Ordered' }];
  const partsOf = async (split: ChannelSplit, more: object = {}) => {
    const answer = await data.ask('funnel', { ...DAYS, steps, ...more, split });
    const parts = answer.split!.map(({ value, steps }) => [value, ...steps.map(({ people }) => people)]);
    return { parts, answer };
  };
  const expected = [
    ['banner', 3, 0],
    ['Direct', 2, 1],
    ['Paid', 1, 1],
  ];
  const { parts, answer } = await partsOf(SPLIT);
  expect(parts).toEqual(expected);
  expect(await data.peopleOf(answer.split![1]!.steps[0]!.cell)).toEqual(['joe', 'kim']);
  expect(await data.peopleOf(answer.split![1]!.steps[0]!.lost!.cell)).toEqual(['kim']);
  expect((await partsOf(SPLIT, { window: 3 * DAY })).parts).toEqual(expected);
  expect((await partsOf(SPLIT, { skip: true })).parts).toEqual([[null, 0, 2], ...expected]);
  expect((await partsOf(EVER)).parts).toEqual([
    ['banner', 3, 0],
    ['Paid', 2, 2],
    ['Direct', 1, 0],
  ]);
});
