import type { Nodes } from './nodes.js';
import { MarkedStatements } from './running-statements.js';
import { number, piecesOf, text, texts } from './sql.js';
import type { Tables } from './tables.js';

/** The most identities in one query. */
const IDENTITIES_PER_QUERY = 10_000;
/** An identity further from its hub than this gets a shortcut. So the longest way between two identities is four steps. */
const MOST_STEPS = 2;

/**
 * The most identities of a person that are looked for when not all of them are needed. Some people have more than
 * IDENTITIES_OF_A_PERSON: their aliases are older than that limit, or several collectors accepted them at the same time.
 */
export const IDENTITIES_LOOKED_FOR = 50_000;
/** How many aliases are read per identity: shortcuts and redundant aliases are among them. */
const ALIASES_PER_IDENTITY = 4;

/** For each identity, the identities to which it has an alias. */
export type Graph = Map<string, Set<string>>;

/**
 * Merges identities into people. A person is all identities that are connected by aliases, so any number of collectors
 * may write aliases at the same time and in any order. Each round of queries goes one step further, from all identities that the
 * last round found. Shortcuts, which are aliases that follow from others, keep the number of steps small.
 */
export class Components {
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
  ) {}

  /** All identities that are connected to these, with the aliases between them. */
  async reach(site: string, identities: Iterable<string>): Promise<Graph> {
    return (await this.reachUpTo(Infinity, site, identities)).graph;
  }

  /**
   * The same, but stops when there are more than so many identities.
   * @returns `whole`: whether these are all
   */
  async reachUpTo(most: number, site: string, identities: Iterable<string>): Promise<{ graph: Graph; whole: boolean }> {
    const graph: Graph = new Map();
    const mostAliases = most * ALIASES_PER_IDENTITY;
    const limit = most === Infinity ? '' : `LIMIT ${number(mostAliases)}`;
    let frontier = [...new Set(identities)];
    for (const identity of frontier) graph.set(identity, new Set());
    while (frontier.length) {
      const found: string[] = [];
      for (const some of piecesOf(frontier, IDENTITIES_PER_QUERY)) {
        const edges = await this.nodes.rows<{ one: string; other: string }>(`
          SELECT DISTINCT one, other FROM ${this.tables.all('edges')}
          WHERE site = ${text(site)} AND one IN ${texts(some)} ${limit}`);
        for (const { one, other } of edges) {
          if (!graph.has(other)) {
            graph.set(other, new Set());
            found.push(other);
          }
          graph.get(one)!.add(other);
          graph.get(other)!.add(one);
        }
        if (graph.size > most || edges.length >= mostAliases) return { graph, whole: false };
      }
      frontier = found;
    }
    return { graph, whole: true };
  }

  /** Adds shortcuts for people who got new aliases. */
  async shorten(site: string, people: readonly Component[]): Promise<void> {
    let some: Shortcuts[] = [];
    let aliases = 0;
    for (const { graph, members } of people) {
      const found = shortcuts(graph, members);
      if (!found.added.length) continue;
      some.push(found);
      aliases += found.from.length;
      if (aliases < IDENTITIES_PER_QUERY) continue;
      await this.nodes.run(this.adding(site, some));
      [some, aliases] = [[], 0];
    }
    if (some.length) await this.nodes.run(this.adding(site, some));
  }

  /**
   * A person may be removed at any moment. So the statement itself checks that ClickHouse still has the aliases from which the shortcuts
   * of a person follow.
   */
  private adding(site: string, people: readonly Shortcuts[]): string {
    const edges = this.tables.all('edges');
    const list = (pairs: (person: Shortcuts) => [string, string][]): string =>
      people
        .flatMap((person, n) => pairs(person).map(([one, other]) => `(${n}, ${text(one)}, ${text(other)})`))
        .join(', ');
    const both = list(({ added }) => added.flatMap(([one, other]) => [[one, other] as [string, string], [other, one]]));
    const begins = new Set(people.flatMap(({ from }) => from.map(([one]) => one)));
    return SHORTCUTS.mark(`
      INSERT INTO ${edges} (site, one, other)
      SELECT ${text(site)}, pair.2, pair.3 FROM (SELECT arrayJoin([${both}]) AS pair)
      WHERE toUInt32(pair.1) NOT IN (
        SELECT toUInt32(alias.1) FROM (SELECT arrayJoin([${list(({ from }) => from)}]) AS alias)
        WHERE (alias.2, alias.3) NOT IN (
          SELECT one, other FROM ${edges} WHERE site = ${text(site)} AND one IN ${texts(begins)}))`);
  }
}

/** The statements that add shortcuts. */
export const SHORTCUTS = new MarkedStatements('kmq adds shortcuts');

export interface Component {
  graph: Graph;
  members: string[];
}

/** The shortcuts of a person, and the aliases from which they follow. */
export interface Shortcuts {
  added: [string, string][];
  from: [string, string][];
}

/** The people of a graph, each once. */
export function peopleOf(graph: Graph): Component[] {
  const people: Component[] = [];
  const seen = new Set<string>();
  for (const start of graph.keys()) {
    if (seen.has(start)) continue;
    seen.add(start);
    const members = [start];
    for (const member of members) {
      for (const other of graph.get(member)!) {
        if (!seen.has(other)) members.push(other);
        seen.add(other);
      }
    }
    people.push({ graph, members });
  }
  return people;
}

/**
 * The aliases that bring all members near the hub, which is the member with the most aliases. A member that is too far gets an
 * alias to the hub, which brings the members after it near as well. Collectors may choose different shortcuts; all of them are
 * valid.
 */
export function shortcuts(graph: Graph, members: string[]): Shortcuts {
  const aliases = (member: string): number => graph.get(member)!.size;
  const hub = members.reduce((best, member) => {
    const more = aliases(member) - aliases(best);
    return more > 0 || (more === 0 && member < best) ? member : best;
  });
  const added: [string, string][] = [];
  const depths = new Map([[hub, 0]]);
  const parents = new Map<string, string>();
  const queue = [hub];
  for (const member of queue) {
    const depth = depths.get(member)! + 1;
    for (const other of graph.get(member)!) {
      if (depths.has(other)) continue;
      if (depth > MOST_STEPS) added.push([hub, other]);
      depths.set(other, depth > MOST_STEPS ? 1 : depth);
      parents.set(other, member);
      queue.push(other);
    }
  }
  const from = new Map<string, string>();
  for (const [, end] of added) {
    for (let one = end; one !== hub && !from.has(one); one = parents.get(one)!) from.set(one, parents.get(one)!);
  }
  return { added, from: [...from] };
}
