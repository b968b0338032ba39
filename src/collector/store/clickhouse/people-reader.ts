import type { Person, PersonSummary } from '../../../protocol/api.js';
import { foldText } from '../../../protocol/fold.js';
import { countThatFit } from '../model/latest.js';
import { HITS_OF_A_PERSON } from '../model/limits.js';
import { summarizeBriefly, type IdentitySeen } from '../model/summary.js';
import { assemblePerson } from '../model/person.js';
import type { Counting } from '../store.js';
import { IDENTITIES_LOOKED_FOR, peopleOf, type Components } from './components.js';
import type { Nodes } from './nodes.js';
import { firstOfEach, inOrderOfArrival, repeatsAmong } from './repeats.js';
import { toHit, type HitRow } from './rows.js';
import { patternFor } from './spellings.js';
import { number, text, texts } from './sql.js';
import { HIT_COLUMNS, type TableName, type Tables } from './tables.js';

/**
 * A search first reads this many matching identities for each person that it may return. If that is not enough, it reads this many
 * times as many, and so on.
 */
const MATCHES_PER_PERSON = 4;

/** Reads people from ClickHouse. */
export class PeopleReader {
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly components: Components,
  ) {}

  async person(key: string, identity: string, counting: Counting): Promise<Person | undefined> {
    const identities = await this.identitiesOfPerson(key, identity, IDENTITIES_LOOKED_FOR);
    if (!identities.length) return undefined;
    const theirs = `
      FROM ${this.all('hits')}
      WHERE site = ${text(key)} AND identity IN ${texts(identities.map(({ identity }) => identity))}`;
    const latestFirst = 'ORDER BY time DESC, stamp DESC, source DESC';
    const sizes = await this.nodes.rows<{ time: number; bytes: number }>(
      `SELECT time, length(properties) AS bytes ${theirs} ${latestFirst} LIMIT ${HITS_OF_A_PERSON + 1}`,
    );
    const count = countThatFit(sizes);
    const rows = count
      ? await this.nodes.rows<HitRow>(`
          SELECT ${HIT_COLUMNS} ${theirs} AND time >= ${number(sizes[count - 1]!.time)} ${latestFirst} LIMIT ${count}`)
      : [];
    const arrived = firstOfEach(rows);
    const repeats = repeatsAmong(arrived, counting);
    const hits = arrived
      .map((row) => ({ row, hit: { ...toHit(row), duplicate: repeats.has(row) } }))
      .sort((a, b) => a.row.time - b.row.time || inOrderOfArrival(a.row, b.row))
      .map(({ hit }) => hit);
    return assemblePerson(identities, hits, counting, count < sizes.length);
  }

  /** All identities of the person to whom one belongs, or at most so many, oldest first; none for an unknown identity. */
  async identitiesOfPerson(key: string, identity: string, most = Infinity): Promise<IdentitySeen[]> {
    const { graph } = await this.components.reachUpTo(most, key, [identity]);
    const identities = await this.identities(key, [...graph.keys()].slice(0, most));
    return identities.some((known) => known.identity === identity) ? identities : [];
  }

  async people(key: string, part: string, limit: number): Promise<PersonSummary[]> {
    const folded = foldText(part);
    const pattern = patternFor(folded);
    for (let most = limit * MATCHES_PER_PERSON; ; most *= MATCHES_PER_PERSON) {
      const found = await this.nodes.rows<{ identity: string }>(`
        SELECT identity, maxMerge(seen) AS latest FROM ${this.all('identities')}
        WHERE site = ${text(key)} ${pattern === '' ? '' : `AND match(identity, ${text(pattern)})`}
        GROUP BY identity ORDER BY latest DESC, identity LIMIT ${number(most)}`);
      const matches = found.filter(({ identity }) => foldText(identity).includes(folded));
      // The matches that were seen last come first.
      const { graph } = await this.components.reachUpTo(
        IDENTITIES_LOOKED_FOR + matches.length,
        key,
        matches.map(({ identity }) => identity),
      );
      const people = peopleOf(graph);
      if (people.length < limit && found.length === most) continue;
      const summaries = await this.summaries(
        key,
        people.slice(0, limit).map(({ members }) => members),
      );
      return summaries.sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0));
    }
  }

  async keys(): Promise<string[]> {
    const rows = await this.nodes.rows<{ site: string }>(`
      SELECT site, minMerge(began) AS first FROM ${this.all('identities')} GROUP BY site ORDER BY first`);
    return rows.map(({ site }) => site);
  }

  /** @param people the identities of each */
  private async summaries(key: string, people: string[][]): Promise<PersonSummary[]> {
    const personOf = new Map<string, IdentitySeen[]>();
    const seen = people.map((members) => {
      const ofThis: IdentitySeen[] = [];
      for (const member of members) personOf.set(member, ofThis);
      return ofThis;
    });
    // They are sorted oldest first, so those of each person are, too.
    for (const one of await this.identities(key, people.flat())) personOf.get(one.identity)!.push(one);
    return seen.map(summarizeBriefly);
  }

  private async identities(key: string, members: Iterable<string>): Promise<IdentitySeen[]> {
    const list = [...members];
    if (!list.length) return [];
    const rows = await this.nodes.rows<{ identity: string; latest: number }>(`
      SELECT identity, minMerge(began) AS first, maxMerge(seen) AS latest FROM ${this.all('identities')}
      WHERE site = ${text(key)} AND identity IN ${texts(list)} GROUP BY identity ORDER BY first, identity`);
    return rows.map(({ identity, latest }) => ({ identity, lastSeen: latest || null }));
  }

  private all(table: TableName): string {
    return this.tables.all(table);
  }
}
