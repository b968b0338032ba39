import { z } from 'zod';
import {
  FIRST_DAY,
  LAST_DAY,
  MOST_DAYS,
  type Asked,
  type Attribution,
  type Comparable,
  type Condition,
  type Days,
  type EventCondition,
  type HitTest,
  type OrderedCondition,
  type Range,
  type Split,
  type Step,
  type TextTest,
} from '../../../protocol/reports.js';
import { daysIn, isDay } from '../days.js';

/** Schemas that several kinds of questions share. The same schema validates a question and documents it in the API. */

/** The limits of a question. Those of its conditions are in check.ts. */
export const LIMITS = { name: 255, value: 8_192, tests: 20, steps: 20, columns: 20, days: MOST_DAYS, people: 1_000 };

/** A text without unpaired surrogates: no stored value contains one. */
const text = z.string().refine((value) => value.isWellFormed(), 'is not well-formed text');

export const name = text.min(1).max(LIMITS.name);
const value = text.max(LIMITS.value);

/** A day. Rules about several days are checked only if each day is valid. */
export const day = z
  .string()
  .min(1, { abort: true })
  .refine((date) => isDay(date) && date >= FIRST_DAY && date <= LAST_DAY, {
    message: `is not a day between ${FIRST_DAY} and ${LAST_DAY}`,
    abort: true,
  })
  .meta({ format: 'date' });

const times = z.int().min(0).max(1_000_000_000);

export const days = { from: day.optional(), to: day.optional() } satisfies Shape<Days>;
export const range = { from: day, to: day } satisfies Shape<Range>;
export const comparable = { compare: z.boolean().optional() } satisfies Shape<Comparable>;

/** A schema for each member of a type. */
type Shape<T> = { [name in keyof T]-?: z.ZodType<T[name]> };

/** A schema with the rule that the last day is not before the first, and that there are not too many days. */
export function inOrder<S extends z.ZodType<Days>>(schema: S): S {
  const daysOf = ({ from, to }: Days): number => (from === undefined || to === undefined ? 1 : daysIn({ from, to }));
  const tooMany = `makes a range of more than ${LIMITS.days} days`;
  return schema
    .refine((asked) => daysOf(asked) >= 1, { path: ['to'], message: 'is before `from`', abort: true })
    .refine((asked) => daysOf(asked) <= LIMITS.days, { path: ['to'], message: tooMany, abort: true });
}

/** @param members further members that all tests may have */
const textTests = <M extends z.ZodRawShape>(members: M) =>
  [
    z.strictObject({ property: name, equals: value, ...members }),
    z.strictObject({ property: name, contains: value, ...members }),
    z.strictObject({ property: name, begins: value, ...members }),
    z.strictObject({ property: name, ends: value, ...members }),
  ] as const;

/** A schema for each test of a property. @param members further members that all tests may have */
const tests = <M extends z.ZodRawShape>(members: M) =>
  [
    ...textTests(members),
    z.strictObject({ property: name, greater: z.number(), ...members }),
    z.strictObject({ property: name, less: z.number(), ...members }),
    z.strictObject({ property: name, is: z.enum(['any', 'empty', 'never']), ...members }),
  ] as const;

const textTest = z
  .union(textTests({}), 'needs `property` and one of `equals`, `contains`, `begins` and `ends`')
  .meta({ id: 'TextTest' }) satisfies z.ZodType<TextTest>;

const hitTest = z
  .union(
    [...tests({}), z.strictObject({ not: textTest })],
    'needs `not`, or `property` and one of `equals`, `contains`, `begins`, `ends`, `greater`, `less` and `is`',
  )
  .meta({ id: 'HitTest' }) satisfies z.ZodType<HitTest>;

export const step = {
  event: name,
  where: z.array(hitTest).min(1).max(LIMITS.tests).optional(),
} satisfies Shape<Step>;

const eventCondition = inOrder(
  z.strictObject({
    ...step,
    atLeast: times.optional(),
    atMost: times.optional(),
    exactly: times.optional(),
    ...days,
  }),
).meta({ id: 'EventCondition' }) satisfies z.ZodType<EventCondition>;

const orderedCondition = inOrder(z.strictObject({ ...step, ...days })).meta({
  id: 'OrderedCondition',
}) satisfies z.ZodType<OrderedCondition>;

export const condition: z.ZodType<Condition> = z
  .union(
    [
      z.strictObject({ all: z.array(z.lazy(() => condition)).min(1) }),
      z.strictObject({ any: z.array(z.lazy(() => condition)).min(1) }),
      z.strictObject({ not: z.lazy(() => condition) }),
      z.strictObject({ inOrder: z.array(orderedCondition).min(1).max(LIMITS.steps) }),
      inOrder(z.strictObject({ channel: value, ...days })),
      inOrder(z.strictObject({ referrer: value.nullable(), ...days })),
      inOrder(z.strictObject({ page: value, ...days })),
      eventCondition,
      ...tests({ ...days, value: z.enum(['first', 'last']).optional() }).map(inOrder),
    ],
    'needs one of `all`, `any`, `not`, `inOrder`, `channel`, `referrer`, `page`, `event`, or `property` with one test of it',
  )
  .meta({ id: 'Condition' });

export const asked = {
  filter: condition.optional(),
  bots: z.literal('exclude').optional(),
} satisfies Shape<Asked>;

export const attribution = z.enum([
  'first ever',
  'last ever',
  'first in range',
  'last in range',
  'last touch',
]) satisfies z.ZodType<Attribution>;

/** @param attributions those that this kind of question supports */
export function splitBy<A>(attributions: z.ZodType<A>) {
  return z.union(
    [
      z.strictObject({
        property: name,
        attribution: attributions,
        transform: z.enum(['lower', 'path', 'page', 'domain']).optional(),
      }),
      z.strictObject({
        source: z.literal('channel'),
        attribution: attribution.extract(['first ever', 'first in range']),
      }),
    ],
    'needs `attribution`, and one of `property` and `source`',
  ) satisfies z.ZodType<Split<A>>;
}
