import type { Sql } from 'sql-template-tag';

/**
 * The tables of `reports.duckdb`. Plain columns and nothing else: no indexes, keys, defaults or constraints, which have made logs of
 * DuckDB that could not be read back.
 *
 * - `sites`: a site by its number in the store of hits, and how it counted when its hits were brought in.
 * - `events`, `properties`: the names of each site, as they were first written; a code is given once, over all sites. `folded` is what is
 *   compared. A property has a column of its own in `hits`, `c1` for 1, or null: then its values are in the map `others`, by its code.
 *   `asked` is when a report last asked for it, Unix milliseconds, as far as was known when the file was written.
 * - `identities`: by their numbers in the store, with the person to whom each belonged when this row was written.
 * - `merges`: who `person` is now. Each `into` is a person of today: there are no chains.
 * - `hits`: events and properties. `event` is 0 where the hit is none, or repeats another one, as the site counts; its properties count all
 *   the same. `agent` is 0 for a browser, 1 for a bot, 2 for a server. `carried` has a bit for each column that
 *   has a value, 1 for `c1`: to read one number costs less than to read thirty texts. (time, hit) is the order of one second.
 */

/** Properties with a column of their own, for each site. */
export const COLUMNS = 30;

export const NO_EVENT = 0;
export const BOT = 1;
export const BROWSER = 0;

/** `c1` to `c30`. */
export const COLUMN_NAMES: readonly string[] = Array.from({ length: COLUMNS }, (_, index) => `c${index + 1}`);

/** As a table declares them. */
export const COLUMN_TYPES = COLUMN_NAMES.map((name) => `${name} VARCHAR`).join(', ');

/** The bit of a column in `carried`. */
export const bitOf = (column: number): number => 2 ** (column - 1);

/** The tables that questions know; `sites` is the engine's own. */
export type TableName = 'events' | 'properties' | 'identities' | 'merges' | 'hits';

/** Where the rows of a site are. */
export interface SiteTables {
  /** The site, as rows have it. */
  site: number | string;
  /** The name of each table, or a subquery in its place. */
  tables: Record<TableName, Sql>;
}

/** Where the values of a property are in the rows of hits. */
export interface PropertyPlace {
  /** Its number in the map `others`. */
  code: number;
  /** The number of its own column, `c1`, where it has one. */
  column: number | undefined;
}

export const TABLES = {
  sites: 'site INTEGER, key VARCHAR, counting VARCHAR',
  events: 'site INTEGER, event INTEGER, name VARCHAR, folded VARCHAR',
  properties: 'site INTEGER, property INTEGER, name VARCHAR, folded VARCHAR, "column" TINYINT, asked BIGINT',
  identities: 'site INTEGER, identity INTEGER, name VARCHAR, person INTEGER',
  merges: 'person INTEGER, "into" INTEGER',
  hits: `site INTEGER, hit BIGINT, time BIGINT, identity INTEGER, person INTEGER, event INTEGER, agent TINYINT, carried INTEGER,
    ${COLUMN_TYPES}, others MAP(INTEGER, VARCHAR)`,
} as const;

export const CREATE_TABLES = Object.entries(TABLES)
  .map(([name, columns]) => `CREATE TABLE ${name} (${columns});`)
  .join('\n');
