import { ALIAS } from '../model/kinds.js';
import { isDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { SIZE, type Size } from './hit-rows.js';

const BEHIND = 'h.id > (SELECT filed FROM filing)';

/**
 * Hits that are not in the index by identity yet (identity-index.ts): some 30,000 while filing continues. A question reads
 * them once, however many identities it is about.
 */
export class UnfiledHits {
  private readonly sizesOf: Statement;
  private readonly ids: Statement;
  private readonly sizeOf: Statement;
  private readonly seen: Statement;

  constructor(db: Database) {
    // The plus prevents that SQLite uses the old index by identity, which contains all hits of these identities.
    const ofIdentities = '+h.identity IN (SELECT value FROM json_each(?))';
    this.sizesOf = db.prepare(`SELECT ${SIZE} FROM hits h WHERE ${BEHIND} AND ${ofIdentities}`);
    this.sizeOf = db.prepare(`SELECT ${SIZE} FROM hits h WHERE h.id = ? AND ${ofIdentities}`);
    // Reads only the index: the rows may be on pages that cannot be read.
    this.ids = db.prepare(
      `SELECT h.id FROM hits h INDEXED BY hits_by_site WHERE h.site IN (SELECT id FROM sites) AND ${BEHIND}`,
    );
    this.seen = db.prepare(`
      SELECT h.identity, max(h.time) AS time FROM hits h WHERE ${BEHIND} AND h.kind <> ${ALIAS} AND ${ofIdentities} GROUP BY +h.identity`);
  }

  /** The unfiled hits of some identities, without those on pages that cannot be read. */
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

  /** The latest times of these identities' unfiled events and properties; none if a page cannot be read. */
  lastSeen(identities: readonly number[]): Map<number, number> {
    const rows = readable(() => this.seen.all(JSON.stringify(identities))) as
      { identity: number; time: number }[] | undefined;
    return new Map(rows?.map(({ identity, time }) => [identity, time]));
  }
}
