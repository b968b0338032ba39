import sql, { raw, type Sql } from 'sql-template-tag';
import type { Asked, Days } from '../../../protocol/reports.js';
import { endOfDay, startOfDay } from '../days.js';
import { BOT } from '../tables.js';
import type { Scope } from './report.js';

/**
 * The hits that a question reads, as a table to select from: those of the site, without bots if the question excludes them,
 * each with its present person. The engine reads only the columns that are used.
 */
export function visibleHits({ bots }: Pick<Asked, 'bots'>, scope: Scope): Sql {
  const person = raw(scope.hasMerges ? 'coalesce(m."into", h.person)' : 'h.person');
  const merges = scope.hasMerges ? sql`LEFT JOIN ${scope.tables.merges} m ON m.person = h.person` : raw('');
  const agents = bots === 'exclude' ? sql`AND h.agent <> ${BOT}` : raw('');
  // With explicit names: in a join, an engine may name them differently.
  const columns = ['hit', 'time', 'identity', 'event', 'agent', ...scope.dialect.values].map(
    (name) => `h.${name} AS ${name}`,
  );
  return sql`(
    SELECT ${raw(columns.join(', '))}, ${person} AS person
    FROM ${scope.tables.hits} h ${merges} WHERE h.site = ${scope.site} ${agents})`;
}

/** The identities of the site, each with its present person. Some of these people have no hits. */
export function resolvedIdentities(scope: Scope): Sql {
  const age = raw(scope.dialect.age);
  if (!scope.hasMerges)
    return sql`(SELECT identity, name, person, ${age} AS age FROM ${scope.tables.identities} WHERE site = ${scope.site})`;
  return sql`(
    SELECT i.identity AS identity, i.name AS name, coalesce(m."into", i.person) AS person, ${age} AS age
    FROM ${scope.tables.identities} i LEFT JOIN ${scope.tables.merges} m ON m.person = i.person WHERE i.site = ${scope.site})`;
}

/** Whether a row is within these days. If a day is missing, there is no limit on that side. */
export function withinDays(row: string, { from, to }: Days, { timeZone }: Scope): Sql {
  const time = raw(`${row}.time`);
  if (from === undefined && to === undefined) return raw('TRUE');
  if (from === undefined) return sql`${time} < ${endOfDay(to!, timeZone)}`;
  if (to === undefined) return sql`${time} >= ${startOfDay(from, timeZone)}`;
  return sql`(${time} >= ${startOfDay(from, timeZone)} AND ${time} < ${endOfDay(to, timeZone)})`;
}
