/*
 * The index of hits by identity as SQL: `filed_hits`; `filed_apart`, where a page of that cannot be written; and while a store of
 * schema 5 is upgraded, the part of its index that is not copied yet. Each is queried separately: SQLite would sort the rows of a view
 * of all, however many there are. The values of a query are in a table of one row, `asked`: Node 22 cannot bind numbered parameters by
 * their position.
 */

/** A place in the index by identity, and the row that stands there. */
export type FiledEntry = [identity: number, sent: number, hash: number, row: number];

/** Files an entry; one that is there already stays. */
export const INSERT_ENTRY = 'INSERT OR IGNORE INTO filed_hits (identity, sent, hash, hit) VALUES (?, ?, ?, ?)';

/** A question with what is asked for: values in the order of the names. */
const asking = (names: string[], sql: string): string =>
  `WITH asked (${names.join(', ')}) AS (SELECT ${names.map(() => '?').join(', ')}) ${sql}`;

const IDENTITY = '(SELECT identity FROM asked)';
const SENT = '(SELECT sent FROM asked)';
const MOST = '(SELECT most FROM asked)';

/** Beyond every `_t`. */
const BEFORE_ALL = -(2 ** 53);
const BEHIND_ALL = 2 ** 53;

/** The part that is not copied yet; no rows, and no page of them is read, where there is none. */
const OLD = `
  hits WHERE identity = ${IDENTITY} AND id > (SELECT 0 FROM upgrade WHERE step = 'index') AND id <= (SELECT upto FROM upgrade)
    AND coalesce(sent, 0) > (
    SELECT CASE WHEN ${IDENTITY} > identity THEN ${BEFORE_ALL} WHEN ${IDENTITY} < identity THEN ${BEHIND_ALL} ELSE sent END FROM upgrade)`;

const TABLES = ['filed_hits', 'filed_apart'];

/** What each of the tables gives, one behind the other. */
const ofTables = (select: (table: string) => string): string => TABLES.map(select).join(' UNION ALL ');

/** The latest `_t` of an identity's hits: `sent`, null where there is none. */
export const LATEST_SENT = asking(
  ['identity'],
  `
  SELECT max(sent) AS sent FROM (
    ${ofTables((table) => `SELECT * FROM (SELECT sent FROM ${table} WHERE identity = ${IDENTITY} ORDER BY sent DESC LIMIT 1)`)}
    UNION ALL
    SELECT * FROM (SELECT coalesce(sent, 0) FROM ${OLD} ORDER BY coalesce(sent, 0) DESC LIMIT 1))`,
);

/** The time of the hit with the latest `_t`, aliases apart. */
export const LATEST_TIME = asking(
  ['identity'],
  `
  SELECT time FROM (
    ${ofTables(
      (table) => `
        SELECT * FROM (
          SELECT f.sent, h.time FROM ${table} f JOIN hits h ON h.id = f.hit WHERE f.identity = ${IDENTITY} AND h.kind <> 2
          ORDER BY f.sent DESC LIMIT 1)`,
    )}
    UNION ALL
    SELECT * FROM (SELECT coalesce(sent, 0), time FROM ${OLD} AND kind <> 2 ORDER BY coalesce(sent, 0) DESC LIMIT 1))
  ORDER BY sent DESC LIMIT 1`,
);

/** The numbers of hits of a second with a hash: `hit`. What only the old index has, it finds itself. */
export const OF_HASH = asking(
  ['identity', 'sent', 'hash'],
  ofTables(
    (table) =>
      `SELECT hit FROM ${table} WHERE identity = ${IDENTITY} AND sent = ${SENT} AND hash = (SELECT hash FROM asked)`,
  ),
);

/** The numbers of hits of a second: `hit`; so many at most. */
export const OF_SECOND = asking(
  ['identity', 'sent', 'most'],
  `
  ${ofTables((table) => `SELECT hit FROM ${table} WHERE identity = ${IDENTITY} AND sent = ${SENT}`)}
  UNION ALL
  SELECT id FROM ${OLD} AND coalesce(sent, 0) = ${SENT}
  LIMIT ${MOST}`,
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

/** The numbers of the latest hits: `hit`; so many at most of each part. A person of millions of hits costs no more than that. */
export const LATEST_HITS = asking(
  ['identity', 'most'],
  `
  ${ofTables((table) => `SELECT hit FROM (SELECT hit FROM ${table} WHERE identity = ${IDENTITY} ORDER BY sent DESC, hash DESC, hit DESC LIMIT ${MOST})`)}
  UNION ALL
  SELECT id FROM (SELECT id FROM ${OLD} ORDER BY coalesce(sent, 0) DESC, hit_id DESC, id DESC LIMIT ${MOST})`,
);
