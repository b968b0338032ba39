import sql, { raw, type Sql } from 'sql-template-tag';
import type { Asked, Days } from '../../../protocol/reports.js';
import { endOfDay, startOfDay } from '../days.js';
import { BOT, COLUMN_NAMES } from '../tables.js';
import { personFilter } from './conditions.js';
import type { Scope } from './report.js';

const VALUES = COLUMN_NAMES.map((name) => `h.${name}`).join(', ');

/**
 * The hits that a question looks at, as a table to select from: those of the site, without those of bots where the question leaves them
 * out, each with who its person is by now. The engine reads only the columns that are used of it.
 */
export function visibleHits({ bots }: Pick<Asked, 'bots'>, scope: Scope): Sql {
  const person = raw(scope.hasMerges ? 'coalesce(m."into", h.person)' : 'h.person');
  const merges = raw(scope.hasMerges ? 'LEFT JOIN merges m ON m.person = h.person' : '');
  const agents = bots === 'exclude' ? sql`AND h.agent <> ${BOT}` : raw('');
  return sql`(
    SELECT h.hit, h.time, h.identity, ${person} AS person, h.event, h.agent, h.carried, ${raw(VALUES)}, h.others
    FROM hits h ${merges} WHERE h.site = ${scope.site} ${agents})`;
}

/** The same, of the people alone whom the question's filter lets through. */
export function countedHits(asked: Asked, scope: Scope): Sql {
  const hits = visibleHits(asked, scope);
  if (!asked.filter) return hits;
  return sql`(SELECT * FROM ${hits} WHERE ${personFilter(asked.filter, asked, scope)})`;
}

/** The identities of the site, each with who its person is by now: people are among them who have no hits. */
export function resolvedIdentities(scope: Scope): Sql {
  if (!scope.hasMerges) return sql`(SELECT identity, name, person FROM identities WHERE site = ${scope.site})`;
  return sql`(
    SELECT i.identity, i.name, coalesce(m."into", i.person) AS person
    FROM identities i LEFT JOIN merges m ON m.person = i.person WHERE i.site = ${scope.site})`;
}

/** Whether a row is of these days; a bound that is missing bounds nothing. */
export function withinDays(row: string, { from, to }: Days, { timeZone }: Scope): Sql {
  const time = raw(`${row}.time`);
  if (from === undefined && to === undefined) return raw('TRUE');
  if (from === undefined) return sql`${time} < ${endOfDay(to!, timeZone)}`;
  if (to === undefined) return sql`${time} >= ${startOfDay(from, timeZone)}`;
  return sql`(${time} >= ${startOfDay(from, timeZone)} AND ${time} < ${endOfDay(to, timeZone)})`;
}
