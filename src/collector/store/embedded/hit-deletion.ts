import { ALIAS } from '../model/kinds.js';
import type { Database, Statement } from '../sqlite/database.js';
import { hashOfId } from './hit-hash.js';
import { SOME_ENTRIES, type FiledEntry } from './indexed-hits.js';
import type { WithTextNumbers } from './text-uses.js';
import type { EmbeddedWriter } from './writer.js';

interface DroppedHit extends WithTextNumbers {
  id: number;
  identity: number;
  sent: number;
  hitId: string | null;
}

const DROPPED = 'RETURNING id, identity, coalesce(sent, 0) AS sent, hit_id AS hitId, event, properties';

/**
 * Deletes hits with everything that belongs to them: their entries in the index by identity, and texts that no other hit uses.
 * Each method is part of the caller's transaction.
 */
export class HitDeletion {
  private readonly entriesOf: Statement;
  private readonly dropHit: Statement;
  private readonly dropEntries: Statement[];
  private readonly dropOld: Statement;

  constructor(
    db: Database,
    private readonly writer: EmbeddedWriter,
  ) {
    this.entriesOf = db.prepare(SOME_ENTRIES);
    this.dropHit = db.prepare(`DELETE FROM hits WHERE id = ? ${DROPPED}`);
    const drop = (table: string): Statement =>
      db.prepare(`DELETE FROM ${table} WHERE identity = ? AND sent = ? AND hash = ? AND hit = ?`);
    this.dropEntries = [drop('filed_apart'), drop('filed_hits')];
    this.dropOld = db.prepare(
      `DELETE FROM hits WHERE id > ? AND id <= ? AND site = ? AND time < ? AND kind <> ${ALIAS} ${DROPPED}`,
    );
  }

  /**
   * Deletes some hits of an identity.
   * @param most how many entries of the index are looked at
   * @returns how many were looked at, fewer than `most` if no more are left; and how many hits were deleted
   */
  ofIdentity(identity: number, most: number): { looked: number; dropped: number } {
    const entries = this.entriesOf.all(identity, most) as { sent: number; hash: number; hit: number }[];
    for (const { sent, hash, hit } of entries) this.dropEntry(identity, sent, hash, hit);
    const rows = new Set(entries.map(({ hit }) => hit));
    for (const row of this.writer.index.waitingOf(identity)) if (rows.size < most) rows.add(row);
    const dropped = [...rows].flatMap((row) => (this.dropHit.get(row) as DroppedHit | undefined) ?? []);
    this.forget(dropped);
    return { looked: rows.size, dropped: dropped.length };
  }

  /**
   * Deletes the events and properties of a site that happened before a time, among some rows.
   * @param before Unix seconds
   * @param last the row before the first one
   * @param end the last row
   * @returns the deleted hits
   */
  olderThan(before: number, site: number, last: number, end: number): readonly { identity: number }[] {
    const dropped = this.dropOld.all(last, end, site, before) as DroppedHit[];
    for (const { id, identity, sent, hitId } of dropped) this.dropEntry(identity, sent, hashOfId(hitId), id);
    this.forget(dropped);
    return dropped;
  }

  private dropEntry(...entry: FiledEntry): void {
    // If the first table has it, do not look into the second one: its page there may be unreadable.
    for (const drop of this.dropEntries) if (drop.run(...entry).changes) return;
  }

  private forget(dropped: DroppedHit[]): void {
    const { index, remains, texts } = this.writer;
    const [filed, beingFiled, waiting]: [DroppedHit[], DroppedHit[], DroppedHit[]] = [[], [], []];
    for (const hit of dropped) {
      if (index.isFiled(hit.id)) filed.push(hit);
      else (index.isBeingFiled(hit.id) ? beingFiled : waiting).push(hit);
    }
    remains.texts(texts.uses.release(filed, 'filed'));
    remains.texts(texts.uses.release(beingFiled, 'being filed'));
    remains.texts(texts.uses.release(waiting, 'waiting'));
    remains.rows(
      'hits',
      dropped.map(({ id }) => id),
    );
    index.remove([...beingFiled, ...waiting]);
  }
}
