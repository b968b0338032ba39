import sql, { raw, type Sql } from 'sql-template-tag';
import type { Days, PeopleColumn } from '../../../protocol/reports.js';
import { firstOrLast, isStep, propertyIn } from './properties.js';
import type { Scope } from './report.js';
import { withinDays } from './source.js';

/**
 * The value of a column for a person: an aggregate over their hits, `h`.
 * @param days only hits of these days count
 */
export function columnOf(column: PeopleColumn, days: Days, scope: Scope): Sql {
  const within = withinDays('h', days, scope);
  if ('event' in column) {
    const isIt = isStep('h', column, scope) ?? raw('FALSE');
    const filter = sql`FILTER (WHERE ${isIt} AND ${within})`;
    if (column.show === 'times') return sql`count(*) ${filter}`;
    if (column.show === 'sum' || column.show === 'average') return addedUp(column, sql`${isIt} AND ${within}`, scope);
    return sql`${raw(column.show === 'first' ? 'min' : 'max')}(h.time) ${filter}`;
  }
  const value = propertyIn('h', column.property, scope);
  const filter = sql`FILTER (WHERE ${value} IS NOT NULL AND ${within})`;
  const isFirst = column.show.startsWith('first');
  if (column.show.endsWith('time')) return sql`${raw(isFirst ? 'min' : 'max')}(h.time) ${filter}`;
  return sql`${firstOrLast(isFirst ? 'first' : 'last', value, 'h', scope)} ${filter}`;
}

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
