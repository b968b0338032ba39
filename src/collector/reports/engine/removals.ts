import { listValue, type DuckDBConnection } from '@duckdb/node-api';
import type { ReportSource } from '../../store/embedded/report-source.js';
import type { ReportDatabase } from './database.js';
import type { Feed } from './feed.js';
import { compareIdentities } from './identities.js';
import type { Merges } from './merges.js';
import { NO_SITE, type Sites } from './sites.js';
import { writeState } from './state.js';
import { rowsOf } from './values.js';

/**
 * Deletes rows from the tables; part of a transaction. @returns whether there were any: their values stay in the file until it is
 * rewritten
 */
type Removal = (connection: DuckDBConnection) => Promise<boolean>;

type SiteRemoval = (connection: DuckDBConnection, site: number) => Promise<boolean>;

export interface RemovalParts {
  database: ReportDatabase;
  source: ReportSource;
  feed: Feed;
  sites: Sites;
  merges: Merges;
  /** Called when rows were deleted, and the file must be written again. */
  onRemoved: () => void;
}

/** Applies removals of the store to the tables, so that no answer contains removed data. */
export class Removals {
  /** How often something was removed. */
  count = 0;
  /** Set if a removal has failed: the tables must be compared with the store, and hits of these keys be removed up to these times. */
  private failed: Record<string, number> | undefined;
  private applying: Promise<void> | undefined;

  constructor(private readonly parts: RemovalParts) {}

  /** Removes an erased person, by their identities. */
  async forget(key: string, names: readonly string[]): Promise<void> {
    const { source } = this.parts;
    const removal: SiteRemoval = (connection, site) => forgetIdentities(connection, source, site, names);
    await this.orFail({}, () => this.removeFrom(key, removal));
  }

  /** Removes a site's hits that happened before a time, and identities without other hits, which the store has removed. */
  async expire(key: string, before: number): Promise<void> {
    await this.orFail({ [key]: before }, () => this.catchUp({ [key]: before }));
  }

  /** Compares with the store, to find people who were removed or merged. @returns whether somebody was removed */
  compare(): Promise<boolean> {
    const { source, merges, feed } = this.parts;
    const removal: Removal = (connection) => compareIdentities(connection, source, merges, feed.state.identity);
    return this.orFail({}, () => this.remove(removal));
  }

  /**
   * Applies removals that have failed, for example for lack of memory. No answer may be calculated before this.
   * @returns whether there were any
   */
  async applyFailed(): Promise<boolean> {
    if (!this.failed) return false;
    while (this.failed) {
      this.applying ??= this.tryAgain(this.failed).finally(() => (this.applying = undefined));
      await this.applying;
    }
    return true;
  }

  /**
   * Compares with the store, and removes expired hits: after a start, at a retention, and after a removal that has failed.
   * @param expired for each key, the time before which hits are removed, Unix seconds
   */
  async catchUp(expired: Record<string, number>): Promise<void> {
    await this.compare();
    for (const [key, before] of Object.entries(expired)) await this.forgetBefore(key, before);
  }

  private forgetBefore(key: string, before: number): Promise<void> {
    return this.removeFrom(key, (connection, site) => forgetBefore(connection, site, before));
  }

  private async tryAgain(failed: Record<string, number>): Promise<void> {
    await this.catchUp(failed);
    // Another removal may have failed meanwhile.
    if (this.failed === failed) this.failed = undefined;
  }

  /** @param expired what must be removed before the next answer if this fails */
  private async orFail<T>(expired: Record<string, number>, remove: () => Promise<T>): Promise<T> {
    try {
      return await remove();
    } catch (error) {
      this.failed = { ...this.failed, ...expired };
      throw error;
    }
  }

  private async removeFrom(key: string, removal: SiteRemoval): Promise<void> {
    const site = this.parts.sites.numberOf(key);
    if (site !== NO_SITE) await this.remove((connection) => removal(connection, site));
  }

  /** @returns whether rows were deleted */
  private async remove(removal: Removal): Promise<boolean> {
    const { database, feed, onRemoved } = this.parts;
    const { state } = feed;
    // A removal must not wait for the rewriting of millions of rows.
    database.interruptRewriting();
    const removed = await database.write(async (connection) => {
      if (!(await removal(connection))) return false;
      // In the same transaction, so that it is known after a kill that the file must be written again.
      await writeState(connection, { ...state, stale: true });
      return true;
    });
    if (!removed) return false;
    this.count += 1;
    state.stale = true;
    onRemoved();
    return true;
  }
}

/** Deletes identities that the store has removed. A new identity of the same name has another number, and stays. */
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

/** Deletes a site's hits that happened before a time. */
async function forgetBefore(connection: DuckDBConnection, site: number, before: number): Promise<boolean> {
  const result = await connection.run('DELETE FROM hits WHERE site = $1 AND "time" < $2', [site, BigInt(before)]);
  return result.rowsChanged > 0;
}
