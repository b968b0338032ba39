import sql, { raw, type Sql } from 'sql-template-tag';
import type { Days, PeopleColumn, Step } from '../../../protocol/reports.js';
import { firstOrLast, isStep, propertyIn } from './properties.js';
import type { Scope } from './report.js';
import { withinDays } from './visible-hits.js';

/**
 * The value of a column for a person: an aggregate over their hits, `h`.
 * @param days only hits of these days count
 */
export function columnOf(column: PeopleColumn, days: Days, scope: Scope): Sql {
  const within = withinDays('h', days, scope);
  switch (column.show) {
    case 'times':
      return sql`count(*) ${ofEvent(column, within, scope)}`;
    case 'first':
    case 'last':
      return sql`${earliestOrLatest(column.show)}(h.time) ${ofEvent(column, within, scope)}`;
    case 'sum':
    case 'average':
      return addedUp(column, sql`${isStep('h', column, scope) ?? raw('FALSE')} AND ${within}`, scope);
    case 'first time':
    case 'last time':
      return sql`${earliestOrLatest(column.show)}(h.time) ${withProperty(column, within, scope)}`;
    case 'first value':
    case 'last value': {
      const end = column.show === 'first value' ? 'first' : 'last';
      const value = propertyIn('h', column.property, scope);
      return sql`${firstOrLast(end, value, 'h', scope)} ${withProperty(column, within, scope)}`;
    }
  }
}

const ofEvent = (step: Step, within: Sql, scope: Scope): Sql =>
  sql`FILTER (WHERE ${isStep('h', step, scope) ?? raw('FALSE')} AND ${within})`;

const withProperty = ({ property }: { property: string }, within: Sql, scope: Scope): Sql =>
  sql`FILTER (WHERE ${propertyIn('h', property, scope)} IS NOT NULL AND ${within})`;

const earliestOrLatest = (show: 'first' | 'last' | 'first time' | 'last time'): Sql =>
  raw(show === 'first' || show === 'first time' ? 'min' : 'max');

/** The sum or the average of numbers; null if there are none. */
function addedUp(
  { property, show }: Extract<PeopleColumn, { show: 'sum' | 'average' }>,
  isCounted: Sql,
  scope: Scope,
): Sql {
  const number = scope.dialect.number(propertyIn('h', property, scope));
  const counted = sql`CASE WHEN ${isCounted} THEN ${number} END`;
  const sum = scope.dialect.sum(counted);
  return show === 'sum' ? sum : sql`${sum} / nullif(count(${counted}), 0)`;
}
