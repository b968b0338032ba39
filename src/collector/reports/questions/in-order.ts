import sql, { join, raw, type Sql } from 'sql-template-tag';
import type { Asked, OrderedCondition } from '../../../protocol/reports.js';
import { isStep } from './properties.js';
import type { Scope } from './report.js';
import { visibleHits, withinDays } from './source.js';

/**
 * People who did all of these in order: each takes the first hit, by (time, hit), that is of the second of the one before or later and
 * was not taken before.
 * @returns a query with one column `person`, each once; undefined where nobody can have
 */
export function didInOrder(conditions: OrderedCondition[], asked: Pick<Asked, 'bots'>, scope: Scope): Sql | undefined {
  const events = conditions.map(({ event }) => scope.eventCode(event));
  if (events.includes(undefined)) return undefined;
  // Which hit was taken matters only where it could be taken again.
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
