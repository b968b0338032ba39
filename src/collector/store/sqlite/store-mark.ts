import { randomBytes } from 'node:crypto';
import type { Database } from './database.js';

/** In the header of a database: the number that SQLite leaves to applications (https://www.sqlite.org/fileformat2.html#application_id). */
const APPLICATION_ID_BYTE = 68;

/** The mark of the store, from the beginning of its first page; 0 if it has none yet. */
export function markIn(firstPage: Buffer): number {
  return firstPage.readInt32BE(APPLICATION_ID_BYTE);
}

/**
 * Gives a store a random mark, by which its log is recognised: SQLite cannot tell the log of one store from that of another, and writes
 * it into the one that it finds. A mark that cannot be written now is written by a later start.
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
