import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReportHit, ReportIdentity, ReportPage, ReportSource } from '../../store/embedded/report-source.js';
import type { Counting } from '../../store/store.js';
import { CREATE_TABLES } from '../tables.js';
import type { ReportDatabase } from './database.js';
import { appendHits } from './hit-appender.js';
import type { Alias, Merges } from './merges.js';
import type { Names } from './names.js';
import { appendIdentities } from './identities.js';
import type { Sites } from './sites.js';
import { CREATE_STATE, writeState, type State } from './state.js';
import { rowsOf } from './values.js';

/** The last rows that are compared with the store after a start: one that was restored has others there. */
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
 * Brings hits from the store into reports. First those that are there, the newest first; then, behind the commits, what comes. Each page
 * is one transaction, with how far it has got: who is killed goes on there.
 */
export class Feed {
  constructor(
    private readonly parts: FeedParts,
    /** Of the file as it is. */
    readonly state: State,
    /** The sites by their numbers. */
    readonly sites: Sites,
  ) {}

  /** The part of the hits that is in, from 0 to 1. */
  get progress(): number {
    const { upto, left } = this.state;
    return upto ? (upto - left) / upto : 1;
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

  /** Whether all hits are in that were there at the beginning. */
  get isBuilt(): boolean {
    return this.state.left === 0;
  }

  /** Whether nothing is in. */
  get isEmpty(): boolean {
    const { upto, left, identity } = this.state;
    return upto === left && identity === 0;
  }

  /** Takes the next page of the hits that were there at the beginning. */
  async build(): Promise<void> {
    const { source } = this.parts;
    const { left } = this.state;
    await this.followIdentities();
    await this.takePage(
      () => source.hitsDownFrom(left),
      ({ end }) => ({ left: end === undefined ? 0 : end - 1 }),
    );
  }

  /** Takes what has come since, until nothing is left. @returns the sites of which there was something */
  async follow(): Promise<Set<number>> {
    const { source } = this.parts;
    const changed = new Set<number>();
    await this.followIdentities(changed);
    for (let newest = source.newest(); this.state.upto < newest;) {
      await this.takePage(
        () => source.hitsBehind(this.state.upto, newest),
        ({ end }) => ({ upto: end ?? newest }),
        changed,
      );
    }
    return changed;
  }

  /**
   * After a start, when who was removed meanwhile is gone: looks whether the last rows are those that the store has there, and goes on
   * behind them. The numbers of rows that were removed may have been given to others.
   * @returns false for the reports of another store, or of one that has lost hits or was restored
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

  /** Identities by pages of their own: there may be many more of them than of hits in a page. @param changed gets their sites */
  private async followIdentities(changed?: Set<number>): Promise<void> {
    for (;;) {
      const { identities, end } = this.parts.source.identitiesAfter(this.state.identity);
      if (end === undefined) return;
      for (const { site } of identities) changed?.add(site);
      await this.change({ identity: end }, (connection) => appendIdentities(connection, identities));
    }
  }

  /** @param changed gets the sites of what is taken */
  private async takePage(
    read: () => ReportPage,
    done: (page: ReportPage) => Partial<State>,
    changed?: Set<number>,
  ): Promise<void> {
    const { source, names, merges, counting } = this.parts;
    const { page, identities, sites, aliases } = source.atOneMoment(() => {
      const page = read();
      return { page, ...this.newcomers(), aliases: this.aliasesOf(page.hits) };
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
      await appendHits(connection, page.hits, names);
      await names.write(connection);
    });
    for (const { id, key } of sites) this.sites.add(id, key);
  }

  /** Identities and sites that came behind the pages of identities, so that none of a page's hits is without. */
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
