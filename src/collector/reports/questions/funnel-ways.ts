import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import { startOfDay } from '../days.js';
import { countedHits } from './counted-hits.js';
import type { Scope } from './report.js';
import {
  earliest,
  isHitOf,
  isInRange,
  keepsEverybody,
  stepOf,
  type Carried,
  type Course,
  type Funnel,
} from './funnel-steps.js';

/**
 * The ways of people through the steps of a funnel. A way begins at a hit of step 1. Each next step is its first hit that is not
 * earlier and is not used by another step. One way of each person counts: the earliest of those that lead furthest.
 */

/**
 * @param carried adds a column `value`
 * @returns a query: `person`, each person once, and `t1` … `tn`, null for a step that was not done
 */
export function waysOf(asked: Funnel, scope: Scope, carried?: Carried): Sql {
  const codes = asked.steps.map(({ event }) => scope.eventCode(event));
  const course = { asked, scope, carried, needsHits: Boolean(carried) || new Set(codes).size < codes.length };
  const begin = asked.skip ? [sql`s0 AS (${everybody(course)})`] : [];
  const tables = asked.steps.map((_, index) => sql`${raw(`s${index + 1}`)} AS (${stepOf(index, course)})`);
  return sql`WITH ${join([...begin, ...tables])} ${keepsEverybody(course) ? waysOfLast(course) : furthestWays(course)}`;
}

/** The hits of step 1 in the range. With a window, each of them begins a way. */
export function startsOf(asked: Funnel, scope: Scope): Sql {
  return sql`SELECT r.person, r.time FROM ${countedHits(asked, scope)} r
    WHERE ${isHitOf('r', asked.steps[0]!, scope)} AND ${isInRange('r', asked, scope)}`;
}

/** Everybody who did any of the steps. */
function everybody({ asked, scope }: Course): Sql {
  const anyStep = join(
    asked.steps.map((step) => sql`(${isHitOf('r', step, scope)})`),
    ' OR ',
  );
  return sql`SELECT DISTINCT r.person, ${startOfDay(asked.from, scope.timeZone)} AS l0 FROM ${countedHits(asked, scope)} r
    WHERE (${anyStep}) AND ${isInRange('r', asked, scope)}`;
}

/** For each person, the earliest of the ways that lead furthest. */
function furthestWays(course: Course): Sql {
  const { steps, window } = course.asked;
  const furthest = steps.map((_, index) => {
    const done = index + 1;
    const isLonger = done < steps.length ? raw(`WHERE person NOT IN (SELECT person FROM s${done + 1})`) : empty;
    const ways = sql`SELECT * FROM ${raw(`s${done}`)} ${isLonger}`;
    const columns = steps.map((_, at) => (at < done ? `t${at + 1}` : `NULL AS t${at + 1}`));
    if (course.carried) columns.push(course.carried.step <= done ? 'value' : 'NULL AS value');
    if (window === undefined) return sql`SELECT person, ${raw(columns.join())} FROM (${ways})`;
    if (course.needsHits) return sql`SELECT person, ${raw(columns.join())} FROM (${earliest(ways)})`;
    // If one way begins later than another, none of its steps is earlier. So the earliest way has the minimum of each step's time.
    const times = steps.map((_, at) => (at < done ? `min(t${at + 1}) AS t${at + 1}` : `NULL AS t${at + 1}`));
    return sql`SELECT person, ${raw(times.join())} FROM (${ways}) GROUP BY person`;
  });
  return join(furthest.reverse(), ' UNION ALL ');
}

/** The ways in the last table, in which steps may be missing. Only with a window a person has several ways. */
function waysOfLast({ asked: { steps, window }, carried, needsHits }: Course): Sql {
  const times = steps.map((_, at) => `t${at + 1}`);
  const columns = ['person', ...times, ...(carried ? ['value'] : [])];
  const ways = sql`SELECT ${raw(columns.join())} FROM ${raw(`s${steps.length}`)}`;
  if (window === undefined) return ways;
  // The way with the last step comes first, then the way with the step before it, and so on. Of equal ways, the earliest comes first.
  const furthest = times.slice(1).map((time) => `CASE WHEN ${time} IS NULL THEN 1 ELSE 0 END`);
  const order = [...furthest.reverse(), 't1', ...(needsHits ? ['h1'] : [])];
  return sql`${ways} QUALIFY row_number() OVER (PARTITION BY person ORDER BY ${raw(order.join())}) = 1`;
}
