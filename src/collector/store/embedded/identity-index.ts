import { isDamage, isLasting, NotedDamage } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { hashOfId } from './hit-hash.js';
import { LATEST_SENT, OF_HASH, OF_SECOND } from './indexed-hits.js';
import { newestHitIn } from './newest-hit.js';
import { numbersIn, type TextUses } from './text-uses.js';
import { UnfiledRows } from './unfiled-rows.js';
import { Round, WaitingHits, type FiledEntry, type WaitingHit } from './waiting-hits.js';

/** So many hits are filed together: the more, the fewer pages are written for each, and the more a reader looks through. */
const HITS_OF_A_ROUND = 20_000;

/** Texts whose uses are counted at the end of a round, in one commit: some ten milliseconds. */
const TEXTS_OF_A_ROUND = 20_000;

/** A call of a statement costs as much as a row. */
const ROWS_PER_STATEMENT = 16;

/** Hits passed over in memory that count as one row read. */
const HITS_OF_A_LOOK = 64;

const DAMAGED_INDEX =
  'A page of the index of hits by identity cannot be read: some people are shown without hits of theirs, and hits of theirs may be ' +
  'answered with 503. Restore a backup where you have one.';

/** A page of the index is damaged; the hits are not. The message is a sentence for the owner. */
export class DamagedIndex extends Error {}

/**
 * The index of hits by identity. A commit that wrote to it would write a page for nearly every hit, since the identities of those
 * that arrive together are anywhere in it. So hits wait in memory, and are filed behind their commits: many at a time, in the
 * order of the index. The table `filing` has the last row up to which all hits are filed; who reads looks at those behind it
 * one by one, and so does a start.
 */
export class IdentityIndex {
  private readonly unfiled: UnfiledRows;
  private readonly newest: () => number;
  private readonly filed: Statement;
  private readonly insert: Statement;
  private readonly insertSome: Statement;
  private readonly insertApart: Statement;
  private readonly advance: Statement;
  private readonly latestOf: Statement;
  private readonly byHash: Statement;
  private readonly bySecond: Statement;
  private readonly idOf: Statement;
  /** The hits behind the round; undefined where it is not known what is in the store. */
  private waiting: WaitingHits | undefined;
  private round: Round | undefined;
  private lastRow = 0;
  /** Up to which row all hits are filed. */
  private filedRow = 0;
  private begun = 0;
  /** Rows whose place in the index is on a page that cannot be read. */
  private readonly unfilable = new Set<number>();
  /** Rows that cannot be read. */
  private readonly unreadable = new Set<number>();
  private careful = false;

  constructor(
    db: Database,
    private readonly textUses: TextUses,
    private readonly hitsOfARound = HITS_OF_A_ROUND,
  ) {
    this.filed = db.prepare('SELECT filed FROM filing');
    this.unfiled = new UnfiledRows(db);
    this.newest = newestHitIn(db);
    const insert = 'INSERT OR IGNORE INTO filed_hits (identity, sent, hash, hit) VALUES (?, ?, ?, ?)';
    this.insert = db.prepare(insert);
    this.insertSome = db.prepare(insert + ', (?, ?, ?, ?)'.repeat(ROWS_PER_STATEMENT - 1));
    this.insertApart = db.prepare('INSERT OR IGNORE INTO filed_apart (identity, sent, hash, hit) VALUES (?, ?, ?, ?)');
    this.advance = db.prepare('UPDATE filing SET filed = ?');
    this.latestOf = db.prepare(LATEST_SENT);
    this.byHash = db.prepare(OF_HASH);
    this.bySecond = db.prepare(OF_SECOND);
    this.idOf = db.prepare('SELECT hit_id AS hitId FROM hits WHERE id = ?');
  }

  /**
   * The number of the next hit. None is given twice while the store is open and no transaction fails, however many of the newest were
   * removed; of those that are filed none ever, since `filing` goes by them.
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

  /** The latest `_t` of an identity's hits, 0 for hits without one; -Infinity where it has none. */
  latest(identity: number): number {
    let latest = (this.latestOf.get(identity) as { sent: number | null }).sent ?? -Infinity;
    for (const { sent } of this.waitingHitsOf(identity)) latest = Math.max(latest, sent);
    return latest;
  }

  /** How many rounds have begun. */
  get rounds(): number {
    return this.begun;
  }

  hasHits(identity: number): boolean {
    return this.latest(identity) > -Infinity;
  }

  /** Whether an identity has a hit of this id and `_t`. */
  has(identity: number, sent: number, hitId: string, hash: number): boolean {
    const waiting = this.load().rowsOf(identity, sent, hash);
    if (waiting.some((row) => this.isOf(row, hitId))) return true;
    if (this.round?.waiting.rowsOf(identity, sent, hash).some((row) => this.isOf(row, hitId))) return true;
    const rows = this.byHash.all(identity, sent, hash) as { hit: number }[];
    return rows.some(({ hit }) => this.isOf(hit, hitId));
  }

  /**
   * The rows of an identity's hits of one second, and how many looks it took; undefined where it would be more than the most. Hits in
   * memory are many to a look: each of the rows is going to be read.
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

  /**
   * Goes on filing where a round has begun, or where enough hits wait for one; part of the caller's transaction.
   * @param most hits that are filed
   */
  file(most: number): void {
    const waiting = this.load();
    if (!this.round && waiting.count < this.hitsOfARound && this.textUses.uncounted < TEXTS_OF_A_ROUND) return;
    this.fileUpTo(most);
  }

  /**
   * Files hits, however few wait; part of the caller's transaction.
   * @returns how many: less than the most where none is left
   */
  fileUpTo(most: number): number {
    let filed = 0;
    while (filed < most) {
      if (!this.round && !this.load().count) break;
      this.round ??= this.begin();
      filed += this.fileOf(this.round, most - filed);
    }
    return filed;
  }

  /** Whether a hit is filed, and its texts are counted. */
  isFiled(row: number): boolean {
    this.load();
    return row <= this.filedRow;
  }

  /** Whether a hit is one of the round that is being filed. */
  isBeingFiled(row: number): boolean {
    return !this.isFiled(row) && this.round !== undefined && row <= this.round.end;
  }

  /** The rows of an identity's hits that are not filed yet. */
  waitingOf(identity: number): number[] {
    return Array.from(this.waitingHitsOf(identity), ({ row }) => row).filter((row) => !this.isFiled(row));
  }

  /** Hits were removed: they are not filed. Part of the transaction. */
  remove(hits: readonly { id: number; identity: number }[]): void {
    const rows = new Set(hits.map(({ id }) => id));
    for (const identity of new Set(hits.map((hit) => hit.identity))) {
      this.load().remove(identity, rows);
      this.round?.waiting.remove(identity, rows);
    }
  }

  /** Files all that waits; part of the caller's transaction. */
  fileAll(): void {
    this.fileUpTo(Infinity);
  }

  /** After a rolled back transaction: what was learned is not in the store. */
  forget(): void {
    this.waiting = undefined;
    this.round = undefined;
  }

  private begin(): Round {
    const round = new Round(this.load(), this.lastRow);
    this.waiting = new WaitingHits();
    this.begun += 1;
    this.textUses.beginRound();
    return round;
  }

  private fileOf(round: Round, most: number): number {
    const entries = round.next(most);
    const whole = entries.filter(([, , , row]) => !this.unfilable.has(row));
    for (const entry of entries) if (this.unfilable.has(entry[3])) this.insertApart.run(...entry);
    for (let at = 0; at < whole.length; at += ROWS_PER_STATEMENT)
      this.insertEntries(whole.slice(at, at + ROWS_PER_STATEMENT));
    if (!round.isDone) return entries.length;
    this.textUses.endRound();
    this.advance.run(round.end);
    this.filedRow = round.end;
    this.round = undefined;
    return entries.length;
  }

  /**
   * @throws DamagedIndex where one of them belongs on a page that cannot be read. From then on they are inserted one by one, and the one
   *   that fails is filed apart at the next attempt.
   */
  private insertEntries(entries: FiledEntry[]): void {
    if (entries.length === ROWS_PER_STATEMENT && !this.careful) {
      const values: number[] = [];
      for (const entry of entries) values.push(...entry);
      this.inserting(() => this.insertSome.run(...values));
      return;
    }
    for (const entry of entries) {
      this.inserting(
        () => this.insert.run(...entry),
        () => this.unfilable.add(entry[3]),
      );
    }
  }

  private inserting(insert: () => void, onDamage: () => void = () => undefined): void {
    try {
      insert();
    } catch (error) {
      if (!isLasting(error)) throw error;
      this.careful = true;
      onDamage();
      throw new DamagedIndex(DAMAGED_INDEX, { cause: error });
    }
  }

  /** The hits of an identity that are not filed, and those of the round that were just now; the last one first. */
  private *waitingHitsOf(identity: number): Generator<WaitingHit> {
    yield* this.load().of(identity);
    if (this.round) yield* this.round.waiting.of(identity);
  }

  private isOf(row: number, hitId: string): boolean {
    // The same hash of the same identity and second: it is hardly another one.
    if (this.unreadable.has(row)) return true;
    try {
      return (this.idOf.get(row) as { hitId: string | null } | undefined)?.hitId === hitId;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.unreadable.add(row);
      throw new NotedDamage('A page of the hits cannot be read. Restore a backup where you have one.', {
        cause: error,
      });
    }
  }

  /**
   * The hits that wait; read from the store where it is not known what is in it. A transaction that meets a page that cannot be
   * read writes nothing any more, so this is called before it begins.
   */
  load(): WaitingHits {
    if (this.waiting) return this.waiting;
    try {
      return this.read();
    } catch (error) {
      // With a part of what waits, repeats would be stored, and numbers of rows given twice.
      this.forget();
      throw error;
    }
  }

  private read(): WaitingHits {
    const waiting = new WaitingHits();
    this.waiting = waiting;
    this.textUses.forget();
    const { filed } = this.filed.get() as { filed: number };
    this.filedRow = filed;
    this.lastRow = Math.max(filed, this.newest());
    for (const row of this.unfiled.read(filed, this.lastRow)) {
      waiting.add(row.identity, { row: row.id, sent: row.sent, hash: hashOfId(row.hitId) });
      this.textUses.note(numbersIn(row));
    }
    return waiting;
  }
}
