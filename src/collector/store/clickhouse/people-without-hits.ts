import { ALIAS } from '../model/kinds.js';
import { RemovalStopped } from '../model/removal-stopped.js';
import type { Components } from './components.js';
import { peopleOf } from './components.js';
import type { Forgetting } from './forgetting.js';
import type { Mutations } from './mutations.js';
import type { Nodes } from './nodes.js';
import { number, piecesOf, text, these } from './sql.js';
import { spoolEnds, type SpoolEnd } from './spool-ends.js';
import type { Tables } from './tables.js';

/** How many identities one query checks. */
const IDENTITIES_PER_QUERY = 20_000;
/** How many identities are remembered to be checked. If there are more, all that were not seen since `before` are checked. */
const MOST_REMEMBERED = 100_000;
/** After so long, all that were not seen since `before` are checked again: an owner or another collector may have removed hits. */
const LOOK_THROUGH_MS = 86_400_000;

/** Longer than it takes from an insert until its collector has noted that the insert is complete. */
const UNSAID_MS = 3_600_000;

/** What was in ClickHouse at a moment. */
interface Stored {
  /** For each collector, up to which stamp its hits are stored. */
  ends: ReadonlyMap<number, number>;
  /** Hits before this stamp were read, to find those of which no collector says that they are stored. */
  readUpTo: number;
}

/** A look at the people of a site. */
interface Look {
  /** Unix seconds; aliases before it are old. */
  before: number;
  /** What was stored when the look began. */
  stored: Stored;
}

/** Whom a look checks: some identities, or all that were not seen since `before`. */
export interface LookAhead extends Look {
  among: string[] | 'all';
}

export interface PeopleWithoutHitsParts {
  nodes: Nodes;
  tables: Tables;
  components: Components;
  mutations: Mutations;
  forgetting: Forgetting;
  /** Counts the hits of a table with a condition. */
  count: (source: string) => Promise<number>;
}

/** Removes people who have no hits left, or only old aliases. */
export class PeopleWithoutHits {
  private stopped = false;
  /** Sites all of whose people were checked: after that only people who lose hits, or whose aliases become too old, can be without hits. */
  private readonly lookedThrough = new Map<string, Look & { at: number }>();

  constructor(private readonly parts: PeopleWithoutHitsParts) {}

  stop(): void {
    this.stopped = true;
  }

  /**
   * Finds out whom to check. Call it before old events and properties are removed: the people who lose them have to be checked.
   * @param before Unix seconds @param all whether an earlier removal was interrupted
   */
  async begin(key: string, before: number, all: boolean): Promise<LookAhead> {
    const since = this.lookedThrough.get(key);
    // After an error all are checked.
    this.lookedThrough.delete(key);
    const { nodes, tables } = this.parts;
    const isWhole = !since || all || performance.now() - since.at > LOOK_THROUGH_MS;
    const look = { before, stored: await this.storedAfter(key, isWhole ? undefined : since.stored) };
    if (isWhole) return { ...look, among: 'all' };
    this.lookedThrough.set(key, since);
    const isNew = `kind <> ${ALIAS} OR time >= ${number(since.before)} OR NOT (${isUpTo(since.stored.ends)})`;
    const rows = await nodes.rows<{ identity: string }>(`
      SELECT DISTINCT identity FROM ${tables.all('hits')}
      WHERE site = ${text(key)} AND time < ${number(before)} AND (${isNew}) LIMIT ${MOST_REMEMBERED + 1}`);
    return { ...look, among: rows.length > MOST_REMEMBERED ? 'all' : rows.map(({ identity }) => identity) };
  }

  /** Removes the people without hits among those of `begin`. Each person is checked once. @returns how many hits, all of them aliases */
  async drop(key: string, { before, stored, among }: LookAhead): Promise<number> {
    const since = this.lookedThrough.get(key);
    this.lookedThrough.delete(key);
    const look = { before, stored };
    let aliases = 0;
    /** Identities of checked people that a later page may have. Those of earlier pages would only take memory. */
    const looked = new Set<string>();
    const listed = among === 'all' ? undefined : new Set(among);
    for await (const page of among === 'all' ? this.unseen(key, before) : piecesOf(among, IDENTITIES_PER_QUERY)) {
      if (this.stopped) throw new RemovalStopped();
      const last = Buffer.from(page.at(-1)!);
      const unlooked = page.filter((identity) => !looked.delete(identity));
      for (const identity of page) listed?.delete(identity);
      const isLater = (member: string): boolean =>
        listed ? listed.has(member) : Buffer.compare(Buffer.from(member), last) > 0;
      aliases += await this.dropAmong(key, unlooked, look, (member) => isLater(member) && looked.add(member));
    }
    this.lookedThrough.set(key, { ...look, at: among === 'all' ? performance.now() : since!.at });
    return aliases;
  }

  /**
   * What is stored now. A collector that was killed may have inserted hits without noting it: of these, the old ones count as stored, since
   * no other collector notes it. They are looked for among all hits of the site, or only among those after the last look: older hits that a
   * collector has inserted since, before it was killed, are found when all are read again.
   */
  private async storedAfter(key: string, last: Stored | undefined): Promise<Stored> {
    const { nodes, tables } = this.parts;
    const ends = new Map(last?.ends);
    const put = ({ source, stamp }: SpoolEnd): void => void ends.set(source, Math.max(stamp, ends.get(source) ?? 0));
    (await spoolEnds(nodes, tables, 'progress')).forEach(put);
    const readUpTo = (Date.now() - UNSAID_MS) * 1000;
    const unsaid = await nodes.rows<SpoolEnd>(`
      SELECT source, max(place) AS stamp FROM (
        SELECT source, stamp AS place FROM ${tables.all('arrivals')}
        WHERE site = ${text(key)} AND stamp >= ${number(last?.readUpTo ?? 0)} AND stamp < ${number(readUpTo)} AND NOT (${isUpTo(ends)}))
      GROUP BY source`);
    unsaid.forEach(put);
    return { ends, readUpTo };
  }

  /** The identities that were not seen since `before`, in their order. */
  private async *unseen(key: string, before: number): AsyncGenerator<string[]> {
    for (let last = ''; ;) {
      const rows = await this.parts.nodes.rows<{ identity: string }>(`
        SELECT identity FROM ${this.parts.tables.all('identities')}
        WHERE site = ${text(key)} AND identity > ${text(last)}
        GROUP BY identity HAVING maxMerge(seen) < ${number(before)} ORDER BY identity LIMIT ${IDENTITIES_PER_QUERY}`);
      if (!rows.length) return;
      last = rows.at(-1)!.identity;
      yield rows.map(({ identity }) => identity);
    }
  }

  /** @param onLooked called with each identity of the people that were checked @returns how many aliases were removed */
  private async dropAmong(
    key: string,
    page: string[],
    { before, stored }: Look,
    onLooked: (member: string) => void,
  ): Promise<number> {
    const { nodes, tables, components, mutations, forgetting, count } = this.parts;
    const oldAlias = `kind = ${ALIAS} AND time < ${number(before)}`;
    const withHits = async (identities: string[]): Promise<Set<string>> => {
      const found = new Set<string>();
      for (const some of piecesOf(identities, IDENTITIES_PER_QUERY)) {
        const rows = await nodes.rows<{ identity: string }>(
          `SELECT DISTINCT identity FROM ${tables.all('hits')} WHERE ${these(key, some)} AND NOT (${oldAlias})`,
        );
        for (const { identity } of rows) found.add(identity);
      }
      return found;
    };
    // Most people who lose hits have others under the same identity: then their other identities need not be read.
    const own = await withHits(page);
    const graph = await components.reach(
      key,
      page.filter((identity) => !own.has(identity)),
    );
    for (const member of graph.keys()) onLooked(member);
    const kept = await withHits([...graph.keys()]);
    const gone = peopleOf(graph).filter(({ members }) => !members.some((member) => kept.has(member)));
    if (!gone.length) return 0;
    const identities = gone.flatMap(({ members }) => members);
    // What has arrived since stays: aliases as well as younger hits.
    const theirs = `${these(key, identities)} AND ${oldAlias} AND ${isUpTo(stored.ends)}`;
    const aliases = await count(`${tables.all('hits')} WHERE ${theirs}`);
    if (aliases) {
      await mutations.delete('hits', theirs);
      await mutations.delete('arrivals', theirs);
      await mutations.completed();
    }
    await forgetting.forget(key, identities, `finalizeAggregation(seen) < ${number(before)}`);
    return aliases;
  }
}

/** SQL: whether a hit is one of those up to these stamps of the collectors. */
function isUpTo(ends: ReadonlyMap<number, number>): string {
  const list = (numbers: Iterable<number>): string =>
    `[${Array.from(numbers, (one) => `toUInt64(${number(one)})`).join(', ')}]`;
  if (!ends.size) return '0';
  return `stamp <= transform(toUInt64(source), ${list(ends.keys())}, ${list(ends.values())}, toUInt64(0))`;
}
