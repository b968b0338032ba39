import sql, { join, raw, type Sql } from 'sql-template-tag';
import {
  FIRST_DAY,
  LAST_DAY,
  type Asked,
  type Condition,
  type EventCondition,
  type PageCondition,
  type PropertyCondition,
  type SourceCondition,
} from '../../../protocol/reports.js';
import { isChannel } from './channels.js';
import { didInOrder } from './in-order.js';
import { peopleOfPage } from './pages.js';
import { firstOrLast, isCustomerId, isStep, passes, propertyIn, satisfies } from './properties.js';
import type { Scope } from './report.js';
import { resolvedIdentities, visibleHits, withinDays } from './visible-hits.js';
import { peopleFrom } from './visits.js';

/**
 * Finds the people for whom a condition holds. For each event and each property of the condition, a query (a look) finds people
 * in the hits. Then it is counted how often each person is in each look. People who are in no look are not in these counts. So if
 * the condition holds for such people, it is negated: everybody, except those for whom it does not hold.
 */

type Counted = Pick<Asked, 'bots'>;

/** Whether a condition holds for a person, by the person's counts in the looks. */
interface Outcome {
  holds: Sql;
  /** Whether it holds for people who are in no look. */
  forOthers: boolean;
}

const always = (forOthers: boolean): Outcome => ({ holds: raw(forOthers ? 'TRUE' : 'FALSE'), forOthers });

/** A test of the column `person`, for a WHERE. */
export function personFilter(condition: Condition, asked: Counted, scope: Scope): Sql {
  const looks: Sql[] = [];
  const { holds, forOthers } = outcomeOf(condition, looks, asked, scope);
  if (looks.length === 0) return raw(forOthers ? 'TRUE' : 'FALSE');
  const people = sql`
    SELECT person FROM (${join(looks, ' UNION ALL ')}) looks GROUP BY person HAVING ${forOthers ? sql`NOT (${holds})` : holds}`;
  return forOthers ? sql`person NOT IN (${scope.keep(people)})` : sql`person IN (${scope.keep(people)})`;
}

/** @param looks the looks of the condition are added to this list */
function outcomeOf(condition: Condition, looks: Sql[], asked: Counted, scope: Scope): Outcome {
  const inner = (one: Condition): Outcome => outcomeOf(one, looks, asked, scope);
  if ('all' in condition) {
    const outcomes = condition.all.map(inner);
    return { holds: joined(outcomes, ' AND '), forOthers: outcomes.every(({ forOthers }) => forOthers) };
  }
  if ('any' in condition) {
    const outcomes = condition.any.map(inner);
    return { holds: joined(outcomes, ' OR '), forOthers: outcomes.some(({ forOthers }) => forOthers) };
  }
  if ('not' in condition) {
    const { holds, forOthers } = inner(condition.not);
    return { holds: sql`NOT (${holds})`, forOthers: !forOthers };
  }
  if ('inOrder' in condition) {
    const people = didInOrder(condition.inOrder, asked, scope);
    return people ? isIn(look(looks, people)) : always(false);
  }
  if ('channel' in condition || 'referrer' in condition) return isIn(look(looks, cameFrom(condition, asked, scope)));
  if ('page' in condition) return isIn(look(looks, sawPage(condition, asked, scope)));
  if ('event' in condition) return didEvent(condition, looks, asked, scope);
  return hasProperty(condition, looks, asked, scope);
}

/** @returns a query with one column `person`, each person once */
function cameFrom(condition: SourceCondition, { bots }: Counted, scope: Scope): Sql {
  const { from = FIRST_DAY, to = LAST_DAY } = condition;
  const hits = visibleHits({ bots }, scope);
  return peopleFrom(sourceTest(condition, scope), { hits, from, to }, scope);
}

/** @returns a query with one column `person`, each person once */
function sawPage({ page, from, to }: PageCondition, { bots }: Counted, scope: Scope): Sql {
  return peopleOfPage(page, { hits: visibleHits({ bots }, scope), from, to }, scope);
}

function sourceTest(condition: SourceCondition, scope: Scope): Sql {
  if ('channel' in condition) return isChannel(condition.channel, scope);
  return condition.referrer === null ? raw('origin IS NULL') : sql`origin = ${condition.referrer}`;
}

const joined = (outcomes: Outcome[], by: string): Sql =>
  sql`(${join(
    outcomes.map(({ holds }) => holds),
    by,
  )})`;

/** @param people a query with one column `person` @returns how often a person is in it */
function look(looks: Sql[], people: Sql): Sql {
  const number = looks.length;
  looks.push(sql`SELECT person, ${raw(String(number))} AS look FROM (${people}) people${raw(String(number))}`);
  return sql`count(*) FILTER (WHERE look = ${raw(String(number))})`;
}

const isIn = (count: Sql): Outcome => ({ holds: sql`${count} > 0`, forOthers: false });

function didEvent(condition: EventCondition, looks: Sql[], asked: Counted, scope: Scope): Outcome {
  const { atLeast, atMost, exactly } = condition;
  const isBounded = atLeast !== undefined || atMost !== undefined || exactly !== undefined;
  const least = isBounded ? Math.max(atLeast ?? 0, exactly ?? 0) : 1;
  const most = Math.min(atMost ?? Infinity, exactly ?? Infinity);
  const step = isStep('h', condition, scope);
  if (!step || least > most) return always(least === 0 && most >= 0);
  const count = look(
    looks,
    sql`SELECT h.person FROM ${visibleHits(asked, scope)} h WHERE ${step} AND ${withinDays('h', condition, scope)}`,
  );
  const bounds = [sql`${count} >= ${least}`, ...(most < Infinity ? [sql`${count} <= ${most}`] : [])];
  return { holds: sql`(${join(bounds, ' AND ')})`, forOthers: least === 0 };
}

function hasProperty(condition: PropertyCondition, looks: Sql[], asked: Counted, scope: Scope): Outcome {
  const { property } = condition;
  if ('is' in condition && condition.is === 'never') {
    const { holds, forOthers } = hasProperty({ ...condition, is: 'any' }, looks, asked, scope);
    return { holds: sql`NOT (${holds})`, forOthers: !forOthers };
  }
  if (condition.value !== undefined) return hasValue(condition, condition.value, looks, asked, scope);
  if (isCustomerId(property)) {
    // Everybody has an identity, whatever the days are.
    if ('is' in condition && condition.is === 'any') return always(true);
    const isOne = satisfies(raw('i.name'), condition, scope);
    return isIn(look(looks, sql`SELECT i.person FROM ${resolvedIdentities(scope)} i WHERE ${isOne}`));
  }
  if (!scope.property('h', property)) return always(false);
  const passed = passes('h', condition, scope);
  const within = withinDays('h', condition, scope);
  return isIn(look(looks, sql`SELECT h.person FROM ${visibleHits(asked, scope)} h WHERE ${passed} AND ${within}`));
}

/** Whether a person's first or last value of the property, in the days of the condition, passes its test. */
function hasValue(
  condition: PropertyCondition,
  which: 'first' | 'last',
  looks: Sql[],
  asked: Counted,
  scope: Scope,
): Outcome {
  const { property } = condition;
  if (!isCustomerId(property) && !scope.property('h', property)) return always(false);
  const value = propertyIn('h', property, scope);
  const values = sql`
    SELECT h.person AS person, ${firstOrLast(which, value, 'h', scope)} AS value FROM ${visibleHits(asked, scope)} h
    WHERE ${value} IS NOT NULL AND ${withinDays('h', condition, scope)} GROUP BY h.person`;
  const passed = satisfies(raw('chosen.value'), condition, scope);
  return isIn(look(looks, sql`SELECT chosen.person FROM (${values}) chosen WHERE ${passed}`));
}
