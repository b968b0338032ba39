import type { Bookmark } from '../store.js';
import type { Database, Statement } from './database.js';

/** The bookmarks of imports. They are in the same file as the imported hits, so that one transaction stores both. */
export class Bookmarks {
  private readonly find: Statement;
  private readonly set: Statement;

  /** @param db has the table `bookmarks (source TEXT PRIMARY KEY, lines INTEGER NOT NULL)`: names and values */
  constructor(db: Database) {
    this.find = db.prepare('SELECT lines FROM bookmarks WHERE source = ?');
    this.set = db.prepare(
      'INSERT INTO bookmarks (source, lines) VALUES (?, ?) ON CONFLICT DO UPDATE SET lines = excluded.lines',
    );
  }

  /** 0 for an unknown name. */
  valueOf(name: string): number {
    return (this.find.get(name) as { lines: number } | undefined)?.lines ?? 0;
  }

  /** Part of the caller's transaction. */
  keep(bookmarks: readonly Bookmark[]): void {
    for (const { name, value } of bookmarks) this.set.run(name, value);
  }
}
