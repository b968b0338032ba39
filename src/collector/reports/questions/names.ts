import sql, { join, raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import type { Name, NamesQuestion } from '../../../protocol/reports.js';
import { bitOf, COLUMN_NAMES, NO_EVENT } from '../tables.js';
import { plainAnswer } from './answers.js';
import { cellOf } from './cells.js';
import { asked, days, inOrder, name } from './common.js';
import { isStep } from './properties.js';
import type { Report, Row, Scope } from './report.js';
import { countedHits, withinDays } from './source.js';

/** The events and properties that a site has sent, and how many people did them or had them. */

/** Names of each list of an answer: the largest. */
const MOST_NAMES = 10_000;

const question = inOrder(z.strictObject({ ...asked, ...days })) satisfies z.ZodType<NamesQuestion>;

const names = z.array(
  z.object({ name: z.string(), people: z.int(), times: z.int(), first: z.int(), last: z.int(), cell: z.string() }),
);

const place = z.union([z.strictObject({ event: name }), z.strictObject({ property: name })]);

type Place = z.infer<typeof place>;

export const namesReport: Report<'names'> = {
  question,
  answer: plainAnswer({
    events: names,
    properties: names,
    moreEvents: z.literal(true).exactOptional(),
    moreProperties: z.literal(true).exactOptional(),
  }),
  place,
  queries: (asked, scope) => ({ events: eventsOf(asked, scope), properties: propertiesOf(asked, scope) }),
  toAnswer: ({ events, properties }, asked) => ({
    events: events!.slice(0, MOST_NAMES).map((row) => nameOf(row, cellOf('names', asked, { event: row.name }))),
    properties: properties!
      .slice(0, MOST_NAMES)
      .map((row) => nameOf(row, cellOf('names', asked, { property: row.name }))),
    ...(events!.length > MOST_NAMES && { moreEvents: true as const }),
    ...(properties!.length > MOST_NAMES && { moreProperties: true as const }),
  }),
  peopleOf: (asked, place, scope) => {
    const named = place as Place;
    const isNamed =
      'event' in named ? (isStep('h', named, scope) ?? raw('FALSE')) : carries('h', named.property, scope);
    return sql`SELECT DISTINCT h.person FROM ${countedHits(asked, scope)} h
      WHERE ${isNamed} AND ${withinDays('h', asked, scope)}`;
  },
};

/** Whether a property was sent, also one that cannot be asked for since it is called `Customer ID`. */
function carries(row: string, property: string, { dialect, propertyPlace }: Scope): Sql {
  const place = propertyPlace(property);
  return place ? sql`${dialect.property(row, place)} IS NOT NULL` : raw('FALSE');
}

function nameOf({ name, people, times, first, last }: Row, cell: string): Name {
  return { name, people, times, first, last, cell } as Name;
}

const COUNTS = raw(
  'count(DISTINCT h.person) AS people, count(*) AS times, min(h.time) AS "first", max(h.time) AS "last"',
);

const largestFirst = (most: number): Sql => raw(`ORDER BY people DESC, times DESC, folded LIMIT ${most}`);

/** @param most how many, the largest */
export function eventsOf(asked: NamesQuestion, scope: Scope, most = MOST_NAMES + 1): Sql {
  return sql`SELECT e.name, e.folded, c.people, c.times, c."first", c."last" FROM (
      SELECT h.event, ${COUNTS} FROM ${countedHits(asked, scope)} h
      WHERE h.event <> ${NO_EVENT} AND ${withinDays('h', asked, scope)} GROUP BY h.event) c
    JOIN events e ON e.event = c.event AND e.site = ${scope.site} ${largestFirst(most)}`;
}

/**
 * Which columns a hit has a value in is one number. Its bits are added for each person, so that people are found by their number once,
 * and not once for each property; all else is counted by that number, of which there are few.
 */
function propertiesOf(asked: NamesQuestion, scope: Scope): Sql {
  const hits = sql`${countedHits(asked, scope)} h WHERE ${withinDays('h', asked, scope)}`;
  const bits = COLUMN_NAMES.map((_, index) => ({ column: index + 1, bit: bitOf(index + 1) }));
  const columns = bits.map(({ column, bit }) => {
    const has = `FILTER (WHERE carried & ${bit} <> 0)`;
    const sums = `sum(times) ${has} AS times, min("first") ${has} AS "first", max("last") ${has} AS "last"`;
    return raw(`SELECT ${column} AS "column", (SELECT count(*) ${has} FROM people) AS people, ${sums} FROM kinds`);
  });
  return sql`
    WITH people AS (
      SELECT person, bit_or(carried) AS carried FROM (SELECT h.person, h.carried FROM ${hits}) GROUP BY person),
    kinds AS (
      SELECT carried, count(*) AS times, min(time) AS "first", max(time) AS "last"
      FROM (SELECT h.time, h.carried FROM ${hits}) GROUP BY carried),
    in_columns AS (${join(columns, ' UNION ALL ')}),
    in_others AS (
      SELECT h.property, ${COUNTS} FROM (
        SELECT h.person, h.time, unnest(map_keys(h.others)) AS property FROM ${hits} AND h.others IS NOT NULL) h GROUP BY h.property)
    SELECT p.name, p.folded, c.people, c.times, c."first", c."last" FROM in_columns c
    JOIN properties p ON p."column" = c."column" AND p.site = ${scope.site}
    WHERE c.times > 0
    UNION ALL
    SELECT p.name, p.folded, c.people, c.times, c."first", c."last" FROM in_others c
    JOIN properties p ON p.property = c.property AND p.site = ${scope.site}
    ${largestFirst(MOST_NAMES + 1)}`;
}
