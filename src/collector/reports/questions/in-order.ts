import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { Asked, OrderedCondition } from '../../../protocol/reports.js';
import { isStep } from './properties.js';
import type { Scope } from './report.js';
import { visibleHits, withinDays } from './visible-hits.js';

/**
 * People who did all of these events in order. For each condition one hit counts: the first one, by (time, hit), that is in the same
 * second as the hit of the previous condition or later, and that counts for no earlier condition.
 * @returns a query with one column `person`, each person once; undefined if nobody can have done them
 */
export function didInOrder(conditions: OrderedCondition[], asked: Pick<Asked, 'bots'>, scope: Scope): Sql | undefined {
  const events = conditions.map(({ event }) => scope.eventCode(event));
  if (events.includes(undefined)) return undefined;
  // Only if two conditions are about the same event can one hit count for both. Then each step also selects the hits of earlier steps.
  const keepsHits = new Set(events).size < events.length;
  const steps = conditions.map((condition, place) => {
    const first = scope.dialect.firstBy(raw('h.hit'), scope.dialect.order('h'));
    const taken = keepsHits ? Array.from({ length: place }, (_, before) => `hit${before}`) : [];
    const columns = [
      sql`h.person AS person, min(h.time) AS time`,
      ...taken.map((hit) => raw(`any_value(s.${hit}) AS ${hit}`)),
      ...(keepsHits ? [sql`${first} AS ${raw(`hit${place}`)}`] : []),
    ];
    const isOther = raw(taken.map((hit) => ` AND h.hit <> s.${hit}`).join(''));
    const step = sql`s ON s.person = h.person AND h.time >= s.time${isOther}`;
    return sql`${raw(`step${place}`)} AS (
      SELECT ${join(columns, ', ')}
      FROM ${visibleHits(asked, scope)} h ${place === 0 ? raw('') : sql`JOIN ${raw(`step${place - 1}`)} ${step}`}
      WHERE ${isStep('h', condition, scope)!} AND ${withinDays('h', condition, scope)}
      GROUP BY h.person)`;
  });
  return sql`WITH ${join(steps, ', ')} SELECT person FROM ${raw(`step${conditions.length - 1}`)}`;
}
