import { setImmediate as turn } from 'node:timers/promises';
import type { Statement } from '../sqlite/database.js';
import { SEARCH_PERIOD_SECONDS } from './identities.js';
import { KeptHits } from './kept-hits.js';
import { newestHitIn } from './newest-hit.js';
import { PeopleDeletion, type ExpiryParts, type Gone, type PersonWithoutHits } from './people-deletion.js';

/** How many identities are checked before arriving hits get a turn. Each check is a lookup in the index of hits. */
const LOOKED_AT_ONCE = 500;
/** How many checked people are remembered, so that they are not checked again for each of their identities. */
const MOST_REMEMBERED = 50_000;

/**
 * Removes people who have no hits, or only old aliases. A person who gets a hit meanwhile keeps the identities that are not removed
 * yet.
 */
export class PeopleWithoutHits {
  private readonly newest: () => number;
  private readonly kept: KeptHits;
  private readonly deletion: PeopleDeletion;
  private readonly unseen: Statement;
  private readonly personOf: Statement;
  private readonly identitiesOf: Statement;

  constructor(private readonly parts: ExpiryParts) {
    const { db } = parts;
    this.newest = newestHitIn(db);
    this.kept = new KeptHits(db, parts.writer.index);
    this.deletion = new PeopleDeletion(parts);
    this.unseen = db.prepare(`
      SELECT id, person, period FROM identities WHERE site = ? AND (period, id) > (?, ?) AND period <= ?
      ORDER BY period, id LIMIT ${LOOKED_AT_ONCE}`);
    // Identities of a person who is being erased have no site.
    this.personOf = db.prepare('SELECT person FROM identities WHERE id = ? AND site = ?');
    this.identitiesOf = db.prepare(
      `SELECT id FROM identities WHERE person = ? AND id > ? ORDER BY id LIMIT ${LOOKED_AT_ONCE}`,
    );
  }

  /**
   * Removes people without hits among all who have an identity that was not seen since. It does not matter who removed their
   * hits, and when.
   * @param before Unix seconds
   */
  async dropUnseen(site: number, before: number): Promise<Gone> {
    const gone: Gone = { identities: 0, aliases: 0 };
    const remembered = new Set<number>();
    const latest = Math.floor(before / SEARCH_PERIOD_SECONDS);
    for (let at = { period: -1, id: 0 }; ;) {
      const rows = this.unseen.all(site, at.period, at.id, latest) as { id: number; person: number; period: number }[];
      if (!rows.length) return gone;
      const people = rows.map(({ person }) => person).filter((person) => !remembered.has(person));
      await this.dropAmong(people, before, gone);
      if (remembered.size > MOST_REMEMBERED) remembered.clear();
      for (const { person } of rows) remembered.add(person);
      at = rows.at(-1)!;
    }
  }

  /** Removes people without hits among the people of some identities. @param before Unix seconds */
  async dropOf(site: number, before: number, identities: Iterable<number>): Promise<Gone> {
    const gone: Gone = { identities: 0, aliases: 0 };
    const ids = [...identities];
    const checked = new Set<number>();
    for (let at = 0; at < ids.length; at += LOOKED_AT_ONCE) {
      const some = ids.slice(at, at + LOOKED_AT_ONCE);
      const rows = some.flatMap((id) => (this.personOf.get(id, site) as { person: number } | undefined) ?? []);
      const people = rows.map(({ person }) => person).filter((person) => !checked.has(person));
      await this.dropAmong(people, before, gone);
      for (const person of people) checked.add(person);
    }
    return gone;
  }

  /** @param gone what was removed is added to it */
  private async dropAmong(people: readonly number[], before: number, gone: Gone): Promise<void> {
    this.parts.steps.goOn();
    const newest = this.newest();
    const withoutHits: PersonWithoutHits[] = [];
    for (const id of new Set(people)) {
      const person = await this.ifWithoutHits(id, before);
      if (person) withoutHits.push(person);
    }
    await this.deletion.drop(withoutHits, newest, gone);
    await turn();
  }

  /** A person's identities, if none of them has a hit that retention keeps. */
  private async ifWithoutHits(person: number, before: number): Promise<PersonWithoutHits | undefined> {
    const identities: number[] = [];
    const withAliases: number[] = [];
    for (let last = 0; ;) {
      const rows = this.identitiesOf.all(person, last) as { id: number }[];
      for (const { id } of rows) {
        const kept = await this.kept.of(id, before);
        if (kept === 'kept') return undefined;
        if (kept === 'old aliases') withAliases.push(id);
        identities.push(id);
      }
      if (rows.length < LOOKED_AT_ONCE) return { identities, withAliases };
      last = rows.at(-1)!.id;
      await turn();
    }
  }
}
