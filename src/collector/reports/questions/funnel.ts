import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import type { FunnelQuestion, FunnelStep } from '../../../protocol/reports.js';
import { comparedAnswer } from './answers.js';
import { cellOf } from './cells.js';
import { asked, attribution, comparable, inOrder, LIMITS, range, splitBy, step } from './shared-schemas.js';
import { isCustomerId } from './properties.js';
import type { Report, Row, Scope } from './report.js';
import { inPlaces, partsOf, REST, withValue } from './splits.js';
import { startsOf, waysOf } from './funnel-ways.js';

/** The funnel: how many people did the steps in order, how far they came, and how long it took. */

/** A time before all hits. */
const NEVER = -1;

/** As many days as a range may have. */
const LONGEST_WINDOW = LIMITS.days * 86_400;

const question = inOrder(
  z.strictObject({
    steps: z.array(z.strictObject(step)).min(1).max(LIMITS.steps),
    window: z.int().min(0).max(LONGEST_WINDOW).optional(),
    skip: z.boolean().optional(),
    split: splitBy(z.union([attribution, z.strictObject({ step: z.int().min(1).max(LIMITS.steps) })])).optional(),
    ...asked,
    ...range,
    ...comparable,
  }),
)
  .refine(({ skip, window }) => !skip || window === undefined, {
    path: ['skip'],
    message: 'cannot be combined with `window`',
  })
  .refine(({ split, steps }) => (stepOf(split) ?? 1) <= steps.length, {
    path: ['split', 'attribution', 'step'],
    message: 'is not the number of a step',
  }) satisfies z.ZodType<FunnelQuestion>;

const counted = z.object({
  event: z.string(),
  people: z.int(),
  medianSeconds: z.number().nullable(),
  cell: z.string(),
  lost: z.object({ people: z.int(), cell: z.string() }).exactOptional(),
});
const steps = z.array(counted);
const counts = {
  steps,
  wholeMedianSeconds: z.number().nullable(),
  open: z.int(),
  split: z.array(z.object({ value: z.string().nullable(), steps })).exactOptional(),
  rest: z.object({ steps }).exactOptional(),
};

/** A number of the answer. `lost`: the people who went no further. `value` and `rest`: for a split answer. */
const place = z.strictObject({
  step: z.int().min(1).max(LIMITS.steps),
  lost: z.literal(true).optional(),
  value: z.string().nullable().optional(),
  rest: z.literal(true).optional(),
});

type Place = z.infer<typeof place>;

export const funnel: Report<'funnel'> = {
  question,
  answer: comparedAnswer(counts),
  place,
  queries: (asked, scope) => ({ steps: countsOf(asked, scope), open: openOf(asked, scope) }),
  toAnswer: ({ steps, open }, asked) => {
    const stepsOf = (row: Row, place: Omit<Place, 'step'>): FunnelStep[] =>
      asked.steps.map(({ event }, index) => {
        const step = index + 1;
        const lost = {
          people: row[`lost${step}`] as number,
          cell: cellOf('funnel', asked, { step, lost: true, ...place }),
        };
        return {
          event,
          people: row[`people${step}`] as number,
          medianSeconds: (row[`median${step}`] ?? null) as number | null,
          cell: cellOf('funnel', asked, { step, ...place }),
          ...(step < asked.steps.length && { lost }),
        };
      });
    const all = steps!.find(({ place }) => place === null)!;
    const parts = partsOf(
      steps!.filter((row) => row !== all),
      ([row], value) => ({ steps: stepsOf(row!, value === undefined ? { rest: true } : { value }) }),
    );
    return {
      steps: stepsOf(all, {}),
      wholeMedianSeconds: (all.whole ?? null) as number | null,
      open: open![0]!.people as number,
      ...(asked.split && parts),
    };
  },
  peopleOf: (asked, place, scope) => {
    const { step, lost, value, rest } = place as Place;
    if (step > asked.steps.length - (lost ? 1 : 0)) return sql`SELECT 0 AS person WHERE FALSE`;
    const isDone = raw(lost ? isLost(step) : `t${step} IS NOT NULL`);
    const ways = valuedWays(asked, scope);
    if (rest) return sql`SELECT person FROM (${inPlaces(ways, raw('count(t1)'))}) WHERE ${isDone} AND place = ${REST}`;
    return sql`SELECT person FROM (${ways}) WHERE ${isDone} ${value === undefined ? empty : valueIs(value)}`;
  },
};

/** The step whose hit has the value of a split; undefined if the value is one of the person. */
function stepOf(split: FunnelQuestion['split']): number | undefined {
  if (!split || 'source' in split) return undefined;
  if (typeof split.attribution === 'object') return split.attribution.step;
  // The last identity at the time of step 1 is that of the hit itself.
  return isCustomerId(split.property) && split.attribution === 'last touch' ? 1 : undefined;
}

const isLost = (step: number): string => `t${step} IS NOT NULL AND t${step + 1} IS NULL`;

/** The ways of people, with `value` if the question has a split. */
function valuedWays(asked: FunnelQuestion, scope: Scope): Sql {
  const { split } = asked;
  const step = stepOf(split);
  if (!split) return waysOf(asked, scope);
  if ('source' in split) return withValue(waysOf(asked, scope), split, asked, scope);
  if (step !== undefined) return waysOf(asked, scope, { ...split, step });
  // In a join, a null time would match no touch.
  const { attribution } = split as { attribution: Exclude<typeof split.attribution, object> };
  const ways = sql`SELECT *, coalesce(t1, ${NEVER}) AS time FROM (${waysOf(asked, scope)})`;
  return withValue(ways, { ...split, attribution }, asked, scope);
}

function countsOf(asked: FunnelQuestion, scope: Scope): Sql {
  const counts = join(
    asked.steps.map((_, index) => {
      const [time, before] = [`t${index + 1}`, asked.steps.slice(0, index).map((_, at) => `t${at + 1}`)];
      // Null if no earlier step was done.
      const seconds = `${time} - coalesce(${before.reverse().join()})`;
      const median = before.length ? scope.dialect.median(raw(seconds)) : raw('NULL');
      const lost = index + 1 < asked.steps.length ? `count(*) FILTER (WHERE ${isLost(index + 1)})` : 'NULL';
      return sql`count(${raw(time)}) AS ${raw(`people${index + 1}`)}, ${median} AS ${raw(`median${index + 1}`)},
        ${raw(`${lost} AS lost${index + 1}`)}`;
    }),
  );
  const last = asked.steps.length;
  const whole = last > 1 ? scope.dialect.median(raw(`t${last} - t1`)) : raw('NULL');
  const ways = valuedWays(asked, scope);
  if (!asked.split) return sql`SELECT NULL AS place, ${whole} AS whole, ${counts} FROM (${ways})`;
  return sql`SELECT place, min(value) AS value, ${whole} AS whole, ${counts} FROM (${inPlaces(ways, raw('count(t1)'))})
    GROUP BY GROUPING SETS ((), (place))`;
}

/** How many people began so recently that their window has not ended. */
function openOf(asked: FunnelQuestion, scope: Scope): Sql {
  if (asked.window === undefined) return sql`SELECT 0 AS people`;
  return sql`SELECT count(DISTINCT person) AS people FROM (${startsOf(asked, scope)})
    WHERE time > ${scope.asOf - asked.window}`;
}

function valueIs(value: string | null): Sql {
  return value === null ? raw('AND value IS NULL') : sql`AND value = ${value}`;
}
