import { randomBytes } from 'node:crypto';
import { Bookmarks } from '../sqlite/bookmarks.js';
import type { Database } from '../sqlite/database.js';
import { LogTruncation } from '../sqlite/log-truncation.js';
import { Reserve } from '../sqlite/reserve.js';
import { DiskRoom } from '../sqlite/disk-room.js';
import { transactionsOn, type Transact } from '../sqlite/transaction.js';
import type { Bookmark } from '../store.js';
import type { InsertLines } from './rows.js';
import { bytesOf, SpoolBatches, type Batch, type Lines } from './spool-batches.js';
import { openSpoolDatabase, SpoolState } from './spool-database.js';

class SpoolFull extends Error {
  readonly code = 'ENOSPC';
}

/**
 * What a collector has acknowledged and ClickHouse does not have for certain: a SQLite file in the data folder, with an
 * fsync for each batch. Batches that were forwarded stay for a while, so that they can be sent again when ClickHouse
 * loses what it took. A place in the spool, an offset, is the stamp of a row.
 */
export class Spool {
  /** Tells this spool's rows from those of others. */
  readonly source: number;
  readonly state: SpoolState;
  /** Of the spool's database: it holds copies of what was removed. */
  readonly log: LogTruncation;
  private readonly db: Database;
  private readonly room: DiskRoom;
  private readonly transaction: Transact;
  private readonly bookmarks: Bookmarks;
  private readonly batches: SpoolBatches;
  /** The stamp of the latest row: microseconds, and one more for each row where the clock does not move. */
  private latest: number;
  /** The offset of the batch that was forwarded last. */
  private forwarded: number;
  private pending: number;
  private bytes: number;

  /** @param mostBytes that it may hold, of hits and refusals */
  constructor(
    folder: string,
    durability: 'full' | 'fast',
    private readonly mostBytes: number,
  ) {
    const reserve = new Reserve(folder);
    const db = (this.db = openSpoolDatabase(folder, durability));
    this.log = new LogTruncation(db);
    if (!this.log.attempt()) this.log.later();
    reserve.restore();
    this.room = new DiskRoom(reserve, this.log);
    this.transaction = transactionsOn(db);
    this.state = new SpoolState(db, this.room);
    this.bookmarks = new Bookmarks(db);
    this.batches = new SpoolBatches(db);
    if (this.state.read('source') === undefined) this.state.write('source', randomBytes(4).readUInt32LE());
    this.source = this.state.read('source')!;
    const row = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'batches'").get();
    this.latest = (row as { seq: number } | undefined)?.seq ?? 0;
    this.forwarded = this.state.read('forwarded') ?? 0;
    ({ pending: this.pending, bytes: this.bytes } = this.batches.measure(this.forwarded));
  }

  /**
   * Keeps a batch, all of it or none, and the bookmark with it.
   * @param count of entries
   * @param linesOf makes the rows out of the stamp of the first; each further one has one more
   * @throws SpoolFull when it holds its most, NoRoom when the disk is full, and SQLite's errors
   */
  append(count: number, linesOf: (first: number) => InsertLines, bookmark?: Bookmark): void {
    if (this.bytes >= this.mostBytes) this.trim(this.forwarded);
    if (this.bytes >= this.mostBytes) {
      throw new SpoolFull(`The spool is full: ${this.pending} hits wait to be forwarded.`);
    }
    const first = Math.max(this.latest + 1, Date.now() * 1000);
    const batch: Batch = { end: first + count - 1, rows: count, ...linesOf(first) };
    const write = (): void => {
      if (count) this.batches.add(batch);
      if (bookmark) this.bookmarks.keep(bookmark);
    };
    this.room.take(() => this.transaction(write));
    if (!count) return;
    this.latest = batch.end;
    this.pending += count;
    this.bytes += bytesOf(batch);
  }

  bookmark(source: string): number {
    return this.bookmarks.linesOf(source);
  }

  /** The oldest batches that were not forwarded yet, as one: one batch at least, and as many more as fit. */
  nextGroup(mostRows: number, mostBytes: number): Batch | undefined {
    const group: Batch = { end: 0, rows: 0, hits: '', refusals: '', aliased: [] };
    for (const batch of this.batches.after(this.forwarded)) {
      const full = group.rows + batch.rows > mostRows || bytesOf(group) + bytesOf(batch) > mostBytes;
      if (group.rows && full) break;
      group.end = batch.end;
      group.rows += batch.rows;
      group.hits += batch.hits;
      group.refusals += batch.refusals;
      // Not spread: a batch may have more aliases than a call has room for arguments.
      for (const aliased of batch.aliased) group.aliased.push(aliased);
    }
    return group.rows ? group : undefined;
  }

  /** The offset of the latest row. */
  get endOffset(): number {
    return this.latest;
  }

  /** The offset up to which everything was forwarded. */
  get forwardedOffset(): number {
    return this.pending ? this.forwarded : this.latest;
  }

  /** Rows that were not forwarded yet. */
  get backlog(): number {
    return this.pending;
  }

  /** ClickHouse has taken a group. */
  markForwarded({ end, rows }: Batch): void {
    this.state.write('forwarded', end);
    this.forwarded = end;
    this.pending -= rows;
  }

  /** Everything that is still here counts as not forwarded. */
  rewind(): void {
    this.state.write('forwarded', 0);
    this.forwarded = 0;
    this.pending = this.batches.measure(0).pending;
  }

  /** Removes batches that were forwarded. @param end the offset of the newest of them */
  trim(end = this.forwarded): void {
    this.room.spend(() => this.batches.dropUpTo(Math.min(end, this.forwarded)));
    this.bytes = this.batches.measure(this.forwarded).bytes;
  }

  /** The offsets of the batches that were forwarded and are still here. */
  forwardedBatches(): number[] {
    return this.batches.endsUpTo(this.forwarded);
  }

  /** The lines of a batch; undefined where it was removed. */
  linesOf(end: number): Lines | undefined {
    return this.batches.linesOf(end);
  }

  /** Puts other lines in the place of those of a batch that was forwarded. */
  replaceLines(end: number, lines: Lines): void {
    this.room.spend(() => this.batches.replaceLines(end, lines));
  }

  close(): void {
    this.log.close();
    this.db.close();
    this.room.restore();
  }
}
