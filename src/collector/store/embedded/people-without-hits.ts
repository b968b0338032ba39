import { setImmediate as turn } from 'node:timers/promises';
import type { Database, Statement } from '../sqlite/database.js';
import { SEARCH_PERIOD_SECONDS } from './identities.js';
import { newestHitIn } from './newest-hit.js';
import type { SearchIndex } from './search-index.js';
import type { Steps } from './steps.js';
import type { EmbeddedWriter } from './writer.js';

/** How many identities are checked before arriving hits get a turn. Each check is a lookup in the index of hits. */
const LOOKED_AT_ONCE = 500;
/** How many identities, with their trigrams, one transaction removes. */
const REMOVED_PER_STEP = 100;
/** How many checked people are remembered, so that they are not checked again for each of their identities. */
const MOST_REMEMBERED = 50_000;

interface IdentityRow {
  id: number;
  site: number;
  identity: string;
  person: number;
}

export interface ExpiryParts {
  db: Database;
  writer: EmbeddedWriter;
  index: SearchIndex;
  steps: Steps;
}

/** Removes people who have no hits. A person who gets a hit meanwhile keeps the identities that are not removed yet. */
export class PeopleWithoutHits {
  private readonly newest: () => number;
  private readonly unseen: Statement;
  private readonly personOf: Statement;
  private readonly identitiesOf: Statement;
  private readonly identity: Statement;
  private readonly withHitsBehind: Statement;
  private readonly dropIdentity: Statement;

  constructor(private readonly parts: ExpiryParts) {
    const { db } = parts;
    this.newest = newestHitIn(db);
    this.unseen = db.prepare(`
      SELECT id, person, period FROM identities WHERE site = ? AND (period, id) > (?, ?) AND period <= ?
      ORDER BY period, id LIMIT ${LOOKED_AT_ONCE}`);
    // Identities of a person who is being erased have no site.
    this.personOf = db.prepare('SELECT person FROM identities WHERE id = ? AND site = ?');
    this.identitiesOf = db.prepare(
      `SELECT id FROM identities WHERE person = ? AND id > ? ORDER BY id LIMIT ${LOOKED_AT_ONCE}`,
    );
    this.identity = db.prepare('SELECT id, site, identity, person FROM identities WHERE id = ?');
    this.withHitsBehind = db.prepare(
      'SELECT DISTINCT i.person FROM hits h CROSS JOIN identities i ON i.id = h.identity WHERE h.id > ?',
    );
    this.dropIdentity = db.prepare('DELETE FROM identities WHERE id = ?');
  }

  /**
   * Removes people without hits among all who have an identity that was not seen since. It does not matter who removed their
   * hits, and when.
   * @param before Unix seconds @returns how many identities were removed
   */
  async dropUnseen(site: number, before: number): Promise<number> {
    let dropped = 0;
    const remembered = new Set<number>();
    const latest = Math.floor(before / SEARCH_PERIOD_SECONDS);
    for (let at = { period: -1, id: 0 }; ;) {
      const rows = this.unseen.all(site, at.period, at.id, latest) as { id: number; person: number; period: number }[];
      if (!rows.length) return dropped;
      dropped += await this.dropAmong(rows.map(({ person }) => person).filter((person) => !remembered.has(person)));
      if (remembered.size > MOST_REMEMBERED) remembered.clear();
      for (const { person } of rows) remembered.add(person);
      at = rows.at(-1)!;
    }
  }

  /** Removes people without hits among the people of some identities. @returns how many identities were removed */
  async dropOf(site: number, identities: Iterable<number>): Promise<number> {
    let dropped = 0;
    const ids = [...identities];
    for (let at = 0; at < ids.length; at += LOOKED_AT_ONCE) {
      const some = ids.slice(at, at + LOOKED_AT_ONCE);
      const rows = some.flatMap((id) => (this.personOf.get(id, site) as { person: number } | undefined) ?? []);
      dropped += await this.dropAmong(rows.map(({ person }) => person));
    }
    return dropped;
  }

  private async dropAmong(people: readonly number[]): Promise<number> {
    const { steps } = this.parts;
    steps.goOn();
    const newest = this.newest();
    const withoutHits: number[][] = [];
    for (const person of new Set(people)) {
      const ids = await this.identitiesIfWithoutHits(person);
      if (ids) withoutHits.push(ids);
    }
    let dropped = 0;
    for (const ids of together(withoutHits)) {
      await steps.each(ids, REMOVED_PER_STEP, (few) => {
        dropped += this.drop(few, newest);
      });
    }
    await turn();
    return dropped;
  }

  /** The numbers of a person's identities, if none of them has a hit. */
  private async identitiesIfWithoutHits(person: number): Promise<number[] | undefined> {
    const ids: number[] = [];
    for (let last = 0; ;) {
      const rows = this.identitiesOf.all(person, last) as { id: number }[];
      if (rows.some(({ id }) => this.parts.writer.index.hasHits(id))) return undefined;
      for (const { id } of rows) ids.push(id);
      if (rows.length < LOOKED_AT_ONCE) return ids;
      last = rows.at(-1)!.id;
      await turn();
    }
  }

  /**
   * @param looked the newest hit at the time of the check; a person with a later hit is not removed @returns how many were removed
   */
  private drop(ids: readonly number[], looked: number): number {
    const { index, writer } = this.parts;
    const back = new Set((this.withHitsBehind.all(looked) as { person: number }[]).map(({ person }) => person));
    const rows = ids.flatMap((id) => (this.identity.get(id) as IdentityRow | undefined) ?? []);
    const gone = rows.filter(({ person }) => !back.has(person)).sort((a, b) => a.id - b.id);
    // FTS5 buffers its writes as long as nothing else is written and the numbers grow.
    for (const { id, identity } of gone) index.forget(id, identity);
    for (const { id } of gone) this.dropIdentity.run(id);
    writer.remains.identities(gone);
    // A hit that arrives before the next step must not be stored under an identity that is removed.
    if (gone.length) writer.forgetIdentities();
    return gone.length;
  }
}

/**
 * Splits the identities of some people into transactions. Those of one person are in one transaction, unless there are too many.
 */
function* together(people: readonly number[][]): Generator<number[]> {
  let some: number[] = [];
  for (const ids of people) {
    if (some.length && some.length + ids.length > REMOVED_PER_STEP) {
      yield some;
      some = [];
    }
    some = some.concat(ids);
  }
  if (some.length) yield some;
}
