import sql, { type Sql } from 'sql-template-tag';
import type { Asked } from '../../../protocol/reports.js';
import { personFilter } from './conditions.js';
import type { Scope } from './report.js';
import { visibleHits } from './visible-hits.js';

/** The hits that a question reads, like `visibleHits`, but only of people for whom its filter holds. */
export function countedHits(asked: Asked, scope: Scope): Sql {
  const hits = visibleHits(asked, scope);
  if (!asked.filter) return hits;
  return sql`(SELECT * FROM ${hits} WHERE ${personFilter(asked.filter, asked, scope)})`;
}
