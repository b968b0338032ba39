import { describe, expect, test } from 'vitest';
import type { Attribution, TrendAnswer, TrendQuestion } from '../../src/protocol/reports.js';
import { stand, type TestHit } from './stand.js';

const at = (text: string): number => Date.parse(`${text.length > 10 ? text : `${text}T12:00:00`}Z`) / 1000;

const did = (who: string, when: string, event: string, properties: Record<string, string> = {}): TestHit => ({
  ...{ who, time: at(when), event, properties },
});

const valuesOf = ({ total, rows }: Pick<TrendAnswer, 'total' | 'rows'>): unknown => [
  total,
  Object.fromEntries(rows.map(({ start, value }) => [start, value])),
];

describe('attribution', () => {
  const visits = [
    did('ann', '2013-04-16', 'Visited Site', { Referrer: 'linkedin' }),
    did('ann', '2013-05-02T10:00:00', 'Visited Site', { Referrer: 'facebook' }),
    did('ann', '2013-05-02T11:00:00', 'Purchased', { Amount: '50' }),
    did('ann', '2013-05-05T10:00:00', 'Visited Site', { Referrer: 'google' }),
    did('ann', '2013-05-05T11:00:00', 'Purchased', { Amount: '100' }),
    did('ann', '2013-06-03', 'Visited Site', { Referrer: 'pinterest' }),
  ];
  const may = { from: '2013-05-01', to: '2013-05-31' };
  const purchases = { event: 'Purchased', by: 'month', ...may } as const;
  const revenue = { ...purchases, count: 'sum', property: 'Amount' } as const;

  test.each<[Attribution, [string, number][]]>([
    ['first ever', [['linkedin', 150]]],
    ['last ever', [['pinterest', 150]]],
    ['first in range', [['facebook', 150]]],
    ['last in range', [['google', 150]]],
    [
      'last touch',
      [
        ['google', 100],
        ['facebook', 50],
      ],
    ],
  ])('the revenue of May by %s', async (attribution, expected) => {
    const data = await stand(visits);
    const { split } = await data.ask('trend', { ...revenue, split: { property: 'referrer', attribution } });
    expect(split!.map(({ value, total }) => [value, total])).toEqual(expected);
    for (const { cell } of split!) expect(await data.peopleOf(cell)).toEqual(['ann']);
  });

  test('a value in the same second counts for the last touch, whichever of the two hits came first', async () => {
    const data = await stand([
      did('ann', '2013-05-02', 'Purchased', { Amount: '1' }),
      { who: 'ann', time: at('2013-05-02'), properties: { Referrer: 'early' } },
      { who: 'ann', time: at('2013-05-02'), properties: { Referrer: 'late' } },
      { who: 'ann', time: at('2013-05-02') + 1, properties: { Referrer: 'too late' } },
    ]);
    const split = { property: 'Referrer', attribution: 'last touch' } as const;
    expect((await data.ask('trend', { ...revenue, split })).split).toMatchObject([{ value: 'late', total: 1 }]);
  });

  test.each([
    ['lower', 'HTTPS://WWW.EXAMPLE.COM:8080/A?B#C', 'https://www.example.com:8080/a?b#c'],
    ['lower', 'ΟΔΟΣ', 'οδος'],
    ['path', 'https://www.Example.com/A?b#c', 'https://www.Example.com/A'],
    ['path', 'https://example.com#a?b', 'https://example.com'],
    ['path', '/a?b', '/a?b'],
    ['domain', 'https://ann:secret@WWW.Example.com:8080/A?b', 'example.com'],
    ['domain', 'http://[::1]:80/', '[::1]'],
    ['domain', 'mailto:ann@example.com', 'mailto:ann@example.com'],
  ] as const)('%s of %s is %s', async (transform, value, expected) => {
    const data = await stand([did('ann', '2013-05-02', 'Purchased', { Page: value })]);
    const split = { property: 'Page', attribution: 'first ever', transform } as const;
    const { split: rows } = await data.ask('trend', { ...purchases, count: 'people', split });
    expect(rows!.map((row) => row.value)).toEqual([expected]);
    expect(await data.peopleOf(rows![0]!.cell)).toEqual(['ann']);
  });

  test('the missing value comes first and is not "", the 50 largest follow, and all others are the rest', async () => {
    const many = Array.from({ length: 53 }, (_, n) =>
      Array.from({ length: n < 3 ? 1 : 2 }, (_, copy) =>
        did(`${n}.${copy}`, '2013-05-02', 'Purchased', { Plan: `v${n}` }),
      ),
    ).flat();
    const data = await stand([
      did('none', '2013-05-02', 'Purchased'),
      did('empty', '2013-05-02', 'Purchased', { Plan: '' }),
      ...many,
    ]);
    const split = { property: 'Plan', attribution: 'first ever' } as const;
    const answer = await data.ask('trend', { ...purchases, count: 'people', split });
    expect(answer.split).toHaveLength(51);
    expect(answer.split!.slice(0, 3).map(({ value, total }) => [value, total])).toEqual([
      [null, 1],
      ['v10', 2],
      ['v11', 2],
    ]);
    expect(answer.rest!.total).toBe(4);
    expect(await data.peopleOf(answer.rest!.cell)).toEqual(['0.0', '1.0', '2.0', 'empty']);
    expect(await data.peopleOf(answer.rest!.rows[0]!.cell)).toHaveLength(4);
    expect(await data.peopleOf(answer.split![0]!.cell)).toEqual(['none']);
  });

  test('a person who had two of the others counts once in the rest', async () => {
    const touches = Array.from({ length: 50 }, (_, n) =>
      ['a', 'b'].map((who) => did(`${who}${n}`, '2013-05-02', 'Purchased', { Plan: `v${n}` })),
    ).flat();
    const two = ['x', 'y'].map((plan, n) => did('two', `2013-05-0${n + 3}`, 'Purchased', { Plan: plan }));
    const data = await stand([...touches, ...two]);
    const split = { property: 'Plan', attribution: 'last touch' } as const;
    const { rest, total } = await data.ask('trend', { ...purchases, count: 'people', split });
    expect([rest!.total, rest!.rows[0]!.value, total]).toEqual([1, 1, 101]);
  });
});

describe('buckets', () => {
  const ask = async (hits: TestHit[], question: Partial<TrendQuestion>, site = {}): Promise<TrendAnswer> =>
    (await stand(hits, site)).ask('trend', { event: 'a', count: 'times', by: 'day', from: '', to: '', ...question });

  test('weeks begin on Monday and are cut at the ends of the range, and empty ones are 0', async () => {
    // 2026-03-04 is a Wednesday.
    const hits = ['2026-03-03', '2026-03-04', '2026-03-08', '2026-03-16', '2026-03-17', '2026-03-18'].map((day) =>
      did('ann', day, 'A'),
    );
    const asked = { from: '2026-03-04', to: '2026-03-17' } as const;
    expect(valuesOf(await ask(hits, { ...asked, by: 'week' }))).toEqual([
      4,
      { '2026-03-04': 2, '2026-03-09': 0, '2026-03-16': 2 },
    ]);
    expect(valuesOf(await ask(hits, { ...asked, by: 'week', count: 'people' }))).toEqual([
      1,
      { '2026-03-04': 1, '2026-03-09': 0, '2026-03-16': 1 },
    ]);
    expect(valuesOf(await ask(hits, { from: '2026-02-27', to: '2026-04-01', by: 'month' }))).toEqual([
      6,
      { '2026-02-27': 0, '2026-03-01': 6, '2026-04-01': 0 },
    ]);
  });

  test.each([
    ['23', '2026-03-28T23:00:00', '2026-03-29T22:00:00', '2026-03-28', '2026-03-30'],
    ['25', '2026-10-24T22:00:00', '2026-10-25T23:00:00', '2026-10-24', '2026-10-26'],
  ])('a day of %s hours has the hits of these hours', async (_, begins, ends, from, to) => {
    const hits = [at(begins) - 1, at(begins), at(ends) - 1, at(ends)].map((time) => ({ who: 'ann', time, event: 'a' }));
    for (const count of ['times', 'people'] as const) {
      const { rows } = await ask(hits, { from, to, count }, { timeZone: 'Europe/Berlin' });
      expect(rows.map(({ value }) => value)).toEqual([1, count === 'times' ? 2 : 1, 1]);
    }
  });

  test('a bucket that has not ended is open', async () => {
    const { rows } = await ask(
      [did('ann', '2026-03-04', 'a')],
      { from: '2026-03-03', to: '2026-03-05' },
      { asOf: at('2026-03-04') },
    );
    expect(rows.map(({ open }) => open)).toEqual([undefined, true, true]);
  });

  // 2026-03-01 is a Sunday.
  test('a weekday is the average of its days in the range', async () => {
    const hits = [
      did('ann', '2026-03-02', 'a', { Amount: '1' }),
      did('ann', '2026-03-02', 'a', { Amount: '2' }),
      did('bob', '2026-03-02', 'a', { Amount: '3' }),
      did('ann', '2026-03-09', 'a', { Amount: '10' }),
      did('cid', '2026-03-08', 'a', { Amount: 'none' }),
      did('dan', '2026-03-16', 'a'),
    ];
    const data = await stand(hits);
    const question = { event: 'a', by: 'weekday', from: '2026-03-01', to: '2026-03-15' } as const;
    const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
    const expected = async (count: TrendQuestion['count'], total: number, monday: number, sunday: number | null) => {
      const answer = await data.ask('trend', {
        ...{ ...question, count },
        ...((count === 'sum' || count === 'average') && { property: 'Amount' }),
      });
      const others = count === 'average' ? null : 0;
      expect(answer.rows.map(({ start }) => start)).toEqual(days);
      expect([answer.total, ...answer.rows.map(({ value }) => value)]).toEqual([
        ...[total, monday, others, others, others, others, others],
        sunday,
      ]);
      return answer;
    };
    await expected('people', 3, 1.5, 1 / 3);
    await expected('sum', 16, 8, 0);
    await expected('average', 4, 4, null);
    const { rows } = await expected('times', 5, 2, 1 / 3);
    expect(await data.peopleOf(rows[0]!.cell)).toEqual(['ann', 'bob']);
    expect(await data.peopleOf(rows[1]!.cell)).toEqual([]);
    expect(await data.peopleOf(rows[6]!.cell)).toEqual(['cid']);
  });

  test('a weekday leaves out the day that is not over, unless it is its only one', async () => {
    const hits = [did('ann', '2026-03-02', 'a'), did('bob', '2026-03-02', 'a'), did('cid', '2026-03-09', 'a')];
    const range = { by: 'weekday', to: '2026-03-11' } as const;
    const site = { asOf: at('2026-03-09T18:00:00') };
    const rowsOf = async (from: string) =>
      (await ask(hits, { ...range, from }, site)).rows.map(({ value, open }) => [value, open]);
    expect((await rowsOf('2026-03-02')).slice(0, 3)).toEqual([
      [2, undefined],
      [0, undefined],
      [0, undefined],
    ]);
    expect((await rowsOf('2026-03-08')).slice(0, 4)).toEqual([
      [1, true],
      [0, true],
      [0, true],
      [null, undefined],
    ]);
  });

  test('a day that a time zone has skipped is no day of its weekday', async () => {
    // Samoa had no Friday, 30 December 2011.
    const hits = [{ who: 'ann', time: at('2011-12-23T22:00:00'), event: 'a' }];
    const question = { by: 'weekday', from: '2011-12-19', to: '2011-12-31' } as const;
    const { rows } = await ask(hits, question, { timeZone: 'Pacific/Apia' });
    expect(rows[4]).toMatchObject({ start: 'Friday', value: 1 });
  });

  test('each number has its people, also the numbers of the days before', async () => {
    const data = await stand([
      did('ann', '2026-03-01', 'a'),
      did('bob', '2026-03-02', 'a'),
      did('cid', '2026-03-03', 'a'),
    ]);
    const question = {
      event: 'a',
      count: 'people',
      by: 'day',
      from: '2026-03-02',
      to: '2026-03-03',
      compare: true,
    } as const;
    const { cell, rows, before } = await data.ask('trend', question);
    expect(await data.peopleOf(cell)).toEqual(['bob', 'cid']);
    expect(await data.peopleOf(rows[1]!.cell)).toEqual(['cid']);
    expect(before).toMatchObject({ from: '2026-02-28', to: '2026-03-01', total: 1 });
    expect(await data.peopleOf(before!.cell)).toEqual(['ann']);
    expect(await data.peopleOf(before!.rows[0]!.cell)).toEqual([]);
  });
});

describe('sums and averages', () => {
  const hits = ['10', ' 2.5 ', '-1e1', '.5', '0x10', '1,5', 'Infinity', '1e400', ''].map((Amount, n) =>
    did(`p${n}`, n < 3 ? '2026-03-01' : '2026-03-02', 'paid', { Amount }),
  );
  const question = { event: 'paid', by: 'day', property: 'amount', from: '2026-03-01', to: '2026-03-03' } as const;

  test('leave out values that are not numbers; an average of no values is null', async () => {
    const data = await stand(hits);
    expect(valuesOf(await data.ask('trend', { ...question, count: 'sum' }))).toEqual([
      3,
      { '2026-03-01': 2.5, '2026-03-02': 0.5, '2026-03-03': 0 },
    ]);
    expect(valuesOf(await data.ask('trend', { ...question, count: 'average' }))).toEqual([
      0.75,
      { '2026-03-01': 2.5 / 3, '2026-03-02': 0.5, '2026-03-03': null },
    ]);
  });

  test('say how many values are not numbers; a hit without a value does not count as one', async () => {
    const none = did('p9', '2026-03-01', 'paid');
    const data = await stand([...hits, none, did('p9', '2026-02-28', 'paid', { Amount: '12 EUR' })]);
    expect(await data.ask('trend', { ...question, count: 'sum', compare: true })).toMatchObject({
      skipped: 5,
      before: { skipped: 1 },
    });
    expect((await data.ask('trend', { ...question, count: 'average', property: 'unknown' })).skipped).toBe(0);
    const { property: _, ...counted } = question;
    expect((await data.ask('trend', { ...counted, count: 'times' })).skipped).toBe(undefined);
  });

  test('do not lose small amounts next to a large one', async () => {
    const amounts = ['1e12', ...Array.from({ length: 2000 }, () => '.1')];
    const data = await stand(amounts.map((Amount) => did('ann', '2026-03-01', 'paid', { Amount })));
    expect((await data.ask('trend', { ...question, count: 'sum' })).total).toBeCloseTo(1e12 + 200, 3);
  });
});

test('only the hits that pass every test count, of the people for whom the filter holds', async () => {
  const data = await stand([
    did('ann', '2026-03-01', 'a', { Plan: 'gold', Seats: '3' }),
    did('ann', '2026-03-01', 'a', { Plan: 'gold', Seats: '2' }),
    did('ann', '2026-03-01', 'a', { Seats: '5' }),
    did('bob@company.com', '2026-03-01', 'a', { Plan: 'gold', Seats: '9' }),
  ]);
  const question = { event: 'a', count: 'times', by: 'day', from: '2026-03-01', to: '2026-03-01' } as const;
  const where = [
    { property: 'plan', equals: 'gold' },
    { property: 'seats', greater: 2 },
  ];
  expect((await data.ask('trend', { ...question, where })).total).toBe(2);
  const filter = { not: { property: 'customer id', contains: '@COMPANY.com' } };
  expect((await data.ask('trend', { ...question, where, filter })).total).toBe(1);
  expect((await data.ask('trend', { ...question, filter })).total).toBe(3);
  expect((await data.ask('trend', { ...question, filter, count: 'people' })).total).toBe(1);
});
