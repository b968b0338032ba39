import sql, { join, raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import type { Split, TrendQuestion, TrendSeries } from '../../../protocol/reports.js';
import { periodsOf, type Period } from '../days.js';
import { comparedAnswer } from './answers.js';
import { bucketOf } from './buckets.js';
import { cellOf } from './cells.js';
import { asked, attribution, comparable, inOrder, name, range, splitBy, step } from './common.js';
import { isStep, propertyIn } from './properties.js';
import type { Report, Row, Scope } from './report.js';
import { countedHits, visibleHits, withinDays } from './source.js';
import { inPlaces, partsOf, REST, SERIES, withValue } from './splits.js';

/** How often something was done, by how many people, and what it came to, by day, week or month. */

/** Buckets of an answer that is split: it has fifty times as many numbers. */
const MOST_SPLIT_BUCKETS = 400;

/** Of an answer: each number has the question in its cell. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

const cellsOf = ({ split, from, to, by }: TrendQuestion): number =>
  periodsOf(from, to, by, 'UTC').length * (split ? SERIES : 1);

const isAdded = ({ count }: Pick<TrendQuestion, 'count'>): boolean => count === 'sum' || count === 'average';

const question = inOrder(
  z.strictObject({
    ...step,
    count: z.enum(['people', 'times', 'sum', 'average']),
    property: name.optional(),
    by: z.enum(['day', 'week', 'month']),
    split: splitBy(attribution).optional(),
    ...asked,
    ...range,
    ...comparable,
  }),
)
  .refine((asked) => !isAdded(asked) || asked.property !== undefined, {
    path: ['property'],
    message: 'is missing: its values are added',
  })
  .refine(({ split, from, to, by }) => !split || periodsOf(from, to, by, 'UTC').length <= MOST_SPLIT_BUCKETS, {
    path: ['by'],
    message: `makes more than ${MOST_SPLIT_BUCKETS} rows for each value of the split`,
  })
  .refine((asked) => cellsOf(asked) * JSON.stringify(asked).length <= MOST_CHARACTERS, {
    path: ['by'],
    message: 'makes too many numbers for so long a question',
  }) satisfies z.ZodType<TrendQuestion>;

const bucket = z.object({
  start: z.string(),
  value: z.number().nullable(),
  open: z.literal(true).exactOptional(),
  cell: z.string(),
});
const series = { total: z.number().nullable(), rows: z.array(bucket), cell: z.string() };

/** A number of the answer: of one bucket or of all, and of one value, of all others, or of everybody. */
const place = z.strictObject({
  start: z.string().optional(),
  value: z.string().nullable().optional(),
  rest: z.literal(true).optional(),
});

type Place = z.infer<typeof place>;

/**
 * People are counted in so many parts of the range, one behind the other: their sets stay in the processor's cache, so that many hits
 * take half of the time.
 */
const MOST_SETS = 30;

/** The number of all buckets together. */
const ALL = -1;

export const trend: Report<'trend'> = {
  question,
  answer: comparedAnswer({
    ...series,
    split: z.array(z.object({ ...series, value: z.string().nullable() })).exactOptional(),
    rest: z.object(series).exactOptional(),
    skipped: z.int().exactOptional(),
  }),
  place,
  queries: (asked, scope) => ({
    all: allOf(asked, scope),
    ...(asked.split && { parts: countedIn(placed(asked, asked.split, scope), asked, scope, true) }),
  }),
  toAnswer: ({ all, parts }, asked, scope) => {
    const periods = periodsOf(asked.from, asked.to, asked.by, scope.timeZone);
    const seriesOf = (rows: Row[], place: Place): TrendSeries & { cell: string } => ({
      ...numbersOf(rows, periods, asked, scope, (start) => cellOf('trend', asked, { ...place, start })),
      cell: cellOf('trend', asked, place),
    });
    return {
      ...seriesOf(all!, {}),
      ...(parts && partsOf(parts, (rows, value) => seriesOf(rows, value === undefined ? { rest: true } : { value }))),
      ...(isAdded(asked) && { skipped: all!.reduce((sum, row) => sum + (row.skipped as number), 0) }),
    };
  },
  peopleOf: (asked, place, scope) => {
    const { start, value, rest } = place as Place;
    const { split } = asked;
    const periods = periodsOf(asked.from, asked.to, asked.by, scope.timeZone);
    const isThen = start === undefined ? raw('TRUE') : sql`bucket = ${periods.findIndex((one) => one.start === start)}`;
    const people = (rows: Sql, test: Sql): Sql =>
      sql`SELECT DISTINCT person FROM (${rows}) WHERE ${isThen} AND ${test}`;
    if (!split || (value === undefined && !rest)) return people(bucketed(asked, scope), raw('TRUE'));
    if (rest) return people(placed(asked, split, scope), sql`place = ${REST}`);
    const rows = withValue(bucketed(asked, scope), split, asked, scope);
    return people(rows, value === null ? raw('value IS NULL') : sql`value = ${value!}`);
  },
};

/**
 * What is counted: a row for each hit, with the number of its bucket, or, where people are counted, for each bucket of a person; `number`
 * is what is added, null where the hit has no value, or one that is no number.
 */
function bucketed(asked: TrendQuestion, scope: Scope): Sql {
  const bucket = bucketOf('h', periodsOf(asked.from, asked.to, asked.by, scope.timeZone), scope);
  const isCounted = sql`${isStep('h', asked, scope) ?? raw('FALSE')} AND ${withinDays('h', asked, scope)}`;
  const hits = countedHits(asked, scope);
  if (asked.count === 'people' && asked.split?.attribution !== 'last touch') {
    return sql`SELECT DISTINCT h.person, ${bucket} AS bucket FROM ${hits} h WHERE ${isCounted}`;
  }
  const added = isAdded(asked) ? propertyIn('h', asked.property!, scope) : undefined;
  const number = added
    ? sql`${scope.dialect.number(added)} AS number, ${added} IS NOT NULL AS has_value`
    : raw('NULL AS number');
  return sql`SELECT h.person, h.time, h.identity, ${bucket} AS bucket, ${number} FROM ${hits} h WHERE ${isCounted}`;
}

/** The numbers of everybody. */
function allOf(asked: TrendQuestion, scope: Scope): Sql {
  if (asked.count !== 'people' || asked.filter)
    return countedIn(peopleOnce(bucketed(asked, scope), asked), asked, scope);
  const periods = periodsOf(asked.from, asked.to, asked.by, scope.timeZone);
  const hits = visibleHits(asked, scope);
  const isIt = isStep('h', asked, scope) ?? raw('FALSE');
  const people = raw('count(DISTINCT h.person) AS amount, 0 AS added');
  const inSet = (set: Period[], first: number): Sql => sql`
    SELECT ${raw(String(first))} + ${bucketOf('h', set, scope)} AS bucket, ${people} FROM ${hits} h
    WHERE ${isIt} AND h.time >= ${set[0]!.from} AND h.time < ${set.at(-1)!.until} GROUP BY bucket`;
  const size = Math.ceil(periods.length / MOST_SETS);
  const sets = Array.from({ length: Math.ceil(periods.length / size) }, (_, set) =>
    inSet(periods.slice(set * size, (set + 1) * size), set * size),
  );
  const all = sql`
    SELECT ${raw(String(ALL))} AS bucket, ${people} FROM ${hits} h WHERE ${isIt} AND ${withinDays('h', asked, scope)}`;
  return join([all, ...sets], ' UNION ALL ');
}

/** One row for each bucket of a person: the last touch needs each hit. */
function peopleOnce(rows: Sql, { count, split }: TrendQuestion): Sql {
  return count === 'people' && split?.attribution === 'last touch'
    ? sql`SELECT DISTINCT person, bucket FROM (${rows})`
    : rows;
}

/** The same with the place of each row among the values of the split. */
function placed(asked: TrendQuestion, split: Split, scope: Scope): Sql {
  const rows = withValue(bucketed(asked, scope), split, asked, scope);
  if (asked.count !== 'people') return inPlaces(rows, totalOf(asked, scope));
  // The last touch may be several values of one person, of which several may be in the rest.
  const once = split.attribution === 'last touch' ? sql`SELECT DISTINCT person, bucket, value FROM (${rows})` : rows;
  const places = inPlaces(once, raw('count(DISTINCT person)'));
  return split.attribution === 'last touch'
    ? sql`SELECT DISTINCT person, bucket, value, place FROM (${places})`
    : places;
}

/** An aggregate: the metric over all buckets. */
function totalOf({ count }: TrendQuestion, { dialect }: Scope): Sql {
  if (count === 'times') return raw('count(*)');
  const sum = dialect.sum(raw('number'));
  return count === 'sum' ? sql`coalesce(${sum}, 0)` : sql`${sum} / nullif(count(number), 0)`;
}

/** The numbers of each bucket, and of all together where they cannot be added up. */
function countedIn(rows: Sql, asked: TrendQuestion, { dialect }: Scope, isSplit = false): Sql {
  const place = raw(isSplit ? 'place, any_value(value) AS value,' : '');
  const byPlace = raw(isSplit ? 'place,' : '');
  if (asked.count === 'people') {
    return sql`WITH counted AS (${rows})
      SELECT ${place} bucket, count(*) AS amount, 0 AS added FROM counted GROUP BY ${byPlace} bucket
      UNION ALL
      SELECT ${place} ${raw(String(ALL))}, count(DISTINCT person), 0 FROM counted ${raw(isSplit ? 'GROUP BY place' : '')}`;
  }
  const amount = raw(isAdded(asked) ? 'count(number)' : 'count(*)');
  const added = isAdded(asked)
    ? sql`${dialect.sum(raw('number'))} AS added, count(*) FILTER (WHERE has_value AND number IS NULL) AS skipped`
    : raw('0 AS added');
  return sql`SELECT ${place} bucket, ${amount} AS amount, ${added} FROM (${rows}) GROUP BY ${byPlace} bucket`;
}

function numbersOf(
  rows: Row[],
  periods: Period[],
  { count }: TrendQuestion,
  { asOf }: Scope,
  cell: (start: string) => string,
): TrendSeries {
  const numbers = new Map(rows.map(({ bucket, amount, added }) => [bucket, { amount, added: added ?? 0 } as Numbers]));
  const inAll = numbers.get(ALL) ?? sumOf([...numbers.values()]);
  return {
    total: metric(inAll, count),
    rows: periods.map(({ start, until }, number) => ({
      start,
      value: metric(numbers.get(number) ?? NOTHING, count),
      ...(until > asOf && { open: true as const }),
      cell: cell(start),
    })),
  };
}

interface Numbers {
  amount: number;
  added: number;
}

const NOTHING: Numbers = { amount: 0, added: 0 };

function sumOf(all: Numbers[]): Numbers {
  return all.reduce((sum, one) => ({ amount: sum.amount + one.amount, added: sum.added + one.added }), NOTHING);
}

function metric({ amount, added }: Numbers, count: TrendQuestion['count']): number | null {
  if (count === 'sum') return added;
  if (count === 'average') return amount === 0 ? null : added / amount;
  return amount;
}
