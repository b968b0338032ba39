import type { Bookmark } from '../store.js';
import type { Database, Statement } from './database.js';

/** The bookmarks of imports, which stand in the same file as what was imported: one transaction keeps both. */
export class Bookmarks {
  private readonly find: Statement;
  private readonly set: Statement;

  /** @param db has the table `bookmarks (source TEXT PRIMARY KEY, lines INTEGER NOT NULL)` */
  constructor(db: Database) {
    this.find = db.prepare('SELECT lines FROM bookmarks WHERE source = ?');
    this.set = db.prepare(
      'INSERT INTO bookmarks (source, lines) VALUES (?, ?) ON CONFLICT DO UPDATE SET lines = excluded.lines',
    );
  }

  /** The lines of a source that are done; 0 for one never seen. */
  linesOf(source: string): number {
    return (this.find.get(source) as { lines: number } | undefined)?.lines ?? 0;
  }

  /** Part of the caller's transaction. */
  keep({ source, lines }: Bookmark): void {
    this.set.run(source, lines);
  }
}
