import { describe, expect, test } from 'vitest';
import type { OverviewAnswer } from '../../src/protocol/reports.js';
import { addDays } from '../../src/dashboard/days.js';
import { certainlyChanged, variationOf } from '../../src/dashboard/chance.js';
import { wholeDays } from '../../src/dashboard/days.js';
import { mostChanged, type Comparison } from '../../src/dashboard/overview/most-changed.js';
import { upperTail } from '../../src/dashboard/statistics.js';

/** A generator of numbers from 0 to 1 that is the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** A random count, by Poisson's distribution, approximated by a normal one. */
function drawn(mean: number, next: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
}

const countsFrom = (start: string, counts: number[]) => counts.map((count, n) => ({ start: addDays(start, n), count }));

type Part = Pick<OverviewAnswer, 'people' | 'newPeople' | 'events' | 'channels' | 'referrers'>;

function overview(start: string, daily: number[], parts: Partial<Part> = {}): OverviewAnswer {
  const people = daily.reduce((sum, count) => sum + count, 0);
  const rows = countsFrom(start, daily).map(({ start, count }) => {
    return { start, people: count, visits: count, newPeople: 0, cell: '', newCell: '' };
  });
  return {
    ...{ people, newPeople: 0, visits: people, rows, channels: [], referrers: [], pages: [], events: [], now: 0 },
    ...{ cell: '', newCell: '', asOf: 0 },
    ...parts,
  };
}

const value = (value: string | null, people: number) => ({ value, people, times: people, cell: '' });
const event = (name: string, people: number) => ({ name, people, times: people, cell: '' });

type Steps = NonNullable<Parameters<typeof mostChanged>[1]>;

/** A funnel with so many people at each step, in both periods. @param open people whose time limit has not ended */
function funnel(now: number[], before: number[], open = 0): Steps {
  const of = (counts: number[]): Steps['over'] => ({
    ...{ asOf: 0, open: 0, wholeMedianSeconds: null },
    steps: counts.map((people, n) => ({ event: `step ${n + 1}`, people, medianSeconds: null, cell: '' })),
  });
  return { over: { ...of(now), open }, before: of(before) };
}

/** Two fortnights with a hundred people a day. */
function compare(now: Partial<Part>, before: Partial<Part>, daily = [100, 100], steps?: Steps): Comparison | null {
  const [later, earlier] = daily.map((count) => Array.from({ length: 14 }, (_, n) => count + (n % 3) * 4 - 4));
  const { asOf: _, ...compared } = overview('2026-03-02', earlier!, before);
  const answer = {
    ...overview('2026-03-16', later!, now),
    before: { ...compared, from: '2026-03-02', to: '2026-03-15' },
  };
  const verdict = mostChanged(answer, steps);
  if ('unknown' in verdict) throw new Error(verdict.unknown);
  return verdict.changed;
}

describe('what has changed most', () => {
  test('is nothing if everything is nearly as before', () => {
    const now = { events: [event('Signed Up', 52)], channels: [value('Paid', 210)], referrers: [value(null, 800)] };
    const before = { events: [event('Signed Up', 48)], channels: [value('Paid', 195)], referrers: [value(null, 815)] };
    expect(compare(now, before)).toBeNull();
  });

  test('is the event with a much larger count, in whatever case it is written', () => {
    const now = { events: [event('Visited Site', 1390), event('signed up', 120)] };
    const before = { events: [event('Visited Site', 1400), event('Signed Up', 50)] };
    expect(compare(now, before)).toEqual({ of: 'event', name: 'signed up', now: 120, before: 50 });
  });

  test('is a source that has disappeared, and one that is new', () => {
    const gone = compare(
      { channels: [value('Direct', 1000)] },
      { channels: [value('Direct', 900), value('Paid', 90)] },
    );
    expect(gone).toEqual({ of: 'channel', name: 'Paid', now: 0, before: 90 });
    const come = compare({ referrers: [value('a.example', 80)] }, { referrers: [] });
    expect(come).toEqual({ of: 'referrer', name: 'a.example', now: 80, before: 0 });
  });

  test('is people if everything has grown with their number', () => {
    const now = { events: [event('Signed Up', 66)], channels: [value('Paid', 260)] };
    const before = { events: [event('Signed Up', 50)], channels: [value('Paid', 200)] };
    expect(compare(now, before, [130, 100])).toMatchObject({ of: 'people', now: 1816, before: 1396 });
  });

  test('distinguishes a missing referrer from one that is called None', () => {
    const now = { referrers: [value(null, 400), value('None', 100)] };
    const before = { referrers: [value(null, 100), value('None', 100)] };
    expect(compare(now, before)).toMatchObject({ of: 'referrer', name: null, now: 400, before: 100 });
  });

  describe('in a full list', () => {
    const ten = (people: number) => Array.from({ length: 10 }, (_, n) => event(`e${n}`, people));

    test('a value outside of the largest had at most as many people as the smallest of them', () => {
      const most = compare({ events: [event('new', 300), ...ten(30).slice(1)] }, { events: ten(30) });
      expect(most).toEqual({ of: 'event', name: 'new', now: 300, before: 30, atMost: true });
    });

    test('a value that may be as large as before is not mentioned', () => {
      expect(compare({ events: [...ten(30).slice(1), event('new', 29)] }, { events: ten(30) })).toBeNull();
    });
  });

  describe('in a funnel', () => {
    const change = (steps: Steps) => compare({}, {}, [100, 100], steps);

    test('is the share of the people of a step who went on to the next one', () => {
      expect(change(funnel([400, 80, 40], [400, 160, 80]))).toEqual({
        ...{ of: 'step', name: 'step 2', now: 80, before: 160, share: 0.5 },
        after: { event: 'step 1', now: 400, before: 400 },
      });
      // As many people did the last step: of fewer who did the step before it.
      expect(change(funnel([800, 80, 60], [400, 160, 60]))).toMatchObject({ name: 'step 2', share: 2 / 3 });
      expect(change(funnel([800, 400, 60], [400, 200, 90]))).toMatchObject({ name: 'step 3', now: 60, before: 90 });
    });

    test('is nothing if more people began and the same share went on, or if too few people did', () => {
      expect(change(funnel([800, 240], [400, 120]))).toBeNull();
      expect(change(funnel([400, 0], [400, 9]))).toBeNull();
      expect(change(funnel([0, 0], [400, 100]))).toBeNull();
      expect(change(funnel([0, 0], [0, 0]))).toBeNull();
    });

    test('is no smaller share while the time limit of some people has not ended', () => {
      expect(change(funnel([400, 80], [400, 160], 1))).toBeNull();
      expect(change(funnel([400, 160], [400, 80], 1))).toMatchObject({ of: 'step', now: 160 });
    });

    test('is found by chance in at most a twentieth of all cases', () => {
      const next = random(11);
      const some = (people: number, part: number) =>
        Array.from({ length: people }, next).filter((n) => n < part).length;
      let found = 0;
      const rounds = 600;
      for (let round = 0; round < rounds; round++) {
        const counts = [300, 400].map((people) => {
          const second = some(people, 0.3);
          return [people, second, some(second, 0.5)];
        });
        if (change(funnel(counts[0]!, counts[1]!))) found += 1;
      }
      expect(found / rounds).toBeLessThan(0.05);
      expect(found).toBeGreaterThan(0);
    });
  });

  test('is unknown if nobody came, now or before, or for a few days', () => {
    const few = overview('2026-03-02', [9, 9]);
    const before = { ...few, from: '2026-02-28', to: '2026-03-01' };
    expect(mostChanged({ ...few, before })).toEqual({ unknown: 'too few' });
    expect(mostChanged({ ...few, before: { ...before, people: 0 } })).toEqual({ unknown: 'nobody before' });
    expect(mostChanged({ ...few, people: 0, before })).toEqual({ unknown: 'nobody now' });
  });
});

describe('chance', () => {
  test('a week with large and small days is only chance, and so is another number of Sundays', () => {
    const week = [100, 100, 100, 100, 100, 20, 10];
    const counts = (start: string, length: number) =>
      Array.from({ length }, (_, n) => week[(new Date(addDays(start, n)).getUTCDay() + 6) % 7]!);
    // Nine days with one weekend are compared with nine days with two.
    const [now, before] = [
      countsFrom('2026-03-16', counts('2026-03-16', 9)),
      countsFrom('2026-03-07', counts('2026-03-07', 9)),
    ];
    const variation = variationOf(now, before)!;
    expect(variation.dispersion).toBe(1);
    const sum = (days: { count: number }[]) => days.reduce((all, { count }) => all + count, 0);
    const pair = { now: sum(now), before: sum(before) };
    expect(pair.now).toBeGreaterThan(pair.before * 1.25);
    expect(certainlyChanged([pair], variation, pair.now + pair.before)).toEqual([]);
  });

  test('if nothing has changed, a change is found in at most a twentieth of all cases', () => {
    const next = random(7);
    let found = 0;
    const rounds = 600;
    for (let round = 0; round < rounds; round++) {
      const days = () => Array.from({ length: 28 }, () => drawn(80, next));
      const variation = variationOf(countsFrom('2026-03-02', days()), countsFrom('2026-02-02', days()))!;
      const pairs = Array.from({ length: 25 }, () => ({ now: drawn(200, next), before: drawn(200, next) }));
      if (certainlyChanged(pairs, variation, 2 * 28 * 80).length) found += 1;
    }
    expect(found / rounds).toBeLessThan(0.075);
    expect(found).toBeGreaterThan(3);
  });

  test('with more variable days the same difference is less certain', () => {
    const even = Array.from({ length: 28 }, (_, n) => 100 + (n % 2));
    const uneven = Array.from({ length: 28 }, (_, n) => (n % 5 ? 60 : 260));
    const pair = { now: 3000, before: 2700 };
    const of = (counts: number[]) => variationOf(countsFrom('2026-03-02', counts), countsFrom('2026-02-02', counts))!;
    expect(certainlyChanged([pair], of(even), 5700)).toHaveLength(1);
    expect(certainlyChanged([pair], of(uneven), 5700)).toHaveLength(0);
  });

  test('the tail of a normal distribution is that of published tables', () => {
    for (const [z, tail] of [
      [1, 0.158655],
      [1.959964, 0.025],
      [3, 1.349898e-3],
      [6, 9.865876e-10],
    ] as const)
      expect(upperTail(z) / tail).toBeCloseTo(1, 4);
  });
});

test('days that have not ended are left out, and a range that is only today has none', () => {
  expect(wholeDays({ from: '2026-03-01', to: '2026-03-31' }, '2026-03-31')).toEqual({
    from: '2026-03-01',
    to: '2026-03-30',
  });
  expect(wholeDays({ from: '2026-03-01', to: '2026-03-30' }, '2026-03-31')).toEqual({
    from: '2026-03-01',
    to: '2026-03-30',
  });
  expect(wholeDays({ from: '2026-03-31', to: '2026-03-31' }, '2026-03-31')).toBeUndefined();
  expect(wholeDays({ from: '2026-03-01', to: '2026-04-09' }, '2026-03-31')!.to).toBe('2026-03-30');
});
