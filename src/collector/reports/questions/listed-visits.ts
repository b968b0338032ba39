import sql, { raw, type Sql } from 'sql-template-tag';
import type { Lists } from '../dialects.js';
import { signColumns, signsOf } from './channels.js';
import type { Scope } from './report.js';

/**
 * Visits, for an engine that computes a table of a WITH again each time it is named. So each person is one row with a list of their
 * visits, and few tables are named twice. No list is copied to the hits of its person, and no list has the visits of several people:
 * anyone may send many visits of one person, and there is a limit for the length of a list.
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
  const ofFirst = sql`(SELECT ${signColumns('s')} FROM (${signed}) s
    JOIN (SELECT person, first, next FROM (${visitors})) v ON v.person = s.person
    WHERE s.time >= v.first AND (v.next IS NULL OR s.time < v.next))`;
  return sql`SELECT v.person AS person, v.begins AS begins, length(v.begins) AS visits,
      f.medium AS medium, coalesce(f.is_click, 0) AS is_click, f.engine AS engine, f.referrer AS referrer
    FROM (${visitors}) v LEFT JOIN (${signsOf(ofFirst, scope)}) f ON f.person = v.person`;
}

/**
 * The people of `listedSources` with equal signs as one row, and the visits of each day as one row without signs: `day`, which is null
 * for people, `people` and `visits`.
 * @param day the number of the day of `e.time`
 */
export function alikeOf(sources: Sql, day: Sql, lists: Lists): Sql {
  const isPerson = raw('e.time < 0');
  return sql`SELECT day, medium, is_click, engine, referrer, count(*) AS people, sum(visits) AS visits
    FROM (
      SELECT CASE WHEN ${isPerson} THEN NULL ELSE CAST(${day} AS VARCHAR) END AS day,
        CASE WHEN ${isPerson} THEN e.medium END AS medium, CASE WHEN ${isPerson} THEN e.is_click ELSE 0 END AS is_click,
        CASE WHEN ${isPerson} THEN e.engine END AS engine, CASE WHEN ${isPerson} THEN e.referrer END AS referrer,
        CASE WHEN ${isPerson} THEN e.visits ELSE 1 END AS visits
      FROM (SELECT medium, is_click, engine, referrer, visits, ${lists.each(raw('begins'))} AS time FROM (${sources})) e)
    GROUP BY day, medium, is_click, engine, referrer`;
}

/**
 * The rows of people twice, for their channel and for their referrer, and those of days once: `part`, `value`, `people`, `visits`.
 * @param rows a query of `alikeOf` with `channel` and `origin`
 */
export function partsOf(rows: Sql): Sql {
  return sql`SELECT p.part AS part, CASE p.part WHEN 'channel' THEN n.channel WHEN 'origin' THEN n.origin ELSE n.day END AS value,
      n.people AS people, n.visits AS visits
    FROM (${rows}) n
    CROSS JOIN (SELECT 'channel' AS part UNION ALL SELECT 'origin' AS part UNION ALL SELECT 'days' AS part) p
    WHERE (p.part = 'days') = (n.day IS NOT NULL)`;
}
