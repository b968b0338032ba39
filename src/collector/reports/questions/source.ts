import sql, { raw, type Sql } from 'sql-template-tag';
import type { Asked } from '../../../protocol/reports.js';
import { BOT, COLUMNS } from '../tables.js';
import { peopleMatching } from './conditions.js';
import type { Scope } from './report.js';

const COLUMN_NAMES = Array.from({ length: COLUMNS }, (_, index) => `h.c${index + 1}`).join(', ');

/**
 * The hits that a question looks at, as a table to select from: those of the site, without those of bots where the question leaves them
 * out, each with who its person is by now. The engine reads only the columns that are used of it.
 */
export function visibleHits({ bots }: Pick<Asked, 'bots'>, scope: Scope): Sql {
  const person = raw(scope.hasMerges ? 'coalesce(m."into", h.person)' : 'h.person');
  const merges = raw(scope.hasMerges ? 'LEFT JOIN merges m ON m.person = h.person' : '');
  const agents = bots === 'exclude' ? sql`AND h.agent <> ${BOT}` : raw('');
  return sql`(
    SELECT h.hit, h.time, h.identity, ${person} AS person, h.event, h.agent, ${raw(COLUMN_NAMES)}, h.others
    FROM hits h ${merges} WHERE h.site = ${scope.site} ${agents})`;
}

/** The same, of the people alone whom the question's filter lets through. */
export function countedHits(asked: Asked, scope: Scope): Sql {
  const hits = visibleHits(asked, scope);
  if (!asked.filter) return hits;
  return sql`(SELECT * FROM ${hits} WHERE person IN (${peopleMatching(asked.filter, asked, scope)}))`;
}
