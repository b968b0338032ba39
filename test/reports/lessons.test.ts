import { describe, expect, onTestFinished, test } from 'vitest';
import type { Attribution, Condition, FunnelQuestion, ReportKind, Reports } from '../../src/protocol/reports.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';
import { stand, type TestHit } from './stand.js';

// Complaints of users about other reports, from public issues. Complaints that another file of tests covers are not repeated here.

const at = (when: string): number => Date.parse(`${when}Z`) / 1000;

const did = (who: string, when: string, event: string, properties: Record<string, string> = {}): TestHit => ({
  ...{ who, time: at(when), event, properties },
});

type Site = Awaited<ReturnType<typeof stand>>;

describe('every report', () => {
  // https://github.com/PostHog/posthog/issues/8411, https://github.com/arp242/goatcounter/issues/337
  // https://github.com/apache/superset/issues/15293
  test('has the same days, in the time zone of the site, with the first and the last of them', async () => {
    const day = { from: '2026-10-25', to: '2026-10-25' };
    // 25 hours: clocks went back.
    const [start, end] = [at('2026-10-24T22:00:00'), at('2026-10-25T23:00:00')];
    const hits = [start - 1, start, end - 1, end].map((time, n): TestHit => {
      const who = ['before', 'first', 'last', 'behind'][n]!;
      return { who, time, event: 'Came', properties: { From: who } };
    });
    const site = await stand(hits, { timeZone: 'Europe/Berlin' });
    const both = ['first', 'last'];

    const trend = await site.ask('trend', { event: 'Came', count: 'people', by: 'day', ...day });
    expect([trend.total, trend.rows.map(({ value }) => value)]).toEqual([2, [2]]);
    const week = await site.ask('trend', {
      ...{ event: 'Came', count: 'times', by: 'day', from: '2026-10-24', to: '2026-10-26' },
      split: { property: 'From', attribution: 'last touch' },
    });
    expect(Object.fromEntries(week.split!.map(({ value, rows }) => [value, rows.map(({ value }) => value)]))).toEqual({
      ...{ before: [1, 0, 0], first: [0, 1, 0], last: [0, 1, 0], behind: [0, 0, 1] },
    });
    const { steps } = await site.ask('funnel', { steps: [{ event: 'Came' }], ...day });
    expect(steps[0]!.people).toBe(2);
    expect((await site.ask('funnel', { steps: [{ event: 'Came' }], window: 9, ...day })).steps[0]!.people).toBe(2);
    const { values } = await site.ask('breakdown', { property: 'From', ...day });
    expect(values.map(({ value }) => value)).toEqual(both);
    const { events, properties } = await site.ask('names', day);
    expect([events[0]!.people, properties[0]!.people]).toEqual([2, 2]);
    const overview = await site.ask('overview', day);
    expect(overview).toMatchObject({ people: 2, visits: 2, newPeople: 2, events: [{ people: 2 }] });
    const cells = [
      trend.cell,
      steps[0]!.cell,
      events[0]!.cell,
      overview.cell,
      overview.newCell,
      overview.rows[0]!.cell,
    ];
    for (const cell of cells) expect(await site.peopleOf(cell)).toEqual(both);

    const conditions: Condition[] = [
      { event: 'Came', ...day },
      { property: 'From', is: 'any', ...day },
      { inOrder: [{ event: 'Came', ...day }] },
    ];
    for (const filter of conditions) {
      const { people } = await site.ask('people', { filter, limit: 9 });
      expect(people.map(({ identities }) => identities[0]).sort()).toEqual(both);
    }
    const columns = [{ event: 'Came', show: 'times' as const }];
    const counted = await site.ask('people', { columns, limit: 9, ...day });
    expect(Object.fromEntries(counted.people.map((one) => [one.identities[0], one.columns[0]]))).toEqual({
      ...{ before: 0, first: 1, last: 1, behind: 0 },
    });
  });

  // https://github.com/PostHog/posthog/issues/15338, #3668, #10334
  test('leaves staff out if the filter says so, and keeps people who have not sent the property', async () => {
    const days = { from: '2026-01-01', to: '2026-01-31' };
    const site = await stand([
      did('customer', '2026-01-05T10:00:00', 'Paid', { Mail: 'ann@example.org' }),
      did('unknown', '2026-01-05T10:00:00', 'Paid', { Plan: 'gold' }),
      did('staff', '2026-01-05T10:00:00', 'Paid', { Plan: 'gold' }),
      // The property of staff is sent after the days of the question.
      did('staff', '2026-02-05T10:00:00', 'Left', { Mail: 'Bob@COMPANY.com' }),
    ]);
    const filter: Condition = { not: { property: 'Mail', contains: '@company.com' } };
    const split = { property: 'Plan', attribution: 'last ever' } as const;
    const asked = { ...days, filter };

    const trend = await site.ask('trend', { event: 'Paid', count: 'people', by: 'month', split, ...asked });
    expect([trend.total, trend.split!.map(({ value, total }) => [value, total])]).toEqual([
      2,
      [
        [null, 1],
        ['gold', 1],
      ],
    ]);
    expect(await site.peopleOf(trend.cell)).toEqual(['customer', 'unknown']);
    const funnel = await site.ask('funnel', { steps: [{ event: 'Paid' }, { event: 'Left' }], split, ...asked });
    expect(funnel.steps.map(({ people }) => people)).toEqual([2, 0]);
    expect(funnel.split!.map(({ steps }) => steps[0]!.people)).toEqual([1, 1]);
    const { values } = await site.ask('breakdown', { property: 'Plan', ...asked });
    expect(values).toMatchObject([{ value: 'gold', people: 1, times: 1 }]);
    expect((await site.ask('names', { filter })).events.map(({ name, people }) => [name, people])).toEqual([
      ['Paid', 2],
    ]);
    expect(await site.ask('overview', asked)).toMatchObject({ people: 2, visits: 2, newPeople: 2 });
    expect((await site.ask('people', { filter, limit: 9 })).total).toBe(2);
  });
});

// https://github.com/PostHog/posthog/issues/12669, #21159, #22143
test('no value, the empty text, and texts that look similar are different values', async () => {
  const plans = ['', 'None', 'null', 'false', '(not set)'];
  const site = await stand([
    did('nothing', '2026-01-05T10:00:00', 'Paid'),
    ...plans.map((Plan) => did(`has ${Plan}`, '2026-01-05T10:00:00', 'Paid', { Plan })),
  ]);
  const days = { from: '2026-01-01', to: '2026-01-31' };
  const split = { property: 'Plan', attribution: 'last ever' } as const;
  const all = [null, ...plans];
  const inAnyOrder = (values: (string | null)[]): unknown => expect(new Set(values)).toEqual(new Set(all));

  const trend = await site.ask('trend', { event: 'Paid', count: 'people', by: 'month', split, ...days });
  const funnel = await site.ask('funnel', { steps: [{ event: 'Paid' }], split, ...days });
  const breakdown = await site.ask('breakdown', { property: 'Plan', attribution: 'last ever', ...days });
  inAnyOrder(trend.split!.map(({ value }) => value));
  inAnyOrder(funnel.split!.map(({ value }) => value));
  inAnyOrder(breakdown.values.map(({ value }) => value));
  // People without a value come first, whatever their names are.
  expect([trend.split![0]!.value, funnel.split![0]!.value]).toEqual([null, null]);
  for (const { value, cell } of trend.split!)
    expect(await site.peopleOf(cell)).toEqual([value === null ? 'nothing' : `has ${value}`]);
  const carried = await site.ask('breakdown', { property: 'Plan', ...days });
  expect(new Set(carried.values.map(({ value }) => value))).toEqual(new Set(plans));
});

// https://github.com/PostHog/posthog/issues/5341, #5427, #15617, https://github.com/Openpanel-dev/openpanel/issues/436
describe('a split never changes the numbers of a funnel', () => {
  /** Of 60 people some have no plan, others several. There are 56 plans: more than a split has rows. */
  const hits = Array.from({ length: 60 }, (_, n): TestHit[] => {
    const plan = (value: number): Record<string, string> => (n % 10 === 0 ? {} : { Plan: `plan ${value}` });
    return [
      did(`${n}`, '2026-01-05T10:00:00', 'Came', plan(n)),
      did(`${n}`, '2026-01-05T11:00:00', 'Paid', plan(n + 1)),
      ...(n % 3 ? [did(`${n}`, '2026-01-05T12:00:00', 'Paid', plan(n + 2))] : []),
      did(`${n}`, '2026-02-05T10:00:00', 'Came', plan(n + 3)),
    ];
  }).flat();
  const steps = ['Came', 'Paid', 'Paid'].map((event) => ({ event }));

  test.each<[string, Partial<FunnelQuestion>]>([
    ['without a window', {}],
    ['with one', { window: 7200 }],
    ['with steps that may be missing', { skip: true }],
  ])('%s', async (_, more) => {
    const site = await stand(hits);
    const question = { steps, from: '2026-01-01', to: '2026-01-31', ...more };
    const whole = await site.ask('funnel', question);
    expect(whole.steps.map(({ people }) => people)).toEqual([60, 60, 40]);
    const all: (Attribution | { step: number })[] = ['first ever', 'last ever', 'first in range', 'last in range'];
    for (const attribution of [...all, 'last touch' as const, { step: 1 }, { step: 2 }, { step: 3 }]) {
      const answer = await site.ask('funnel', { ...question, split: { property: 'Plan', attribution } });
      expect(answer.steps.map(({ people }) => people)).toEqual([60, 60, 40]);
      const parts = [...answer.split!, ...(answer.rest ? [answer.rest] : [])];
      const sums = steps.map((_, step) => parts.reduce((sum, part) => sum + part.steps[step]!.people, 0));
      expect(sums).toEqual([60, 60, 40]);
    }
  });
});

// https://github.com/PostHog/posthog/issues/6690, #4854
test('the current value of a person changes no number of earlier days, except with the attribution "last ever"', async () => {
  const before = [
    did('ann', '2026-01-05T10:00:00', 'Paid', { Plan: 'free' }),
    did('bob', '2026-01-06T10:00:00', 'Paid', { Plan: 'free' }),
  ];
  const after = [...before, did('ann', '2026-03-05T10:00:00', 'Left', { Plan: 'gold' })];
  const days = { from: '2026-01-01', to: '2026-01-31' };
  const planOf = async (site: Site, attribution: Attribution): Promise<unknown> => {
    const split = { property: 'Plan', attribution };
    const answer = await site.ask('trend', { event: 'Paid', count: 'people', by: 'month', split, ...days });
    return answer.split!.map(({ value, total }) => [value, total]);
  };
  for (const hits of [before, after]) {
    const site = await stand(hits);
    for (const attribution of ['last touch', 'last in range', 'first in range'] as const)
      expect(await planOf(site, attribution)).toEqual([['free', 2]]);
  }
  const site = await stand(after);
  expect(await planOf(site, 'last ever')).toEqual([
    ['free', 1],
    ['gold', 1],
  ]);
  const { people } = await site.ask('people', { columns: [{ property: 'Plan', show: 'last value' }], limit: 9 });
  expect(people.map(({ columns }) => columns)).toEqual([['gold'], ['free']]);
});

// https://github.com/ibericode/koko-analytics/issues/277, https://github.com/matomo-org/matomo/issues/18099
test('a comparison names the days before, as many as the question has, and days that have not ended are marked', async () => {
  const hits = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04'].flatMap((day) => [
    did(`early ${day}`, `${day}T01:00:00`, 'Came'),
    did(`late ${day}`, `${day}T23:00:00`, 'Came'),
  ]);
  const asOf = at('2026-01-04T12:00:00');
  const site = await stand(
    hits.filter(({ time }) => time < asOf),
    { asOf },
  );
  const days = { from: '2026-01-03', to: '2026-01-04', compare: true };
  const trend = await site.ask('trend', { event: 'Came', count: 'people', by: 'day', ...days });
  expect(trend.rows.map(({ start, value, open }) => [start, value, open])).toEqual([
    ['2026-01-03', 2, undefined],
    ['2026-01-04', 1, true],
  ]);
  const before = { from: '2026-01-01', to: '2026-01-02' };
  expect(trend.before).toMatchObject({ ...before, total: 4, rows: [{ start: '2026-01-01' }, { start: '2026-01-02' }] });
  const kinds: { [K in ReportKind]?: Reports[K]['question'] } = {
    funnel: { steps: [{ event: 'Came' }], ...days },
    breakdown: { property: 'Plan', ...days },
    overview: days,
  };
  for (const [kind, question] of Object.entries(kinds) as ['overview', Reports['overview']['question']][])
    expect((await site.ask(kind, question)).before).toMatchObject(before);
});

describe('in a store', () => {
  const DAY = { from: '2026-09-21', to: '2026-09-21' };
  let ids = 0;

  const arrived = (who: string, when: string, name: string, id: string | null = `id ${++ids}`): ArrivedHit => {
    const time = at(`2026-09-21T${when}`);
    const hit = {
      kind: 'event' as const,
      key: KEY,
      person: who,
      name,
      time,
      sent: time,
      id,
      properties: [],
      warnings: [],
    };
    return { hit, received: time, agent: 'browser' };
  };

  async function open(): Promise<ReportStore> {
    const store = new ReportStore(await temporaryFolder());
    onTestFinished(() => store.close());
    return store;
  }

  const poll = (ask: () => Promise<unknown>) => expect.poll(() => ask().catch((error: Error) => error.message));

  // https://github.com/dbt-labs/snowplow/issues/54, #68, https://github.com/segmentio/analytics-ruby/issues/73
  test('a late hit counts on its own day, and joins two visits; a hit that is sent again changes nothing', async () => {
    const store = await open();
    const numbers = async (): Promise<unknown> => {
      const { people, visits, newPeople } = await store.ask('overview', DAY);
      const { total } = await store.ask('trend', { event: 'Came', count: 'times', by: 'day', ...DAY });
      return [people, visits, newPeople, total];
    };
    const late = arrived('ann', '10:25:00', 'Came');
    await store.store.append([arrived('ann', '10:00:00', 'Came'), arrived('ann', '10:50:00', 'Came')]);
    await poll(numbers).toEqual([1, 2, 1, 2]);
    await store.store.append([late]);
    await poll(numbers).toEqual([1, 1, 1, 3]);
    await store.store.append([late, arrived('bob', '12:00:00', 'Left')]);
    await poll(numbers).toEqual([2, 2, 2, 3]);
  });

  // https://github.com/PostHog/posthog/issues/4813, #25048, https://github.com/TelemetryDeck/Issues/issues/375
  test('an event that is sent twice is one step, and does not prevent the next step', async () => {
    const store = await open();
    const steps = [{ event: 'Came' }, { event: 'came' }];
    const people = async (): Promise<unknown> => {
      const answer = await store.ask('funnel', { steps, ...DAY });
      return [...answer.steps.map((step) => step.people), answer.steps[1]!.medianSeconds];
    };
    const twice = ['Came', 'CAME'].map((name) => arrived('ann', '10:00:00', name, null));
    await store.store.append(twice);
    await poll(people).toEqual([1, 0, null]);
    await store.store.append([...twice, arrived('ann', '10:00:40', 'Came', null)]);
    await poll(people).toEqual([1, 1, 40]);
  });
});
