import type { DuckDBConnection } from '@duckdb/node-api';
import { COLUMN_NAMES } from '../tables.js';
import { rowsOf } from './values.js';

/** A property that at least one hit of its site has. */
export interface UsedProperty {
  site: number;
  code: number;
  name: string;
  /** Its column in `hits`; null if its values are in the map. */
  column: number | null;
  hits: number;
}

/**
 * The properties of a site, or of all sites, the most frequent first. Properties without hits are left out, since a name may
 * identify somebody who was removed.
 */
export async function usedProperties(connection: DuckDBConnection, site?: number): Promise<UsedProperty[]> {
  const ofSite = site === undefined ? 'TRUE' : `site = ${site}`;
  const counts = COLUMN_NAMES.map((name) => `count(${name}) AS ${name}`).join(', ');
  const rows = await rowsOf(
    connection,
    `WITH counts AS (SELECT site, ${counts} FROM hits WHERE ${ofSite} GROUP BY site),
     inColumns AS (
       SELECT site, CAST(substr(name, 2) AS TINYINT) AS "column", hits
       FROM (UNPIVOT counts ON ${COLUMN_NAMES.join(', ')} INTO NAME name VALUE hits)),
     inMaps AS (
       SELECT property, count(*) AS hits
       FROM (SELECT unnest(map_keys(others)) AS property FROM hits WHERE ${ofSite} AND others IS NOT NULL) GROUP BY property)
     SELECT p.site, p.property AS code, p.name, p."column", coalesce(c.hits, m.hits) AS hits FROM properties p
     LEFT JOIN inColumns c ON c.site = p.site AND c."column" = p."column" LEFT JOIN inMaps m ON m.property = p.property
     WHERE coalesce(c.hits, m.hits) > 0 ORDER BY hits DESC, p.name`,
  );
  return rows as unknown as UsedProperty[];
}
