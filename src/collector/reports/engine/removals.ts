import { listValue, type DuckDBConnection } from '@duckdb/node-api';
import type { ReportSource } from '../../store/embedded/report-source.js';
import { rowsOf } from './values.js';

/**
 * Takes identities that the store has removed out of every answer; part of a transaction. One of the same name that came meanwhile has
 * another number, and stays.
 * @returns whether there were any: their values are in the file until it is written anew
 */
export async function forgetIdentities(
  connection: DuckDBConnection,
  source: ReportSource,
  site: number,
  names: readonly string[],
): Promise<boolean> {
  const found = await rowsOf(
    connection,
    'SELECT identity FROM identities WHERE site = $1 AND name IN (SELECT unnest($2::VARCHAR[]))',
    [site, listValue(names)],
  );
  const gone = found
    .map(({ identity }) => identity as number)
    .filter((identity) => source.personOf(site, identity) === undefined);
  if (!gone.length) return false;
  for (const table of ['hits', 'identities']) {
    await connection.run(`DELETE FROM ${table} WHERE identity IN (SELECT unnest($1::INTEGER[]))`, [listValue(gone)]);
  }
  return true;
}

/** Takes the hits of a site out that happened before a time; part of a transaction. @returns whether there were any */
export async function forgetBefore(connection: DuckDBConnection, site: number, before: number): Promise<boolean> {
  const result = await connection.run('DELETE FROM hits WHERE site = $1 AND "time" < $2', [site, BigInt(before)]);
  return result.rowsChanged > 0;
}
