import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BUSY_TIMEOUT, openDatabase, type Database, type Statement } from '../sqlite/database.js';
import type { Bookmark } from '../store.js';

/** The name of the spool in the data folder. */
export const SPOOL_FILE = 'spool.db';

/** Rows of one batch as the distributed store inserts them, in texts of its own making. */
export interface Rows {
  hits: string;
  refusals: string;
  aliased: [site: string, identity: string][];
}

/** What is forwarded at once. */
export interface Load extends Rows {
  /** The batch up to which it reaches. */
  last: number;
  rows: number;
}

interface Batch {
  id: number;
  rows: number;
  hits: string;
  refusals: string;
  aliased: string;
}

export class SpoolFull extends Error {
  readonly code = 'ENOSPC';
}

/**
 * What a collector has acknowledged and a distributed store does not have for certain: a SQLite file in the data
 * folder, with an fsync for each batch. Batches that were forwarded stay for a while, so that they can be sent again
 * when the other side loses what it took.
 */
export class Spool {
  /** Tells this spool's rows from those of others. */
  readonly source: number;
  private readonly db: Database;
  private readonly add: Statement;
  private readonly following: Statement;
  private readonly one: Statement;
  private readonly rewrite: Statement;
  private readonly drop: Statement;
  private readonly size: Statement;
  private readonly get: Statement;
  private readonly set: Statement;
  private readonly findBookmark: Statement;
  private readonly keepBookmark: Statement;
  /** The stamp of the latest row: microseconds, and one more for each row where the clock does not move. */
  private latest: number;
  private forwarded: number;
  private pending: number;
  private bytes: number;

  /**
   * @param durability `full`: on disk when `append` returns; `fast`: when the system likes
   * @param most bytes that it may hold
   */
  constructor(
    folder: string,
    durability: 'full' | 'fast',
    private readonly most: number,
  ) {
    const db = (this.db = openDatabase(join(folder, SPOOL_FILE)));
    db.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'};
      PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA secure_delete = ON;
      CREATE TABLE IF NOT EXISTS batches (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- the stamp of its last row, which is never given again
        rows INTEGER NOT NULL, bytes INTEGER NOT NULL, hits TEXT NOT NULL, refusals TEXT NOT NULL, aliased TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS bookmarks (source TEXT PRIMARY KEY, lines INTEGER NOT NULL) WITHOUT ROWID;
    `);
    this.add = db.prepare('INSERT INTO batches (id, rows, bytes, hits, refusals, aliased) VALUES (?, ?, ?, ?, ?, ?)');
    this.following = db.prepare('SELECT id, rows, hits, refusals, aliased FROM batches WHERE id > ? ORDER BY id');
    this.one = db.prepare('SELECT id, rows, hits, refusals, aliased FROM batches WHERE id = ?');
    this.rewrite = db.prepare('UPDATE batches SET hits = ?, refusals = ?, aliased = ? WHERE id = ?');
    this.drop = db.prepare('DELETE FROM batches WHERE id <= ?');
    this.size = db.prepare(
      'SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(rows * (id > ?)), 0) AS pending FROM batches',
    );
    this.get = db.prepare('SELECT value FROM state WHERE name = ?');
    this.set = db.prepare('INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
    this.findBookmark = db.prepare('SELECT lines FROM bookmarks WHERE source = ?');
    this.keepBookmark = db.prepare(
      'INSERT INTO bookmarks VALUES (?, ?) ON CONFLICT DO UPDATE SET lines = excluded.lines',
    );
    if (this.read('source') === undefined) this.write('source', randomBytes(4).readUInt32LE());
    this.source = this.read('source') as number;
    const row = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'batches'").get() as
      { seq: number } | undefined;
    this.latest = row?.seq ?? 0;
    this.forwarded = (this.read('forwarded') as number | undefined) ?? 0;
    ({ pending: this.pending, bytes: this.bytes } = this.measure());
  }

  /**
   * Keeps a batch, all of it or none, and the bookmark with it.
   * @param count of entries
   * @param rowsOf makes the rows out of the stamp of the first; each further one has one more
   * @throws SpoolFull when there is no room for it, and SQLite's errors
   */
  append(count: number, rowsOf: (first: number) => Rows, bookmark?: Bookmark): void {
    if (this.bytes >= this.most) this.prune(this.forwarded);
    if (this.bytes >= this.most) throw new SpoolFull(`The spool is full: ${this.pending} hits wait to be forwarded.`);
    const first = Math.max(this.latest + 1, Date.now() * 1000);
    const last = first + count - 1;
    const { hits, refusals, aliased } = rowsOf(first);
    const bytes = hits.length + refusals.length;
    this.transaction(() => {
      if (count) this.add.run(last, count, bytes, hits, refusals, aliased.length ? JSON.stringify(aliased) : '[]');
      if (bookmark) this.keepBookmark.run(bookmark.source, bookmark.lines);
    });
    if (!count) return;
    this.latest = last;
    this.pending += count;
    this.bytes += bytes;
  }

  bookmark(source: string): number {
    return (this.findBookmark.get(source) as { lines: number } | undefined)?.lines ?? 0;
  }

  /** The oldest batches that were not forwarded yet: one at least, and as many more as fit. */
  next(mostRows: number, mostBytes: number): Load | undefined {
    const load: Load = { last: 0, rows: 0, hits: '', refusals: '', aliased: [] };
    for (const { id, rows, hits, refusals, aliased } of this.following.iterate(
      this.forwarded,
    ) as IterableIterator<Batch>) {
      const bytes = load.hits.length + load.refusals.length + hits.length + refusals.length;
      if (load.rows && (load.rows + rows > mostRows || bytes > mostBytes)) break;
      load.last = id;
      load.rows += rows;
      load.hits += hits;
      load.refusals += refusals;
      if (aliased !== '[]') load.aliased.push(...(JSON.parse(aliased) as Rows['aliased']));
    }
    return load.rows ? load : undefined;
  }

  /** The latest stamp that was given to a row. */
  get end(): number {
    return this.latest;
  }

  /** The stamp up to which everything was forwarded. */
  get done(): number {
    return this.pending ? this.forwarded : this.latest;
  }

  /** Rows that were not forwarded yet. */
  get backlog(): number {
    return this.pending;
  }

  /** The other side has taken a load. */
  take({ last, rows }: Load): void {
    this.write('forwarded', last);
    this.forwarded = last;
    this.pending -= rows;
  }

  /** Everything that is still here counts as not forwarded. */
  rewind(): void {
    this.write('forwarded', 0);
    this.forwarded = 0;
    this.pending = this.measure().pending;
  }

  /** Removes batches that were forwarded. @param last the newest of them */
  prune(last = this.forwarded): void {
    this.drop.run(Math.min(last, this.forwarded));
    this.db.exec('PRAGMA incremental_vacuum');
    this.bytes = this.measure().bytes;
  }

  /** The batches that were forwarded and are still here. */
  kept(): number[] {
    return (this.db.prepare('SELECT id FROM batches WHERE id <= ?').all(this.forwarded) as { id: number }[]).map(
      ({ id }) => id,
    );
  }

  /** Removes lines from a batch. @param gone whether a line shall go */
  strike(id: number, gone: (line: string) => boolean): void {
    const batch = this.one.get(id) as Batch | undefined;
    if (!batch) return;
    const rest = (lines: string): string =>
      lines
        .split('\n')
        .filter((line) => line === '' || !gone(line))
        .join('\n');
    const [hits, refusals] = [rest(batch.hits), rest(batch.refusals)];
    if (hits !== batch.hits || refusals !== batch.refusals) this.rewrite.run(hits, refusals, '[]', id);
  }

  /** Something small that lasts as long as the spool. */
  read(name: string): unknown {
    return (this.get.get(name) as { value: unknown } | undefined)?.value;
  }

  write(name: string, value: number | string): void {
    this.set.run(name, value);
  }

  close(): void {
    this.db.close();
  }

  private measure(): { bytes: number; pending: number } {
    return this.size.get(this.forwarded) as { bytes: number; pending: number };
  }

  private transaction(work: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.db.exec('COMMIT');
    } catch (error) {
      try {
        this.db.exec('ROLLBACK');
      } catch {
        // SQLite has rolled back by itself after some errors, a full disk among them.
      }
      throw error;
    }
  }
}
