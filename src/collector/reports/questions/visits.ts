import sql, { raw, type Sql } from 'sql-template-tag';
import type { Range } from '../../../protocol/reports.js';
import { VISIT_PAUSE_SECONDS } from '../../../protocol/visits.js';
import { endOfDay, periodsOf, startOfDay } from '../days.js';
import { BROWSER } from '../tables.js';
import { bucketOf } from './buckets.js';
import { hitsWithSigns, signColumns, signsOf, withChannel, withOneSpelling } from './channels.js';
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
}

/** The hits of browsers that determine the visits of a range. */
function browserHits(visited: Visited, scope: Scope): Sql {
  const [from, until] = [startOfDay(visited.from, scope.timeZone), endOfDay(visited.to, scope.timeZone)];
  return sql`${visited.hits} h
    WHERE h.agent = ${BROWSER} AND h.time >= ${from - VISIT_PAUSE_SECONDS} AND h.time < ${until + FOLLOWED_SECONDS}`;
}

/**
 * Tables for a query: `begins`, with the beginning of each visit of the range, and `sources`, with each person who has a visit, the
 * number of their `visits`, and the signs of the first one, which tell where it came from. Each table names the one before it
 * only once or twice, since ClickHouse computes a table of a WITH each time it is named.
 * @param prefix of their names. ClickHouse does not find a table of a WITH within another WITH that has a table of the same name.
 */
function visitTables(visited: Visited, scope: Scope, prefix = ''): Sql {
  const [from, until] = [startOfDay(visited.from, scope.timeZone), endOfDay(visited.to, scope.timeZone)];
  // At most one visit begins within a piece of this length. There are fewer pieces than hits, and sorting all hits takes twice as
  // long.
  const piece = scope.dialect.quotient(raw('h.time'), VISIT_PAUSE_SECONDS);
  const before = scope.dialect.lag(raw('ended'), { by: raw('person'), order: raw('time'), without: 0 });
  const next = scope.dialect.lead(raw('time'), 1, { by: raw('person'), order: raw('time') });
  const table = (name: string): Sql => raw(prefix + name);
  return sql`${table('pieces')} AS (
      SELECT h.person AS person, min(h.time) AS time, max(h.time) AS ended FROM ${browserHits(visited, scope)} GROUP BY h.person, ${piece}),
    ${table('all_begins')} AS (
      SELECT person, time FROM (SELECT person, time, ${before} AS before FROM ${table('pieces')})
      WHERE time - before > ${VISIT_PAUSE_SECONDS} AND time >= ${from}),
    ${table('begins')} AS (SELECT person, time FROM ${table('all_begins')} WHERE time < ${until}),
    ${table('firsts')} AS (
      SELECT person, min(time) AS time, ${scope.dialect.firstBy(raw('next'), raw('time'))} AS next,
        count(*) FILTER (WHERE time < ${until}) AS visits
      FROM (SELECT person, time, ${next} AS next FROM ${table('all_begins')}) GROUP BY person HAVING min(time) < ${until}),
    ${table('signed')} AS ${firstVisits(visited, scope, prefix)},
    ${table('signs')} AS (${signsOf(table('signed'), scope)}),
    ${table('sources')} AS (
      SELECT f.person AS person, f.visits AS visits, s.medium AS medium, s.is_click AS is_click, s.engine AS engine, s.referrer AS referrer
      FROM ${table('firsts')} f LEFT JOIN ${table('signs')} s ON s.person = f.person)`;
}

/** The hits of each person's first visit that tell where it came from. */
function firstVisits(visited: Visited, scope: Scope, prefix: string): Sql {
  return sql`(SELECT ${signColumns('h')} FROM (${hitsWithSigns(browserHits(visited, scope), scope)}) h
    JOIN ${raw(prefix)}firsts f ON f.person = h.person WHERE h.time >= f.time AND (f.next IS NULL OR h.time < f.next))`;
}

/** How many visits began on each day, and the largest channels and referrers. Each row belongs to a `part`; they are sorted. */
export function visitsQuery(visited: Visited, scope: Scope, most: number): Sql {
  const bucket = bucketOf('begins', periodsOf(visited.from, visited.to, 'day', scope.timeZone), scope);
  const alike = sql`SELECT medium, is_click, engine, referrer, count(*) AS people, sum(visits) AS visits
    FROM sources GROUP BY medium, is_click, engine, referrer`;
  // Each row twice, for its channel and for its referrer: if the table were named twice, ClickHouse would compute all visits twice.
  const parts = sql`SELECT p.part AS part, CASE p.part WHEN 'channel' THEN n.channel ELSE n.origin END AS value, n.people AS people, n.visits AS visits
    FROM (${withChannel(alike, scope)}) n CROSS JOIN (SELECT 'channel' AS part UNION ALL SELECT 'origin' AS part) p`;
  const place = raw('row_number() OVER (PARTITION BY part ORDER BY people DESC, value NULLS FIRST)');
  return sql`WITH ${visitTables(visited, scope)}
    SELECT part, bucket, value, people, times FROM (
      SELECT 'days' AS part, ${bucket} AS bucket, NULL AS value, NULL AS people, count(*) AS times, 0 AS place FROM begins GROUP BY bucket
      UNION ALL
      SELECT part, NULL AS bucket, value, people, times, ${place} AS place FROM (
        SELECT part, value, sum(people) AS people, sum(visits) AS times FROM (${withOneSpelling(parts, scope)}) GROUP BY part, value))
    WHERE place <= ${raw(String(most))} ORDER BY place`;
}

/**
 * The people whose first visit passes a test.
 * @param test a test of `channel` and `origin`
 * @param prefix of the names of its tables (see visitTables): the people of a cell may be combined with a filter that uses this,
 *   too
 */
export function peopleFrom(test: Sql, visited: Visited, scope: Scope, prefix: 'cell_' | 'filter_'): Sql {
  return sql`WITH ${visitTables(visited, scope, prefix)}
    SELECT person FROM (${withChannel(raw(`SELECT * FROM ${prefix}sources`), scope)}) WHERE ${test}`;
}
