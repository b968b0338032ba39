import { describe, expect, test } from 'vitest';
import type { Condition, PeopleAnswer, PeopleQuestion } from '../../src/protocol/reports.js';
import { stand, type TestHit } from './stand.js';

const at = (day: number, second = 0): number => Date.UTC(2026, 0, day) / 1000 + second;

const did = (who: string, time: number, event?: string, properties: Record<string, string> = {}): TestHit => ({
  ...{ who, time, properties },
  ...(event !== undefined && { event }),
});

const HITS = [
  did('ann@example.com', at(1), 'signed up', { Plan: 'free', Seats: '2' }),
  did('ann@example.com', at(5), 'paid', { Plan: 'gold', Seats: '10' }),
  did('ann@example.com', at(9), 'paid', { Plan: 'gold' }),
  did('bob@company.com', at(2), 'paid', { Plan: '' }),
  did('bob@company.com', at(2), 'signed up'),
  did('cid', at(3), 'signed up', { Name: 'STRASSE' }),
  did('cid', at(4), undefined, { Seats: 'three' }),
  did('dan', at(8), 'left'),
  // Dan's identity before he gave his name.
  did('anonymous', at(6), 'signed up', { Name: 'Straße 1' }),
];
const MERGES: [string, string][] = [['dan', 'anonymous']];

const [ANN, BOB, CID, DAN] = ['ann@example.com', 'bob@company.com', 'cid', 'dan'];

async function search(question: Partial<PeopleQuestion>, hits = HITS): Promise<PeopleAnswer> {
  const data = await stand(hits, { merges: hits === HITS ? MERGES : [] });
  return data.ask('people', question as PeopleQuestion);
}

const found = async (filter: Condition, hits = HITS): Promise<string[]> =>
  (await search({ filter }, hits)).people.map(({ identities }) => identities[0]!).sort();

describe('a condition holds for', () => {
  test.each<[what: string, Condition, string[]]>([
    ['who did it', { event: 'PAID' }, [ANN, BOB]],
    ['people who did it twice', { event: 'paid', atLeast: 2 }, [ANN]],
    ['people who did it once', { event: 'paid', exactly: 1 }, [BOB]],
    ['people who did it once at most, never included', { event: 'paid', atMost: 1 }, [BOB, CID, DAN]],
    ['people who never did it', { event: 'paid', exactly: 0 }, [CID, DAN]],
    ['everybody', { event: 'paid', atLeast: 0 }, [ANN, BOB, CID, DAN]],
    ['nobody', { event: 'paid', atLeast: 2, atMost: 1 }, []],
    ['nobody, of an event that nobody did', { event: 'unknown' }, []],
    ['everybody, of an event that nobody did', { event: 'unknown', atMost: 3 }, [ANN, BOB, CID, DAN]],
    ['people who did it within days', { event: 'paid', from: '2026-01-05', to: '2026-01-05' }, [ANN]],
    ['people who did it with a value', { event: 'paid', where: [{ property: 'plan', equals: 'gold' }] }, [ANN]],
    [
      'people who did it without the property',
      { event: 'signed up', where: [{ property: 'Plan', is: 'never' }] },
      [BOB, CID, DAN],
    ],
    ['people who did it under a name', { event: 'left', where: [{ property: 'Customer ID', equals: 'dan' }] }, [DAN]],

    ['people who had the value', { property: 'Plan', equals: 'free' }, [ANN]],
    ['nobody in another case', { property: 'Plan', equals: 'Free' }, []],
    ['people who had it within days', { property: 'Plan', equals: 'gold', to: '2026-01-04' }, []],
    ['people who have part of it in any case', { property: 'name', contains: 'straße' }, [CID, DAN]],
    ['people who begin with it', { property: 'name', begins: 'STRASSE ' }, [DAN]],
    ['people who end with it', { property: 'name', ends: 'trasse' }, [CID]],
    ['people whose number is greater: 10 is more than 2', { property: 'Seats', greater: 2 }, [ANN]],
    ['people whose number is less', { property: 'Seats', less: 10 }, [ANN]],
    ['people who have any value, "" too', { property: 'Plan', is: 'any' }, [ANN, BOB]],
    ['people whose value was ""', { property: 'Plan', is: 'empty' }, [BOB]],
    ['people who never had one', { property: 'Plan', is: 'never' }, [CID, DAN]],
    ['people who had none within days', { property: 'Plan', is: 'never', from: '2026-01-03' }, [BOB, CID, DAN]],
    ['everybody, of a property that was never sent', { property: 'unknown', is: 'never' }, [ANN, BOB, CID, DAN]],
    ['nobody, of a property that was never sent', { property: 'unknown', is: 'any' }, []],

    ['people whose last value it is', { property: 'Plan', equals: 'gold', value: 'last' }, [ANN]],
    ['nobody who had it, but later another', { property: 'Plan', equals: 'free', value: 'last' }, []],
    ['people whose first value it is', { property: 'Plan', equals: 'free', value: 'first' }, [ANN]],
    ['people whose last value is ""', { property: 'Plan', is: 'empty', value: 'last' }, [BOB]],
    [
      'people whose last value within days it is',
      { property: 'Plan', equals: 'free', value: 'last', to: '2026-01-04' },
      [ANN],
    ],
    [
      'people whose last value is no other',
      { not: { property: 'Plan', equals: 'gold', value: 'last' } },
      [BOB, CID, DAN],
    ],
    ['people who have no last value', { property: 'Plan', is: 'never', value: 'last' }, [CID, DAN]],
    [
      'nobody by their last value, of a property that was never sent',
      { property: 'unknown', is: 'any', value: 'last' },
      [],
    ],
    ['people by the identity of their last hit', { property: 'Customer ID', equals: 'dan', value: 'last' }, [DAN]],
    ['people by the identity of their first hit', { property: 'Customer ID', equals: 'dan', value: 'first' }, []],

    ['people who are not staff', { not: { property: 'Customer ID', contains: '@COMPANY.com' } }, [ANN, CID, DAN]],
    ['any identity of a person', { property: 'Customer ID', equals: 'anonymous' }, [DAN]],
    [
      'nobody with this identity, although they have another one',
      { not: { property: 'customer id', equals: 'dan' } },
      [ANN, BOB, CID],
    ],
    ['everybody, of any identity', { property: 'Customer ID', is: 'any' }, [ANN, BOB, CID, DAN]],

    ['people for whom all conditions hold', { all: [{ event: 'signed up' }, { not: { event: 'paid' } }] }, [CID, DAN]],
    [
      'people for whom one of the conditions holds',
      { any: [{ event: 'left' }, { property: 'Plan', equals: '' }] },
      [BOB, DAN],
    ],
    [
      'people for whom nested conditions hold',
      {
        not: {
          any: [
            { event: 'left' },
            {
              all: [
                { event: 'paid', atMost: 1 },
                { property: 'Plan', is: 'never' },
              ],
            },
          ],
        },
      },
      [ANN, BOB],
    ],
    ['people who did them in order', { inOrder: [{ event: 'signed up' }, { event: 'paid' }] }, [ANN, BOB]],
    [
      'people who did them in order, of two identities',
      { inOrder: [{ event: 'signed up' }, { event: 'left' }] },
      [DAN],
    ],
    ['nobody in the wrong order', { inOrder: [{ event: 'left' }, { event: 'signed up' }] }, []],
    ['people who did the same event twice', { inOrder: [{ event: 'paid' }, { event: 'paid' }] }, [ANN]],
    [
      'nobody who did it twice, if it is asked for three times',
      { inOrder: [{ event: 'paid' }, { event: 'paid' }, { event: 'paid' }] },
      [],
    ],
    ['nobody, of an event that nobody did', { inOrder: [{ event: 'paid' }, { event: 'unknown' }] }, []],
    [
      'nobody, if the days of the first event leave no later event',
      { inOrder: [{ event: 'paid', from: '2026-01-09' }, { event: 'paid' }] },
      [],
    ],
  ])('%s', async (_, filter, expected) => {
    expect(await found(filter)).toEqual(expected.toSorted());
  });

  test('in one second the first stored hit is used first, and none twice', async () => {
    const hits = [
      did('ann', at(1), 'a', { P: '1' }),
      did('ann', at(1), 'a', { P: '2' }),
      did('bob', at(1), 'a', { P: '1' }),
    ];
    const is = (value: string): Condition & { event: string } => ({
      event: 'a',
      where: [{ property: 'P', equals: value }],
    });
    expect(await found({ inOrder: [{ event: 'a' }, is('2')] }, hits)).toEqual(['ann']);
    expect(await found({ inOrder: [{ event: 'a' }, is('1')] }, hits)).toEqual([]);
    expect(await found({ inOrder: [is('2'), is('1')] }, hits)).toEqual(['ann']);
  });

  test('events of bots are nowhere if bots are left out', async () => {
    const hits = [
      did('ann', at(1), 'a'),
      { ...did('ann', at(2), 'b', { P: 'x' }), agent: 1 },
      { ...did('bot', at(1), 'b'), agent: 1 },
    ];
    const data = await stand(hits);
    const count = async (question: Partial<PeopleQuestion>): Promise<unknown> => {
      const { total, excluded } = await data.ask('people', { limit: 1, ...question });
      return [total, excluded?.bots];
    };
    expect(await count({})).toEqual([2, undefined]);
    expect(await count({ bots: 'exclude' })).toEqual([1, 1]);
    expect(await count({ bots: 'exclude', filter: { event: 'b' } })).toEqual([0, 1]);
    expect(await count({ bots: 'exclude', filter: { property: 'P', is: 'never' } })).toEqual([1, 1]);
  });
});

test('people have their identities, the oldest first, and the people who were seen last come first', async () => {
  const { total, people, next } = await search({});
  expect([total, next]).toEqual([4, null]);
  expect(people.map(({ identities, lastSeen }) => [identities, lastSeen])).toEqual([
    [[ANN], at(9)],
    [[DAN, 'anonymous'], at(8)],
    [[CID], at(4)],
    [[BOB], at(2)],
  ]);
  expect(people[1]!.customerIds).toEqual([DAN, 'anonymous']);
});

test('columns show first, last and how often, within days if given', async () => {
  const columns: PeopleQuestion['columns'] = [
    { event: 'paid', show: 'times' },
    { event: 'paid', show: 'first' },
    { event: 'paid', where: [{ property: 'Seats', is: 'any' }], show: 'last' },
    { property: 'Plan', show: 'first value' },
    { property: 'Plan', show: 'last value' },
    { property: 'Plan', show: 'first time' },
    { property: 'Plan', show: 'last time' },
    { property: 'Customer ID', show: 'last value' },
    { event: 'unknown', show: 'times' },
    { property: 'unknown', show: 'last value' },
  ];
  const sort = { column: 0, descending: true };
  const { people } = await search({ columns, sort });
  const none = [0, null, null, null, null, null, null];
  expect(people.map((one) => one.columns)).toEqual([
    [2, at(5), at(5), 'free', 'gold', at(1), at(9), ANN, 0, null],
    [1, at(2), null, '', '', at(2), at(2), BOB, 0, null],
    [...none, CID, 0, null],
    [...none, DAN, 0, null],
  ]);
  const bounded = await search({ columns, sort, from: '2026-01-02', to: '2026-01-05' });
  expect(bounded.people[0]!.columns).toEqual([1, at(5), at(5), 'gold', 'gold', at(5), at(5), ANN, 0, null]);
});

test('columns add up the numbers of an event; the cell of a person without a number is empty', async () => {
  const hits = [
    did('ann', at(1), 'paid', { Amount: '10.1' }),
    did('ann', at(2), 'paid', { Amount: '-3', Plan: 'gold' }),
    did('ann', at(3), 'paid', { Amount: '3 EUR' }),
    did('ann', at(3), 'refused', { Amount: '1000' }),
    did('bob', at(1), 'paid', { Amount: '1e300' }),
    did('cid', at(1), 'paid'),
    did('dan', at(1), 'paid', { Amount: '0' }),
    did('eve', at(1), 'paid', { Amount: '-0.5' }),
  ];
  const columns: PeopleQuestion['columns'] = [
    { event: 'paid', property: 'amount', show: 'sum' },
    { event: 'paid', property: 'amount', show: 'average' },
    { event: 'paid', property: 'amount', show: 'sum', where: [{ property: 'Plan', equals: 'gold' }] },
    { event: 'unknown', property: 'amount', show: 'sum' },
    { event: 'paid', property: 'unknown', show: 'average' },
  ];
  const data = await stand(hits);
  const rowsOf = async (descending: boolean): Promise<[string, unknown[]][]> => {
    const rows: [string, unknown[]][] = [];
    let after: string | null | undefined;
    do {
      const question = { columns, sort: { column: 0, descending }, limit: 1, ...(after && { after }) };
      const page: PeopleAnswer = await data.ask('people', question);
      for (const one of page.people) rows.push([one.identities[0]!, one.columns]);
      after = page.next;
    } while (after !== null);
    return rows;
  };
  const expected: [string, unknown[]][] = [
    ['bob', [1e300, 1e300, null, null, null]],
    ['ann', [expect.closeTo(7.1, 10), expect.closeTo(3.55, 10), -3, null, null]],
    ['dan', [0, 0, null, null, null]],
    ['eve', [-0.5, -0.5, null, null, null]],
    ['cid', [null, null, null, null, null]],
  ];
  expect(await rowsOf(true)).toEqual(expected);
  expect(await rowsOf(false)).toEqual([...expected.slice(0, -1).toReversed(), expected.at(-1)]);
  const { people } = await search(
    { columns: [columns[0]!], to: '2026-01-01', sort: { column: 0, descending: true } },
    hits,
  );
  expect(people.map((one) => one.columns[0])).toEqual([1e300, 10.1, 0, -0.5, null]);
});

describe('pages', () => {
  const column: PeopleQuestion['columns'] = [{ property: 'P', show: 'last value' }];
  const hits = ['b', 'a', undefined, 'b', '', 'a', undefined].map((P, n) =>
    did(`p${n}`, at(1 + (n % 2)), 'a', P === undefined ? {} : { P }),
  );

  /** As texts, `100` comes before `9`: https://github.com/appsmithorg/appsmith/issues/7598, https://github.com/HealthCatalyst/Fabric.Cashmere/issues/455 */
  test.each([
    [false, ['-1', '9', '9.0', '14', '1e2', '', '14 EUR', 'none', undefined]],
    [true, ['none', '14 EUR', '', '1e2', '14', '9.0', '9', '-1', undefined]],
  ])(
    'sort values as a spreadsheet does: numbers by size, then texts, then nothing (descending: %s)',
    async (descending, expected) => {
      const values = ['14', 'none', '9', undefined, '1e2', '-1', '', '9.0', '14 EUR'];
      const data = await stand(values.map((P, n) => did(`p${n}`, at(1), 'a', P === undefined ? {} : { P })));
      const found: unknown[] = [];
      let after: string | undefined;
      do {
        const page: PeopleAnswer = await data.ask('people', {
          columns: column,
          sort: { column: 0, descending },
          limit: 1,
          after,
        });
        found.push(page.people[0]!.columns[0] ?? undefined);
        after = page.next ?? undefined;
      } while (after !== undefined);
      expect(found).toEqual(expected);
    },
  );

  test.each<[string, Partial<PeopleQuestion>, string[]]>([
    ['by who was seen last', {}, ['p1', 'p3', 'p5', 'p0', 'p2', 'p4', 'p6']],
    ['by who was not seen for longest', { sort: {} }, ['p0', 'p2', 'p4', 'p6', 'p1', 'p3', 'p5']],
    ['by a column', { columns: column, sort: { column: 0 } }, ['p4', 'p1', 'p5', 'p0', 'p3', 'p2', 'p6']],
    [
      'by a column, descending',
      { columns: column, sort: { column: 0, descending: true } },
      ['p0', 'p3', 'p1', 'p5', 'p4', 'p2', 'p6'],
    ],
  ])('%s have everybody once, in order, whatever the size of a page', async (_, question, expected) => {
    const data = await stand(hits);
    for (const limit of [1, 2, 3, 7]) {
      const names: string[] = [];
      let after: string | undefined;
      do {
        const page: PeopleAnswer = await data.ask('people', { ...question, limit, after });
        expect(page.total).toBe(7);
        names.push(...page.people.map(({ identities }) => identities[0]!));
        after = page.next ?? undefined;
      } while (after !== undefined);
      expect(names).toEqual(expected);
    }
  });
});

test('a question with a cell lists the people of the cell and no others, those who were seen last first', async () => {
  const data = await stand(HITS, { merges: MERGES });
  const range = { from: '2026-01-01', to: '2026-01-03' };
  const filter: Condition = { not: { property: 'Customer ID', equals: CID } };
  const { cell, rows } = await data.ask('trend', { event: 'signed up', count: 'people', by: 'day', filter, ...range });
  const { total, people } = await data.ask('people', { cell, limit: 1 });
  expect([total, people[0]!.identities]).toEqual([2, [ANN]]);
  expect(await data.peopleOf(rows[1]!.cell)).toEqual([BOB]);
});

test('a condition on the channel or the referrer finds the people of that row in an overview of the same days', async () => {
  const DAYS = { from: '2026-01-10', to: '2026-01-12' };
  const at = (day: number): number => Date.UTC(2026, 0, day, 12) / 1000;
  const visit = (who: string, day: number, properties: Record<string, string>) => {
    return { who, time: at(day), event: 'Visited Site', properties: { URL: 'https://shop.example/', ...properties } };
  };
  const data = await stand([
    visit('ann', 1, { 'Campaign Medium': 'cpc' }),
    visit('ann', 10, { Referrer: 'https://www.news.example/a' }),
    visit('ann', 11, { 'Campaign Medium': 'email' }),
    visit('bob', 11, { 'Campaign Medium': 'cpc', Referrer: 'https://news.example/b' }),
    visit('cyd', 12, { Referrer: 'Direct' }),
    { who: 'dan', time: at(11), event: 'Paid', agent: 2 },
  ]);
  const found = async (filter: Condition): Promise<string[]> => {
    const { people } = await data.ask('people', { filter, limit: 10 });
    return people.map(({ identities }) => identities[0]!).sort();
  };
  expect(await found({ channel: 'Referral', ...DAYS })).toEqual(['ann']);
  expect(await found({ channel: 'Paid', ...DAYS })).toEqual(['bob']);
  expect(await found({ channel: 'Direct', ...DAYS })).toEqual(['cyd']);
  expect(await found({ referrer: 'news.example', ...DAYS })).toEqual(['ann', 'bob']);
  expect(await found({ referrer: null, ...DAYS })).toEqual(['cyd']);
  // Without days the first visit of all counts.
  expect(await found({ channel: 'Paid' })).toEqual(['ann', 'bob']);
  expect(await found({ all: [{ not: { channel: 'Paid' } }, { referrer: null, from: '2026-01-12' }] })).toEqual(['cyd']);
  expect(await found({ not: { channel: 'Direct' } })).toEqual(['ann', 'bob', 'dan']);

  const { channels, referrers } = await data.ask('overview', { ...DAYS, filter: { event: 'Visited Site' } });
  expect([channels.length, referrers.length]).toEqual([3, 2]);
  for (const { value, cell } of channels)
    expect(await found({ channel: value!, ...DAYS })).toEqual(await data.peopleOf(cell));
  for (const { value, cell } of referrers)
    expect(await found({ referrer: value, ...DAYS })).toEqual(await data.peopleOf(cell));
});
