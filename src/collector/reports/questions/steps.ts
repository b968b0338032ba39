import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import type { FunnelQuestion, Step } from '../../../protocol/reports.js';
import { endOfDay, startOfDay } from '../days.js';
import { countedHits } from './counted-hits.js';
import { isStep } from './properties.js';
import type { Scope } from './report.js';
import { visibleHits } from './source.js';
import { valueIn } from './splits.js';

/**
 * The steps of a funnel, each a table `s1`, `s2` … that is made of the one before. A row is a way that has come so far, with the time of
 * each step, `t1`, `t2` …, and with their hits, `h1`, `h2` …, where somebody needs to know them: where two steps are the same event, since
 * one hit is not both, and for the value that a hit carries.
 */

/** Later than the last time that reports have. */
const AFTER_ALL = 2 ** 40;

/** The value that the hit of a step carries: `step` is from 1. */
export interface Carried {
  step: number;
  property: string;
  transform?: 'lower' | 'path' | 'domain' | undefined;
}

export type Funnel = Pick<FunnelQuestion, 'steps' | 'window' | 'skip' | 'filter' | 'bots' | 'from' | 'to'>;

/** What all steps of one query have in common. */
export interface Course {
  asked: Funnel;
  scope: Scope;
  carried: Carried | undefined;
  needsHits: boolean;
}

export function isHitOf(row: string, step: Step, scope: Scope): Sql {
  return isStep(row, step, scope) ?? raw('FALSE');
}

/** @param seconds behind the range that are in it as well */
export function isInRange(row: string, { from, to }: Funnel, { timeZone }: Scope, seconds = 0): Sql {
  const time = raw(`${row}.time`);
  return sql`${time} >= ${startOfDay(from, timeZone)} AND ${time} < ${endOfDay(to, timeZone) + seconds}`;
}

/** @param index of the step, from 0 @returns the query of its table */
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
 * Whether those who went no further stay in the tables of the steps behind, and the last table has all ways: where a table is computed
 * wherever it is named, each should be named once.
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

/** The next step for the simple case: one way for each person, and no hits needed. */
function earliestNext(index: number, { asked, scope }: Course): Sql {
  const before = raw(`s${index}`);
  const times = asked.steps.slice(0, index).map((_, at) => raw(`min(s.t${at + 1}) AS t${at + 1}`));
  return sql`SELECT s.person AS person, ${join(times)}, min(r.time) AS ${raw(`t${index + 1}`)}
    FROM ${visibleHits(asked, scope)} r JOIN ${before} s ON s.person = r.person
    WHERE ${isHitOf('r', asked.steps[index]!, scope)} AND ${isInRange('r', asked, scope)} AND r.time >= ${raw(`s.t${index}`)}
    GROUP BY s.person`;
}

/** The same, with null for who did not do the step. */
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
 * The same where a step that was not done is null. It ends the way, unless steps may be skipped: `l1`, `l2` … is when the last one was
 * done, or later than all hits.
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
 * The hits among which a step is, one for each second of a person: the first of it, and as many behind that, `time1`, `hit1` …, as steps
 * before may have taken of them.
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

/** Of the candidates the first that is no step already. */
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

/** The steps before that are the same event, by the columns of their hits. */
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
