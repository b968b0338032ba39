import type { Erased } from '../../../protocol/api.js';
import { ALIAS } from '../model/kinds.js';
import { MOST_REFUSALS } from '../model/limits.js';
import { namesOneOf } from '../model/names-in-refusals.js';
import { RemovalStopped } from '../model/removal-stopped.js';
import { Slices } from '../model/slices.js';
import type { Components } from './components.js';
import { Forgetting } from './forgetting.js';
import { PeopleWithoutHits } from './people-without-hits.js';
import { Mutations } from './mutations.js';
import type { Nodes } from './nodes.js';
import type { PeopleReader } from './people-reader.js';
import { ReportRemoval } from './report-removal.js';
import { INSERTS } from './running-statements.js';
import type { RefusalRow } from './rows.js';
import { number, text, texts, these } from './sql.js';
import type { MutationLimits } from './stuck-mutation.js';
import type { Tables } from './tables.js';
import { NO_NOTES, type Returning, type ReturnNotes } from './unfinished.js';
import { assertAllNamed } from './unnamed-nodes.js';

/** How many refused requests one query reads. */
const REFUSALS_PER_QUERY = 1000;

/**
 * Removes rows by mutations on every node, and waits for them. ClickHouse deletes the files with the removed rows some minutes
 * later.
 */
export class Removal {
  private stopped = false;
  private readonly reports: ReportRemoval;
  private readonly mutations: Mutations;
  private readonly forgetting: Forgetting;
  private readonly withoutHits: PeopleWithoutHits;

  /** @param limits shorter in tests @param notes kept until the next start */
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    components: Components,
    private readonly people: PeopleReader,
    limits?: MutationLimits,
    notes: ReturnNotes = NO_NOTES,
  ) {
    this.mutations = new Mutations(nodes, tables, limits);
    this.reports = new ReportRemoval({
      nodes,
      tables,
      notes,
      remove: async (table, condition) => {
        await this.mutations.delete(table, condition);
        await this.mutations.completed();
      },
    });
    const { mutations } = this;
    this.forgetting = new Forgetting(nodes, tables, mutations, this.reports);
    const count = (source: string): Promise<number> => this.count(source);
    this.withoutHits = new PeopleWithoutHits({
      nodes,
      tables,
      components,
      mutations,
      forgetting: this.forgetting,
      count,
    });
  }

  /**
   * Finds a person to be erased.
   * @returns their identities, and how many hits they have; how many refused requests name the person if nothing else is stored;
   *   undefined if nothing is stored
   */
  async find(key: string, identity: string): Promise<Erased | undefined> {
    const person = await this.people.identitiesOfPerson(key, identity);
    if (!person.length) {
      const { size } = await this.refusalsNaming(key, [identity]);
      return size ? { identities: [], hits: 0, refusals: size } : undefined;
    }
    const identities = person.map(({ identity }) => identity);
    return { identities, hits: await this.count(`${this.tables.all('hits')} WHERE ${these(key, identities)}`) };
  }

  /** Removes people by their identities. Repeating it changes nothing. */
  async erase(key: string, identities: string[]): Promise<void> {
    await this.mutations.delete('hits', these(key, identities));
    await this.mutations.delete('arrivals', these(key, identities));
    await this.removeRefusals(key, identities);
    await this.mutations.completed();
    // Before the identities are removed: somebody who comes back after that keeps the hits in reports as well.
    await this.reports.erase(key, identities);
    await this.forgetting.forget(key, identities);
  }

  /**
   * Removes old events and properties, and then people who have nothing else. An alias says which identities are one person, so it stays as
   * long as that person.
   * @param before Unix seconds @param wasCut whether an earlier removal was interrupted @returns how many hits
   */
  async expire(key: string, before: number, wasCut = false): Promise<number> {
    const toCheck = await this.withoutHits.begin(key, before, wasCut);
    const old = `site = ${text(key)} AND time < ${number(before)} AND kind <> ${ALIAS}`;
    const hits = await this.count(`${this.tables.all('hits')} WHERE ${old}`);
    if (hits) {
      await this.mutations.delete('hits', old);
      await this.mutations.delete('arrivals', old);
      await this.mutations.completed();
    }
    // Even if these tables had no such hits: an interrupted removal may have left some in the tables of reports.
    await this.reports.expire(key, before);
    return hits + (await this.withoutHits.drop(key, toCheck));
  }

  /**
   * Removes old refused requests. Usually there are none, and then no mutation begins.
   * @param key null: those without a site @param before Unix seconds @returns how many
   */
  async expireRefusals(key: string | null, before: number): Promise<number> {
    const old = `key = ${text(key ?? '')} AND received < ${number(before)}`;
    const [row] = await this.nodes.rows<{ count: number }>(
      `SELECT uniqExact(stamp, source) AS count FROM ${this.tables.all('refusals')} WHERE ${old}`,
    );
    if (!row!.count) return 0;
    await this.ready();
    await this.mutations.delete('refusals', old);
    await this.mutations.completed();
    return row!.count;
  }

  /** Completes what a removal of people was doing in reports when it was interrupted. Repeating it changes nothing. */
  async finishReturn(one: Returning): Promise<void> {
    await this.reports.finishReturn(one);
  }

  /** Removes the oldest refused requests if there are twice as many as are kept. */
  async pruneRefusals(): Promise<void> {
    const refusals = `FROM ${this.tables.all('refusals')} ORDER BY stamp DESC`;
    const [tooMany] = await this.nodes.rows(`SELECT 1 AS one ${refusals} LIMIT ${2 * MOST_REFUSALS}, 1`);
    // Not while an earlier removal is not completed: otherwise there would be more and more of them.
    if (!tooMany || (await this.mutations.waiting('refusals')).length) return;
    const [oldest] = await this.nodes.rows<{ stamp: number }>(`SELECT stamp ${refusals} LIMIT ${MOST_REFUSALS}, 1`);
    await this.mutations.deleteLater('refusals', `stamp <= ${number(oldest!.stamp)}`);
  }

  /**
   * Waits for inserts that have begun before, since rows that ClickHouse stores after a mutation has begun stay. Waits also for mutations:
   * those of reports, and of removals that were interrupted. A removal that begins while one of them makes no progress would wait as well,
   * and would add more of them each time it is tried again.
   * @throws StuckMutation, UnnamedNodes
   */
  async ready(): Promise<void> {
    await assertAllNamed(this.nodes, this.tables);
    await INSERTS.ended(this.nodes, this.tables);
    await this.mutations.ready();
  }

  /** Stops waiting. ClickHouse completes the deletion by itself. */
  stop(): void {
    this.stopped = true;
    this.withoutHits.stop();
    this.mutations.stop();
  }

  private async removeRefusals(key: string, identities: string[]): Promise<void> {
    const named = await this.refusalsNaming(key, identities);
    if (named.size)
      await this.mutations.delete('refusals', `${ofSite(key)} AND (stamp, source) IN (${[...named].join(',')})`);
  }

  /**
   * Finds refused requests that name people. They are read and compared here, since a request may be encoded in many ways.
   * @returns stamp and source of each, as SQL
   */
  private async refusalsNaming(key: string, identities: string[]): Promise<Set<string>> {
    const isNamed = namesOneOf(identities);
    const named = new Set<string>();
    const slices = new Slices();
    let last: Pick<RefusalRow, 'stamp' | 'source'> = { stamp: 0, source: 0 };
    for (;;) {
      const behind = `(stamp > ${number(last.stamp)} OR (stamp = ${number(last.stamp)} AND source > ${number(last.source)}))`;
      const rows = await this.nodes.rows<RefusalRow>(`
        SELECT stamp, source, reason, request FROM ${this.tables.all('refusals')} WHERE ${ofSite(key)} AND ${behind}
        ORDER BY stamp, source LIMIT ${REFUSALS_PER_QUERY}`);
      if (!rows.length) break;
      for (const row of rows) {
        if (isNamed(row)) named.add(`(${number(row.stamp)},${number(row.source)})`);
        if (this.stopped) throw new RemovalStopped();
        await slices.next();
      }
      last = rows.at(-1)!;
    }
    return named;
  }

  /** Counts hits. A hit that was inserted twice may still be stored twice, and counts once. */
  private async count(source: string): Promise<number> {
    const [row] = await this.nodes.rows<{ count: number }>(
      `SELECT count() AS count FROM (SELECT 1 FROM ${source} GROUP BY identity, sent, id)`,
    );
    return row!.count;
  }
}

/** The refused requests of a site, and those without a site. */
const ofSite = (key: string): string => `key IN ${texts(['', key])}`;
