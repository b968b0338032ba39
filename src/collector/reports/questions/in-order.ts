import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { Asked, OrderedCondition } from '../../../protocol/reports.js';
import { isStep } from './properties.js';
import type { Scope } from './report.js';
import { visibleHits, withinDays } from './source.js';

/**
 * People who did all of these in order. For each condition the first hit counts, by (time, hit), that is not earlier than the
 * second of the hit before and was not used before.
 * @returns a query with one column `person`, each person once; undefined if nobody can have done them
 */
export function didInOrder(conditions: OrderedCondition[], asked: Pick<Asked, 'bots'>, scope: Scope): Sql | undefined {
  const events = conditions.map(({ event }) => scope.eventCode(event));
  if (events.includes(undefined)) return undefined;
  // It must be known which hits were used only if a hit could be used again.
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
