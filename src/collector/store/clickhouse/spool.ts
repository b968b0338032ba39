import { randomBytes } from 'node:crypto';
import { Bookmarks } from '../sqlite/bookmarks.js';
import type { Database } from '../sqlite/database.js';
import { LogTruncation } from '../sqlite/log-truncation.js';
import { Reserve } from '../sqlite/reserve.js';
import { DiskSpace } from '../sqlite/disk-space.js';
import { transactionsOn, type Transact } from '../sqlite/transaction.js';
import type { Bookmark } from '../store.js';
import type { InsertLines } from './rows.js';
import { bytesOf, SpoolBatches, type Batch, type Lines } from './spool-batches.js';
import { openSpoolDatabase, SpoolState } from './spool-database.js';

class SpoolFull extends Error {
  readonly code = 'ENOSPC';
}

/**
 * The hits that a collector has acknowledged and that are not certainly on ClickHouse's disk: a SQLite file in the data folder,
 * with an fsync for each batch (not with `fast`). Forwarded batches stay for a while, so that they can be sent again if ClickHouse
 * loses them. A position in the spool, an offset, is the stamp of a row.
 */
export class Spool {
  /** Identifies this spool's rows among those of all spools. */
  readonly source: number;
  readonly state: SpoolState;
  /** Truncates the log of the spool's database, which contains copies of removed rows. */
  readonly log: LogTruncation;
  private readonly db: Database;
  private readonly diskSpace: DiskSpace;
  private readonly transaction: Transact;
  private readonly bookmarks: Bookmarks;
  private readonly batches: SpoolBatches;
  /** The stamp of the latest row: Unix microseconds, or one more than the last stamp if the clock has not advanced. */
  private latest: number;
  /** The offset of the batch that was forwarded last. */
  private forwarded: number;
  private pending: number;
  private bytes: number;

  /** @param mostBytes the most bytes of hits and refusals */
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
    this.diskSpace = new DiskSpace(reserve, this.log);
    this.transaction = transactionsOn(db);
    this.state = new SpoolState(db, this.diskSpace);
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
   * Stores a batch together with the bookmarks, all or nothing.
   * @param count how many entries the batch has
   * @param linesOf makes the rows. It gets the stamp of the first row; each further stamp is one more
   * @throws SpoolFull at the limit of bytes, DiskFull when the disk is full, and SQLite's errors
   */
  append(count: number, linesOf: (first: number) => InsertLines, bookmarks: readonly Bookmark[] = []): void {
    if (this.bytes >= this.mostBytes) this.trim(this.forwarded);
    if (this.bytes >= this.mostBytes) {
      throw new SpoolFull(`The spool is full: ${this.pending} hits wait to be forwarded.`);
    }
    const first = Math.max(this.latest + 1, Date.now() * 1000);
    const lines = linesOf(first);
    const batch: Batch = { end: first + count - 1, rows: count, bytes: bytesOf(lines), ...lines };
    const write = (): void => {
      if (count) this.batches.add(batch);
      this.bookmarks.keep(bookmarks);
    };
    this.diskSpace.take(() => this.transaction(write));
    if (!count) return;
    this.latest = batch.end;
    this.pending += count;
    this.bytes += batch.bytes;
  }

  bookmark(name: string): number {
    return this.bookmarks.valueOf(name);
  }

  /** The oldest batches that were not forwarded yet, joined: at least one batch, and as many more as fit. */
  nextGroup(mostRows: number, mostBytes: number): Batch | undefined {
    const group: Batch = { end: 0, rows: 0, bytes: 0, hits: '', refusals: '', aliased: [] };
    for (const batch of this.batches.after(this.forwarded)) {
      const full = group.rows + batch.rows > mostRows || group.bytes + batch.bytes > mostBytes;
      if (group.rows && full) break;
      group.end = batch.end;
      group.rows += batch.rows;
      group.bytes += batch.bytes;
      group.hits += batch.hits;
      group.refusals += batch.refusals;
      // Not by spread arguments: a batch may have more aliases than a call can have arguments.
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

  /** How many rows were not forwarded yet. */
  get backlog(): number {
    return this.pending;
  }

  /** Notes that ClickHouse has a group. */
  markForwarded({ end, rows }: Batch): void {
    this.state.write('forwarded', end);
    this.forwarded = end;
    this.pending -= rows;
  }

  /** Makes all batches in the spool count as not forwarded. */
  rewind(): void {
    this.state.write('forwarded', 0);
    this.forwarded = 0;
    this.pending = this.batches.measure(0).pending;
  }

  /** Removes forwarded batches. @param end the offset of the newest batch to remove */
  trim(end = this.forwarded): void {
    this.diskSpace.spend(() => this.batches.dropUpTo(Math.min(end, this.forwarded)));
    this.bytes = this.batches.measure(this.forwarded).bytes;
  }

  /** The offsets of batches that are still in the spool, up to an offset. */
  batchesUpTo(offset: number): number[] {
    return this.batches.endsUpTo(offset);
  }

  /** The lines of a batch; undefined if it was removed. */
  linesOf(end: number): Lines | undefined {
    return this.batches.linesOf(end);
  }

  /** Replaces the lines of a batch that was forwarded at least once. */
  replaceLines(end: number, lines: Lines): void {
    this.diskSpace.spend(() => this.batches.replaceLines(end, lines));
  }

  close(): void {
    this.log.close();
    this.db.close();
    this.diskSpace.restore();
  }
}
