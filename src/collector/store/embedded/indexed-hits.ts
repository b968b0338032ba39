/*
 * SQL for the index of hits by identity. It has three parts: `filed_hits`; `filed_apart`, for hits whose page in `filed_hits`
 * cannot be written; and while a store of schema 5 is upgraded, the part of its old index that is not copied yet. Each part is
 * queried separately, since SQLite would sort all rows of a view over them. The values of a query are in a table of one row,
 * `asked`: Node 22 cannot bind numbered parameters by position.
 */

import { ALIAS } from '../model/kinds.js';

/** An entry of the index by identity: its key, and the row of the hit. */
export type FiledEntry = [identity: number, sent: number, hash: number, row: number];

/** Files an entry. An entry that exists already is not changed. */
export const INSERT_ENTRY = 'INSERT OR IGNORE INTO filed_hits (identity, sent, hash, hit) VALUES (?, ?, ?, ?)';

/** A query, with the names of its values in their order. */
const asking = (names: string[], sql: string): string =>
  `WITH asked (${names.join(', ')}) AS (SELECT ${names.map(() => '?').join(', ')}) ${sql}`;

const IDENTITY = '(SELECT identity FROM asked)';
const SENT = '(SELECT sent FROM asked)';
const MOST = '(SELECT most FROM asked)';

/** Smaller than every `_t`. */
const BEFORE_ALL = -(2 ** 53);
const BEHIND_ALL = 2 ** 53;

/** The part of the old index that is not copied yet. If there is none, no page is read. */
const OLD = `
  hits WHERE identity = ${IDENTITY} AND id > (SELECT 0 FROM upgrade WHERE step = 'index') AND id <= (SELECT upto FROM upgrade)
    AND coalesce(sent, 0) > (
    SELECT CASE WHEN ${IDENTITY} > identity THEN ${BEFORE_ALL} WHEN ${IDENTITY} < identity THEN ${BEHIND_ALL} ELSE sent END FROM upgrade)`;

const TABLES = ['filed_hits', 'filed_apart'];

/** The rows of a query on each part, one part after the other. */
const ofTables = (select: (table: string) => string): string => TABLES.map(select).join(' UNION ALL ');

/** The latest `_t` of an identity's hits: `sent`, null if it has none. */
export const LATEST_SENT = asking(
  ['identity'],
  `
  SELECT max(sent) AS sent FROM (
    ${ofTables((table) => `SELECT * FROM (SELECT sent FROM ${table} WHERE identity = ${IDENTITY} ORDER BY sent DESC LIMIT 1)`)}
    UNION ALL
    SELECT * FROM (SELECT coalesce(sent, 0) FROM ${OLD} ORDER BY coalesce(sent, 0) DESC LIMIT 1))`,
);

/** The time of the hit with the latest `_t`, aliases excluded. */
export const LATEST_TIME = asking(
  ['identity'],
  `
  SELECT time FROM (
    ${ofTables(
      (table) => `
        SELECT * FROM (
          SELECT f.sent, h.time FROM ${table} f JOIN hits h ON h.id = f.hit WHERE f.identity = ${IDENTITY} AND h.kind <> ${ALIAS}
          ORDER BY f.sent DESC LIMIT 1)`,
    )}
    UNION ALL
    SELECT * FROM (SELECT coalesce(sent, 0), time FROM ${OLD} AND kind <> ${ALIAS} ORDER BY coalesce(sent, 0) DESC LIMIT 1))
  ORDER BY sent DESC LIMIT 1`,
);

/**
 * The numbers of hits of a second with a hash: `hit`. The old index has no hashes, so hits that only it contains are not found
 * here.
 */
export const OF_HASH = asking(
  ['identity', 'sent', 'hash'],
  ofTables(
    (table) =>
      `SELECT hit FROM ${table} WHERE identity = ${IDENTITY} AND sent = ${SENT} AND hash = (SELECT hash FROM asked)`,
  ),
);

/** The numbers of at most so many hits of a second: `hit`. */
export const OF_SECOND = asking(
  ['identity', 'sent', 'most'],
  `
  ${ofTables((table) => `SELECT hit FROM ${table} WHERE identity = ${IDENTITY} AND sent = ${SENT}`)}
  UNION ALL
  SELECT id FROM ${OLD} AND coalesce(sent, 0) = ${SENT}
  LIMIT ${MOST}`,
);

/**
 * The next filed hits of an identity after an entry, in the order of the index: `sent`, `hash`, `hit`, `kind` and `time`. Those of
 * the old index are not among them.
 */
export const NEXT_HITS = asking(
  ['identity', 'sent', 'hash', 'hit', 'most'],
  `
  SELECT * FROM (
    ${ofTables(
      (table) => `
        SELECT * FROM (
          SELECT f.sent, f.hash, f.hit, h.kind, h.time FROM ${table} f CROSS JOIN hits h ON h.id = f.hit
          WHERE f.identity = ${IDENTITY} AND (f.sent, f.hash, f.hit) > (SELECT sent, hash, hit FROM asked)
          ORDER BY f.sent, f.hash, f.hit LIMIT ${MOST})`,
    )}
  ) ORDER BY sent, hash, hit LIMIT ${MOST}`,
);

/**
 * `any`: whether the old index has a hit of an identity. `kept`: whether it has an event, properties, or an alias from a time on.
 * Each is 0 or 1.
 */
export const IN_OLD_INDEX = asking(
  ['identity', 'before'],
  `
  SELECT EXISTS (SELECT 1 FROM ${OLD}) AS "any",
    EXISTS (SELECT 1 FROM ${OLD} AND (kind <> ${ALIAS} OR time >= (SELECT before FROM asked))) AS kept`,
);

/** Some entries: `sent`, `hash` and `hit`. */
export const SOME_ENTRIES = asking(
  ['identity', 'most'],
  `
  ${ofTables((table) => `SELECT sent, hash, hit FROM ${table} WHERE identity = ${IDENTITY}`)}
  UNION ALL
  SELECT coalesce(sent, 0), 0, id FROM ${OLD}
  LIMIT ${MOST}`,
);

/** The numbers of the latest hits of an identity: `hit`; at most `most` of each part. */
export const LATEST_HITS = asking(
  ['identity', 'most'],
  `
  ${ofTables((table) => `SELECT hit FROM (SELECT hit FROM ${table} WHERE identity = ${IDENTITY} ORDER BY sent DESC, hash DESC, hit DESC LIMIT ${MOST})`)}
  UNION ALL
  SELECT id FROM (SELECT id FROM ${OLD} ORDER BY coalesce(sent, 0) DESC, hit_id DESC, id DESC LIMIT ${MOST})`,
);
