import { randomBytes } from 'node:crypto';
import type { Database } from './database.js';

/** The offset of a number in the header that is free for applications (https://www.sqlite.org/fileformat2.html#application_id). */
const APPLICATION_ID_BYTE = 68;

/** The mark of the store, from the beginning of its first page; 0 if it has none yet. */
export function markIn(firstPage: Buffer): number {
  return firstPage.readInt32BE(APPLICATION_ID_BYTE);
}

/**
 * Gives a store a random mark, by which its log is recognised: SQLite does not check whether a log belongs to the database beside
 * it, and writes it into that database. If the mark cannot be written now, a later start writes it.
 */
export function markStore(db: Database): void {
  const { application_id: mark } = db.prepare('PRAGMA application_id').get() as { application_id: number };
  if (mark !== 0) return;
  try {
    db.exec(`PRAGMA application_id = ${randomBytes(4).readInt32BE() || 1}`);
  } catch {
    // The disk is full: the next write reports it.
  }
}
