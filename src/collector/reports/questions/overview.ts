import sql, { raw, type Sql } from 'sql-template-tag';
import { z } from 'zod';
import { OVERVIEW_VALUES, type BreakdownValue, type OverviewQuestion } from '../../../protocol/reports.js';
import { endOfDay, periodsOf, startOfDay } from '../days.js';
import { comparedAnswer } from './answers.js';
import { bucketOf } from './buckets.js';
import { cellOf } from './cells.js';
import { isChannel } from './channels.js';
import { asked, comparable, day, inOrder, name, range } from './shared-schemas.js';
import { countedHits } from './counted-hits.js';
import { eventsOf } from './names.js';
import { largestPages, peopleOfPage, type Viewed } from './pages.js';
import { isStep } from './properties.js';
import type { Report, Row, Scope } from './report.js';
import { withinDays } from './visible-hits.js';
import { peopleFrom, visitsQuery, type Visited } from './visits.js';

/** The overview of a range: people and visits by day, channels, referrers, pages and events. */

const NOW_SECONDS = 300;

const question = inOrder(z.strictObject({ ...asked, ...range, ...comparable })) satisfies z.ZodType<OverviewQuestion>;

const counts = { people: z.int(), visits: z.int(), newPeople: z.int(), cell: z.string(), newCell: z.string() };
const values = z.array(z.object({ value: z.string().nullable(), people: z.int(), times: z.int(), cell: z.string() }));
const events = z.array(z.object({ name: z.string(), people: z.int(), times: z.int(), cell: z.string() }));

/** The people of the whole range, or those behind one number. */
const place = z.strictObject({
  start: day.optional(),
  isNew: z.literal(true).optional(),
  channel: z.string().optional(),
  referrer: z.string().nullable().optional(),
  page: z.string().optional(),
  event: name.optional(),
});

type Place = z.infer<typeof place>;

export const overview: Report<'overview'> = {
  question,
  answer: comparedAnswer({
    ...counts,
    rows: z.array(z.object({ start: z.string(), ...counts, open: z.literal(true).exactOptional() })),
    channels: values,
    referrers: values,
    pages: values,
    events,
    now: z.int(),
  }),
  place,
  queries: (asked, scope) => ({
    people: peopleByDay(asked, scope),
    newPeople: newPeopleByDay(asked, scope),
    visits: visitsQuery(visitedIn(asked, scope), scope, OVERVIEW_VALUES),
    pages: largestPages(viewedIn(asked, scope), scope),
    events: eventsOf(asked, scope, OVERVIEW_VALUES),
    now: sql`SELECT count(DISTINCT person) AS people FROM ${countedHits(asked, scope)}
      WHERE time >= ${scope.asOf - NOW_SECONDS} AND time <= ${scope.asOf}`,
  }),
  toAnswer: ({ people, newPeople, visits, pages, events, now }, asked, scope) => {
    const periods = periodsOf(asked.from, asked.to, 'day', scope.timeZone);
    const visitsByDay = partOf(visits!, 'days');
    const cell = (place: Place): string => cellOf('overview', asked, place);
    const valuesOf = (rows: Row[], placeOf: (value: string | null) => Place): BreakdownValue[] =>
      rows.map(
        ({ value, people, times }) =>
          ({ value, people, times, cell: cell(placeOf(value as string | null)) }) as BreakdownValue,
      );
    return {
      people: numberIn(people!, 'people', ALL),
      visits: sumOf(visitsByDay, 'times'),
      newPeople: sumOf(newPeople!, 'people'),
      cell: cell({}),
      newCell: cell({ isNew: true }),
      rows: periods.map(({ start, until }, bucket) => ({
        start,
        people: numberIn(people!, 'people', bucket),
        visits: (visitsByDay.find(({ value }) => value === String(bucket))?.times ?? 0) as number,
        newPeople: numberIn(newPeople!, 'people', bucket),
        ...(until > scope.asOf && { open: true as const }),
        cell: cell({ start }),
        newCell: cell({ start, isNew: true }),
      })),
      channels: valuesOf(partOf(visits!, 'channel'), (value) => ({ channel: value! })),
      referrers: valuesOf(partOf(visits!, 'origin'), (referrer) => ({ referrer })),
      pages: valuesOf(pages!, (value) => ({ page: value! })),
      events: events!.map((row) => {
        const [name, people, times] = [row.name as string, row.people as number, row.times as number];
        return { name, people, times, cell: cell({ event: name }) };
      }),
      now: now![0]!.people as number,
    };
  },
  peopleOf: (asked, place, scope) => {
    const { start, isNew, channel, referrer, page, event } = place as Place;
    const days = start === undefined ? asked : { ...asked, from: start, to: start };
    if (isNew) return sql`SELECT person FROM (${newPeople(days, scope)})`;
    if (page !== undefined) return peopleOfPage(page, viewedIn(asked, scope), scope);
    const cameFrom = (test: Sql): Sql => peopleFrom(test, visitedIn(asked, scope), scope);
    if (channel !== undefined) return cameFrom(isChannel(channel, scope));
    if (referrer === null) return cameFrom(raw('origin IS NULL'));
    if (referrer !== undefined) return cameFrom(sql`origin = ${referrer}`);
    const isDone = event === undefined ? raw('TRUE') : (isStep('h', { event }, scope) ?? raw('FALSE'));
    return sql`SELECT DISTINCT h.person FROM ${countedHits(asked, scope)} h WHERE ${isDone} AND ${withinDays('h', days, scope)}`;
  },
};

function visitedIn(asked: OverviewQuestion, scope: Scope): Visited {
  return { hits: countedHits(asked, scope), from: asked.from, to: asked.to };
}

function viewedIn(asked: OverviewQuestion, scope: Scope): Viewed {
  return { hits: countedHits(asked, scope), from: asked.from, to: asked.to };
}

/** The number of the bucket for all days together. */
const ALL = -1;

function numberIn(rows: Row[], column: string, bucket: number): number {
  return (rows.find((row) => row.bucket === bucket)?.[column] ?? 0) as number;
}

function sumOf(rows: Row[], column: string): number {
  return rows.reduce((sum, row) => sum + (row[column] as number), 0);
}

function partOf(rows: Row[], part: string): Row[] {
  return rows.filter((row) => row.part === part);
}

function dayIn(row: string, { from, to }: OverviewQuestion, scope: Scope): Sql {
  return bucketOf(row, periodsOf(from, to, 'day', scope.timeZone), scope);
}

function peopleByDay(asked: OverviewQuestion, scope: Scope): Sql {
  return sql`WITH counted AS (
      SELECT DISTINCT h.person, ${dayIn('h', asked, scope)} AS bucket FROM ${countedHits(asked, scope)} h
      WHERE ${withinDays('h', asked, scope)})
    SELECT bucket, count(*) AS people FROM counted GROUP BY bucket
    UNION ALL SELECT ${raw(String(ALL))}, count(DISTINCT person) FROM counted`;
}

/** People whose very first hit is in the range, with its time. */
function newPeople(asked: OverviewQuestion, scope: Scope): Sql {
  const [from, until] = [startOfDay(asked.from, scope.timeZone), endOfDay(asked.to, scope.timeZone)];
  return sql`SELECT person, min(time) AS time FROM ${countedHits(asked, scope)} WHERE time < ${until}
    GROUP BY person HAVING min(time) >= ${from}`;
}

function newPeopleByDay(asked: OverviewQuestion, scope: Scope): Sql {
  return sql`SELECT bucket, count(*) AS people FROM (
    SELECT ${dayIn('f', asked, scope)} AS bucket FROM (${newPeople(asked, scope)}) f) GROUP BY bucket`;
}
