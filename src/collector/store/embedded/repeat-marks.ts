import { foldName } from '../../../protocol/text.js';
import type { Database } from '../sqlite/database.js';
import type { Counting } from '../store.js';

/**
 * Bits that mark a stored event as a repeat (docs/reference.md#8.4), one for each way to count: so a site that changes its
 * setting counts stored events by the new setting.
 */
const AMONG_ALL = 1;
const AMONG_THOSE_WITHOUT_ID = 2;

const MARK_OF: Record<Counting, number> = { reference: AMONG_ALL, auto: AMONG_THOSE_WITHOUT_ID, 'hit-id': 0 };

/** Whether a row with these marks is a repeat, by this way of counting. */
export function isMarkedRepeat(marks: number, counting: Counting): boolean {
  return (marks & MARK_OF[counting]) !== 0;
}

/** The ways of counting in which an event is compared with others: its marks, if an equal event was there before. */
export function comparisonsOf(hasId: boolean): number {
  return hasId ? AMONG_ALL : AMONG_ALL | AMONG_THOSE_WITHOUT_ID;
}

/** How many identities' events one statement marks, which bounds its memory. */
const IDENTITIES_PER_STATEMENT = 20_000;

/**
 * Marks the repeats among all stored events, in the caller's transaction. Of equal events the first one counts; names are compared
 * as the writer compares them. Only events that share their second with another hit of their identity are looked at.
 */
export function markRepeats(db: Database): void {
  db.function('fold', { deterministic: true }, (name) => foldName(String(name)));
  const { last } = db.prepare('SELECT coalesce(max(identity), 0) AS last FROM hits').get() as { last: number };
  const mark = db.prepare(`
    UPDATE hits SET duplicate = marked.marks FROM (
      SELECT id, (row_number() OVER (PARTITION BY identity, sent, folded ORDER BY id) > 1) * ${AMONG_ALL}
        + (bare AND row_number() OVER (PARTITION BY identity, sent, folded, bare ORDER BY id) > 1)
          * ${AMONG_THOSE_WITHOUT_ID} AS marks
      FROM (
        SELECT h.id, h.identity, h.sent, fold(h.name) AS folded, h.hit_id IS NULL AS bare
        FROM (
          SELECT identity, coalesce(sent, 0) AS second FROM hits WHERE identity > ? AND identity <= ?
          GROUP BY 1, 2 HAVING count(*) > 1
        ) shared
        JOIN hits h ON h.identity = shared.identity AND coalesce(h.sent, 0) = shared.second
        WHERE h.kind = 0 AND h.sent IS NOT NULL)
    ) marked WHERE hits.id = marked.id AND hits.duplicate <> marked.marks`);
  for (let at = 0; at < last; at += IDENTITIES_PER_STATEMENT) mark.run(at, at + IDENTITIES_PER_STATEMENT);
}
