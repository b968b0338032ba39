import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedReader } from './reader.js';
import { checkSchema, DATABASE_FILE } from './schema.js';
import { checkDatabase } from '../sqlite/claim.js';
import { isDamage } from '../sqlite/damage.js';
import { orSayWhose } from '../sqlite/data-folder.js';
import { openDatabase } from '../sqlite/database.js';
import { mayBeWritten } from '../sqlite/writer-lock.js';
import type { HitSource } from '../store.js';

/**
 * Opens an embedded store for reading, even while a collector writes to it. It changes no hits. If no other process has the store open,
 * SQLite empties the write-ahead log when the store is closed. A part of the log that SQLite cannot read is lost then.
 * @param onNotice called with a sentence about that part; not while a collector writes: then the end of the log may be incomplete
 *   for a moment
 * @throws Error if there is no store, if this user may not read it, if an older or a newer version has written it, or if its beginning
 *   is damaged
 */
export function openEmbeddedSource(folder: string, onNotice?: (sentence: string) => void): HitSource {
  orSayWhose(folder, () => check(folder, onNotice), 'read');
  // The way of counting does not matter: an export does not contain which hits count.
  return new EmbeddedReader(folder, () => 'reference');
}

function check(folder: string, onNotice?: (sentence: string) => void): void {
  const file = join(folder, DATABASE_FILE);
  // SQLite would create one.
  if (!existsSync(file)) {
    // It may be there, in a folder that this user may not enter: then this throws.
    statSync(file, { throwIfNoEntry: false });
    throw new Error(
      `There is no store in ${folder}: ${file} is missing. Name the collector’s data folder with --data.`,
    );
  }
  checkDatabase(file, mayBeWritten(folder) ? undefined : onNotice);
  const db = openDatabase(file);
  try {
    checkSchema(db);
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new Error(
      `${file} cannot be read completely: ${(error as Error).message}. Restore a backup; without one, ` +
        'the command .recover of the program sqlite3 makes a new database from the readable part (https://www.sqlite.org/recovery.html).',
      { cause: error },
    );
  } finally {
    db.close();
  }
}
