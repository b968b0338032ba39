import { NotedDamage } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { HitDeletion } from './hit-deletion.js';
import { newestHitIn } from './newest-hit.js';
import type { SearchIndex } from './search-index.js';
import { KEPT_BY_DAMAGE, type Steps } from './removal-steps.js';
import type { EmbeddedWriter } from './writer.js';

/** How many identities, with their trigrams, one transaction removes. */
const REMOVED_PER_STEP = 100;
/** How many aliases it removes for each of them, on average. */
const ALIASES_PER_IDENTITY = 4;

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

/** What was removed. */
export interface Gone {
  identities: number;
  /** The hits that were removed, all of them aliases. */
  aliases: number;
}

/** A person to be removed. */
export interface PersonWithoutHits {
  identities: number[];
  /** Those of them that have old aliases. */
  withAliases: number[];
}

/** Deletes people without hits: their old aliases, and their identities. */
export class PeopleDeletion {
  private readonly hits: HitDeletion;
  private readonly identity: Statement;
  private readonly newest: () => number;
  private readonly withHitsBehind: Statement;
  private readonly dropIdentity: Statement;
  /** The people who have got a hit after the check, found in the hits up to the row `upto`. */
  private back = { looked: 0, upto: 0, people: new Set<number>() };

  constructor(private readonly parts: ExpiryParts) {
    const { db, writer } = parts;
    this.hits = new HitDeletion(db, writer);
    this.identity = db.prepare('SELECT id, site, identity, person FROM identities WHERE id = ?');
    this.newest = newestHitIn(db);
    this.withHitsBehind = db.prepare(
      'SELECT DISTINCT i.person FROM hits h CROSS JOIN identities i ON i.id = h.identity WHERE h.id > ? AND h.id <= ?',
    );
    this.dropIdentity = db.prepare('DELETE FROM identities WHERE id = ?');
  }

  /**
   * @param looked the newest hit at the time of the check; a person with a later hit is not removed
   * @param gone what was removed is added to it
   */
  async drop(people: readonly PersonWithoutHits[], looked: number, gone: Gone): Promise<void> {
    const { index, steps, writer } = this.parts;
    const dropAll = async (few: readonly PersonWithoutHits[]): Promise<void> => {
      for (const some of together(few)) await this.dropSome(some, looked, gone);
    };
    const failed = await steps.aroundDamage(people, (few) => index.orLeft(() => dropAll(few)));
    if (failed.length) writer.onDamage(new NotedDamage(KEPT_BY_DAMAGE));
  }

  /**
   * Deletes identities with their aliases, in one transaction if they are few. A person who comes back between two transactions has
   * lost some aliases already.
   */
  private async dropSome({ identities, withAliases }: PersonWithoutHits, looked: number, gone: Gone): Promise<void> {
    const haveAliases = new Set(withAliases);
    let done = 0;
    let next = { done, identities: 0, aliases: 0 };
    const step = (most: number): number => {
      next = { done, identities: 0, aliases: 0 };
      const few = identities.slice(done, done + most);
      const left = this.stillWithoutHits(few, looked);
      const mostAliases = most * ALIASES_PER_IDENTITY;
      let entries = 0;
      for (const { id } of left) {
        if (!haveAliases.has(id)) continue;
        const removed = this.hits.ofIdentity(id, mostAliases - entries);
        next.aliases += removed.dropped;
        entries += removed.looked;
        // The identity may have more aliases.
        if (entries >= mostAliases) return most;
      }
      next.identities = this.dropIdentities(left);
      next.done = done + few.length;
      return next.done < identities.length ? most : 0;
    };
    await this.parts.steps.whileFull(REMOVED_PER_STEP, step, () => {
      done = next.done;
      gone.identities += next.identities;
      gone.aliases += next.aliases;
    });
  }

  /** @returns how many were removed */
  private dropIdentities(rows: readonly IdentityRow[]): number {
    const { index, writer } = this.parts;
    const gone = [...rows].sort((a, b) => a.id - b.id);
    // FTS5 buffers its writes as long as nothing else is written and the numbers grow.
    for (const { id, identity } of gone) index.forget(id, identity);
    for (const { id } of gone) this.dropIdentity.run(id);
    writer.remains.identities(gone);
    // A hit that arrives before the next step must not be stored under an identity that is removed.
    if (gone.length) writer.forgetIdentities();
    return gone.length;
  }

  /** The identities whose person got no hit after the check. Whoever is merged with another person gets an alias, which is a hit. */
  private stillWithoutHits(ids: readonly number[], looked: number): IdentityRow[] {
    const newest = this.newest();
    // Begins anew for another check, and if the newest hits were removed.
    if (this.back.looked !== looked || newest < this.back.upto)
      this.back = { looked, upto: looked, people: new Set<number>() };
    const { people, upto } = this.back;
    for (const { person } of this.withHitsBehind.all(upto, newest) as { person: number }[]) people.add(person);
    this.back.upto = newest;
    const rows = ids.flatMap((id) => (this.identity.get(id) as IdentityRow | undefined) ?? []);
    return rows.filter(({ person }) => !people.has(person));
  }
}

/**
 * Splits the identities of some people into transactions. Those of one person are in one transaction, unless there are too many.
 */
function* together(people: readonly PersonWithoutHits[]): Generator<PersonWithoutHits> {
  let some: PersonWithoutHits = { identities: [], withAliases: [] };
  for (const { identities, withAliases } of people) {
    if (some.identities.length && some.identities.length + identities.length > REMOVED_PER_STEP) {
      yield some;
      some = { identities: [], withAliases: [] };
    }
    some = {
      identities: some.identities.concat(identities),
      withAliases: some.withAliases.concat(withAliases),
    };
  }
  if (some.identities.length) yield some;
}
