import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { Lists } from '../dialects.js';
import { signColumns, signsOf, SIGNED_VALUES } from './channels.js';
import type { Scope } from './report.js';

/**
 * Visits, for an engine that computes a table of a WITH again each time it is named. So each person is one row with a list of their
 * visits, and each table is named once.
 */

/** Queries for the visits of a range. */
export interface Visitors {
  /** `person`, `begins`, and the time of the `first` visit and of the `next` one or null (see `Lists.series`). */
  visitors: Sql;
  /** The columns of `hitsWithSigns`. */
  signed: Sql;
}

/**
 * A query with each person who has a visit: `person`, `begins` (a sorted list of the beginnings of their visits), `visits` (how many), and
 * the signs of the first one, which tell where it came from.
 */
export function listedSources({ visitors, signed }: Visitors, scope: Scope): Sql {
  const isFirst = raw('(h.time >= v.first AND (v.next IS NULL OR h.time < v.next))');
  // The hits of later visits get no values: then they count for nothing, and the person stays.
  const values = SIGNED_VALUES.map((name) => sql`CASE WHEN ${isFirst} THEN h.${raw(name)} END AS ${raw(name)}`);
  const hits = sql`(SELECT v.person AS person, v.begins AS begins, h.time AS time, h.hit AS hit, ${join(values)}
    FROM (SELECT ${signColumns('s')} FROM (${signed}) s) h RIGHT JOIN (${visitors}) v ON v.person = h.person)`;
  return sql`SELECT *, length(begins) AS visits FROM (${signsOf(hits, scope, raw('any_value(h.begins) AS begins,'))})`;
}

/** The same people, those with equal signs as one row: `people`, `visits`, and `begins` of all of them. */
export function alikeOf(sources: Sql, lists: Lists): Sql {
  return sql`SELECT medium, is_click, engine, referrer, count(*) AS people, sum(visits) AS visits, ${lists.joined(raw('begins'))} AS begins
    FROM (${sources}) GROUP BY medium, is_click, engine, referrer`;
}

/**
 * Each row twice, for its channel and for its referrer, and once for each of its visits: `part`, `value`, `people`, `visits`.
 * @param rows a query of `alikeOf` with `channel` and `origin` @param day the number of the day of `e.time`
 */
export function partsOf(rows: Sql, day: Sql, lists: Lists): Sql {
  return sql`SELECT part, CASE part WHEN 'channel' THEN channel WHEN 'origin' THEN origin ELSE CAST(${day} AS VARCHAR) END AS value, people,
      CASE part WHEN 'days' THEN 1 ELSE visits END AS visits
    FROM (
      SELECT p.part AS part, n.channel AS channel, n.origin AS origin, n.people AS people, n.visits AS visits,
        ${lists.each(raw('n.begins'), raw(`p.part = 'days'`))} AS time
      FROM (${rows}) n
      CROSS JOIN (SELECT 'channel' AS part UNION ALL SELECT 'origin' AS part UNION ALL SELECT 'days' AS part) p) e`;
}
