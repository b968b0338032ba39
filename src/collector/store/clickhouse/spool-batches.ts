import type { Database, Statement } from '../sqlite/database.js';
import type { InsertLines } from './rows.js';

/** What one append kept, by the offset of its last row. */
export interface Batch extends InsertLines {
  end: number;
  rows: number;
}

interface BatchRow extends Omit<Batch, 'aliased'> {
  /** JSON. */
  aliased: string;
}

const SELECT = 'SELECT id AS "end", rows, hits, refusals, aliased FROM batches';

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
    this.one = db.prepare(`${SELECT} WHERE id = ?`);
    this.rewrite = db.prepare('UPDATE batches SET hits = ?, refusals = ?, aliased = ? WHERE id = ?');
    this.drop = db.prepare('DELETE FROM batches WHERE id <= ?');
    this.ends = db.prepare('SELECT id AS "end" FROM batches WHERE id <= ?');
    this.size = db.prepare(
      'SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(rows * (id > ?)), 0) AS pending FROM batches',
    );
  }

  add({ end, rows, hits, refusals, aliased }: Batch): void {
    const bytes = bytesOf({ hits, refusals });
    this.insert.run(end, rows, bytes, hits, refusals, aliased.length ? JSON.stringify(aliased) : '[]');
  }

  /** Those behind an offset, oldest first. */
  *after(offset: number): Generator<Batch> {
    for (const row of this.following.iterate(offset) as IterableIterator<BatchRow>) yield toBatch(row);
  }

  /** The offsets of those up to an offset. */
  endsUpTo(offset: number): number[] {
    return (this.ends.all(offset) as { end: number }[]).map(({ end }) => end);
  }

  /** Removes lines from a batch that was forwarded. @param goes whether a line is removed */
  removeLines(end: number, goes: (line: string) => boolean): void {
    const batch = this.one.get(end) as BatchRow | undefined;
    if (!batch) return;
    const hits = withoutLines(batch.hits, goes);
    const refusals = withoutLines(batch.refusals, goes);
    if (hits !== batch.hits || refusals !== batch.refusals) this.rewrite.run(hits, refusals, '[]', end);
  }

  /** Removes those up to an offset, and gives their room back to the disk. */
  dropUpTo(offset: number): void {
    this.drop.run(offset);
    this.db.exec('PRAGMA incremental_vacuum');
  }

  /** @returns the bytes of all, and the rows of those behind an offset */
  measure(offset: number): { bytes: number; pending: number } {
    return this.size.get(offset) as { bytes: number; pending: number };
  }
}

/** What counts against the most that the spool may hold. */
export function bytesOf({ hits, refusals }: Pick<Batch, 'hits' | 'refusals'>): number {
  return hits.length + refusals.length;
}

function toBatch({ aliased, ...batch }: BatchRow): Batch {
  return { ...batch, aliased: aliased === '[]' ? [] : (JSON.parse(aliased) as Batch['aliased']) };
}

function withoutLines(text: string, goes: (line: string) => boolean): string {
  const kept = text.split('\n').filter((line) => line === '' || !goes(line));
  return kept.join('\n');
}
