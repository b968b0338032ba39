import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import type { FunnelQuestion, Step } from '../../../protocol/reports.js';
import { endOfDay, startOfDay } from '../days.js';
import { countedHits } from './counted-hits.js';
import { isStep } from './properties.js';
import type { Scope } from './report.js';
import { visibleHits } from './visible-hits.js';
import { valueIn } from './splits.js';

/**
 * The steps of a funnel. Each step is a table, `s1`, `s2` …, made from the table of the step before. A row is one way up to this
 * step, with the time of each step, `t1`, `t2` …. It also has their hits, `h1`, `h2` …, if they are needed: if two steps are the
 * same event, since one hit cannot be both, or if a split uses the value of a hit.
 */

/** A time after the last one in reports. */
const AFTER_ALL = 2 ** 40;

/** The value in the hit of a step; the first step is 1. */
export interface Carried {
  step: number;
  property: string;
  transform?: 'lower' | 'path' | 'page' | 'domain' | undefined;
}

export type Funnel = Pick<FunnelQuestion, 'steps' | 'window' | 'skip' | 'filter' | 'bots' | 'from' | 'to'>;

/** Data that all steps of one query share. */
export interface Course {
  asked: Funnel;
  scope: Scope;
  carried: Carried | undefined;
  needsHits: boolean;
}

export function isHitOf(row: string, step: Step, scope: Scope): Sql {
  return isStep(row, step, scope) ?? raw('FALSE');
}

/** @param seconds so many seconds after the range are included */
export function isInRange(row: string, { from, to }: Funnel, { timeZone }: Scope, seconds = 0): Sql {
  const time = raw(`${row}.time`);
  return sql`${time} >= ${startOfDay(from, timeZone)} AND ${time} < ${endOfDay(to, timeZone) + seconds}`;
}

/** @param index the step, from 0 @returns the query of its table */
export function stepOf(index: number, course: Course): Sql {
  const { asked, needsHits } = course;
  const keepsAll = keepsEverybody(course);
  const isSimple = asked.window === undefined && !needsHits;
  if (asked.skip) return nextOrNone(index, course);
  if (index === 0) return keepsAll && !isSimple ? sql`SELECT *, t1 AS l1 FROM (${first(course)})` : first(course);
  if (isSimple) return keepsAll ? earliestNextOrNone(index, course) : earliestNext(index, course);
  return keepsAll ? nextOrNone(index, course) : next(index, course);
}

/**
 * Whether ways that went no further are also kept in the tables of later steps, so that the last table has all ways. That is
 * better for engines that compute a table each time it is named, since then each table is named only once.
 */
export function keepsEverybody({ asked: { skip }, scope }: Course): boolean {
  return skip || scope.dialect.repeatsTables;
}

function first(course: Course): Sql {
  const { asked, scope, needsHits } = course;
  const isFirst = sql`${isHitOf('r', asked.steps[0]!, scope)} AND ${isInRange('r', asked, scope)}`;
  const hits = countedHits(asked, scope);
  if (!needsHits) {
    return asked.window === undefined
      ? sql`SELECT r.person, min(r.time) AS t1 FROM ${hits} r WHERE ${isFirst} GROUP BY r.person`
      : sql`SELECT r.person, r.time AS t1 FROM ${hits} r WHERE ${isFirst}`;
  }
  const ways = sql`SELECT r.person, r.time AS t1, r.hit AS h1 ${valueOf(0, course)} FROM ${hits} r WHERE ${isFirst}`;
  return asked.window === undefined ? earliest(ways) : ways;
}

/** One way for each person: the earliest. */
export function earliest(ways: Sql): Sql {
  return sql`SELECT * FROM (${ways}) QUALIFY row_number() OVER (PARTITION BY person ORDER BY t1, h1) = 1`;
}

/** The next step in the simple case: one way per person, and hits are not needed. */
function earliestNext(index: number, { asked, scope }: Course): Sql {
  const before = raw(`s${index}`);
  const times = asked.steps.slice(0, index).map((_, at) => raw(`min(s.t${at + 1}) AS t${at + 1}`));
  return sql`SELECT s.person AS person, ${join(times)}, min(r.time) AS ${raw(`t${index + 1}`)}
    FROM ${visibleHits(asked, scope)} r JOIN ${before} s ON s.person = r.person
    WHERE ${isHitOf('r', asked.steps[index]!, scope)} AND ${isInRange('r', asked, scope)} AND r.time >= ${raw(`s.t${index}`)}
    GROUP BY s.person`;
}

/** The same, with null for people who did not do the step. */
function earliestNextOrNone(index: number, { asked, scope }: Course): Sql {
  const times = asked.steps.slice(0, index).map((_, at) => raw(`min(s.t${at + 1}) AS t${at + 1}`));
  return sql`SELECT s.person AS person, ${join(times)},
      min(CASE WHEN ${raw(`r.time >= s.t${index}`)} THEN r.time END) AS ${raw(`t${index + 1}`)}
    FROM ${raw(`s${index}`)} s LEFT JOIN (
      SELECT r.person, r.time FROM ${visibleHits(asked, scope)} r
      WHERE ${isHitOf('r', asked.steps[index]!, scope)} AND ${isInRange('r', asked, scope)}
    ) r ON r.person = s.person GROUP BY s.person`;
}

function next(index: number, course: Course): Sql {
  const time = raw(`t${index + 1}`);
  const { window } = course.asked;
  const isInWindow = window === undefined ? raw('') : sql`AND ${time} <= t1 + ${window}`;
  return sql`SELECT * FROM (
      SELECT s.*, ${found(index, course)} FROM ${raw(`s${index}`)} s
      ASOF JOIN ${candidates(index, course)} c ON c.person = s.person AND c.time0 >= ${raw(`s.t${index}`)})
    WHERE ${time} IS NOT NULL ${isInWindow}`;
}

/**
 * The same, with null for a step that was not done. That ends the way, unless steps may be skipped: `l1`, `l2` … is the time of
 * the last step that was done, or a time after all hits if the way has ended.
 */
function nextOrNone(index: number, course: Course): Sql {
  const [last, time] = [raw(`l${index}`), raw(`t${index + 1}`)];
  const { skip, window } = course.asked;
  const isInWindow = (name: Sql): Sql => sql`CASE WHEN ${time} <= t1 + ${window} THEN ${name} END AS ${name}`;
  const limited = [time, ...(isCarried(index, course) ? [raw('value')] : [])].map((name) => isInWindow(name));
  const columns = window === undefined ? raw('*') : sql`* REPLACE (${join(limited)})`;
  return sql`SELECT *, coalesce(${time}, ${skip ? last : AFTER_ALL}) AS ${raw(`l${index + 1}`)} FROM (
    SELECT ${columns} FROM (
      SELECT s.*, ${found(index, course)} FROM ${raw(`s${index}`)} s
      ASOF LEFT JOIN ${candidates(index, course)} c ON c.person = s.person AND c.time0 >= s.${last}))`;
}

/**
 * The candidates for a step: a row for each second of a person, with the first hit of the second, and as many later hits, `time1`,
 * `hit1` …, as earlier steps may have used.
 */
function candidates(index: number, course: Course): Sql {
  const { asked, scope, needsHits } = course;
  const is = sql`${isHitOf('r', asked.steps[index]!, scope)} AND ${isInRange('r', asked, scope, asked.window)}`;
  const hits = visibleHits(asked, scope);
  if (!needsHits) return sql`(SELECT r.person, r.time AS time0 FROM ${hits} r WHERE ${is})`;
  const ordered = { by: raw('person'), order: raw('time, hit') };
  const columns = ['time', 'hit', ...(isCarried(index, course) ? ['value'] : [])];
  const ahead = Array.from({ length: takenBefore(index, course).length + 1 }, (_, more) => more);
  const leads = columns.flatMap((name) =>
    ahead.map((more) => {
      const value = more ? scope.dialect.lead(raw(name), more, ordered) : raw(name);
      return sql`${value} AS ${raw(`${name}${more}`)}`;
    }),
  );
  return sql`(SELECT person, ${join(leads)}
    FROM (SELECT r.person, r.time, r.hit ${valueOf(index, course)} FROM ${hits} r WHERE ${is})
    QUALIFY ${scope.dialect.lag(raw('time'), { ...ordered, without: -1 })} <> time)`;
}

/** The first candidate that is not used by an earlier step. */
function found(index: number, course: Course): Sql {
  if (!course.needsHits) return raw(`c.time0 AS t${index + 1}`);
  const taken = takenBefore(index, course);
  const free = taken.map(
    (_, more) => `WHEN NOT coalesce(c.hit${more} IN (${taken.map((hit) => `s.${hit}`).join()}), FALSE) THEN `,
  );
  const pick = (column: string, name: string): string => {
    const whens = free.map((isFree, more) => `${isFree} c.${column}${more}`);
    const last = `c.${column}${taken.length}`;
    return `${whens.length ? `CASE ${whens.join(' ')} ELSE ${last} END` : last} AS ${name}`;
  };
  const picks = [pick('time', `t${index + 1}`), pick('hit', `h${index + 1}`)];
  if (isCarried(index, course)) picks.push(pick('value', 'value'));
  return raw(picks.join());
}

/** The columns with the hits of earlier steps that are the same event. */
function takenBefore(index: number, { asked: { steps }, scope }: Course): string[] {
  const code = scope.eventCode(steps[index]!.event);
  return steps.slice(0, index).flatMap(({ event }, at) => (scope.eventCode(event) === code ? [`h${at + 1}`] : []));
}

function isCarried(index: number, { carried }: Course): boolean {
  return carried?.step === index + 1;
}

function valueOf(index: number, course: Course): Sql {
  return isCarried(index, course) ? sql`, ${valueIn('r', course.carried!, course.scope)} AS value` : empty;
}
