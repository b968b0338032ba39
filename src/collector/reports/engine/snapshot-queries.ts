import { quoteName, quoteText } from '../quoting.js';
import { canBeColumn, PROPERTY_COLUMNS, type SnapshotTable } from '../snapshot-format.js';
import { BOT } from '../tables.js';
import { PROPERTY_NAME } from './functions.js';
import type { UsedProperty } from './used-properties.js';

/** The properties in the map that could have columns in a view, up to the limit. */
export function inMapAlone(properties: readonly UsedProperty[]): string[] {
  const able = properties.filter(({ name }) => canBeColumn(name));
  const inMap = able.filter(({ column }) => column === null).map(({ name }) => name);
  return inMap.slice(0, PROPERTY_COLUMNS - (able.length - inMap.length));
}

/** The query for the file of a table, with merges applied. */
export function snapshotQuery(table: SnapshotTable, site: number, properties: readonly UsedProperty[]): string {
  if (table === 'events') return eventsOf(site, properties);
  return table === 'people' ? peopleOf(site) : `SELECT name AS identity, person FROM ${identitiesOf(site)}`;
}

function eventsOf(site: number, properties: readonly UsedProperty[]): string {
  const inColumns = properties.filter(({ column }) => column !== null);
  const own = inColumns
    .filter(({ name }) => canBeColumn(name))
    .map(({ name, column }) => `, h.c${column} AS ${quoteName(name)}`);
  const nameless = inColumns
    .filter(({ name }) => !canBeColumn(name))
    .map(
      ({ code, column }) =>
        `CASE WHEN h.c${column} IS NOT NULL THEN map([CAST(${code} AS INTEGER)], [h.c${column}]) END`,
    );
  const map = nameless.length ? `map_concat(h.others, ${nameless.join(', ')})` : 'h.others';
  return `
    SELECT h.person, i.name AS identity, e.name AS event, make_timestamp(h."time" * 1000000) AS "time", h.hit,
      CASE h.agent WHEN 1 THEN 'bot' WHEN 2 THEN 'server' ELSE 'browser' END AS agent ${own.join('')},
      CASE WHEN cardinality(h.more) > 0 THEN map_from_entries(list_transform(map_entries(h.more),
        lambda entry: {'key': ${PROPERTY_NAME}(entry.key), 'value': entry.value})) END AS properties
    FROM (SELECT h.* REPLACE (coalesce(m."into", h.person) AS person), ${map} AS more
          FROM hits h LEFT JOIN merges m ON m.person = h.person WHERE h.site = ${site}) h
    JOIN identities i ON i.identity = h.identity LEFT JOIN events e ON e.site = ${site} AND e.event = h.event`;
}

function peopleOf(site: number): string {
  return `
    WITH seen AS (
      SELECT coalesce(m."into", h.person) AS person, min(h."time") AS first_seen, max(h."time") AS last_seen,
        count(*) FILTER (h.event <> 0) AS events, bool_and(h.agent = ${BOT}) AS bot
      FROM hits h LEFT JOIN merges m ON m.person = h.person WHERE h.site = ${site} GROUP BY 1),
    named AS (
      SELECT person, arg_min(name, identity) AS identity, count(*) AS identities FROM ${identitiesOf(site)} GROUP BY person)
    SELECT s.person, n.identity, n.identities, make_timestamp(s.first_seen * 1000000) AS first_seen,
      make_timestamp(s.last_seen * 1000000) AS last_seen, s.events, s.bot
    FROM seen s JOIN named n ON n.person = s.person`;
}

function identitiesOf(site: number): string {
  return `(SELECT i.identity, i.name, coalesce(m."into", i.person) AS person
    FROM identities i LEFT JOIN merges m ON m.person = i.person WHERE i.site = ${site})`;
}

/** The statement that writes a query into a Parquet file. @param memory bytes for the rows of a group until they are written */
export function copyTo(file: string, query: string, columns: number, memory: number): string {
  const rows = Math.min(MOST_ROWS, Math.floor(memory / (columns * BYTES_OF_A_VALUE)));
  const group = Math.max(VECTOR, rows - (rows % VECTOR));
  return `COPY (${query}) TO ${quoteText(file)} (
    FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, ROW_GROUP_SIZE ${group}, ROW_GROUP_SIZE_BYTES ${memory})`;
}

/** How many rows DuckDB processes at once; below, how many its groups have by default. */
const VECTOR = 2048;
const MOST_ROWS = 122_880;
/** DuckDB's memory for a value, without the text itself. */
const BYTES_OF_A_VALUE = 16;
