import { setImmediate as turn } from 'node:timers/promises';
import { readable } from '../sqlite/damage.js';
import type { Statement } from '../sqlite/database.js';
import { SEARCH_PERIOD_SECONDS } from './identities.js';
import { KeptHits } from './kept-hits.js';
import { newestHitIn } from './newest-hit.js';
import { PeopleDeletion, type ExpiryParts, type Gone, type PersonWithoutHits } from './people-deletion.js';

/** How many identities are checked before arriving hits get a turn. Each check is a lookup in the index of hits. */
const LOOKED_AT_ONCE = 500;
/** How many checked people are remembered, so that they are not checked again for each of their identities. */
const MOST_REMEMBERED = 50_000;

/** The place of an identity in the order in which identities were seen last. */
interface Place {
  period: number;
  id: number;
}

/** The person is undefined if the row cannot be read. */
interface Unseen extends Place {
  person: number | undefined;
}

/**
 * Removes people who have no hits, or only old aliases. A person who gets a hit meanwhile keeps the identities that are not removed
 * yet.
 */
export class PeopleWithoutHits {
  private readonly newest: () => number;
  private readonly kept: KeptHits;
  private readonly deletion: PeopleDeletion;
  private readonly unseen: Statement;
  private readonly unseenPlaces: Statement;
  private readonly personOf: Statement;
  private readonly identitiesOf: Statement;

  constructor(private readonly parts: ExpiryParts) {
    const { db } = parts;
    this.newest = newestHitIn(db);
    this.kept = new KeptHits(db, parts.writer.index);
    this.deletion = new PeopleDeletion(parts);
    const unseen =
      'FROM identities INDEXED BY identities_by_period WHERE site = ? AND (period, id) > (?, ?) AND period <= ?';
    const inOrder = `ORDER BY period, id LIMIT ${LOOKED_AT_ONCE}`;
    this.unseen = db.prepare(`SELECT id, person, period ${unseen} ${inOrder}`);
    // Reads only the index: the rows may be on pages that cannot be read.
    this.unseenPlaces = db.prepare(`SELECT id, period ${unseen} ${inOrder}`);
    // Identities of a person who is being erased have no site.
    this.personOf = db.prepare('SELECT person FROM identities WHERE id = ? AND site = ?');
    this.identitiesOf = db.prepare(
      `SELECT id FROM identities WHERE person = ? AND id > ? ORDER BY id LIMIT ${LOOKED_AT_ONCE}`,
    );
  }

  /**
   * Removes people without hits among all who have an identity that was not seen since `before`. It does not matter who removed
   * their hits, and when.
   * @param before Unix seconds
   */
  async dropUnseen(site: number, before: number): Promise<Gone> {
    const gone: Gone = { identities: 0, aliases: 0 };
    const remembered = new Set<number>();
    const latest = Math.floor(before / SEARCH_PERIOD_SECONDS);
    for (let at = { period: -1, id: 0 }; ;) {
      const rows = this.unseenAfter(site, at, latest);
      if (!rows.length) return gone;
      const people = rows.flatMap(({ person }) => person ?? []).filter((person) => !remembered.has(person));
      await this.dropAmong(people, before, gone);
      if (remembered.size > MOST_REMEMBERED) remembered.clear();
      for (const { person } of rows) if (person !== undefined) remembered.add(person);
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
      const people = some.flatMap((id) => this.person(id, site) ?? []).filter((person) => !checked.has(person));
      await this.dropAmong(people, before, gone);
      for (const person of people) checked.add(person);
    }
    return gone;
  }

  private unseenAfter(site: number, { period, id }: Place, latest: number): Unseen[] {
    const values = [site, period, id, latest];
    const rows = readable(() => this.unseen.all(...values)) as Unseen[] | undefined;
    if (rows) return rows;
    const places = this.unseenPlaces.all(...values) as Place[];
    return places.map((place) => ({ ...place, person: this.person(place.id, site) }));
  }

  private person(identity: number, site: number): number | undefined {
    return (readable(() => this.personOf.get(identity, site)) as { person: number } | undefined)?.person;
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
      const rows = readable(() => this.identitiesOf.all(person, last)) as { id: number }[] | undefined;
      // Nobody is removed whose identities cannot be read.
      if (!rows) return undefined;
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
