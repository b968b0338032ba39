import { namesOneOf } from '../model/names-in-refusals.js';
import { Slices } from '../model/slices.js';
import { isDamage } from '../sqlite/damage.js';
import type { Database } from '../sqlite/database.js';
import type { Erasing, HiddenIdentity } from './erasing.js';
import { HitDeletion } from './hit-deletion.js';
import type { Steps } from './removal-steps.js';
import { REFUSALS_PER_STEP, StoredRefusals } from './stored-refusals.js';
import type { EmbeddedWriter } from './writer.js';

/** Hits that one transaction removes. Arriving hits wait for it, some milliseconds. */
const HITS_PER_STEP = 1000;
/** Identities that one transaction removes. */
const IDENTITIES_PER_STEP = 50;

/** Called with the number of an identity, and how many of its hits were removed. */
export type OnHits = (identity: number, count: number) => void;

interface HiddenPeopleParts {
  db: Database;
  writer: EmbeddedWriter;
  steps: Steps;
  erasing: Erasing;
}

interface RefusalRow {
  id: number;
  request: string;
  reason: string;
}

/** People of whom something may stay, because a page cannot be read. */
export interface Unremoved {
  withHits: ReadonlySet<string>;
  inRefusals: ReadonlySet<string>;
}

/**
 * Removes what the store still has of hidden people: first refused requests with their names, then their hits, and then identities and
 * names. If a page cannot be read, something of a person may stay on it or beside it. This person remains hidden, with all names,
 * so that the removal is tried again. Other people are removed all the same.
 */
export class HiddenPeople {
  private readonly deletion: HitDeletion;
  private readonly refusals: StoredRefusals<RefusalRow>;

  constructor(private readonly parts: HiddenPeopleParts) {
    const { db, writer } = parts;
    this.deletion = new HitDeletion(db, writer);
    this.refusals = new StoredRefusals(parts, 'request, reason', 'table');
  }

  /** Removes refused requests that contain their names. @returns the people whose names may be in refused requests that stay */
  async dropRefusals(): Promise<Set<string>> {
    const { erasing } = this.parts;
    const people = new Set<string>();
    const stay = new Map<string, Set<string>>();
    for (const [key, names] of erasing.names()) {
      const named = await this.dropRefusalsNaming(key, names);
      if (named.stay.size) stay.set(key, named.stay);
    }
    if (!stay.size) return people;
    for (const some of erasing.hidden())
      for (const { person, key, name } of some) if (stay.get(key!)?.has(name!)) people.add(person);
    return people;
  }

  /**
   * Removes refused requests that contain names.
   * @returns how many, and the names that may be in refused requests that stay: all of them if one cannot be read
   */
  async dropRefusalsNaming(key: string, names: string[]): Promise<{ dropped: number; stay: Set<string> }> {
    const { steps } = this.parts;
    const isNamed = namesOneOf(names);
    const slices = new Slices();
    const stay = new Set<string>();
    const mayStay = async (row: RefusalRow): Promise<void> => {
      for (const name of names) {
        if (namesOneOf([name])(row)) stay.add(name);
        steps.goOn();
        await slices.next();
      }
    };
    const nobodyKnows = (): void => names.forEach((name) => stay.add(name));
    let named: RefusalRow[] = [];
    let dropped = 0;
    const dropNamed = async (): Promise<void> => {
      const failed = await this.refusals.drop(named);
      for (const row of failed) await mayStay(row);
      dropped += named.length - failed.length;
      named = [];
    };
    // Those of the site, and those without a site.
    for (const site of [key, null]) {
      try {
        for (const { rows, lost } of this.refusals.of(site)) {
          if (lost.length) nobodyKnows();
          for (const row of rows) {
            if (isNamed(row)) named.push(row);
            if (named.length === REFUSALS_PER_STEP) await dropNamed();
            steps.goOn();
            await slices.next();
          }
        }
      } catch (error) {
        // Both the table and its index have such a page.
        if (!isDamage(error)) throw error;
        nobodyKnows();
      }
    }
    await dropNamed();
    return { dropped, stay };
  }

  /** Removes their hits. @returns the people with hits that stay */
  async dropHits(onHits: OnHits): Promise<Set<string>> {
    const people = new Set<string>();
    for (const some of this.parts.erasing.hidden()) {
      const failed = await this.parts.steps.aroundDamage(some, (few) => this.dropHitsOf(few, onHits));
      for (const { person } of failed) people.add(person);
    }
    return people;
  }

  /** Removes the identities of people of whom nothing stays, with their names. @returns the numbers of the others */
  async dropIdentities(unremoved: Unremoved): Promise<{ withHits: Set<number>; inRefusals: Set<number> }> {
    const { steps, writer, erasing } = this.parts;
    const withHits = new Set<number>();
    const inRefusals = new Set<number>();
    for (const some of erasing.hidden()) {
      for (const { id, person } of some) {
        if (unremoved.withHits.has(person)) withHits.add(id);
        if (unremoved.inRefusals.has(person)) inRefusals.add(id);
      }
      const gone = some.filter(({ id }) => !withHits.has(id) && !inRefusals.has(id));
      const failed = await steps.aroundDamage(gone, (few) =>
        steps.each(few, IDENTITIES_PER_STEP, (fewer) => {
          const numbers = fewer.map(({ id }) => id);
          erasing.forget(numbers);
          writer.remains.rows('erasing', numbers);
        }),
      );
      for (const { id } of failed) withHits.add(id);
    }
    return { withHits, inRefusals };
  }

  private async dropHitsOf(some: readonly HiddenIdentity[], onHits: OnHits): Promise<void> {
    let dropped: [identity: number, count: number][] = [];
    const drop = (most: number): number => {
      dropped = [];
      let remaining = most;
      for (const { id } of some) {
        if (!remaining) break;
        const done = this.deletion.ofIdentity(id, remaining);
        dropped.push([id, done.dropped]);
        remaining -= done.looked;
      }
      return most - remaining;
    };
    await this.parts.steps.whileFull(HITS_PER_STEP, drop, () => {
      for (const [identity, count] of dropped) onHits(identity, count);
    });
  }
}
