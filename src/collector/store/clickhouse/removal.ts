import type { Erased } from '../../../protocol/api.js';
import { ALIAS } from '../model/kinds.js';
import { MOST_REFUSALS } from '../model/limits.js';
import { namesOneOf } from '../model/names-in-refusals.js';
import { Slices } from '../model/slices.js';
import type { Components } from './components.js';
import { peopleOf } from './components.js';
import { Mutations, STOPS } from './mutations.js';
import type { Nodes } from './nodes.js';
import type { PeopleReader } from './people-reader.js';
import { ReportRemoval } from './report-removal.js';
import type { RefusalRow } from './rows.js';
import { number, text, texts } from './sql.js';
import { StuckMutation, type MutationLimits } from './stuck-mutation.js';
import type { Tables } from './tables.js';

/** How many identities one query of a removal by age checks. */
const IDENTITIES_PER_QUERY = 20_000;
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

  /** @param limits shorter in tests */
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly components: Components,
    private readonly people: PeopleReader,
    limits?: MutationLimits,
  ) {
    this.mutations = new Mutations(nodes, tables, limits);
    this.reports = new ReportRemoval({
      nodes,
      tables,
      remove: async (table, condition) => {
        await this.mutations.delete(table, condition);
        await this.done();
      },
    });
  }

  /**
   * Finds a person to be erased.
   * @returns their identities, and how many hits they have; undefined for an unknown identity
   */
  async find(key: string, identity: string): Promise<Erased | undefined> {
    const person = await this.people.identitiesOfPerson(key, identity);
    if (!person.length) return undefined;
    const identities = person.map(({ identity }) => identity);
    return { identities, hits: await this.count(`${this.tables.all('hits')} WHERE ${these(key, identities)}`) };
  }

  /** Removes people by their identities. Repeating it changes nothing. */
  async erase(key: string, identities: string[]): Promise<void> {
    await this.mutations.delete('hits', these(key, identities));
    await this.mutations.delete('arrivals', these(key, identities));
    await this.forget(key, identities);
    await this.removeRefusals(key, identities);
    await this.done();
    await this.reports.erase(key, identities);
  }

  /**
   * Removes old events and properties. An alias says which identities are one person, so it stays as long as that person.
   * @param before Unix seconds @returns how many hits
   */
  async expire(key: string, before: number): Promise<number> {
    const old = `site = ${text(key)} AND time < ${number(before)} AND kind <> ${ALIAS}`;
    const hits = await this.count(`${this.tables.all('hits')} WHERE ${old}`);
    if (hits) {
      await this.mutations.delete('hits', old);
      await this.mutations.delete('arrivals', old);
      await this.done();
    }
    // Even if these tables had no such hits: an interrupted removal may have left some in the tables of reports.
    await this.reports.expire(key, before);
    return hits;
  }

  /** Removes the oldest refused requests if there are twice as many as are kept. */
  async pruneRefusals(): Promise<void> {
    const refusals = `FROM ${this.tables.all('refusals')} ORDER BY stamp DESC`;
    const [tooMany] = await this.nodes.rows(`SELECT 1 AS one ${refusals} LIMIT ${2 * MOST_REFUSALS}, 1`);
    // Not while an earlier removal is not completed: otherwise there would be more and more of them.
    if (!tooMany || (await this.mutations.waiting('refusals')).length) return;
    const [oldest] = await this.nodes.rows<{ stamp: number }>(`SELECT stamp ${refusals} LIMIT ${MOST_REFUSALS}, 1`);
    await this.mutations.delete('refusals', `stamp <= ${number(oldest!.stamp)}`);
  }

  /**
   * Waits for mutations that have begun before: those of reports, and of removals that were interrupted. A removal that begins while one
   * of them makes no progress would wait as well, and would add more of them each time it is tried again.
   * @throws StuckMutation
   */
  async ready(): Promise<void> {
    await this.mutations.ended();
  }

  /** Stops waiting. ClickHouse completes the deletion by itself. */
  stop(): void {
    this.stopped = true;
    this.mutations.stop();
  }

  /**
   * A text by which a change of a site's old aliases is noticed: it is equal as long as they are the same. It is empty if there are none.
   * @param before Unix seconds
   */
  async oldAliases(key: string, before: number): Promise<string> {
    const [found] = await this.nodes.rows<{ count: number; stamps: string }>(`
      SELECT count() AS count, toString(sum(stamp)) AS stamps FROM ${this.tables.all('hits')}
      WHERE site = ${text(key)} AND kind = ${ALIAS} AND time < ${number(before)}`);
    return found?.count ? `${found.count} ${found.stamps}` : '';
  }

  /**
   * Removes identities that were not seen since this time, if their person has no hits left, or only aliases from before this time. Each
   * person is checked once.
   * @returns how many hits, all of them aliases
   */
  async dropLonely(key: string, before: number): Promise<number> {
    const oldAlias = `kind = ${ALIAS} AND time < ${number(before)}`;
    let aliases = 0;
    let last = '';
    /** Identities of checked people that a later query will return. */
    const looked = new Set<string>();
    for (;;) {
      if (this.stopped) throw new Error(STOPS);
      const rows = await this.nodes.rows<{ identity: string }>(`
        SELECT identity FROM ${this.tables.all('identities')}
        WHERE site = ${text(key)} AND identity > ${text(last)}
        GROUP BY identity HAVING maxMerge(seen) < ${number(before)} ORDER BY identity LIMIT ${IDENTITIES_PER_QUERY}`);
      if (!rows.length) return aliases;
      last = rows.at(-1)!.identity;
      const unlooked = rows.map(({ identity }) => identity).filter((identity) => !looked.delete(identity));
      const graph = await this.components.reach(key, unlooked);
      const end = Buffer.from(last);
      for (const member of graph.keys()) if (Buffer.from(member).compare(end) > 0) looked.add(member);
      const kept = await this.withHits(key, [...graph.keys()], `NOT (${oldAlias})`);
      const gone = peopleOf(graph).filter(({ members }) => !members.some((member) => kept.has(member)));
      if (!gone.length) continue;
      const identities = gone.flatMap(({ members }) => members);
      // Only aliases: a hit that has just arrived stays.
      const theirs = `${these(key, identities)} AND ${oldAlias}`;
      const found = await this.count(`${this.tables.all('hits')} WHERE ${theirs}`);
      if (found) {
        await this.mutations.delete('hits', theirs);
        await this.mutations.delete('arrivals', theirs);
        aliases += found;
      }
      // If a person has just come back, the identity's row stays as well: without it the person would be unknown until the next hit.
      await this.forget(key, identities, `finalizeAggregation(seen) < ${number(before)}`);
      await this.done();
      await this.reports.forget(key, identities);
    }
  }

  /** @param condition selects the hits that count */
  private async withHits(key: string, identities: string[], condition: string): Promise<Set<string>> {
    const found = new Set<string>();
    for (let at = 0; at < identities.length; at += IDENTITIES_PER_QUERY) {
      const rows = await this.nodes.rows<{ identity: string }>(`
        SELECT DISTINCT identity FROM ${this.tables.all('hits')}
        WHERE ${these(key, identities.slice(at, at + IDENTITIES_PER_QUERY))} AND ${condition}`);
      for (const { identity } of rows) found.add(identity);
    }
    return found;
  }

  /** Removes refused requests that name them. They are read and compared here, since a request may be encoded in many ways. */
  private async removeRefusals(key: string, identities: string[]): Promise<void> {
    const isNamed = namesOneOf(identities);
    const keys = `key IN ${texts(['', key])}`;
    const named: string[] = [];
    const slices = new Slices();
    let last: Pick<RefusalRow, 'stamp' | 'source'> = { stamp: 0, source: 0 };
    for (;;) {
      const behind = `(stamp > ${number(last.stamp)} OR (stamp = ${number(last.stamp)} AND source > ${number(last.source)}))`;
      const rows = await this.nodes.rows<RefusalRow>(`
        SELECT stamp, source, reason, request FROM ${this.tables.all('refusals')} WHERE ${keys} AND ${behind}
        ORDER BY stamp, source LIMIT ${REFUSALS_PER_QUERY}`);
      if (!rows.length) break;
      for (const row of rows) {
        if (isNamed(row)) named.push(`(${number(row.stamp)},${number(row.source)})`);
        if (this.stopped) throw new Error(STOPS);
        await slices.next();
      }
      last = rows.at(-1)!;
    }
    if (named.length) await this.mutations.delete('refusals', `${keys} AND (stamp, source) IN (${named.join(',')})`);
  }

  /** @param condition selects rows of the identities; there may be several rows for each */
  private async forget(key: string, identities: string[], condition = '1'): Promise<void> {
    const list = texts(identities);
    await this.mutations.delete('identities', `site = ${text(key)} AND identity IN ${list} AND ${condition}`);
    await this.mutations.delete('edges', `site = ${text(key)} AND (one IN ${list} OR other IN ${list})`);
  }

  private async done(): Promise<void> {
    if (!(await this.mutations.ended()))
      throw new StuckMutation('Somebody has ended a mutation that removes rows. kmq begins it again.');
  }

  /** Counts hits. A hit that was inserted twice may still be stored twice, and counts once. */
  private async count(source: string): Promise<number> {
    const [row] = await this.nodes.rows<{ count: number }>(
      `SELECT count() AS count FROM (SELECT 1 FROM ${source} GROUP BY identity, sent, id)`,
    );
    return row!.count;
  }
}

/** The rows of some identities. */
function these(key: string, identities: Iterable<string>): string {
  return `site = ${text(key)} AND identity IN ${texts(identities)}`;
}
