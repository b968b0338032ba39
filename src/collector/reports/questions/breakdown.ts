import sql, { raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import type { BreakdownQuestion, BreakdownValue } from '../../../protocol/reports.js';
import { comparedAnswer } from './answers.js';
import { cellOf } from './cells.js';
import { asked, attribution, comparable, inOrder, name, range } from './shared-schemas.js';
import { countedHits } from './counted-hits.js';
import { isStep, propertyIn } from './properties.js';
import type { Report, Scope } from './report.js';
import { withinDays } from './visible-hits.js';
import { withValue } from './splits.js';

/**
 * The values of a property: how many people had each, and how often. Without an attribution, the hits with the property count.
 * With an attribution, all people of the range count, each with their value.
 */

/** The most values of an answer, those of the most people; fewer if their texts are very long. */
const MOST_VALUES = 10_000;
const MOST_CHARACTERS = 16 * 1024 * 1024;

const question = inOrder(
  z.strictObject({
    property: name,
    event: name.optional(),
    attribution: attribution.optional(),
    ...asked,
    ...range,
    ...comparable,
  }),
) satisfies z.ZodType<BreakdownQuestion>;

const place = z.strictObject({ value: z.string().nullable() });

type Place = z.infer<typeof place>;

export const breakdown: Report<'breakdown'> = {
  question,
  answer: comparedAnswer({
    values: z.array(z.object({ value: z.string().nullable(), people: z.int(), times: z.int(), cell: z.string() })),
    more: z.literal(true).exactOptional(),
  }),
  place,
  queries: (asked, scope) => ({
    values: sql`SELECT value, count(DISTINCT person) AS people, sum(times) AS times FROM (${valued(asked, scope)})
      GROUP BY value ORDER BY people DESC, value NULLS FIRST LIMIT ${raw(String(MOST_VALUES + 1))}`,
  }),
  toAnswer: ({ values }, asked) => {
    let left = MOST_CHARACTERS;
    const listed: BreakdownValue[] = [];
    for (const row of values!.slice(0, MOST_VALUES)) {
      const value = row.value as string | null;
      const one = {
        value,
        people: row.people as number,
        times: row.times as number,
        cell: cellOf('breakdown', asked, { value }),
      };
      left -= (value?.length ?? 0) + one.cell.length;
      if (left < 0) break;
      listed.push(one);
    }
    return { values: listed, ...(listed.length < values!.length && { more: true as const }) };
  },
  peopleOf: (asked, place, scope) => {
    const { value } = place as Place;
    const isValue = value === null ? raw('value IS NULL') : sql`value = ${value}`;
    return sql`SELECT DISTINCT person FROM (${valued(asked, scope)}) WHERE ${isValue}`;
  },
};

/** The counted rows: `person`, `value` and how many `times`. */
function valued(asked: BreakdownQuestion, scope: Scope): Sql {
  const { property, attribution, event } = asked;
  const isOfEvent = event === undefined ? raw('TRUE') : (isStep('h', { event }, scope) ?? raw('FALSE'));
  const hits = sql`${countedHits(asked, scope)} h WHERE ${isOfEvent} AND ${withinDays('h', asked, scope)}`;
  if (attribution === undefined) {
    const value = propertyIn('h', property, scope);
    return sql`SELECT h.person, ${value} AS value, 1 AS times FROM ${hits} AND ${value} IS NOT NULL`;
  }
  // Only with last touch can a person have several values.
  const rows =
    attribution === 'last touch'
      ? sql`SELECT h.person, h.time, h.identity, 1 AS times FROM ${hits}`
      : sql`SELECT h.person, count(*) AS times FROM ${hits} GROUP BY h.person`;
  return withValue(rows, { property, attribution }, asked, scope);
}
