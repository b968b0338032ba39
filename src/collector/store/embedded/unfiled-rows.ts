import { readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { WithTextNumbers } from './text-uses.js';

/** How many rows are read at once. */
const ROWS_AT_ONCE = 100;

/** The columns of a hit for the index by identity and the count of texts. */
interface UnfiledRow extends WithTextNumbers {
  id: number;
  identity: number;
  /** Its `_t`, 0 without one. */
  sent: number;
  hitId: string | null;
}

/** Reads the hits that are not filed at a start. */
export class UnfiledRows {
  private readonly between: Statement;

  constructor(db: Database) {
    this.between = db.prepare(`
      SELECT id, identity, coalesce(sent, 0) AS sent, hit_id AS hitId, event, properties FROM hits
      WHERE id > ? AND id <= ? ORDER BY id`);
  }

  /** The rows after one, up to another, without those on pages that cannot be read. */
  *read(behind: number, upto: number): Generator<UnfiledRow> {
    for (let last = behind; last < upto;) {
      const end = Math.min(last + ROWS_AT_ONCE, upto);
      // Read all at once: a statement that is read row by row and fails at a damaged page would block every write.
      const rows = readable(() => this.rows(last, end));
      if (rows) yield* rows;
      else for (let id = last + 1; id <= end; id++) yield* readable(() => this.rows(id - 1, id)) ?? [];
      last = end;
    }
  }

  private rows(behind: number, upto: number): UnfiledRow[] {
    return this.between.all(behind, upto) as UnfiledRow[];
  }
}
