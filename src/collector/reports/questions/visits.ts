import sql, { empty, raw, type Sql } from 'sql-template-tag';
import type { Range } from '../../../protocol/reports.js';
import { VISIT_PAUSE_SECONDS } from '../../../protocol/visits.js';
import { endOfDay, periodsOf, startOfDay } from '../days.js';
import type { Lists } from '../dialects.js';
import { BROWSER } from '../tables.js';
import { bucketOf } from './buckets.js';
import { hitsWithSigns, signsOf, spelling, withChannel, withOneSpelling } from './channels.js';
import { alikeOf, listedSources, partsOf } from './listed-visits.js';
import type { Scope } from './report.js';

/**
 * Visits: series of hits from browsers, each at most half an hour after the one before. A visit counts on the day on which it
 * began.
 */

/** A visit may continue after the range. Its hits in so many seconds after the range are read, to find where it came from. */
const FOLLOWED_SECONDS = 86_400;

/** The visits of some hits, a table with the columns of `visibleHits`, that began on these days. */
export interface Visited extends Range {
  hits: Sql;
  /** A query with one column `person`: only the visits of these people. */
  people?: Sql;
}

/** The hits of browsers that determine the visits of a range. @param joined a join with the hits `h` */
function browserHits(visited: Visited, scope: Scope, joined = empty): Sql {
  const [from, until] = [startOfDay(visited.from, scope.timeZone), endOfDay(visited.to, scope.timeZone)];
  return sql`${visited.hits} h ${joined}
    WHERE h.agent = ${BROWSER} AND h.time >= ${from - VISIT_PAUSE_SECONDS} AND h.time < ${until + FOLLOWED_SECONDS}`;
}

/**
 * A piece: a person's hits in the same half hour of the clock, as one row. At most one visit begins in it. There are fewer pieces
 * than hits, and sorting all hits takes twice as long.
 */
function piecesOf(visited: Visited, scope: Scope): Sql {
  return sql`SELECT h.person AS person, min(h.time) AS time, max(h.time) AS ended FROM ${browserHits(visited, scope)}
      ${visited.people ? sql`AND h.person IN (${visited.people})` : empty}
    GROUP BY h.person, ${scope.dialect.quotient(raw('h.time'), VISIT_PAUSE_SECONDS)}`;
}

/**
 * Tables for a query: `begins`, with the beginning of each visit of the range, and `sources`, with each person who has a visit, the
 * number of their `visits`, and the signs of the first one, which tell where it came from. An engine that computes a table each time it
 * is named uses listed-visits.ts instead.
 */
function visitTables(visited: Visited, scope: Scope): Sql {
  const [from, until] = [startOfDay(visited.from, scope.timeZone), endOfDay(visited.to, scope.timeZone)];
  const before = scope.dialect.lag(raw('ended'), { by: raw('person'), order: raw('time'), without: 0 });
  const next = scope.dialect.lead(raw('time'), 1, { by: raw('person'), order: raw('time') });
  return sql`pieces AS (${piecesOf(visited, scope)}),
    all_begins AS (
      SELECT person, time FROM (SELECT person, time, ${before} AS before FROM pieces)
      WHERE time - before > ${VISIT_PAUSE_SECONDS} AND time >= ${from}),
    begins AS (SELECT person, time FROM all_begins WHERE time < ${until}),
    firsts AS (
      SELECT person, min(time) AS time, ${scope.dialect.firstBy(raw('next'), raw('time'))} AS next,
        count(*) FILTER (WHERE time < ${until}) AS visits
      FROM (SELECT person, time, ${next} AS next FROM all_begins) GROUP BY person HAVING min(time) < ${until}),
    signed AS ${firstVisits(visited, scope)},
    signs AS (${signsOf(raw('signed'), scope)}),
    sources AS (
      SELECT f.person AS person, f.visits AS visits, s.medium AS medium, s.is_click AS is_click, s.engine AS engine, s.referrer AS referrer
      FROM firsts f LEFT JOIN signs s ON s.person = f.person)`;
}

/** The hits of each person's first visit that tell where it came from. */
function firstVisits(visited: Visited, scope: Scope): Sql {
  const hits = sql`${browserHits(visited, scope, sql`JOIN firsts f ON f.person = h.person`)}
    AND h.time >= f.time AND (f.next IS NULL OR h.time < f.next)`;
  return sql`(${hitsWithSigns(hits, scope, raw('f.time'))})`;
}

/** How many visits began on each day (`value` is its number as text), and the largest channels and referrers. Each row belongs to a `part`. */
export function visitsQuery(visited: Visited, scope: Scope, most: number): Sql {
  const { lists } = scope.dialect;
  const days = periodsOf(visited.from, visited.to, 'day', scope.timeZone);
  const alike = sql`SELECT medium, is_click, engine, referrer, count(*) AS people, sum(visits) AS visits
    FROM sources GROUP BY medium, is_click, engine, referrer`;
  const parts = lists
    ? partsOf(withChannel(alikeOf(sourcesOf(visited, lists, scope), bucketOf('e', days, scope), lists), scope))
    : sql`SELECT p.part AS part, CASE p.part WHEN 'channel' THEN n.channel ELSE n.origin END AS value, n.people AS people, n.visits AS visits
        FROM (${withChannel(alike, scope)}) n CROSS JOIN (SELECT 'channel' AS part UNION ALL SELECT 'origin' AS part) p
        UNION ALL
        SELECT 'days' AS part, CAST(${bucketOf('begins', days, scope)} AS VARCHAR) AS value, count(*), count(*) FROM begins GROUP BY value`;
  const place = raw('row_number() OVER (PARTITION BY part ORDER BY people DESC, value NULLS FIRST)');
  return sql`${lists ? empty : sql`WITH ${visitTables(visited, scope)}`}
    SELECT part, value, people, times FROM (
      SELECT part, value, people, times, ${place} AS place FROM (
        SELECT part, value, sum(people) AS people, sum(visits) AS times FROM (${withOneSpelling(parts, scope)}) GROUP BY part, value))
    WHERE part = 'days' OR place <= ${raw(String(most))} ORDER BY place`;
}

/**
 * The people whose first visit passes a test.
 * @param test a test of `channel` and `origin`
 */
export function peopleFrom(test: Sql, visited: Visited, scope: Scope): Sql {
  return sql`SELECT person FROM (${namedSources(visited, scope)}) WHERE ${test}`;
}

/** The people who have a visit: `person`, and as `value` the channel of the first one, in the spelling of `visitsQuery`. */
export function channelsOfPeople(visited: Visited, scope: Scope): Sql {
  const spelled = spelling(raw('channel'), scope);
  if (scope.dialect.lists)
    return sql`SELECT person, ${spelled} AS value FROM (
      SELECT person, channel, count(*) OVER (PARTITION BY channel) AS people FROM (${namedSources(visited, scope)}))`;
  // People with equal signs are one row, which is faster. Only in ClickHouse there is a limit for the length of a list.
  const alike = sql`SELECT medium, is_click, engine, referrer, list(person) AS persons FROM sources GROUP BY medium, is_click, engine, referrer`;
  return sql`WITH ${visitTables(visited, scope)}
    SELECT unnest(persons) AS person, value FROM (
      SELECT persons, ${spelled} AS value FROM (
        SELECT persons, channel, sum(length(persons)) OVER (PARTITION BY channel) AS people FROM (${withChannel(alike, scope)})))`;
}

/** `sources` with `channel` and `origin`, as a query. */
function namedSources(visited: Visited, scope: Scope): Sql {
  const { lists } = scope.dialect;
  if (lists) return withChannel(sourcesOf(visited, lists, scope), scope);
  return sql`WITH ${visitTables(visited, scope)} ${withChannel(raw('SELECT * FROM sources'), scope)}`;
}

/** `sources` as a query, for an engine with lists. */
function sourcesOf(visited: Visited, lists: Lists, scope: Scope): Sql {
  const [from, until] = [startOfDay(visited.from, scope.timeZone), endOfDay(visited.to, scope.timeZone)];
  const visitors = lists.series(piecesOf(visited, scope), { pause: VISIT_PAUSE_SECONDS, from, until });
  return listedSources({ visitors, signed: hitsWithSigns(browserHits(visited, scope), scope) }, scope);
}
