import type { Database } from '../../src/collector/store/sqlite/database.js';

/** Takes back what the migrations behind schema 2 have made, so that they run again. Each further migration is undone here. */
export function undoToSchema2(db: Database): void {
  db.exec(`
    DROP TRIGGER identity_removed; DROP TRIGGER identity_detached; DROP TABLE people; DROP TABLE erasing;
    ALTER TABLE hits DROP COLUMN agent; ALTER TABLE indexed DROP COLUMN folding; PRAGMA user_version = 2`);
}
