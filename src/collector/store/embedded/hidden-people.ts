import { Slices } from '../model/slices.js';
import { isDamage } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { NOWHERE, type Erasing, type NamedIdentity } from './erasing.js';
import { HitDeletion } from './hit-deletion.js';
import type { Steps } from './removal-steps.js';
import type { EmbeddedWriter } from './writer.js';

/** Hits that one transaction removes: some milliseconds, so that hits arriving meanwhile wait no longer. */
const HITS_PER_STEP = 1000;
/** Identities that one transaction removes. */
const IDENTITIES_PER_STEP = 50;
/** Refused requests that one transaction removes. */
const REFUSALS_PER_STEP = 50;

/** Called with the number of an identity, and how many of its hits were removed. */
export type OnHits = (identity: number, count: number) => void;

interface HiddenPeopleParts {
  db: Database;
  writer: EmbeddedWriter;
  steps: Steps;
  erasing: Erasing;
}

/** Removes what the store still has of hidden people: first refused requests with their names, then identities with their hits. */
export class HiddenPeople {
  private readonly deletion: HitDeletion;
  private readonly detached: Statement;
  private readonly isDetached: Statement;
  private readonly dropIdentity: Statement;

  constructor(private readonly parts: HiddenPeopleParts) {
    const { db, writer } = parts;
    this.deletion = new HitDeletion(db, writer);
    this.isDetached = db.prepare(`SELECT 1 FROM identities WHERE site = ${NOWHERE}`);
    this.detached = db.prepare(`
      SELECT id, identity FROM identities WHERE site = ${NOWHERE} AND identity > ? ORDER BY identity LIMIT ${IDENTITIES_PER_STEP}`);
    this.dropIdentity = db.prepare('DELETE FROM identities WHERE id = ?');
  }

  /** Whether the store still has something of them. */
  isAnythingLeft(): boolean {
    return this.parts.erasing.names().size > 0 || this.isDetached.get() !== undefined;
  }

  /** Removes refused requests that contain their names, and then the names. */
  async dropNames(): Promise<void> {
    const { steps, writer, erasing } = this.parts;
    for (const [key, names] of erasing.names()) {
      const slices = new Slices();
      let named: number[] = [];
      for (const { id, isNamed } of erasing.refusals(key, names)) {
        if (isNamed) named.push(id);
        if (named.length === REFUSALS_PER_STEP) {
          await this.dropRefusals(named);
          named = [];
        }
        steps.goOn();
        await slices.next();
      }
      await this.dropRefusals(named);
    }
    await steps.whileFull(IDENTITIES_PER_STEP, (most) => {
      const forgotten = erasing.forget(most);
      writer.remains.rows('erasing', forgotten);
      return forgotten.length;
    });
  }

  /**
   * Removes their identities, each after its hits. Those with hits on or beside a page that cannot be read stay hidden, so that they
   * do not prevent the removal of other people.
   * @returns the numbers of the identities that stay
   */
  async dropIdentities(onHits: OnHits): Promise<Set<number>> {
    const stay = new Set<number>();
    for (let last = ''; ;) {
      const some = this.detached.all(last) as NamedIdentity[];
      if (!some.length) return stay;
      last = some.at(-1)!.identity;
      if (await this.dropSome(some, onHits)) continue;
      for (const one of some) if (!(await this.dropSome([one], onHits))) stay.add(one.id);
    }
  }

  /** @returns false if a page cannot be read */
  private async dropSome(some: readonly NamedIdentity[], onHits: OnHits): Promise<boolean> {
    const { steps } = this.parts;
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
    try {
      await steps.whileFull(HITS_PER_STEP, drop, () => {
        for (const [identity, count] of dropped) onHits(identity, count);
      });
      await steps.each(some, IDENTITIES_PER_STEP, (few) => few.forEach(({ id }) => this.dropIdentity.run(id)));
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return false;
    }
  }

  private dropRefusals(ids: readonly number[]): Promise<void> {
    const { steps, writer, erasing } = this.parts;
    return steps.each(ids, REFUSALS_PER_STEP, (few) => {
      erasing.dropRefusals(few);
      writer.remains.rows('refusals', few);
    });
  }
}
