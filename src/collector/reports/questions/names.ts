import sql, { raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import type { Name, NamesQuestion } from '../../../protocol/reports.js';
import { plainAnswer } from './answers.js';
import { cellOf } from './cells.js';
import { asked, days, inOrder, name } from './shared-schemas.js';
import { countedHits } from './counted-hits.js';
import { isStep } from './properties.js';
import type { Report, Row, Scope } from './report.js';
import { withinDays } from './visible-hits.js';

/** The events and properties that a site has sent, each with its number of people. */

/** The most names in each list of an answer: those with the most people. */
const MOST_NAMES = 10_000;

const question = inOrder(
  z.strictObject({ event: name.optional(), ...asked, ...days }),
) satisfies z.ZodType<NamesQuestion>;

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
      WHERE ${isNamed} AND ${isCounted(asked, scope)}`;
  },
};

/** Whether a hit `h` is of the days of the question, and of its event if it has one. */
function isCounted(asked: NamesQuestion, scope: Scope): Sql {
  const days = withinDays('h', asked, scope);
  return asked.event === undefined
    ? days
    : sql`${isStep('h', { event: asked.event }, scope) ?? raw('FALSE')} AND ${days}`;
}

/** Whether a hit has a property, also if its name is `Customer ID`, which a question cannot use. */
function carries(row: string, property: string, scope: Scope): Sql {
  const value = scope.property(row, property);
  return value ? sql`${value} IS NOT NULL` : raw('FALSE');
}

function nameOf({ name, people, times, first, last }: Row, cell: string): Name {
  return { name, people, times, first, last, cell } as Name;
}

const COUNTS = raw(
  'count(DISTINCT h.person) AS people, count(*) AS times, min(h.time) AS "first", max(h.time) AS "last"',
);

/** A name with its counts `c`. @param table the table of names */
const named = (table: string): Sql =>
  raw(
    [
      `${table}.name AS name`,
      `${table}.folded AS folded`,
      ...['people', 'times', '"first"', '"last"'].map((name) => `c.${name} AS ${name}`),
    ].join(', '),
  );

const largestFirst = (most: number): Sql => raw(`ORDER BY people DESC, times DESC, folded LIMIT ${most}`);

/** The events with the most people. @param most how many */
export function eventsOf(asked: NamesQuestion, scope: Scope, most = MOST_NAMES + 1): Sql {
  return sql`SELECT ${named('e')} FROM (
      SELECT h.event, ${COUNTS} FROM ${countedHits(asked, scope)} h
      WHERE h.event <> ${scope.dialect.noEvent} AND ${isCounted(asked, scope)} GROUP BY h.event) c
    JOIN ${scope.tables.events} e ON e.event = c.event AND e.site = ${scope.site} ${largestFirst(most)}`;
}

function propertiesOf(asked: NamesQuestion, scope: Scope): Sql {
  const hits = sql`${countedHits(asked, scope)} h WHERE ${isCounted(asked, scope)}`;
  return sql`SELECT ${named('p')} FROM (${scope.dialect.carried(hits, scope)}) c
    JOIN ${scope.tables.properties} p ON p.folded = c.folded AND p.site = ${scope.site} ${largestFirst(MOST_NAMES + 1)}`;
}
