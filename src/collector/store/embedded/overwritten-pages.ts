import type { Database, Statement } from '../sqlite/database.js';

/** Pages that one transaction fills: some milliseconds. */
const PAGES_PER_STEP = 256;
/** A page has 4,096 bytes; a row with more than this would take two. */
const BYTES_PER_PAGE = 4000;

/**
 * Fills the free pages of a database with zeros: rows of zeros are inserted into a table, and deleted again. Each method is part
 * of the caller's transaction.
 */
export class OverwrittenPages {
  private readonly free: Statement;

  constructor(
    private readonly db: Database,
    private readonly pagesPerStep = PAGES_PER_STEP,
  ) {
    this.free = db.prepare('PRAGMA freelist_count');
  }

  begin(): void {
    this.db.exec('CREATE TABLE zeros (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
  }

  /** @returns false if hardly any page is free */
  overwriteSome(): boolean {
    const { freelist_count: free } = this.free.get() as { freelist_count: number };
    if (free < this.pagesPerStep) {
      // The last pages one by one.
      for (let remaining = free; remaining > 0; remaining--)
        this.db.exec(`INSERT INTO zeros (bytes) VALUES (zeroblob(${BYTES_PER_PAGE}))`);
      return false;
    }
    this.db.exec(`INSERT INTO zeros (bytes) VALUES (zeroblob(${this.pagesPerStep * BYTES_PER_PAGE}))`);
    return true;
  }

  /** @returns false if all pages are free again */
  releaseSome(): boolean {
    // The freed pages contain only zeros.
    this.db.exec('PRAGMA secure_delete = FAST');
    try {
      this.db.exec('DELETE FROM zeros WHERE id = (SELECT max(id) FROM zeros)');
      if (this.db.prepare('SELECT 1 FROM zeros').get()) return true;
      this.db.exec('DROP TABLE zeros');
      return false;
    } finally {
      this.db.exec('PRAGMA secure_delete = ON');
    }
  }
}
