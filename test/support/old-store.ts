import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';

const SCHEMA_5 = join(import.meta.dirname, '../collector/data/schema-5.db');

/** Copies the store of the previous version to a folder (make-schema-5.ts). */
export function copySchema5(folder: string): string {
  const file = join(folder, 'kmq.db');
  copyFileSync(SCHEMA_5, file);
  return file;
}

/** The same, with hits of sites that no test reads: the store is upgraded when it is opened. */
export function putOldStore(folder: string): void {
  const db = openDatabase(copySchema5(folder));
  db.exec("UPDATE sites SET key = 'before-' || key; DELETE FROM refusals");
  db.close();
}
