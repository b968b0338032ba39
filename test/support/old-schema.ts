import type { Database } from '../../src/collector/store/sqlite/database.js';

/** SQL for a name or value in the JSON of a hit's properties, in whose place there may be the number of the text. */
const textOf = (place: string): string => `
  CASE json_type(pair.value, '${place}') WHEN 'integer'
    THEN (SELECT text FROM texts WHERE id = pair.value ->> '${place}') ELSE pair.value ->> '${place}' END`;

/** Undoes the migrations after schema 2, so that they run again. With a new migration, add here what undoes it. */
export function undoToSchema2(db: Database): void {
  undoToSchema5(db);
  db.exec(`
    DROP TRIGGER identity_removed; DROP TRIGGER identity_detached; DROP TABLE people; DROP TABLE erasing;
    ALTER TABLE indexed DROP COLUMN folding; PRAGMA user_version = 2`);
}

/**
 * Gives a store the form of schema 5: each hit contains its texts, and a commit also writes the index by identity.
 */
export function undoToSchema5(db: Database): void {
  db.exec(`
    DROP VIEW readable_hits; DROP TABLE filed_hits; DROP TABLE filed_apart; DROP TABLE filing; DROP TABLE upgrade;
    DROP TABLE hit_ages; DROP TABLE remains;
    UPDATE hits SET name = coalesce(name, (SELECT text FROM texts WHERE id = event)), properties = (
      SELECT json_group_array(json_array(${textOf('$[0]')}, ${textOf('$[1]')})) FROM json_each(properties) pair)
    WHERE json_valid(properties);
    ALTER TABLE hits DROP COLUMN agent; ALTER TABLE hits DROP COLUMN event; ALTER TABLE hits DROP COLUMN size;
    DROP TABLE texts; CREATE UNIQUE INDEX hits_by_identity ON hits (identity, coalesce(sent, 0), hit_id);
    PRAGMA user_version = 5`);
}
