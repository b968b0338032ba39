import fc from 'fast-check';
import type {
  Condition,
  EventCondition,
  HitTest,
  PropertyTest,
  ReportKind,
  Reports,
} from '../../../src/protocol/reports.js';
import { askedEvent, askedProperty, needle, PAGES } from './texts.js';

/** Questions of every kind, with every option. Days are those around the day on which most hits happened. */
export function questionsOf(day: string): { [K in ReportKind]: fc.Arbitrary<Reports[K]['question']> } {
  const dayAt = (days: number): string => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
  const begin = fc.constantFrom(-40, -3, -3, -2, -2, -1, -1, 0);
  const range = fc
    .tuple(begin, fc.constantFrom(0, 1, 3, 4, 4, 7, 35, 50))
    .map(([from, more]) => ({ from: dayAt(from), to: dayAt(from + more) }));
  const days = fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: range },
    { weight: 1, arbitrary: range.map(({ from }) => ({ from })) },
    { weight: 1, arbitrary: range.map(({ to }) => ({ to })) },
  );

  const limit = fc.constantFrom(-4, -0.5, 0, 2, 7, 10, 999, 1000);
  const textTest = fc.oneof(
    needle.map((equals) => ({ equals })),
    needle.map((contains) => ({ contains })),
    needle.map((begins) => ({ begins })),
    needle.map((ends) => ({ ends })),
  );
  const propertyTest = fc
    .tuple(
      askedProperty,
      fc.oneof(
        { weight: 4, arbitrary: textTest },
        limit.map((greater) => ({ greater })),
        limit.map((less) => ({ less })),
        fc.constantFrom('any' as const, 'empty' as const, 'never' as const).map((is) => ({ is })),
      ),
    )
    .map(([property, test]): PropertyTest => ({ property, ...test }));
  const hitTest: fc.Arbitrary<HitTest> = fc.oneof(
    { weight: 3, arbitrary: propertyTest },
    {
      weight: 1,
      arbitrary: fc.tuple(askedProperty, textTest).map(([property, test]) => ({ not: { property, ...test } })),
    },
  );
  const where = fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.array(hitTest, { minLength: 1, maxLength: 2 }).map((where) => ({ where })) },
  );
  const step = fc.tuple(askedEvent, where).map(([event, its]) => ({ event, ...its }));
  const times = fc.oneof(
    fc.constant({}),
    fc.nat(2).map((atLeast) => ({ atLeast })),
    fc.nat(2).map((atMost) => ({ atMost })),
    fc.nat(2).map((exactly) => ({ exactly })),
    fc.constant({ atLeast: 1, atMost: 2 }),
  );
  const eventCondition = fc
    .tuple(step, times, days)
    .map(([one, count, its]): EventCondition => ({ ...one, ...count, ...its }));
  const plainStep = askedEvent.map((event) => ({ event }));
  const inOrder = fc.oneof(
    fc.array(plainStep, { minLength: 2, maxLength: 3 }),
    fc.array(
      fc.tuple(step, days).map(([one, its]) => ({ ...one, ...its })),
      { minLength: 1, maxLength: 3 },
    ),
  );
  const which = fc.constantFrom({}, {}, { value: 'first' as const }, { value: 'last' as const });
  const source = fc.oneof(
    fc
      .constantFrom('Direct', 'Paid', 'Email', 'Organic', 'Social', 'Referral', 'other')
      .map((channel) => ({ channel })),
    fc.constantFrom(null, 'google.com', 'facebook.com', 'example.com').map((referrer) => ({ referrer })),
    fc.constantFrom(...PAGES).map((page) => ({ page })),
  );
  const { condition } = fc.letrec<{ condition: Condition }>((tie) => {
    const some = fc.array(tie('condition'), { minLength: 1, maxLength: 3 });
    return {
      condition: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        {
          weight: 4,
          arbitrary: fc.tuple(propertyTest, days, which).map(([test, its, one]) => ({ ...test, ...its, ...one })),
        },
        { weight: 4, arbitrary: eventCondition },
        { weight: 2, arbitrary: inOrder.map((conditions) => ({ inOrder: conditions })) },
        { weight: 1, arbitrary: fc.tuple(source, days).map(([from, its]) => ({ ...from, ...its })) },
        { weight: 1, arbitrary: some.map((all) => ({ all })) },
        { weight: 1, arbitrary: some.map((any) => ({ any })) },
        { weight: 2, arbitrary: tie('condition').map((not) => ({ not })) },
      ),
    };
  });

  const bots = fc.constantFrom({}, {}, { bots: 'exclude' as const });
  const filtered = fc.tuple(condition, bots).map(([filter, its]) => ({ filter, ...its }));
  const asked = fc.oneof({ weight: 3, arbitrary: bots }, { weight: 1, arbitrary: filtered });
  const comparable = fc.constantFrom({}, {}, {}, { compare: true });
  const ATTRIBUTIONS = ['first ever', 'last ever', 'first in range', 'last in range', 'last touch'] as const;
  const attribution = fc.constantFrom(...ATTRIBUTIONS);
  const transform = fc.constantFrom(
    ...[
      {},
      {},
      { transform: 'lower' as const },
      { transform: 'path' as const },
      { transform: 'page' as const },
      { transform: 'domain' as const },
    ],
  );
  const splitBy = <A>(attributions: fc.Arbitrary<A>) =>
    fc.oneof(
      fc.constant({}),
      fc
        .tuple(askedProperty, attributions, transform)
        .map(([property, its, how]) => ({ split: { property, attribution: its, ...how } })),
      fc
        .constantFrom('first ever' as const, 'first in range' as const)
        .map((its) => ({ split: { source: 'channel' as const, attribution: its } })),
    );

  const trend = fc
    .tuple(
      ...([asked, range, comparable, step] as const),
      fc.constantFrom('people' as const, 'times' as const, 'sum' as const, 'average' as const),
      askedProperty,
      fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'weekday' as const),
      splitBy(attribution),
    )
    .map(([who, when, compared, what, count, property, by, split]) => ({
      ...{ ...who, ...when, ...compared, ...what, count, by, ...split },
      ...((count === 'sum' || count === 'average') && { property }),
    }));

  const steps = fc.oneof(
    { weight: 3, arbitrary: fc.array(plainStep, { minLength: 2, maxLength: 3 }) },
    { weight: 2, arbitrary: fc.array(step, { minLength: 1, maxLength: 4 }) },
  );
  const funnel = steps.chain((steps) =>
    fc
      .tuple(
        ...([asked, range, comparable] as const),
        fc.oneof(
          fc.constantFrom({}, { skip: true }, { skip: false }),
          fc.constantFrom(0, 0, 1, 1, 300, 3600, 86_400, 10 * 86_400).map((window) => ({ window })),
        ),
        splitBy(
          fc.oneof(
            attribution,
            fc.integer({ min: 1, max: steps.length }).map((one) => ({ step: one })),
          ),
        ),
      )
      .map(([who, when, compared, how, split]) => ({ ...who, ...when, ...compared, ...how, ...split, steps })),
  );

  const column = fc.oneof(
    fc
      .tuple(step, fc.constantFrom('first' as const, 'last' as const, 'times' as const))
      .map(([one, show]) => ({ ...one, show })),
    fc
      .tuple(step, askedProperty, fc.constantFrom('sum' as const, 'average' as const))
      .map(([one, property, show]) => ({ ...one, property, show })),
    fc
      .tuple(
        askedProperty,
        fc.constantFrom('first value' as const, 'last value' as const, 'first time' as const, 'last time' as const),
      )
      .map(([property, show]) => ({ property, show })),
  );
  const people = fc
    .tuple(
      fc.oneof({ weight: 1, arbitrary: bots }, { weight: 4, arbitrary: filtered }),
      ...([days, fc.array(column, { maxLength: 3 }), fc.option(fc.nat(2)), fc.boolean()] as const),
      fc.integer({ min: 1, max: 4 }),
    )
    .map(([who, when, columns, sorted, descending, most]) => ({
      ...{ ...who, ...when, limit: most },
      ...(columns.length > 0 && { columns }),
      ...(sorted !== null && { sort: { ...(sorted < columns.length && { column: sorted }), descending } }),
    }));

  const breakdown = fc
    .tuple(...([asked, range, comparable, askedProperty] as const), fc.option(askedEvent), fc.option(attribution))
    .map(([who, when, compared, property, event, its]) => ({
      ...{ ...who, ...when, ...compared, property },
      ...(event !== null && { event }),
      ...(its && { attribution: its }),
    }));

  const names = fc
    .tuple(asked, days, fc.option(askedEvent))
    .map(([who, when, event]) => ({ ...who, ...when, ...(event !== null && { event }) }));
  const overview = fc
    .tuple(asked, range, comparable)
    .map(([who, when, compared]) => ({ ...who, ...when, ...compared }));
  return { trend, funnel, people, breakdown, names, overview };
}
