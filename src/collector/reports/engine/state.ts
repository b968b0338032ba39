import type { DuckDBConnection } from '@duckdb/node-api';
import { UnusableReports } from './unusable-reports.js';
import { rowsOf } from './values.js';

/** The version of the tables and of their meaning. A file with another version is deleted. */
const VERSION = 1;

/** The progress of reports. It is stored in the same transaction as the rows. */
export interface State {
  /** Hits up to this row of the store are copied, except those up to `left`. */
  upto: number;
  /** The hits up to and including this row are still to be copied; 0 when all are. */
  left: number;
  /** The last identity that is copied. */
  identity: number;
  /** The last site that is copied. */
  site: number;
  /** Whether the file contains values of removed people or hits, until it is written again. */
  stale: boolean;
  /** How many rows were added since the last rewriting: they are not sorted. */
  unsorted: number;
}

export const CREATE_STATE =
  'CREATE TABLE state (version INTEGER, "upto" BIGINT, "left" BIGINT, identity INTEGER, site INTEGER, stale BOOLEAN, unsorted BIGINT)';

/**
 * @returns undefined for an empty file @throws UnusableReports for another version, DuckDB's error for a file of another program
 */
export async function readState(connection: DuckDBConnection): Promise<State | undefined> {
  const tables = await rowsOf(connection, "SELECT table_name FROM duckdb_tables() WHERE database_name <> 'temp'");
  if (!tables.length) return undefined;
  const [row] = await rowsOf(connection, 'SELECT * FROM state');
  if (row?.version !== VERSION) throw new UnusableReports('The reports were written by another version of kmq.');
  const { upto, left, identity, site, stale, unsorted } = row as unknown as State;
  return { upto, left, identity, site, stale, unsorted };
}

export async function writeState(connection: DuckDBConnection, state: State): Promise<void> {
  await connection.run('DELETE FROM state');
  const { upto, left, identity, site, stale, unsorted } = state;
  const numbers = [VERSION, upto, left, identity, site].join(', ');
  await connection.run(`INSERT INTO state VALUES (${numbers}, ${stale}, ${unsorted})`);
}
