import { expect, test } from 'vitest';
import type { Attribution } from '../../src/protocol/reports.js';
import { stand, type TestHit } from './stand.js';

const JAN_1 = Date.UTC(2026, 0, 1) / 1000;
const DAYS = { from: '2026-01-01', to: '2026-01-31' };

/** A person who did these steps, ten seconds apart. */
const did = (who: string, steps: string): TestHit[] =>
  steps.split(' ').map((event, index) => ({ who, event, time: JAN_1 + index * 10 }));

const ALL = ['1', '2', '3', '4', '5'].map((event) => ({ event }));

/** The steps at which a person is counted. */
async function countedAt(steps: string, skip: boolean): Promise<string> {
  const data = await stand([...did('somebody', steps), ...did('other', '1 2 3 4 5')]);
  const answer = await data.ask('funnel', { ...DAYS, steps: ALL, skip });
  const people = await Promise.all(answer.steps.map(({ cell }) => data.peopleOf(cell)));
  expect(answer.steps.map(({ people }) => people)).toEqual(people.map(({ length }) => length));
  return ALL.filter((_, index) => people[index]!.includes('somebody'))
    .map(({ event }) => event)
    .join(' ');
}

test.for([
  ['1 2 3 4', '1 2 3 4', '1 2 3 4'],
  ['1 2 4 5', '1 2', '1 2 4 5'],
  ['1 2 5 4', '1 2', '1 2 4'],
  ['1 2 4 3 5', '1 2 3', '1 2 3 5'],
  ['2 3', '', '2 3'],
  ['3 1 2', '1 2', '1 2'],
])('a person who did %s is counted at %s, and at %s if steps may be skipped', async ([steps, plain, skip]) => {
  expect(await countedAt(steps!, false)).toBe(plain);
  expect(await countedAt(steps!, true)).toBe(skip);
});

test('steps in the same second are in order, in whichever order the hits arrived', async () => {
  const hits = [
    { who: 'a', event: 'paid', time: JAN_1 },
    { who: 'a', event: 'signed up', time: JAN_1 },
    { who: 'b', event: 'paid', time: JAN_1 - 1 },
    { who: 'b', event: 'signed up', time: JAN_1 },
  ];
  const data = await stand(hits);
  const steps = [{ event: 'Signed Up' }, { event: 'PAID' }];
  const { steps: counted } = await data.ask('funnel', { ...DAYS, steps });
  expect(counted.map(({ event, people, medianSeconds }) => [event, people, medianSeconds])).toEqual([
    ['Signed Up', 2, null],
    ['PAID', 1, 0],
  ]);
});

test('one event is never two steps', async () => {
  const hits: TestHit[] = [
    { who: 'once', event: 'view', time: JAN_1 },
    { who: 'twice', event: 'view', time: JAN_1 },
    { who: 'twice', event: 'view', time: JAN_1 },
    // `back` has only two views: no view is left for a third step.
    { who: 'back', event: 'view', time: JAN_1, properties: { page: 'b' } },
    { who: 'back', event: 'view', time: JAN_1, properties: { page: 'a' } },
    { who: 'thrice', event: 'view', time: JAN_1 + 5, properties: { page: 'b' } },
    { who: 'thrice', event: 'view', time: JAN_1 + 5, properties: { page: 'a' } },
    { who: 'thrice', event: 'view', time: JAN_1 + 9 },
  ];
  const data = await stand(hits);
  const views = [{ event: 'view' }, { event: 'View' }, { event: 'view' }];
  const peopleAt = async (question: object): Promise<number[]> =>
    (await data.ask('funnel', { ...DAYS, steps: views, ...question })).steps.map(({ people }) => people);
  expect(await peopleAt({})).toEqual([4, 3, 1]);
  expect(await peopleAt({ window: 4 })).toEqual([4, 3, 1]);
  expect(await peopleAt({ window: 3 })).toEqual([4, 3, 0]);
  expect(await peopleAt({ skip: true })).toEqual([4, 3, 1]);
  const page = (equals: string) => ({ event: 'view', where: [{ property: 'page', equals }] });
  expect(await peopleAt({ steps: [page('a'), page('b')] })).toEqual([2, 2]);
  expect(await peopleAt({ steps: [page('a'), { event: 'view' }, page('b')] })).toEqual([2, 2, 0]);
  expect(await peopleAt({ steps: [page('a'), page('b'), page('a')] })).toEqual([2, 2, 0]);
});

test('a window includes its last second, and may end after the range', async () => {
  const end = Date.UTC(2026, 1, 1) / 1000;
  const hits: TestHit[] = ['in', 'late'].flatMap((who, late) => [
    { who, event: 'one', time: end - 1 },
    { who, event: 'two', time: end - 1 + 30 },
    { who, event: 'three', time: end - 1 + 60 + late },
  ]);
  const begun = { who: 'begun after the range', time: end };
  hits.push({ ...begun, event: 'one' }, { ...begun, event: 'two' }, { ...begun, event: 'three' });
  const data = await stand(hits, { asOf: end + 59 });
  const steps = [{ event: 'one' }, { event: 'two' }, { event: 'three' }];
  const { steps: counted, open } = await data.ask('funnel', { ...DAYS, steps, window: 60 });
  expect(counted.map(({ people, medianSeconds }) => [people, medianSeconds])).toEqual([
    [2, null],
    [2, 30],
    [1, 30],
  ]);
  expect(open).toBe(0);
  expect((await data.ask('funnel', { ...DAYS, steps, window: 61 })).open).toBe(2);
  // Without a window, the range limits the steps.
  const without = await data.ask('funnel', { ...DAYS, steps });
  expect(without.steps.map(({ people }) => people)).toEqual([2, 0, 0]);
  expect(without.open).toBe(0);
});

test('the durations are those from the first step with which most steps are reached, and of several such, from the earliest', async () => {
  const at = (event: string, time: number): TestHit => ({ who: 'a', event, time: JAN_1 + time });
  const hits = [at('one', 0), at('two', 10), at('one', 100), at('one', 130), at('two', 140), at('three', 190)];
  const data = await stand([...hits, at('one', 200), at('two', 201)]);
  const steps = [{ event: 'one' }, { event: 'two' }, { event: 'three' }];
  const seconds = async (window?: number): Promise<(number | null)[]> => {
    const answer = await data.ask('funnel', { ...DAYS, steps, window });
    return [...answer.steps.map(({ medianSeconds }) => medianSeconds), answer.wholeMedianSeconds];
  };
  expect(await seconds(99)).toEqual([null, 40, 50, 90]);
  expect(await seconds(60)).toEqual([null, 10, 50, 60]);
  expect(await seconds(59)).toEqual([null, 10, null, null]);
  expect(await seconds()).toEqual([null, 10, 180, 190]);
  const whole = async (events: string[], skip = false): Promise<number | null> =>
    (await data.ask('funnel', { ...DAYS, steps: events.map((event) => ({ event })), skip })).wholeMedianSeconds;
  expect(await whole(['one'])).toBeNull();
  expect(await whole(['three', 'never', 'two'])).toBeNull();
  expect(await whole(['three', 'never', 'two'], true)).toBe(11);
});

test('a median of an even count is the average of the two in the middle', async () => {
  const data = await stand(
    [1, 2, 5, 100].flatMap((seconds) => [
      { who: `${seconds}`, event: 'one', time: JAN_1 },
      { who: `${seconds}`, event: 'two', time: JAN_1 + seconds },
    ]),
  );
  const { steps } = await data.ask('funnel', { ...DAYS, steps: [{ event: 'one' }, { event: 'two' }] });
  expect(steps[1]!.medianSeconds).toBe(3.5);
});

test('if steps may be skipped, the duration begins at the last step that was done', async () => {
  const hits: TestHit[] = [
    { who: 'a', event: '1', time: JAN_1 },
    { who: 'a', event: '3', time: JAN_1 + 30 },
    { who: 'b', event: '2', time: JAN_1 + 5 },
    { who: 'b', event: '3', time: JAN_1 + 5 },
  ];
  const data = await stand(hits);
  const { steps } = await data.ask('funnel', { ...DAYS, steps: ALL, skip: true });
  expect(steps.map(({ people, medianSeconds }) => [people, medianSeconds])).toEqual([
    [1, null],
    [1, null],
    [2, 15],
    [0, null],
    [0, null],
  ]);
});

test('people who merged later are one person', async () => {
  const hits: TestHit[] = [
    { who: 'before', event: '1', time: JAN_1 },
    { who: 'after', event: '2', time: JAN_1 + 1 },
  ];
  const [apart, merged] = [await stand(hits), await stand(hits, { merges: [['before', 'after']] })];
  const steps = ALL.slice(0, 2);
  expect((await apart.ask('funnel', { ...DAYS, steps })).steps.map(({ people }) => people)).toEqual([1, 0]);
  expect((await merged.ask('funnel', { ...DAYS, steps })).steps.map(({ people }) => people)).toEqual([1, 1]);
});

test('people who went no further than a step can be listed, also if steps may be skipped', async () => {
  const data = await stand([
    ...did('a', '1'),
    ...did('b', '1 2'),
    ...did('c', '1 3'),
    ...did('d', '1 2 3'),
    ...did('e', '3'),
  ]);
  const lostAt = async (question: object): Promise<unknown[]> => {
    const { steps } = await data.ask('funnel', { ...DAYS, steps: ALL.slice(0, 3), ...question });
    const lost = steps.map(async ({ lost }) => lost && [lost.people, (await data.peopleOf(lost.cell)).join(' ')]);
    return Promise.all(lost);
  };
  expect(await lostAt({})).toEqual([[2, 'a c'], [1, 'b'], undefined]);
  expect(await lostAt({ window: 60 })).toEqual([[2, 'a c'], [1, 'b'], undefined]);
  expect(await lostAt({ skip: true })).toEqual([[2, 'a c'], [1, 'b'], undefined]);
});

test('the cell of a step that does not exist lists nobody', async () => {
  const data = await stand(did('a', '1 2'));
  const { steps } = await data.ask('funnel', { ...DAYS, steps: ALL.slice(0, 2) });
  const read = JSON.parse(Buffer.from(steps[0]!.lost!.cell, 'base64url').toString()) as object;
  for (const place of [{ step: 2, lost: true }, { step: 3 }, { step: 20, lost: true }]) {
    const cell = Buffer.from(JSON.stringify({ ...read, place })).toString('base64url');
    expect(await data.peopleOf(cell)).toEqual([]);
  }
});

test('an event that nobody did counts nobody, and a site without hits has zeros', async () => {
  const data = await stand(did('a', '1'));
  const none = { event: 'none' };
  const counted = async (question: object): Promise<number[]> =>
    (await data.ask('funnel', { ...DAYS, steps: [{ event: '1' }, none], ...question })).steps.map(
      ({ people }) => people,
    );
  expect(await counted({})).toEqual([1, 0]);
  expect(await counted({ window: 5 })).toEqual([1, 0]);
  expect(await counted({ skip: true })).toEqual([1, 0]);
  expect(await counted({ steps: [none, none] })).toEqual([0, 0]);
});

test('a window and skipped steps cannot be combined', async () => {
  const data = await stand([]);
  await expect(data.ask('funnel', { ...DAYS, steps: ALL, skip: true, window: 5 })).rejects.toThrow('"member":"skip"');
});

test('a split counts each person under one value in all steps', async () => {
  const paid = (who: string, time: number, plan?: string): TestHit => ({
    ...{ who, event: 'paid', time: JAN_1 + time },
    ...(plan !== undefined && { properties: { plan } }),
  });
  const begun = (who: string, plan: string): TestHit => ({ who, event: 'begun', time: JAN_1, properties: { plan } });
  const data = await stand([
    begun('a', 'free'),
    paid('a', 1, 'gold'),
    paid('a', 2, 'silver'),
    begun('b', 'free'),
    paid('b', 9),
    begun('c', ''),
  ]);
  const splitBy = async (attribution: Attribution | { step: number }): Promise<unknown[]> => {
    const steps = [{ event: 'begun' }, { event: 'paid' }];
    const { split } = await data.ask('funnel', { ...DAYS, steps, split: { property: 'plan', attribution } });
    const people = split!.map(async ({ value, steps }) => [
      value,
      ...(await Promise.all(steps.map(async ({ cell }) => (await data.peopleOf(cell)).join(' ')))),
    ]);
    return Promise.all(people);
  };
  expect(await splitBy({ step: 2 })).toEqual([
    [null, 'b c', 'b'],
    ['gold', 'a', 'a'],
  ]);
  expect(await splitBy('last touch')).toEqual([
    ['free', 'a b', 'a b'],
    ['', 'c', ''],
  ]);
  expect(await splitBy('last ever')).toEqual([
    ['', 'c', ''],
    ['free', 'b', 'b'],
    ['silver', 'a', 'a'],
  ]);
});

test('of several hits in one second the one that was stored first is the step', async () => {
  const hits = ['begun', 'paid'].flatMap((event) =>
    ['z', 'a', 'm'].map((plan) => ({ who: 'a', event, time: JAN_1, properties: { plan: event + plan } })),
  );
  const data = await stand(hits);
  const steps = [{ event: 'begun' }, { event: 'paid' }];
  for (const window of [undefined, 60]) {
    for (const step of [1, 2]) {
      const split = { property: 'plan', attribution: { step } };
      const { split: values } = await data.ask('funnel', { ...DAYS, steps, window, split });
      expect(values!.map(({ value }) => value)).toEqual([step === 1 ? 'begunz' : 'paidz']);
    }
  }
});

test('of more than 50 values the smallest are the rest', async () => {
  const hits = Array.from({ length: 52 }, (_, n): TestHit[] =>
    [n, n < 51 ? 100 + n : n].map((person) => ({
      ...{ who: `${person}`, event: '1', time: JAN_1 + person },
      properties: { plan: `plan ${n}` },
    })),
  );
  const data = await stand(hits.flat());
  const split = { property: 'plan', attribution: { step: 1 } };
  const { split: values, rest } = await data.ask('funnel', { ...DAYS, steps: ALL.slice(0, 2), split });
  expect(values).toHaveLength(50);
  expect(rest!.steps.map(({ people }) => people)).toEqual([3, 0]);
  expect(await data.peopleOf(rest!.steps[0]!.cell)).toHaveLength(3);
});
