import { foldName } from '../../../protocol/text.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { IdentityIndex } from './identity-index.js';
import { comparisonsOf } from './repeat-marks.js';
import type { TextReader } from './text-reader.js';

/** For the events of one second, by folded name, the ways of counting in which equal events were compared (repeat-marks.ts). */
export type Comparisons = Map<string, number>;

interface EventRow {
  name: string | null;
  event: number | null;
  hitId: string | null;
}

/** Reads which events an identity has in a second. */
export class StoredEvents {
  private readonly eventAt: Statement;

  constructor(
    db: Database,
    private readonly index: IdentityIndex,
    private readonly texts: TextReader,
  ) {
    // Of several equal events, only the first one and the first without an id matter.
    this.eventAt = db.prepare(`
      SELECT name, event, hit_id AS hitId FROM hits WHERE id = ? AND sent IS NOT NULL
        AND kind = 0 AND (duplicate = 0 OR (duplicate = 1 AND hit_id IS NULL))`);
  }

  /** @param most how many stored hits may be read @returns undefined if more are necessary */
  ofSecond(identity: number, sent: number, most: number): { events: Comparisons; looked: number } | undefined {
    const found = this.index.rowsOfSecond(identity, sent, most);
    if (!found) return undefined;
    const events: Comparisons = new Map();
    for (const row of found.rows) {
      const event = this.eventAt.get(row) as EventRow | undefined;
      if (!event) continue;
      const folded = foldName(String(this.texts.nameOf(event)));
      events.set(folded, (events.get(folded) ?? 0) | comparisonsOf(event.hitId !== null));
    }
    return { events, looked: found.looked };
  }
}
