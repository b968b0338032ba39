import { randomBytes } from 'node:crypto';
import type { Database } from './database.js';

/** In the header of a database: the number that SQLite leaves to applications (https://www.sqlite.org/fileformat2.html#application_id). */
const APPLICATION_ID_BYTE = 68;

/** The mark of the store whose first page this is, or begins so; 0 where it has none yet. */
export function markIn(firstPage: Buffer): number {
  return firstPage.readInt32BE(APPLICATION_ID_BYTE);
}

/**
 * Gives a store a mark of its own, by which its log knows it: SQLite tells the log of one store from that of another one by
 * nothing, and writes it into whichever it finds. One that cannot be written now is written by a later start.
 */
export function markStore(db: Database): void {
  const { application_id: mark } = db.prepare('PRAGMA application_id').get() as { application_id: number };
  if (mark !== 0) return;
  try {
    db.exec(`PRAGMA application_id = ${randomBytes(4).readInt32BE() || 1}`);
  } catch {
    // A full disk: what is to be kept, and cannot, says so.
  }
}
