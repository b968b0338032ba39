import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReportHit } from '../../store/embedded/report-hit.js';
import type { ReportIdentity, ReportPage, ReportSource } from '../../store/embedded/report-source.js';
import type { Counting } from '../../store/store.js';
import { CREATE_TABLES } from '../tables.js';
import type { ReportDatabase } from './database.js';
import { appendHits } from './hit-appender.js';
import type { Alias, Merges } from './merges.js';
import type { CopyOrder, Names } from './names.js';
import { appendIdentities } from './identities.js';
import type { Sites } from './sites.js';
import { CREATE_STATE, writeState, type State } from './state.js';
import { rowsOf } from './values.js';

/** How many of the last rows are compared with the store after a start. They differ in a store that was restored from a backup. */
const COMPARED_ROWS = 1000;

export interface FeedParts {
  source: ReportSource;
  database: ReportDatabase;
  names: Names;
  merges: Merges;
  /** How a site counts. */
  counting: (key: string) => Counting;
}

/**
 * Copies hits from the store into reports: first the hits that exist, the newest first; then new hits after their commits. Each
 * page and the progress are stored in one transaction, so that copying continues there after a kill.
 */
export class Feed {
  /** The newest row of the store, as far as this is known: after a start, hits may have been stored meanwhile. */
  private newest: number;

  constructor(
    private readonly parts: FeedParts,
    /** The state of the file. */
    readonly state: State,
    /** The sites, by number. */
    readonly sites: Sites,
  ) {
    this.newest = parts.source.newest();
  }

  /** The part of the hits that is copied, from 0 to 1. */
  get progress(): number {
    const { upto, left } = this.state;
    const all = Math.max(upto, this.newest);
    return all ? (upto - left) / all : 1;
  }

  /** Makes the tables of an empty file. */
  static async create(database: ReportDatabase, source: ReportSource): Promise<State> {
    const newest = source.newest();
    const state: State = { upto: newest, left: newest, identity: 0, site: 0, stale: false, unsorted: 0 };
    await database.write(async (connection) => {
      await connection.run(`${CREATE_TABLES}\n${CREATE_STATE}`);
      await writeState(connection, state);
    });
    return state;
  }

  /** Whether all hits that existed at the beginning are copied. */
  get isBuilt(): boolean {
    return this.state.left === 0;
  }

  /** Whether nothing is copied yet. */
  get isEmpty(): boolean {
    const { upto, left, identity } = this.state;
    return upto === left && identity === 0;
  }

  /** Copies the next page of the hits that existed at the beginning. */
  async build(): Promise<void> {
    const { source } = this.parts;
    const { left } = this.state;
    await this.followIdentities();
    await this.takePage(
      'newest first',
      () => source.hitsDownFrom(left),
      ({ end }) => ({ left: end === undefined ? 0 : end - 1 }),
    );
  }

  /** Copies new hits until there are no more. @returns the sites with new hits */
  async follow(): Promise<Set<number>> {
    const { source } = this.parts;
    const changed = new Set<number>();
    await this.followIdentities(changed);
    const newest = (this.newest = source.newest());
    while (this.state.upto < newest) {
      await this.takePage(
        'oldest first',
        () => source.hitsBehind(this.state.upto, newest),
        ({ end }) => ({ upto: end ?? newest }),
        changed,
      );
    }
    return changed;
  }

  /**
   * Continues after a start, when removals have been applied: checks that the last rows are the same as in the store. Copying
   * continues after the last row that is left, since a restored store gives numbers again.
   * @returns false for the reports of another store, or if the store has lost hits or was restored
   */
  async resume(): Promise<boolean> {
    const { source, database } = this.parts;
    const rows = await database.read((connection) =>
      rowsOf(connection, `SELECT hit, site, identity, "time" FROM hits ORDER BY hit DESC LIMIT ${COMPARED_ROWS}`),
    );
    const isSame = rows.every(({ hit: row, site, identity, time }) => {
      const hit = source.hit(row as number);
      return hit && hit.site === site && hit.identity === identity && hit.time === time;
    });
    if (!isSame) return false;
    const upto = Math.max(this.state.left, (rows[0]?.hit as number | undefined) ?? 0);
    if (upto < this.state.upto) await this.change({ upto }, async () => undefined);
    return true;
  }

  /** Copies identities in separate pages: there may be many more of them than hits in a page. @param changed gets their sites */
  private async followIdentities(changed?: Set<number>): Promise<void> {
    for (;;) {
      const { identities, end } = this.parts.source.identitiesAfter(this.state.identity);
      if (end === undefined) return;
      for (const { site } of identities) changed?.add(site);
      await this.change({ identity: end }, (connection) => appendIdentities(connection, identities));
    }
  }

  /** @param changed gets the sites of the copied hits */
  private async takePage(
    order: CopyOrder,
    read: () => ReportPage,
    done: (page: ReportPage) => Partial<State>,
    changed?: Set<number>,
  ): Promise<void> {
    const { source, names, merges, counting } = this.parts;
    const { page, identities, sites, aliases } = source.atOneMoment(() => {
      const newcomers = this.newcomers();
      // The settings of a site decide which of its hits are repeats, so its key must be known before its hits are read.
      for (const { id, key } of newcomers.sites) this.sites.add(id, key);
      const page = read();
      return { page, ...newcomers, aliases: this.aliasesOf(page.hits) };
    });
    for (const { site } of [...page.hits, ...identities]) changed?.add(site);
    const rows = page.hits.filter(({ kind }) => kind !== 'alias').length;
    const change = {
      ...done(page),
      identity: identities.at(-1)?.id ?? this.state.identity,
      site: sites.at(-1)?.id ?? this.state.site,
      unsorted: this.state.unsorted + rows,
    };
    await this.change(change, async (connection) => {
      await appendIdentities(connection, identities);
      for (const { id, key } of sites)
        await connection.run('INSERT INTO sites VALUES ($1, $2, $3)', [id, key, counting(key)]);
      await merges.note(connection, aliases);
      await appendHits(connection, page.hits, names, order);
      await names.write(connection);
    });
  }

  /** Identities and sites that were added after the pages of identities, so that no hit of a page is without them. */
  private newcomers(): { identities: ReportIdentity[]; sites: { id: number; key: string }[] } {
    const { source } = this.parts;
    const identities: ReportIdentity[] = [];
    for (let last = this.state.identity; ;) {
      const { identities: some, end } = source.identitiesAfter(last);
      if (end === undefined) break;
      identities.push(...some);
      last = end;
    }
    return { identities, sites: source.sitesAfter(this.state.site) };
  }

  private aliasesOf(hits: readonly ReportHit[]): Alias[] {
    const { source } = this.parts;
    return hits.flatMap(({ kind, site, identity, name, person }): Alias[] => {
      if (kind !== 'alias') return [];
      const other = source.identity(site, name!);
      return other === undefined ? [] : [{ identities: [identity, other], person }];
    });
  }

  private async change(change: Partial<State>, work: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    await this.parts.database.write(async (connection) => {
      await work(connection);
      await writeState(connection, { ...this.state, ...change });
    });
    Object.assign(this.state, change);
  }
}
