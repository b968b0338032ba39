import { randomBytes } from 'node:crypto';
import { Bookmarks } from '../sqlite/bookmarks.js';
import type { Database, Statement } from '../sqlite/database.js';
import { transactionsOn, type Transact } from '../sqlite/transaction.js';
import type { Bookmark } from '../store.js';
import type { InsertLines } from './rows.js';
import { openSpoolDatabase, SpoolState } from './spool-database.js';

/** Batches that are forwarded together. */
export interface BatchGroup extends InsertLines {
  /** The offset up to which it reaches. */
  end: number;
  rows: number;
}

interface Batch {
  id: number;
  rows: number;
  hits: string;
  refusals: string;
  aliased: string;
}

const BATCHES = 'SELECT id, rows, hits, refusals, aliased FROM batches';

export class SpoolFull extends Error {
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
  private readonly db: Database;
  private readonly transaction: Transact;
  private readonly bookmarks: Bookmarks;
  private readonly add: Statement;
  private readonly following: Statement;
  private readonly one: Statement;
  private readonly rewrite: Statement;
  private readonly drop: Statement;
  private readonly size: Statement;
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
    const db = (this.db = openSpoolDatabase(folder, durability));
    this.transaction = transactionsOn(db);
    this.state = new SpoolState(db);
    this.bookmarks = new Bookmarks(db);
    this.add = db.prepare('INSERT INTO batches (id, rows, bytes, hits, refusals, aliased) VALUES (?, ?, ?, ?, ?, ?)');
    this.following = db.prepare(`${BATCHES} WHERE id > ? ORDER BY id`);
    this.one = db.prepare(`${BATCHES} WHERE id = ?`);
    this.rewrite = db.prepare('UPDATE batches SET hits = ?, refusals = ?, aliased = ? WHERE id = ?');
    this.drop = db.prepare('DELETE FROM batches WHERE id <= ?');
    this.size = db.prepare(
      'SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(rows * (id > ?)), 0) AS pending FROM batches',
    );
    if (this.state.read('source') === undefined) this.state.write('source', randomBytes(4).readUInt32LE());
    this.source = this.state.read('source')!;
    const row = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'batches'").get();
    this.latest = (row as { seq: number } | undefined)?.seq ?? 0;
    this.forwarded = this.state.read('forwarded') ?? 0;
    ({ pending: this.pending, bytes: this.bytes } = this.measure());
  }

  /**
   * Keeps a batch, all of it or none, and the bookmark with it.
   * @param count of entries
   * @param linesOf makes the rows out of the stamp of the first; each further one has one more
   * @throws SpoolFull when there is no room for it, and SQLite's errors
   */
  append(count: number, linesOf: (first: number) => InsertLines, bookmark?: Bookmark): void {
    if (this.bytes >= this.mostBytes) this.trim(this.forwarded);
    if (this.bytes >= this.mostBytes) {
      throw new SpoolFull(`The spool is full: ${this.pending} hits wait to be forwarded.`);
    }
    const first = Math.max(this.latest + 1, Date.now() * 1000);
    const last = first + count - 1;
    const { hits, refusals, aliased } = linesOf(first);
    const bytes = hits.length + refusals.length;
    this.transaction(() => {
      if (count) this.add.run(last, count, bytes, hits, refusals, aliased.length ? JSON.stringify(aliased) : '[]');
      if (bookmark) this.bookmarks.keep(bookmark);
    });
    if (!count) return;
    this.latest = last;
    this.pending += count;
    this.bytes += bytes;
  }

  bookmark(source: string): number {
    return this.bookmarks.linesOf(source);
  }

  /** The oldest batches that were not forwarded yet: one at least, and as many more as fit. */
  nextGroup(mostRows: number, mostBytes: number): BatchGroup | undefined {
    const group: BatchGroup = { end: 0, rows: 0, hits: '', refusals: '', aliased: [] };
    for (const batch of this.following.iterate(this.forwarded) as IterableIterator<Batch>) {
      const { id, rows, hits, refusals, aliased } = batch;
      const bytes = group.hits.length + group.refusals.length + hits.length + refusals.length;
      if (group.rows && (group.rows + rows > mostRows || bytes > mostBytes)) break;
      group.end = id;
      group.rows += rows;
      group.hits += hits;
      group.refusals += refusals;
      if (aliased !== '[]') group.aliased.push(...(JSON.parse(aliased) as InsertLines['aliased']));
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
  markForwarded({ end, rows }: BatchGroup): void {
    this.state.write('forwarded', end);
    this.forwarded = end;
    this.pending -= rows;
  }

  /** Everything that is still here counts as not forwarded. */
  rewind(): void {
    this.state.write('forwarded', 0);
    this.forwarded = 0;
    this.pending = this.measure().pending;
  }

  /** Removes batches that were forwarded. @param end the offset of the newest of them */
  trim(end = this.forwarded): void {
    this.drop.run(Math.min(end, this.forwarded));
    this.db.exec('PRAGMA incremental_vacuum');
    this.bytes = this.measure().bytes;
  }

  /** The offsets of the batches that were forwarded and are still here. */
  forwardedBatches(): number[] {
    const rows = this.db.prepare('SELECT id FROM batches WHERE id <= ?').all(this.forwarded) as { id: number }[];
    return rows.map(({ id }) => id);
  }

  /** Removes lines from a batch. @param goes whether a line is removed */
  removeLines(id: number, goes: (line: string) => boolean): void {
    const batch = this.one.get(id) as Batch | undefined;
    if (!batch) return;
    const hits = withoutLines(batch.hits, goes);
    const refusals = withoutLines(batch.refusals, goes);
    if (hits !== batch.hits || refusals !== batch.refusals) this.rewrite.run(hits, refusals, '[]', id);
  }

  close(): void {
    this.db.close();
  }

  private measure(): { bytes: number; pending: number } {
    return this.size.get(this.forwarded) as { bytes: number; pending: number };
  }
}

function withoutLines(text: string, goes: (line: string) => boolean): string {
  const kept = text.split('\n').filter((line) => line === '' || !goes(line));
  return kept.join('\n');
}
