import { listValue, type DuckDBConnection } from '@duckdb/node-api';
import type { ReportSource } from '../../store/embedded/report-source.js';
import type { ReportDatabase } from './database.js';
import type { Feed } from './feed.js';
import { compareIdentities } from './identities.js';
import type { Merges } from './merges.js';
import { NO_SITE, type Sites } from './sites.js';
import { writeState } from './state.js';
import { rowsOf } from './values.js';

/** Takes something out of the tables; part of a transaction. @returns whether there was something: it is in the file until that is written anew */
type Removal = (connection: DuckDBConnection) => Promise<boolean>;

export interface RemovalParts {
  database: ReportDatabase;
  source: ReportSource;
  feed: Feed;
  sites: Sites;
  merges: Merges;
  /** The tables have lost something, and the file has to be written anew. */
  onRemoved: () => void;
}

/** Takes out of every answer what the store has removed. */
export class Removals {
  /** How often something was removed. */
  count = 0;

  constructor(private readonly parts: RemovalParts) {}

  /** Somebody was erased, under these names. */
  async forget(key: string, names: readonly string[]): Promise<void> {
    const { source } = this.parts;
    await this.removeFrom(key, (connection, site) => forgetIdentities(connection, source, site, names));
  }

  /** Hits of a site that happened before a time were removed, and identities that have no others. */
  async expire(key: string, before: number): Promise<void> {
    await this.forgetBefore(key, before);
    await this.compare();
  }

  /** Looks who was removed, and who is somebody else by now. */
  compare(): Promise<void> {
    const { source, merges, feed } = this.parts;
    return this.remove((connection) => compareIdentities(connection, source, merges, feed.state.identity));
  }

  /** What was removed while nobody looked. @param expired times before which hits are gone, by keys of sites */
  async catchUp(expired: Record<string, number>): Promise<void> {
    await this.compare();
    for (const [key, before] of Object.entries(expired)) await this.forgetBefore(key, before);
  }

  private forgetBefore(key: string, before: number): Promise<void> {
    return this.removeFrom(key, (connection, site) => forgetBefore(connection, site, before));
  }

  private async removeFrom(
    key: string,
    removal: (connection: DuckDBConnection, site: number) => Promise<boolean>,
  ): Promise<void> {
    const site = this.parts.sites.numberOf(key);
    if (site !== NO_SITE) await this.remove((connection) => removal(connection, site));
  }

  private async remove(removal: Removal): Promise<void> {
    const { database, feed, onRemoved } = this.parts;
    const { state } = feed;
    // Who waits for a removal does not wait for millions of rows.
    database.interruptRewriting();
    const removed = await database.write(async (connection) => {
      if (!(await removal(connection))) return false;
      // In the same transaction: who is killed behind it knows that there is a file to write.
      await writeState(connection, { ...state, stale: true });
      return true;
    });
    if (!removed) return;
    this.count += 1;
    state.stale = true;
    onRemoved();
  }
}

/** Identities that the store has removed. One of the same name that came meanwhile has another number, and stays. */
async function forgetIdentities(
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

/** Hits of a site that happened before a time. */
async function forgetBefore(connection: DuckDBConnection, site: number, before: number): Promise<boolean> {
  const result = await connection.run('DELETE FROM hits WHERE site = $1 AND "time" < $2', [site, BigInt(before)]);
  return result.rowsChanged > 0;
}
