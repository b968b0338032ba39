import type { Sql } from 'sql-template-tag';

/**
 * The tables of `reports.duckdb`. They have plain columns only: indexes, keys, defaults and constraints have caused logs of
 * DuckDB that it could not read again.
 *
 * - `sites`: a site by its number in the store of hits, and how it counted when its hits were copied.
 * - `events`, `properties`: the names of each site, in their first spelling. A code is unique over all sites. Names are compared by
 *   `folded`. `column` is the property's column in `hits`, 1 for `c1`; if it is null, its values are in the map `others`, by its
 *   code. `asked` is when a report last used the property, Unix milliseconds, as known when the file was written.
 * - `identities`: by their numbers in the store, with the person to whom each belonged when its row was written.
 * - `merges`: for a former `person`, the present person `into`. There are no chains.
 * - `hits`: events and properties. `event` is 0 if the hit is no event, or if it repeats another one by the site's rule; its
 *   properties count in any case. `agent` is 0 for a browser, 1 for a bot, 2 for a server. `carried` has a bit for each column with
 *   a value, 1 for `c1`: reading one number costs less than reading thirty texts. Of two hits, the one with the smaller (time, hit)
 *   is the earlier.
 */

/** How many properties of each site have their own column. */
export const COLUMNS = 30;

export const NO_EVENT = 0;
export const BOT = 1;
export const BROWSER = 0;

/** `c1` to `c30`. */
export const COLUMN_NAMES: readonly string[] = Array.from({ length: COLUMNS }, (_, index) => `c${index + 1}`);

/** The columns in a CREATE TABLE. */
export const COLUMN_TYPES = COLUMN_NAMES.map((name) => `${name} VARCHAR`).join(', ');

/** The bit of a column in `carried`. */
export const bitOf = (column: number): number => 2 ** (column - 1);

/** The tables that questions use; `sites` is only for the engine. */
export type TableName = 'events' | 'properties' | 'identities' | 'merges' | 'hits';

/** The tables with the rows of a site. */
export interface SiteTables {
  /** The value of the column `site`. */
  site: number | string;
  /** The name of each table, or a subquery instead of it. */
  tables: Record<TableName, Sql>;
}

/** The place of a property's values in the rows of hits. */
export interface PropertyPlace {
  /** Its number in the map `others`. */
  code: number;
  /** The number of its own column, 1 for `c1`, if it has one. */
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
