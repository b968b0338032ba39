import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedReader } from './reader.js';
import { checkSchema, DATABASE_FILE } from './schema.js';
import { checkDatabase } from '../sqlite/claim.js';
import { openDatabase } from '../sqlite/database.js';
import type { Store } from '../store.js';

/** What an export asks of a store. */
export type HitSource = Pick<Store, 'keys' | 'export' | 'close'>;

/**
 * Opens an embedded store to read all of it, beside a collector that writes to it: it takes no lock, and changes nothing.
 * @throws Error where there is no store, and for one that an older or a newer version has written
 */
export function openEmbeddedSource(folder: string): HitSource {
  const file = join(folder, DATABASE_FILE);
  // SQLite would make one.
  if (!existsSync(file)) throw new Error(`There is no store in ${folder}: ${file} is missing.`);
  checkDatabase(file);
  const db = openDatabase(file);
  try {
    checkSchema(db);
  } finally {
    db.close();
  }
  // An export says of no hit whether it counts.
  return new EmbeddedReader(folder, () => 'reference');
}
