import type { Database, Statement } from '../sqlite/database.js';
import type { InsertLines } from './rows.js';

/** The rows of one append. `end` is the offset of the last one. */
export interface Batch extends InsertLines {
  end: number;
  rows: number;
  /** Of hits and refusals, as UTF-8: as they are stored, and as they are inserted. */
  bytes: number;
}

interface BatchRow extends Omit<Batch, 'aliased'> {
  /** JSON. */
  aliased: string;
}

const SELECT = 'SELECT id AS "end", rows, bytes, hits, refusals, aliased FROM batches';

/** The rows of a batch, one on each line. */
export type Lines = Pick<Batch, 'hits' | 'refusals'>;

/** The table of batches. */
export class SpoolBatches {
  private readonly insert: Statement;
  private readonly following: Statement;
  private readonly one: Statement;
  private readonly rewrite: Statement;
  private readonly drop: Statement;
  private readonly ends: Statement;
  private readonly size: Statement;

  constructor(private readonly db: Database) {
    this.insert = db.prepare(
      'INSERT INTO batches (id, rows, bytes, hits, refusals, aliased) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.following = db.prepare(`${SELECT} WHERE id > ? ORDER BY id`);
    this.one = db.prepare('SELECT hits, refusals FROM batches WHERE id = ?');
    this.rewrite = db.prepare('UPDATE batches SET bytes = ?, hits = ?, refusals = ?, aliased = ? WHERE id = ?');
    this.drop = db.prepare('DELETE FROM batches WHERE id <= ?');
    this.ends = db.prepare('SELECT id AS "end" FROM batches WHERE id <= ?');
    this.size = db.prepare(
      'SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(rows * (id > ?)), 0) AS pending FROM batches',
    );
  }

  add({ end, rows, bytes, hits, refusals, aliased }: Batch): void {
    this.insert.run(end, rows, bytes, hits, refusals, aliased.length ? JSON.stringify(aliased) : '[]');
  }

  /** The batches after an offset, oldest first. */
  *after(offset: number): Generator<Batch> {
    for (const row of this.following.iterate(offset) as IterableIterator<BatchRow>) yield toBatch(row);
  }

  /** The offsets of the batches up to an offset. */
  endsUpTo(offset: number): number[] {
    return (this.ends.all(offset) as { end: number }[]).map(({ end }) => end);
  }

  /** The lines of a batch; undefined if it was removed. */
  linesOf(end: number): Lines | undefined {
    return this.one.get(end) as Lines | undefined;
  }

  /** Replaces the lines of a batch that was forwarded at least once: its aliases are known. */
  replaceLines(end: number, lines: Lines): void {
    this.rewrite.run(bytesOf(lines), lines.hits, lines.refusals, '[]', end);
  }

  /** Removes the batches up to an offset, and frees their disk space. */
  dropUpTo(offset: number): void {
    this.drop.run(offset);
    this.db.exec('PRAGMA incremental_vacuum');
  }

  /** @returns the bytes of all batches, and the number of rows after an offset */
  measure(offset: number): { bytes: number; pending: number } {
    return this.size.get(offset) as { bytes: number; pending: number };
  }
}

/** The bytes of lines as UTF-8: texts of many scripts have three bytes a character. */
export function bytesOf({ hits, refusals }: Lines): number {
  return Buffer.byteLength(hits) + Buffer.byteLength(refusals);
}

function toBatch({ aliased, ...batch }: BatchRow): Batch {
  return { ...batch, aliased: aliased === '[]' ? [] : (JSON.parse(aliased) as Batch['aliased']) };
}
