import { describe, expect, test } from 'vitest';
import type { Attribution, ChannelSplit, Condition, FunnelQuestion, PropertyTest } from '../../src/protocol/reports.js';
import { evaluate } from './evaluator.js';
import { numberOf, type Hit, type World } from './evaluator/world.js';

// The evaluator is tested by tables that were computed by hand, since the engines are tested by it.

const at = (text: string): number => Date.parse(`${text.length > 10 ? text : `${text}T12:00:00`}Z`) / 1000;

type Did = [time: string, event: string | null, properties?: Hit['properties'], agent?: number];

/**
 * People by name, with their events; `one=other` is one person with two identities, of which the first one has sent the events.
 */
function world(people: Record<string, Did[]>, site: Partial<World> = {}): World {
  const names = Object.keys(people).map((name) => name.split('='));
  let identity = 0;
  const identities = names.flatMap((own, person) => own.map((name) => ({ identity: ++identity, name, person })));
  let hit = 0;
  const hits = Object.entries(people).flatMap(([name, did]) =>
    did.map(([time, event, properties = {}, agent = 0]) => ({
      ...{ hit: ++hit, time: at(time), event, properties, agent },
      identity: identities.find((one) => one.name === name.split('=')[0])!.identity,
    })),
  );
  return { hits, identities, timeZone: 'UTC', asOf: at('2030-01-01'), ...site };
}

const listed = (cell: string): string[] => JSON.parse(cell) as string[];

describe('attribution', () => {
  const site = world({
    ann: [
      ['2013-04-16', 'Visited Site', { Referrer: 'linkedin' }],
      ['2013-05-02T10:00:00', 'Visited Site', { Referrer: 'facebook' }],
      ['2013-05-02T11:00:00', 'Purchased', { Amount: '50' }],
      ['2013-05-05T10:00:00', 'Visited Site', { Referrer: 'google' }],
      ['2013-05-05T11:00:00', 'Purchased', { Amount: '100' }],
      ['2013-06-03', 'Visited Site', { Referrer: 'pinterest' }],
    ],
  });
  const revenue = { event: 'Purchased', count: 'sum', property: 'Amount', by: 'month' } as const;
  const may = { from: '2013-05-01', to: '2013-05-31' };

  test.each<[Attribution, Record<string, number>]>([
    ['first ever', { linkedin: 150 }],
    ['last ever', { pinterest: 150 }],
    ['first in range', { facebook: 150 }],
    ['last in range', { google: 150 }],
    ['last touch', { google: 100, facebook: 50 }],
  ])('revenue of May by %s', (attribution, totals) => {
    const { split } = evaluate('trend', { ...revenue, ...may, split: { property: 'Referrer', attribution } }, site);
    expect(split!.map(({ value, total }) => [value, total])).toEqual(Object.entries(totals));
  });

  test('a last touch in the same second counts, whichever of the two hits came first', () => {
    const same = world({
      bob: [
        ['2013-05-02', 'Purchased'],
        ['2013-05-02', null, { Referrer: 'late' }],
      ],
    });
    const split = { property: 'referrer', attribution: 'last touch' } as const;
    const answer = evaluate('trend', { event: 'purchased', count: 'times', by: 'day', ...may, split }, same);
    expect(answer.split).toMatchObject([{ value: 'late', total: 1 }]);
  });

  test.each<[ChannelSplit['attribution'], [string | null, string[]][]]>([
    [
      'first in range',
      [
        [null, ['bob', 'max']],
        ['Direct', ['joe']],
        ['Email', ['ann']],
      ],
    ],
    [
      'first ever',
      [
        [null, ['max']],
        ['Paid', ['ann', 'bob', 'joe']],
      ],
    ],
  ])('the channel of a person is that of the first visit: %s', (attribution, people) => {
    const came = (when: string, medium?: string): Did => [when, 'A', medium ? { 'Campaign Medium': medium } : {}];
    const visits = world({
      ann: [came('2013-04-01', 'cpc'), came('2013-05-02', 'email'), came('2013-05-09')],
      // This visit began before the range.
      bob: [came('2013-04-30T23:50:00', 'cpc'), came('2013-05-01T00:10:00', 'email')],
      joe: [came('2013-04-01', 'cpc'), came('2013-05-03')],
      max: [['2013-05-02', 'A', {}, 2]],
    });
    const split = { source: 'channel', attribution } as const;
    const trend = evaluate('trend', { event: 'A', count: 'people', by: 'day', ...may, split }, visits);
    expect(trend.split!.map(({ value, cell }) => [value, listed(cell)])).toEqual(people);
    const funnel = evaluate('funnel', { steps: [{ event: 'A' }], ...may, split }, visits);
    expect(funnel.split!.map(({ value, steps }) => [value, listed(steps[0]!.cell)])).toEqual(people);
  });

  test('nobody is missing: people without a value are in the first row, which is neither empty nor "None"', () => {
    const people = world({
      none: [['2013-05-02', 'A']],
      empty: [['2013-05-02', 'A', { P: '' }]],
      text: [['2013-05-02', 'A', { P: 'None' }]],
    });
    const split = { property: 'P', attribution: 'first ever' } as const;
    const answer = evaluate('trend', { event: 'A', count: 'people', by: 'day', ...may, split }, people);
    expect(answer.split!.map(({ value, cell }) => [value, listed(cell)])).toEqual([
      [null, ['none']],
      ['', ['empty']],
      ['None', ['text']],
    ]);
  });

  test('there are the 50 largest rows, and the rest in one row', () => {
    const did = Array.from({ length: 52 }, (_, n): Did => ['2013-05-02', 'A', { P: String(n + 10) }]);
    const split = { property: 'P', attribution: 'first ever' } as const;
    const question = { event: 'A', count: 'people', by: 'day', ...may, split } as const;
    const apart = evaluate('trend', question, world(Object.fromEntries(did.map((one, n) => [`p${n}`, [one]]))));
    expect(apart.split!.map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, n) => String(n + 10)));
    expect(apart.rest).toMatchObject({ total: 2, cell: '["p50","p51"]' });
  });

  test('with last touch, the rows may add up to more people than the total', () => {
    const ann: Did[] = [
      ['2013-05-02', 'A', { P: 'x' }],
      ['2013-05-03', 'A', { P: 'y' }],
    ];
    const split = { property: 'P', attribution: 'last touch' } as const;
    const answer = evaluate('trend', { event: 'A', count: 'people', by: 'day', ...may, split }, world({ ann }));
    expect(answer).toMatchObject({ total: 1, split: [{ total: 1 }, { total: 1 }] });
    expect(answer).not.toHaveProperty('rest.total');
  });
});

describe('funnel', () => {
  const steps = ['1', '2', '3', '4', '5'].map((event) => ({ event }));
  const range = { from: '2026-01-01', to: '2026-01-31' };
  const days = (events: string): Did[] => events.split(' ').map((event, n) => [`2026-01-${n + 10}`, event]);
  const counted = (did: Did[], question: Partial<FunnelQuestion> = {}): string =>
    evaluate('funnel', { ...range, steps, ...question }, world({ ann: did }))
      .steps.filter(({ people }) => people === 1)
      .map(({ event }) => event)
      .join(' ');

  test.each([
    ['1 2 3 4', '1 2 3 4', '1 2 3 4'],
    ['1 2 4 5', '1 2', '1 2 4 5'],
    ['1 2 5 4', '1 2', '1 2 4'],
    ['1 2 4 3 5', '1 2 3', '1 2 3 5'],
    ['2 3', '', '2 3'],
    ['2 1 2', '1 2', '1 2'],
  ])('%s', (events, strict, skipping) => {
    expect(counted(days(events))).toBe(strict);
    expect(counted(days(events), { skip: true })).toBe(skipping);
  });

  test('one event is only one step, and in one second the order does not matter', () => {
    const twice = [{ event: '1' }, { event: '1' }];
    expect(counted(days('1'), { steps: twice })).toBe('1');
    expect(counted([...days('1'), ...days('1')], { steps: twice })).toBe('1 1');
    expect(counted([...days('2'), ...days('1')])).toBe('1 2');
  });

  test('with a window, a first step in the range begins a try, also if it is not the first such step; the last second of the window counts', () => {
    const did: Did[] = [
      ['2026-01-02T12:00:00', '1'],
      ['2026-01-31T12:00:00', '1'],
      ['2026-02-01T12:00:00', '2'],
    ];
    expect(counted(did)).toBe('1');
    expect(counted(did, { window: 86_400 })).toBe('1 2');
    expect(counted(did, { window: 86_399 })).toBe('1');
    const open = (asOf: string): number =>
      evaluate('funnel', { ...range, steps, window: 86_400 }, world({ ann: did }, { asOf: at(asOf) })).open;
    expect([open('2026-02-01T11:59:59'), open('2026-02-01T12:00:00')]).toEqual([1, 0]);
  });

  test('the median is of one time for each person, with the earliest hits that reach the step; between two times it is their average', () => {
    const site = world({
      ann: [
        ['2026-01-02T00:00:00', 'a'],
        ['2026-01-02T00:00:10', 'b'],
        ['2026-01-02T00:09:10', 'b'],
      ],
      bob: [
        ['2026-01-02T00:00:00', 'a'],
        ['2026-01-02T00:00:05', 'a'],
        ['2026-01-02T00:00:25', 'b'],
      ],
      eve: [['2026-01-02T00:00:00', 'a']],
    });
    const both = [{ event: 'a' }, { event: 'b' }];
    const answer = evaluate('funnel', { ...range, steps: both }, site);
    expect(answer.steps.map(({ people, medianSeconds, cell }) => [people, medianSeconds, listed(cell)])).toEqual([
      [3, null, ['ann', 'bob', 'eve']],
      [2, 17.5, ['ann', 'bob']],
    ]);
    const split = { property: 'Customer ID', attribution: { step: 2 } } as const;
    const parts = evaluate('funnel', { ...range, steps: both, split }, site).split!;
    expect(parts.map(({ value, steps: own }) => [value, own.map(({ people }) => people)])).toEqual([
      [null, [1, 0]],
      ['ann', [1, 1]],
      ['bob', [1, 1]],
    ]);
  });
});

describe('people', () => {
  const site = world({
    'ann@x.com=ann': [
      ['2026-01-01', 'Signed Up', { Plan: 'free' }],
      ['2026-01-02', 'Paid', { Plan: 'Gold', Amount: ' 1e3 ' }],
      ['2026-01-03', 'Paid', { Amount: '5 USD' }],
    ],
    bob: [
      ['2026-01-02', 'Paid', { Amount: '-.5' }],
      ['2026-01-03', 'signed up', { Plan: '' }],
    ],
    'eve=eve@COMPANY.com': [['2026-01-04', 'Visited', { City: 'Straße' }]],
    robot: [['2026-01-05', 'Visited', {}, 1]],
  });
  const found = (filter: Condition): string[] =>
    evaluate('people', { filter, limit: 9 }, site).people.map(({ identities }) => identities[0]!);

  test.each<[Condition, string]>([
    [{ event: 'SIGNED UP' }, 'ann@x.com bob'],
    [{ event: 'Paid', exactly: 2 }, 'ann@x.com'],
    [{ event: 'Paid', atMost: 1 }, 'bob eve robot'],
    [{ event: 'Paid', atLeast: 1, to: '2026-01-01' }, ''],
    [{ event: 'Paid', where: [{ property: 'plan', equals: 'Gold' }] }, 'ann@x.com'],
    [{ event: 'Paid', where: [{ property: 'Plan', is: 'never' }] }, 'ann@x.com bob'],
    [{ event: 'Paid', where: [{ not: { property: 'plan', equals: 'Gold' } }], exactly: 1 }, 'ann@x.com bob'],
    [{ event: 'Signed Up', where: [{ not: { property: 'Plan', contains: 'FRE' } }] }, 'bob'],
    [{ event: 'Paid', where: [{ not: { property: 'Customer ID', begins: 'ANN' } }] }, 'bob'],
    [{ property: 'Plan', equals: 'gold' }, ''],
    [{ property: 'Plan', begins: 'GO' }, 'ann@x.com'],
    [{ property: 'City', contains: 'ASSE' }, 'eve'],
    [{ property: 'City', ends: 'SSE' }, 'eve'],
    [{ property: 'Plan', is: 'empty' }, 'bob'],
    [{ property: 'Plan', is: 'any' }, 'ann@x.com bob'],
    [{ property: 'Plan', is: 'never' }, 'eve robot'],
    [{ property: 'Plan', is: 'never', from: '2026-01-03' }, 'ann@x.com eve robot'],
    [{ property: 'Amount', greater: 999 }, 'ann@x.com'],
    [{ property: 'Amount', greater: 1000 }, ''],
    [{ property: 'Amount', less: 0 }, 'bob'],
    [{ inOrder: [{ event: 'Signed Up' }, { event: 'Paid' }] }, 'ann@x.com'],
    [{ inOrder: [{ event: 'Paid' }, { event: 'Paid' }, { event: 'Paid' }] }, ''],
    [{ not: { property: 'Customer ID', contains: '@company.com' } }, 'ann@x.com bob robot'],
    [{ property: 'Customer ID', is: 'never' }, ''],
    [{ all: [{ event: 'Paid' }, { not: { any: [{ property: 'Plan', is: 'empty' }] } }] }, 'ann@x.com'],
  ])('%j', (filter, people) => expect(found(filter).join(' ')).toBe(people));

  test('their columns, and the identities under which an event or a property has arrived', () => {
    const columns = [
      { event: 'Paid', show: 'first' },
      { event: 'Paid', show: 'times' },
      { property: 'Plan', show: 'first value' },
      { property: 'Plan', show: 'last time' },
      { property: 'City', show: 'last value' },
    ] as const;
    const [ann] = evaluate('people', { columns: [...columns], limit: 9 }, site).people;
    expect(ann).toEqual({
      identities: ['ann@x.com', 'ann'],
      customerIds: ['ann@x.com'],
      lastSeen: at('2026-01-03'),
      columns: [at('2026-01-02'), 2, 'free', at('2026-01-02'), null],
    });
  });

  test('events of bots are left out, and the answer says so', () => {
    const answer = evaluate('people', { bots: 'exclude', limit: 9 }, site);
    expect(answer).toMatchObject({ total: 3, excluded: { bots: 1 } });
  });
});

describe('trend', () => {
  const site = world({
    ann: [
      ['2026-01-01', 'A', { N: '1' }],
      ['2026-01-02', 'A', { N: '2.5' }],
      ['2026-01-02', 'A', { N: '1,000' }],
    ],
    bob: [['2026-01-02', 'a', {}]],
  });
  const question = { event: 'A', property: 'N', from: '2026-01-01', to: '2026-01-03', by: 'day' } as const;

  test.each([
    ['people', 2, [1, 2, 0]],
    ['times', 4, [1, 3, 0]],
    ['sum', 3.5, [1, 2.5, 0]],
    ['average', 1.75, [1, 2.5, null]],
  ] as const)('%s', (count, total, values) => {
    const answer = evaluate('trend', { ...question, count }, site);
    expect(answer).toMatchObject({ total, rows: values.map((value) => ({ value })) });
  });

  test('a comparison has as many days, directly before; a bucket that has not ended is open', () => {
    const now = { ...site, asOf: at('2026-01-03T10:00:00') };
    const answer = evaluate('trend', { ...question, count: 'people', from: '2026-01-02', compare: true }, now);
    expect(answer).toMatchObject({ total: 2, before: { from: '2025-12-31', to: '2026-01-01', total: 1 } });
    expect(answer.rows.map(({ open }) => open)).toEqual([undefined, true]);
  });
});

test('breakdown: hits that have the property, or people by one value', () => {
  const site = world({
    ann: [
      ['2026-01-01', 'A', { P: 'x' }],
      ['2026-01-02', null, { P: 'y' }],
      ['2026-01-02', 'A', { P: 'y' }],
    ],
    bob: [['2026-01-02', 'A']],
  });
  const question = { property: 'p', from: '2026-01-02', to: '2026-01-02' };
  const values = (more: { event?: string; attribution?: Attribution }): unknown[] =>
    evaluate('breakdown', { ...question, ...more }, site).values.map(({ value, people, times }) => [
      value,
      people,
      times,
    ]);
  expect(values({})).toEqual([['y', 1, 2]]);
  expect(values({ event: 'a' })).toEqual([['y', 1, 1]]);
  expect(values({ attribution: 'first ever' })).toEqual([
    [null, 1, 1],
    ['x', 1, 2],
  ]);
});

test('names have the letters of the hit that was stored first', () => {
  const site = world({
    ann: [['2026-01-05', 'Signed Up', { Plan: 'x' }]],
    bob: [['2026-01-01', 'signed up', { PLAN: 'y', city: '' }]],
  });
  const one = { name: 'Signed Up', people: 2, times: 2, first: at('2026-01-01'), last: at('2026-01-05') };
  const answer = evaluate('names', {}, site);
  expect(answer).toMatchObject({
    events: [one],
    properties: [
      { ...one, name: 'Plan' },
      { name: 'city', people: 1 },
    ],
  });
  expect(evaluate('names', { from: '2026-01-02' }, site).properties).toHaveLength(1);
});

test('overview: visits count on the day on which they began, and new people were never seen before', () => {
  const site = world(
    {
      ann: [
        ['2026-01-01T23:50:00', 'Visited Site', { URL: 'http://a/', Referrer: 'http://www.google.com/x' }],
        ['2026-01-02T00:20:00', 'A'],
        ['2026-01-02T00:50:01', 'Visited Site', { URL: 'http://a/b', Referrer: 'http://news.example:80/' }],
      ],
      bob: [['2026-01-02T11:55:00', 'Visited Site', { URL: 'http://a/b', Referrer: 'Direct' }]],
      shop: [['2026-01-02T11:00:00', 'Paid', {}, 2]],
    },
    { asOf: at('2026-01-02T12:00:00') },
  );
  const { rows, ...range } = evaluate('overview', { from: '2026-01-02', to: '2026-01-02' }, site);
  expect(rows).toMatchObject([{ start: '2026-01-02', people: 3, visits: 2, newPeople: 2, open: true }]);
  expect(range).toMatchObject({
    ...{ people: 3, visits: 2, newPeople: 2, now: 1 },
    channels: [{ value: 'Direct' }, { value: 'Referral' }],
    referrers: [{ value: null }, { value: 'news.example' }],
    pages: [{ value: 'http://a/b', people: 2, times: 2 }],
    events: [{ name: 'Visited Site', people: 2, times: 2 }, { name: 'A' }, { name: 'Paid' }],
  });
});

test.each([
  ['1', 1],
  [' 1e3 ', 1000],
  ['-.5', -0.5],
  ['+0.5', 0.5],
  ['007', 7],
  ['1e-400', 0],
])('%j is the number %d', (text, number) => expect(numberOf(text)).toBe(number));

test.each([
  '',
  ' ',
  '.',
  '-',
  '1,5',
  '0x10',
  '0b1',
  '1_000',
  'Infinity',
  'NaN',
  '1e400',
  '5 USD',
  '1 2',
  '--1',
  '\u00a01',
  '١',
])('%j is not a number', (text) => expect(numberOf(text)).toBeUndefined());

test('the beginning and the end of a text are compared with folded texts', () => {
  const site = world({ ann: [['2026-01-01', 'A', { P: 'İstanbul ΟΔΟΣ' }]] });
  const holds = (test: PropertyTest): boolean => evaluate('people', { filter: test, limit: 1 }, site).total === 1;
  expect(holds({ property: 'P', begins: 'i\u0307ST' })).toBe(true);
  expect(holds({ property: 'P', ends: 'οδος' })).toBe(true);
  expect(holds({ property: 'P', begins: 'is' })).toBe(false);
});

describe('what the evaluator does not know is an error, and not the result of something else', () => {
  const site = world({ ann: [['2026-01-01', 'A', { P: 'x' }]] });
  const range = { from: '2026-01-01', to: '2026-01-01' };
  const asked = { event: 'A', count: 'people', by: 'day', ...range };
  const split = { property: 'P', attribution: 'last ever' };

  test.each<['people' | 'trend' | 'breakdown', object]>([
    ['people', { columns: [{ event: 'A', show: 'middle' }] }],
    ['people', { columns: [{ event: 'A', property: 'P', show: 'median' }] }],
    ['people', { columns: [{ property: 'P', show: 'second value' }] }],
    ['people', { filter: { size: 1 } }],
    ['people', { filter: { property: 'P', matches: 'x' } }],
    ['people', { filter: { property: 'P', is: 'odd' } }],
    ['people', { filter: { property: 'P', equals: 'x', value: 'second' } }],
    ['trend', { ...asked, count: 'median', property: 'P' }],
    ['trend', { ...asked, by: 'year' }],
    ['trend', { ...asked, split: { ...split, attribution: 'second ever' } }],
    ['trend', { ...asked, split: { ...split, transform: 'upper' } }],
    ['breakdown', { property: 'P', attribution: 'second ever', ...range }],
  ])('%s %j', (kind, question) => {
    expect(() => evaluate(kind, question as never, site)).toThrow('does not know');
  });
});
