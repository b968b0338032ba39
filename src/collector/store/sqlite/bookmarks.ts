import type { Bookmark } from '../store.js';
import type { Database, Statement } from './database.js';

/** The bookmarks of imports. They are in the same file as the imported hits, so that one transaction stores both. */
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

  /** How many lines of a source are done; 0 for an unknown source. */
  linesOf(source: string): number {
    return (this.find.get(source) as { lines: number } | undefined)?.lines ?? 0;
  }

  /** Stores a bookmark; part of the caller's transaction. */
  keep({ source, lines }: Bookmark): void {
    this.set.run(source, lines);
  }
}
