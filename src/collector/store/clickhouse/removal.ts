import { setTimeout as pause } from 'node:timers/promises';
import type { Erased } from '../../../protocol/api.js';
import { MOST_REFUSALS } from '../model/limits.js';
import type { Components } from './components.js';
import { peopleOf } from './components.js';
import type { Nodes } from './nodes.js';
import type { PeopleReader } from './people-reader.js';
import { number, text, texts } from './sql.js';
import type { TableName, Tables } from './tables.js';

/** How often it is asked whether the nodes are done. */
const DONE_CHECK_MS = 50;
/** How many identities one query of a removal by age looks at. */
const IDENTITIES_PER_QUERY = 20_000;

/**
 * Removal by `ALTER TABLE … DELETE`, on every node, waited for. A node that stops in between goes on when it starts
 * again. The files with what was removed leave ClickHouse's disk some minutes later.
 */
export class Removal {
  private stopped = false;

  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly components: Components,
    private readonly people: PeopleReader,
  ) {}

  async erase(key: string, identity: string): Promise<Erased | undefined> {
    const person = await this.people.identitiesOfPerson(key, identity);
    if (!person.length) return undefined;
    const identities = person.map(({ identity }) => identity);
    const theirs = `site = ${text(key)} AND identity IN ${texts(identities)}`;
    const hits = await this.count(`${this.tables.all('hits')} WHERE ${theirs}`);
    await this.remove('hits', theirs);
    await this.remove('arrivals', theirs);
    // A refused request may have named them.
    const named = identities.flatMap((identity) => [identity, encodeURIComponent(identity)]);
    const names = [...new Set(named)].map((name) => `position(request, ${text(name)}) > 0`);
    await this.remove('refusals', `key IN ${texts(['', key])} AND (${names.join(' OR ')})`);
    await this.forget(key, identities);
    await this.done();
    return { identities, hits };
  }

  /** @param before Unix seconds */
  async expire(key: string, before: number): Promise<number> {
    const old = `site = ${text(key)} AND time < ${number(before)}`;
    const hits = await this.count(`${this.tables.all('hits')} WHERE ${old}`);
    if (!hits) return 0;
    await this.remove('hits', old);
    await this.remove('arrivals', old);
    await this.done();
    await this.dropLonely(key, before);
    return hits;
  }

  /** Removes the oldest refused requests where there are twice as many as are kept. */
  async pruneRefusals(): Promise<void> {
    const refusals = `FROM ${this.tables.all('refusals')} ORDER BY stamp DESC`;
    const [tooMany] = await this.nodes.rows(`SELECT 1 AS one ${refusals} LIMIT ${2 * MOST_REFUSALS}, 1`);
    if (!tooMany) return;
    const [oldest] = await this.nodes.rows<{ stamp: number }>(`SELECT stamp ${refusals} LIMIT ${MOST_REFUSALS}, 1`);
    await this.remove('refusals', `stamp <= ${number(oldest!.stamp)}`);
  }

  /** What is not done yet, ClickHouse goes on with by itself. */
  stop(): void {
    this.stopped = true;
  }

  /** Identities that were not seen since, and belong to nobody who has a hit left. */
  private async dropLonely(key: string, before: number): Promise<void> {
    let last = '';
    for (;;) {
      const rows = await this.nodes.rows<{ identity: string }>(`
        SELECT identity FROM ${this.tables.all('identities')}
        WHERE site = ${text(key)} AND identity > ${text(last)}
        GROUP BY identity HAVING maxMerge(seen) < ${number(before)} ORDER BY identity LIMIT ${IDENTITIES_PER_QUERY}`);
      if (!rows.length) return;
      const graph = await this.components.reach(
        key,
        rows.map(({ identity }) => identity),
      );
      const kept = new Set<string>();
      const members = [...graph.keys()];
      for (let at = 0; at < members.length; at += IDENTITIES_PER_QUERY) {
        const left = await this.nodes.rows<{ identity: string }>(`
          SELECT DISTINCT identity FROM ${this.tables.all('hits')}
          WHERE site = ${text(key)} AND identity IN ${texts(members.slice(at, at + IDENTITIES_PER_QUERY))}`);
        for (const { identity } of left) kept.add(identity);
      }
      const gone = peopleOf(graph).filter(({ members }) => !members.some((member) => kept.has(member)));
      if (gone.length) {
        await this.forget(
          key,
          gone.flatMap(({ members }) => members),
        );
        await this.done();
      }
      last = rows.at(-1)!.identity;
    }
  }

  private async forget(key: string, identities: string[]): Promise<void> {
    const list = texts(identities);
    await this.remove('identities', `site = ${text(key)} AND identity IN ${list}`);
    await this.remove('edges', `site = ${text(key)} AND (one IN ${list} OR other IN ${list})`);
  }

  private async remove(table: TableName, condition: string): Promise<void> {
    await this.nodes.everywhere(`ALTER TABLE ${this.tables.local(table)} DELETE WHERE ${condition}`);
  }

  private async done(): Promise<void> {
    const query = `
      SELECT count() AS waiting FROM system.mutations
      WHERE database = ${text(this.tables.database)} AND is_done = 0`;
    for (;;) {
      const nodes = await this.nodes.rowsEverywhere<{ waiting: number }>(query);
      if (nodes.every(([row]) => !row!.waiting)) return;
      if (this.stopped) throw new Error('The collector stops; ClickHouse goes on with the removal.');
      await pause(DONE_CHECK_MS);
    }
  }

  /** A hit that came twice may still be there twice, and is one. */
  private async count(source: string): Promise<number> {
    const [row] = await this.nodes.rows<{ count: number }>(
      `SELECT count() AS count FROM (SELECT 1 FROM ${source} GROUP BY identity, sent, id)`,
    );
    return row!.count;
  }
}
