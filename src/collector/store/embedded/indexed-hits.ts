/*
 * The index of hits by identity as SQL: `filed_hits`, and while a store of schema 5 is upgraded, the part of the index of that
 * version which is not copied yet. Each of the two is asked by itself: SQLite would sort what a view of both gives, however
 * much it is. `?1` is an identity.
 */

/** Beyond every `_t`. */
const EARLIEST = -(2 ** 53);
const LATEST = 2 ** 53;

/** The part that is not copied yet; no rows where there is none. */
const OLD = `
  hits WHERE identity = ?1 AND id <= (SELECT upto FROM upgrade WHERE step = 'index') AND coalesce(sent, 0) > (
    SELECT CASE WHEN ?1 > identity THEN ${EARLIEST} WHEN ?1 < identity THEN ${LATEST} ELSE sent END FROM upgrade)`;

/** The latest `_t` of an identity's hits: `sent`, null where there is none. */
export const LATEST_SENT = `
  SELECT max(sent) AS sent FROM (
    SELECT * FROM (SELECT sent FROM filed_hits WHERE identity = ?1 ORDER BY sent DESC LIMIT 1)
    UNION ALL
    SELECT * FROM (SELECT coalesce(sent, 0) FROM ${OLD} ORDER BY coalesce(sent, 0) DESC LIMIT 1))`;

/** The time of the hit with the latest `_t`, aliases apart. */
export const LATEST_TIME = `
  SELECT time FROM (
    SELECT * FROM (
      SELECT f.sent, h.time FROM filed_hits f JOIN hits h ON h.id = f.hit WHERE f.identity = ?1 AND h.kind <> 2
      ORDER BY f.sent DESC LIMIT 1)
    UNION ALL
    SELECT * FROM (SELECT coalesce(sent, 0), time FROM ${OLD} AND kind <> 2 ORDER BY coalesce(sent, 0) DESC LIMIT 1))
  ORDER BY sent DESC LIMIT 1`;

/** The numbers of hits of the second `?2`: `hit`. */
export const OF_SECOND = `
  SELECT hit FROM filed_hits WHERE identity = ?1 AND sent = ?2
  UNION ALL
  SELECT id FROM ${OLD} AND coalesce(sent, 0) = ?2`;

/** Some hits, `?2` at most: `sent`, `hash` and `hit`. */
export const SOME = `
  SELECT sent, hash, hit FROM filed_hits WHERE identity = ?1
  UNION ALL
  SELECT coalesce(sent, 0), 0, id FROM ${OLD}
  LIMIT ?2`;

/** The numbers of the latest hits: `hit`; `?2` at most of each part. A person of millions of hits costs no more than that. */
export const LATEST_HITS = `
  SELECT hit FROM (SELECT hit FROM filed_hits WHERE identity = ?1 ORDER BY sent DESC, hash DESC, hit DESC LIMIT ?2)
  UNION ALL
  SELECT id FROM (SELECT id FROM ${OLD} ORDER BY coalesce(sent, 0) DESC, hit_id DESC, id DESC LIMIT ?2)`;
