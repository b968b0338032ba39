import { notingDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { hashOfId } from './hit-hash.js';
import { IndexFiling } from './index-filing.js';
import { LATEST_SENT, OF_HASH, OF_SECOND } from './indexed-hits.js';
import { newestHitIn } from './newest-hit.js';
import { Round } from './filing-round.js';
import { highestRemoved, removedNumbers } from './removed-numbers.js';
import { numbersIn, type TextUses } from './text-uses.js';
import { UnfiledRows } from './unfiled-rows.js';
import { WaitingHits, type WaitingHit } from './waiting-hits.js';

/** Looking at so many hits in memory costs as much as reading one row of the store. */
const HITS_OF_A_LOOK = 64;

/**
 * The index of hits by identity. A commit that wrote to it would write a page for nearly every hit, since the identities of hits
 * that arrive together are anywhere in it. So hits wait in memory, and are filed after their commits: many at a time, in the order
 * of the index (index-filing.ts). The table `filing` contains the row up to which all hits are filed. Readers look at the rows
 * after it one by one, and so does a start.
 */
export class IdentityIndex {
  readonly filing: IndexFiling;
  private readonly unfiled: UnfiledRows;
  private readonly newest: () => number;
  private readonly readFiledRow: Statement;
  private readonly latestOf: Statement;
  private readonly byHash: Statement;
  private readonly bySecond: Statement;
  private readonly idOf: Statement;
  private readonly readRemoved: Statement;
  private readonly noteRemoved: (rows: readonly number[]) => void;
  /** The hits after those of the round; undefined if they must be read from the store first. */
  private waiting: WaitingHits | undefined;
  private lastRow = 0;
  /** Rows that cannot be read. */
  private readonly unreadable = new Set<number>();

  constructor(
    db: Database,
    private readonly textUses: TextUses,
    hitsOfARound?: number,
  ) {
    this.filing = new IndexFiling(db, this, textUses, hitsOfARound);
    this.readFiledRow = db.prepare('SELECT filed FROM filing');
    this.noteRemoved = removedNumbers(db, 'hits');
    this.readRemoved = db.prepare(`SELECT ${highestRemoved('hits')} AS row`);
    this.unfiled = new UnfiledRows(db);
    this.newest = newestHitIn(db);
    this.latestOf = db.prepare(LATEST_SENT);
    this.byHash = db.prepare(OF_HASH);
    this.bySecond = db.prepare(OF_SECOND);
    this.idOf = db.prepare('SELECT hit_id AS hitId FROM hits WHERE id = ?');
  }

  /**
   * The number of the next hit. No number is given to two stored hits, even if the newest hits were removed: readers of new hits depend
   * on that, and so does `filing`.
   */
  nextRow(): number {
    this.load();
    return this.lastRow + 1;
  }

  /** A hit was stored; part of its transaction. */
  add(identity: number, hit: WaitingHit): void {
    this.load().add(identity, hit);
    this.lastRow = Math.max(this.lastRow, hit.row);
  }

  /** The latest `_t` of an identity's hits, 0 for hits without `_t`; -Infinity if it has no hits. */
  latest(identity: number): number {
    let latest = (this.latestOf.get(identity) as { sent: number | null }).sent ?? -Infinity;
    for (const { sent } of this.waitingHitsOf(identity)) latest = Math.max(latest, sent);
    return latest;
  }

  /** Whether an identity has a hit of this id and `_t`. */
  has(identity: number, sent: number, hitId: string, hash: number): boolean {
    const waiting = this.load().rowsOf(identity, sent, hash);
    if (waiting.some((row) => this.isOf(row, hitId))) return true;
    if (this.filing.round?.waiting.rowsOf(identity, sent, hash).some((row) => this.isOf(row, hitId))) return true;
    const rows = this.byHash.all(identity, sent, hash) as { hit: number }[];
    return rows.some(({ hit }) => this.isOf(hit, hitId));
  }

  /**
   * The rows of an identity's hits of one second, and how many lookups that took; undefined if it would take more than the most.
   * Many hits of other seconds in memory count as one lookup; each hit of the second counts as one, since its row will be read.
   */
  rowsOfSecond(identity: number, sent: number, most: number): { rows: number[]; looked: number } | undefined {
    const filed = this.bySecond.all(identity, sent, most + 1) as { hit: number }[];
    const rows = new Set(filed.map(({ hit }) => hit));
    let looked = filed.length;
    for (const hit of this.waitingHitsOf(identity)) {
      if (looked > most) break;
      looked += hit.sent === sent ? 1 : 1 / HITS_OF_A_LOOK;
      if (hit.sent === sent) rows.add(hit.row);
    }
    return looked > most ? undefined : { rows: [...rows], looked: Math.ceil(looked) };
  }

  /** Whether a hit is filed, and its texts are counted. */
  isFiled(row: number): boolean {
    this.load();
    return row <= this.filing.filedRow;
  }

  /** Whether a hit is one of the round that is being filed. */
  isBeingFiled(row: number): boolean {
    const { round } = this.filing;
    return !this.isFiled(row) && round !== undefined && row <= round.end;
  }

  /** The rows of an identity's hits that are not filed yet. */
  waitingOf(identity: number): number[] {
    return Array.from(this.waitingHitsOf(identity), ({ row }) => row).filter((row) => !this.isFiled(row));
  }

  /** Call it when hits were removed, so that they are not filed; part of the transaction. */
  remove(hits: readonly { id: number; identity: number }[]): void {
    const rows = new Set(hits.map(({ id }) => id));
    // `filing` has a number that is at least that of each filed hit.
    this.noteRemoved([...rows]);
    for (const identity of new Set(hits.map((hit) => hit.identity))) {
      this.load().remove(identity, rows);
      this.filing.round?.waiting.remove(identity, rows);
    }
  }

  /** After a rolled back transaction: forgets what is not in the store. */
  forget(): void {
    this.waiting = undefined;
    this.filing.round = undefined;
  }

  /**
   * The waiting hits; read from the store if they are not known. Call it before a transaction begins: a transaction that meets an
   * unreadable page cannot write any more.
   */
  load(): WaitingHits {
    if (this.waiting) return this.waiting;
    try {
      return this.read();
    } catch (error) {
      // With only some of the waiting hits, repeats would be stored, and row numbers given twice.
      this.forget();
      throw error;
    }
  }

  /** The hits that wait, for a round that files them. */
  take(): Round {
    const round = new Round(this.load(), this.lastRow);
    this.waiting = new WaitingHits();
    return round;
  }

  /** The hits of an identity that wait or are in the current round, the last one first. */
  private *waitingHitsOf(identity: number): Generator<WaitingHit> {
    yield* this.load().of(identity);
    if (this.filing.round) yield* this.filing.round.waiting.of(identity);
  }

  private isOf(row: number, hitId: string): boolean {
    // With the same hash, identity and second it is almost certainly the same hit.
    if (this.unreadable.has(row)) return true;
    const found = notingDamage(
      'A database page of the hits cannot be read. Restore a backup if you have one.',
      () => this.idOf.get(row) as { hitId: string | null } | undefined,
      () => this.unreadable.add(row),
    );
    return found?.hitId === hitId;
  }

  private read(): WaitingHits {
    const waiting = new WaitingHits();
    this.waiting = waiting;
    this.textUses.forget();
    const { filed } = this.readFiledRow.get() as { filed: number };
    this.filing.filedRow = filed;
    const removed = readable(() => this.readRemoved.get()) as { row: number } | undefined;
    this.lastRow = Math.max(filed, this.newest(), removed?.row ?? 0);
    for (const row of this.unfiled.read(filed, this.lastRow)) {
      waiting.add(row.identity, { row: row.id, sent: row.sent, hash: hashOfId(row.hitId) });
      this.textUses.note(numbersIn(row));
    }
    return waiting;
  }
}
