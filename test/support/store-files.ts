import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';

/** Does some work in the database of a store, through a separate connection. */
export function inDatabase<T>(folder: string, work: (db: Database) => T): T {
  const db = openDatabase(join(folder, 'kmq.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** Both files of a store, as one text. */
export function bytesOf(folder: string): string {
  const files = ['kmq.db', 'kmq.db-wal'].map((name) => join(folder, name)).filter(existsSync);
  return files.map((file) => readFileSync(file, 'latin1')).join();
}
