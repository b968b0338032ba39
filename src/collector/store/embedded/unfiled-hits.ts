import { isDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { SIZE, type Size } from './hit-rows.js';

const BEHIND = 'h.id > (SELECT filed FROM filing)';

/**
 * Hits that the index by identity does not have yet (identity-index.ts): some 30,000 while filing goes on, which are looked through
 * once for a question, however many identities it is about.
 */
export class UnfiledHits {
  private readonly sizesOf: Statement;
  private readonly ids: Statement;
  private readonly sizeOf: Statement;
  private readonly seen: Statement;

  constructor(db: Database) {
    // The plus keeps an index by identity of a version before out of it, which has all hits of these identities.
    const ofIdentities = '+h.identity IN (SELECT value FROM json_each(?))';
    this.sizesOf = db.prepare(`SELECT ${SIZE} FROM hits h WHERE ${BEHIND} AND ${ofIdentities}`);
    this.sizeOf = db.prepare(`SELECT ${SIZE} FROM hits h WHERE h.id = ? AND ${ofIdentities}`);
    // The index alone: the rows may be on pages that cannot be read.
    this.ids = db.prepare(
      `SELECT h.id FROM hits h INDEXED BY hits_by_site WHERE h.site IN (SELECT id FROM sites) AND ${BEHIND}`,
    );
    this.seen = db.prepare(`
      SELECT h.identity, max(h.time) AS time FROM hits h WHERE ${BEHIND} AND h.kind <> 2 AND ${ofIdentities} GROUP BY +h.identity`);
  }

  /** Of some identities, without those on pages that cannot be read. */
  sizes(identities: readonly number[]): Size[] {
    const these = JSON.stringify(identities);
    try {
      return this.sizesOf.all(these) as Size[];
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const ids = this.ids.all() as { id: number }[];
    return ids.flatMap(({ id }) => readable(() => this.sizeOf.get(id, these) as Size | undefined) ?? []);
  }

  /** When some identities were seen last by these hits; none where they are on pages that cannot be read. */
  lastSeen(identities: readonly number[]): Map<number, number> {
    const rows = readable(() => this.seen.all(JSON.stringify(identities))) as
      { identity: number; time: number }[] | undefined;
    return new Map(rows?.map(({ identity, time }) => [identity, time]));
  }
}
