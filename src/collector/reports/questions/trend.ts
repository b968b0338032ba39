import sql, { raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import type { TrendQuestion, TrendSeries } from '../../../protocol/reports.js';
import { comparedAnswer } from './answers.js';
import { cellOf } from './cells.js';
import { asked, attribution, comparable, inOrder, name, range, splitBy, step } from './shared-schemas.js';
import type { Report, Row, Scope } from './report.js';
import { partsOf, REST, SERIES, withValue } from './splits.js';
import { bucketCount, bucketsOf, countedPeriods, type TrendBucket } from './trend-buckets.js';
import { addsNumbers, bucketedRows, countsOfAll, countsOfParts, peopleOfAll, placedRows } from './trend-counting.js';
import { seriesIn } from './trend-series.js';

/** The trend: how often an event was done, by how many people, or the sum of a property, by day, week, month or weekday. */

/** The most buckets of a split answer, which has fifty times as many numbers. */
const MOST_SPLIT_BUCKETS = 400;

/** The most characters of all questions in the cells of an answer, before they are encoded. A comparison has twice as many. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

const cellsOf = (asked: TrendQuestion): number => bucketCount(asked) * (asked.split ? SERIES : 1);

const question = inOrder(
  z.strictObject({
    ...step,
    count: z.enum(['people', 'times', 'sum', 'average']),
    property: name.optional(),
    by: z.enum(['day', 'week', 'month', 'weekday']),
    split: splitBy(attribution).optional(),
    ...asked,
    ...range,
    ...comparable,
  }),
)
  .check(({ value: asked, issues }) => {
    if (addsNumbers(asked) && asked.property === undefined)
      issues.push({ code: 'invalid_type', expected: 'string', input: undefined, path: ['property'] });
  })
  .refine((asked) => addsNumbers(asked) || asked.property === undefined, {
    path: ['property'],
    message: 'is only for `count` "sum" and "average"',
  })
  .refine((asked) => !asked.split || bucketCount(asked) <= MOST_SPLIT_BUCKETS, {
    path: ['by'],
    message: `makes more than ${MOST_SPLIT_BUCKETS} rows for each value of the split`,
  })
  .refine((asked) => cellsOf(asked) * JSON.stringify(asked).length <= MOST_CHARACTERS, {
    path: ['by'],
    message: 'makes an answer of too many numbers for a question of this length',
  }) satisfies z.ZodType<TrendQuestion>;

const bucket = z.object({
  start: z.string(),
  value: z.number().nullable(),
  open: z.literal(true).exactOptional(),
  cell: z.string(),
});
const series = { total: z.number().nullable(), rows: z.array(bucket), cell: z.string() };

/** A number of the answer: of one bucket or all, and of one value, of all other values, or of everybody. */
const place = z.strictObject({
  start: z.string().optional(),
  value: z.string().nullable().optional(),
  rest: z.literal(true).optional(),
});

type Place = z.infer<typeof place>;

const bucketsIn = (asked: TrendQuestion, { timeZone, asOf }: Scope): TrendBucket[] =>
  bucketsOf(asked, countedPeriods(asked, timeZone), asOf);

export const trend: Report<'trend'> = {
  question,
  answer: comparedAnswer({
    ...series,
    split: z.array(z.object({ ...series, value: z.string().nullable() })).exactOptional(),
    rest: z.object(series).exactOptional(),
    people: z.int().exactOptional(),
    skipped: z.int().exactOptional(),
  }),
  place,
  queries: (asked, scope) => ({
    all: countsOfAll(asked, scope),
    ...(asked.split && { parts: countsOfParts(asked, asked.split, scope) }),
    ...(asked.count !== 'people' && { people: peopleOfAll(asked, scope) }),
  }),
  toAnswer: ({ all, parts, people }, asked, scope) => {
    const buckets = bucketsIn(asked, scope);
    const seriesOf = (rows: Row[], place: Place): TrendSeries & { cell: string } => ({
      ...seriesIn(rows, buckets, asked, (start) => cellOf('trend', asked, { ...place, start })),
      cell: cellOf('trend', asked, place),
    });
    return {
      ...seriesOf(all!, {}),
      ...(parts && partsOf(parts, (rows, value) => seriesOf(rows, value === undefined ? { rest: true } : { value }))),
      ...(people && { people: people[0]!.people as number }),
      ...(addsNumbers(asked) && { skipped: all!.reduce((sum, row) => sum + (row.skipped as number), 0) }),
    };
  },
  peopleOf: (asked, place, scope) => {
    const { start, value, rest } = place as Place;
    const { split } = asked;
    const periods = bucketsIn(asked, scope).find((one) => one.start === start)?.periods ?? [];
    const isThen = start === undefined ? raw('TRUE') : raw(periods.length ? `bucket IN (${periods.join()})` : 'FALSE');
    const people = (rows: Sql, test: Sql): Sql =>
      sql`SELECT DISTINCT person FROM (${rows}) WHERE ${isThen} AND ${test}`;
    if (!split || (value === undefined && !rest)) return people(bucketedRows(asked, scope), raw('TRUE'));
    if (rest) return people(placedRows(asked, split, scope), sql`place = ${REST}`);
    const rows = withValue(bucketedRows(asked, scope), split, asked, scope);
    return people(rows, value === null ? raw('value IS NULL') : sql`value = ${value!}`);
  },
};
