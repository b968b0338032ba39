import type { DuckDBConnection } from '@duckdb/node-api';
import { UnusableReports } from './unusable-reports.js';
import { rowsOf } from './values.js';

/** Of the tables and of what they mean: a file of another number is thrown away. */
const VERSION = 1;

/** How far reports are, kept in the transaction that has brought them there. */
export interface State {
  /** Hits up to this row of the store are in, but for those that are still built. */
  upto: number;
  /** The hits up to and with this row are still to be built; 0 when all are. */
  left: number;
  /** The last identity. */
  identity: number;
  /** The last site. */
  site: number;
  /** Whether values of somebody who was removed are in the file, until it is written anew. */
  stale: boolean;
  /** Rows behind the last rewriting, which are in the order of their arrival. */
  unsorted: number;
}

export const CREATE_STATE =
  'CREATE TABLE state (version INTEGER, "upto" BIGINT, "left" BIGINT, identity INTEGER, site INTEGER, stale BOOLEAN, unsorted BIGINT)';

/** @returns undefined for a file that is empty @throws UnusableReports for one that another version has written, or another program */
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
