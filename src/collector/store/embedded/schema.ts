import { isDamage } from '../sqlite/damage.js';
import type { Database } from '../sqlite/database.js';
import { transactionsOn } from '../sqlite/transaction.js';
import { newestHitIn } from './newest-hit.js';
import { markRepeats } from './repeat-marks.js';

/** The name of the database in the store's folder. */
export const DATABASE_FILE = 'kmq.db';

/**
 * The tables of the embedded store, as migrations. `PRAGMA user_version` is the number of migrations that a file has had.
 * Each runs in a transaction, so an interrupted one changes nothing.
 */
const MIGRATIONS = [
  `
  CREATE TABLE sites (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);

  -- A person is the set of identities with the same number: merging relabels the smaller set and moves no hit.
  CREATE TABLE identities (
    id INTEGER PRIMARY KEY,
    site INTEGER NOT NULL,
    identity TEXT NOT NULL,
    person INTEGER NOT NULL,
    last_seen INTEGER, -- time of the latest event or property
    UNIQUE (site, identity)
  );
  CREATE INDEX identities_by_person ON identities (person);

  CREATE TABLE hits (
    id INTEGER PRIMARY KEY,
    site INTEGER NOT NULL,
    identity INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    name TEXT,
    time INTEGER NOT NULL,
    sent INTEGER,
    received INTEGER NOT NULL,
    hit_id TEXT,
    properties TEXT NOT NULL, -- JSON: [[name, value], …]
    warnings TEXT, -- JSON: [[code, detail, …], …], or sentences where a version without codes has stored them
    duplicate INTEGER NOT NULL
  );
  CREATE INDEX hits_by_site ON hits (site);
  CREATE INDEX hits_by_identity ON hits (identity, sent);
  -- All attempts of a hit have the same _t. With it as the first column, new entries are at neighbouring places of the
  -- index, which costs a third of the time.
  CREATE UNIQUE INDEX hits_by_hit_id ON hits (coalesce(sent, 0), hit_id, site) WHERE hit_id IS NOT NULL;

  CREATE TABLE refusals (
    id INTEGER PRIMARY KEY,
    key TEXT,
    received INTEGER NOT NULL,
    reason TEXT NOT NULL, -- JSON: [code, detail, …], or a sentence as above
    request TEXT NOT NULL
  );
  CREATE INDEX refusals_by_key ON refusals (key);
  `,
  `
  -- All attempts of a hit have the same identity and _t, so one index finds repeats by hit id, repeats by the
  -- reference's rule (docs/reference.md#8.4) and the latest hits of a person. Two indexes took a third of a hit's time.
  DROP INDEX hits_by_hit_id;
  DROP INDEX hits_by_identity;
  CREATE UNIQUE INDEX hits_by_identity ON hits (identity, coalesce(sent, 0), hit_id);

  -- The period of ten minutes that contains last_seen, for the search: an index by seconds would be written with every hit.
  ALTER TABLE identities ADD COLUMN period INTEGER NOT NULL DEFAULT 0;
  UPDATE identities SET period = last_seen / 600 WHERE last_seen IS NOT NULL;
  CREATE INDEX identities_by_period ON identities (site, period);

  -- For the search by a part of an identity. It contains only trigrams; the text is compared in identities.
  CREATE VIRTUAL TABLE trigrams USING fts5 (identity, content = '', detail = none, tokenize = 'trigram');
  INSERT INTO trigrams (trigrams, rank) VALUES ('secure-delete', 1);
  CREATE TABLE indexed (identity INTEGER NOT NULL); -- the latest identity in the index
  INSERT INTO indexed VALUES (0);

  CREATE TABLE bookmarks (source TEXT PRIMARY KEY, lines INTEGER NOT NULL) WITHOUT ROWID;
  `,
  `
  -- How many identities a person has, if there are several: to count them with every alias would be slow for large people.
  CREATE TABLE people (person INTEGER PRIMARY KEY, identities INTEGER NOT NULL);
  INSERT INTO people SELECT person, count(*) FROM identities WHERE person > 0 GROUP BY person HAVING count(*) > 1;
  -- A merge updates this table itself. For removed identities, these triggers do. The person of an identity that is being
  -- erased is 0.
  CREATE TRIGGER identity_removed AFTER DELETE ON identities BEGIN
    UPDATE people SET identities = identities - 1 WHERE person = old.person;
    DELETE FROM people WHERE person = old.person AND identities < 2;
  END;
  CREATE TRIGGER identity_detached AFTER UPDATE OF person ON identities WHEN new.person = 0 BEGIN
    UPDATE people SET identities = identities - 1 WHERE person = old.person;
    DELETE FROM people WHERE person = old.person AND identities < 2;
  END;
  `,
  `
  -- Identities that are being erased, until the refused requests that name them are removed.
  CREATE TABLE erasing (identity INTEGER PRIMARY KEY, key TEXT NOT NULL, name TEXT NOT NULL);
  `,
  `
  -- The rules by which the texts in trigrams were folded. These have changed with this version, so the collector fills the
  -- index again after its commits.
  ALTER TABLE indexed ADD COLUMN folding TEXT NOT NULL DEFAULT '';
  INSERT INTO trigrams (trigrams) VALUES ('delete-all');
  UPDATE indexed SET identity = 0;
  `,
  `
  -- The kind of sender (model/agents.ts); null if an earlier version has stored the hit.
  ALTER TABLE hits ADD COLUMN agent INTEGER;
  -- The number of the event's name, if the name is in texts; then name is null. Properties contain numbers of texts, too.
  ALTER TABLE hits ADD COLUMN event INTEGER;
  ALTER TABLE hits ADD COLUMN size INTEGER; -- about the characters of the properties, with texts instead of numbers
  -- Repeated texts. A number is never used for another text.
  CREATE TABLE texts (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE, uses INTEGER NOT NULL);

  -- The index of hits by identity, which is written after the commits. filing has the hit up to which all are in the index.
  CREATE TABLE filed_hits (
    identity INTEGER NOT NULL, sent INTEGER NOT NULL, hash INTEGER NOT NULL, hit INTEGER NOT NULL,
    PRIMARY KEY (identity, sent, hash, hit)
  ) WITHOUT ROWID;
  -- The same for hits whose page in filed_hits cannot be written.
  CREATE TABLE filed_apart (
    identity INTEGER NOT NULL, sent INTEGER NOT NULL, hash INTEGER NOT NULL, hit INTEGER NOT NULL,
    PRIMARY KEY (identity, sent, hash, hit)
  ) WITHOUT ROWID;
  CREATE TABLE filing (filed INTEGER NOT NULL);

  -- The earliest time of a site's hits after a row, up to and including another. Retention skips rows without old hits.
  CREATE TABLE hit_ages (
    site INTEGER NOT NULL, behind INTEGER NOT NULL, upto INTEGER NOT NULL, oldest INTEGER NOT NULL,
    PRIMARY KEY (site, behind)
  ) WITHOUT ROWID;

  -- The progress of the upgrade of hits that an earlier version has stored (upgrade.ts).
  CREATE TABLE upgrade (
    step TEXT NOT NULL,
    upto INTEGER NOT NULL, -- the last of these hits
    identity INTEGER NOT NULL, sent INTEGER NOT NULL, -- up to which the index has them
    hit INTEGER NOT NULL -- up to which texts are stored apart
  );
  `,
  `
  -- Has a row while unused parts of pages may contain removed data (wiping.ts).
  CREATE TABLE remains (id INTEGER PRIMARY KEY);
  -- Earlier versions did not overwrite these parts.
  INSERT INTO remains SELECT 1 FROM sites LIMIT 1;
  `,
  `
  -- For owners, with any program that opens SQLite files (docs/running.md). kmq does not read it.
  -- Without ->>, which SQLite has only since 3.38: an older SQLite can open no file whose schema contains it, and so make no backup.
  DROP VIEW IF EXISTS readable_hits;
  CREATE VIEW readable_hits AS
    SELECT h.id, s.key AS site, i.identity, i.person,
      CASE h.kind WHEN 0 THEN 'event' WHEN 1 THEN 'properties' WHEN 2 THEN 'alias' END AS kind,
      coalesce(e.text, h.name) AS name,
      datetime(h.time, 'unixepoch') AS time, datetime(h.received, 'unixepoch') AS received, h.sent, h.hit_id,
      CASE h.agent WHEN 0 THEN 'browser' WHEN 1 THEN 'bot' WHEN 2 THEN 'server' END AS agent,
      (
        SELECT json_group_object(coalesce(n.text, json_extract(p.value, '$[0]')), coalesce(v.text, json_extract(p.value, '$[1]')))
        FROM json_each(h.properties) p
        LEFT JOIN texts n ON json_type(p.value, '$[0]') = 'integer' AND n.id = json_extract(p.value, '$[0]')
        LEFT JOIN texts v ON json_type(p.value, '$[1]') = 'integer' AND v.id = json_extract(p.value, '$[1]')
      ) AS properties
    FROM hits h
    JOIN identities i ON i.id = h.identity AND i.site = h.site
    JOIN sites s ON s.id = h.site
    LEFT JOIN texts e ON e.id = h.event;
  `,
];

/** The part of a migration that SQL alone cannot do. */
interface Besides {
  /** Reads the database before the transaction. @returns the work to do in the transaction */
  plan: (db: Database) => () => void;
  /** A sentence for the owner, if a page cannot be read and the migration leaves this part out. */
  without?: string;
}

/** Keyed by the version to which the migration leads. */
const BESIDES: Record<number, Besides> = {
  // Before, repeats were marked only by the reference's rule, and only if the site used it. Now there is a mark for each way to
  // count.
  3: {
    plan: (db) => () => markRepeats(db),
    without:
      'Some database pages of the store cannot be read, so hits that the previous version stored keep its marks of repeats. ' +
      'These hits may not be counted as the setting "counting" says. Restore a backup if you have one.',
  },
  6: { plan: beginUpgrade },
};

/** Notes the hits that exist before the upgrade: they are in the old index, and not in the new one. */
function beginUpgrade(db: Database): () => void {
  const newest = newestHitIn(db)();
  return () => {
    db.prepare('INSERT INTO filing VALUES (?)').run(newest);
    // An empty store has nothing to upgrade.
    if (newest === 0) db.exec('DROP INDEX hits_by_identity');
    else db.prepare("INSERT INTO upgrade VALUES ('index', ?, 0, 0, 0)").run(newest);
  };
}

/**
 * Migrates a database to this version. After an error the caller closes it, which undoes the current migration.
 * @param onNotice called with a sentence for the owner, if a part of a migration was left out because of damage
 * @throws Error for a file that a newer version has written
 */
export function migrate(db: Database, onNotice: (sentence: string) => void = () => undefined): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > MIGRATIONS.length) {
    throw new Error(writtenBy('a newer kmq', version, NEWER));
  }
  const transaction = transactionsOn(db);
  const step = (sql: string, next: number, besides?: () => void): void =>
    transaction(() => {
      db.exec(sql);
      besides?.();
      db.exec(`PRAGMA user_version = ${next}`);
    });
  MIGRATIONS.slice(version).forEach((sql, index) => {
    const next = version + index + 1;
    const besides = BESIDES[next];
    try {
      step(sql, next, besides?.plan(db));
    } catch (error) {
      if (besides?.without === undefined || !isDamage(error)) throw error;
      // Reading all hits may find damaged pages that nobody has read for years. They must not prevent the migration.
      step(sql, next);
      onNotice(besides.without);
    }
  });
}

/** Checks the version of a file that is only read. @throws Error for another version */
export function checkSchema(db: Database): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version === MIGRATIONS.length) return;
  throw new Error(
    version < MIGRATIONS.length
      ? writtenBy('an older kmq', version, 'start kmq serve once, which brings them up to date')
      : writtenBy('a newer kmq', version, NEWER),
  );
}

const NEWER = 'use the newer kmq, or restore the backup from before the upgrade. Nothing was changed';

function writtenBy(which: string, version: number, advice: string): string {
  return `The data were written by ${which} (schema ${version}; this one knows ${MIGRATIONS.length}): ${advice}.`;
}
