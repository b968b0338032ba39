import type { Database, Statement } from '../sqlite/database.js';
import { hashOfId } from './hit-hash.js';
import { INSERT_ENTRY } from './indexed-hits.js';
import type { UpgradeState } from './upgrade-state.js';

interface Entry {
  id: number;
  identity: number;
  sent: number;
  hitId: string | null;
}

type Place = Pick<UpgradeState, 'identity' | 'sent'>;

/** Copies the index by identity of schema 5, in its order. Each method is part of the caller's transaction. */
export class IndexCopy {
  private readonly ofIdentity: Statement;
  private readonly following: Statement;
  private readonly ofSecond: Statement;
  private readonly insert: Statement;

  constructor(private readonly db: Database) {
    // Not by `INDEXED BY`: the index is dropped at the end, and the statements must stay valid.
    const select = 'SELECT id, identity, coalesce(sent, 0) AS sent, hit_id AS hitId FROM hits';
    const inOrder = 'AND id <= ? ORDER BY identity, coalesce(sent, 0) LIMIT ?';
    this.ofIdentity = db.prepare(`${select} WHERE identity = ? AND coalesce(sent, 0) > ? ${inOrder}`);
    this.following = db.prepare(`${select} WHERE identity > ? ${inOrder}`);
    this.ofSecond = db.prepare(`${select} WHERE identity = ? AND coalesce(sent, 0) = ? AND id <= ?`);
    this.insert = db.prepare(INSERT_ENTRY);
  }

  /** Copies some entries. @returns the position of the last one; undefined if there are no more */
  copy({ identity, sent, upto }: UpgradeState, most: number): Place | undefined {
    let entries = this.ofIdentity.all(identity, sent, upto, most) as Entry[];
    if (!entries.length) entries = this.following.all(identity, upto, most) as Entry[];
    const last = entries.at(-1);
    if (!last) return undefined;
    for (const entry of entries) this.copyEntry(entry);
    // The state contains only a second, so all entries of the second are copied. Hits without `_t` are all in one second and may be
    // millions, so they are not collected in memory.
    const second = this.ofSecond.iterate(last.identity, last.sent, upto) as Iterable<Entry>;
    for (const entry of second) this.copyEntry(entry);
    return { identity: last.identity, sent: last.sent };
  }

  private copyEntry({ identity, sent, hitId, id }: Entry): void {
    this.insert.run(identity, sent, hashOfId(hitId), id);
  }

  /** Drops the old index. Its content stays on free pages. */
  leaveOld(): void {
    // Otherwise each of its pages would be written once more.
    this.db.exec('PRAGMA secure_delete = FAST');
    try {
      this.db.exec('DROP INDEX hits_by_identity');
    } finally {
      this.db.exec('PRAGMA secure_delete = ON');
    }
  }
}
