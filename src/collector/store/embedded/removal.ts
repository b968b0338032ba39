import type { Erased } from '../../../protocol/api.js';
import { RemovalStopped } from '../model/removal-stopped.js';
import { Turns } from '../model/turns.js';
import type { Database, Statement } from '../sqlite/database.js';
import { isDamage } from '../sqlite/damage.js';
import { DiskFull } from '../sqlite/errors.js';
import type { LogTruncation } from '../sqlite/log-truncation.js';
import { NotDurable } from '../store.js';
import type { Durability } from './durability.js';
import { Erasing, type NamedIdentity } from './erasing.js';
import { Expiry } from './expiry.js';
import { HiddenPeople, type OnHits } from './hidden-people.js';
import { Hiding } from './hiding.js';
import { OldRefusals } from './old-refusals.js';
import type { SearchIndex } from './search-index.js';
import type { Steps } from './removal-steps.js';
import type { Wiping } from './wiping.js';
import type { EmbeddedWriter } from './writer.js';

/** The answer to a request to erase a person, and a line of the log, if something on a damaged page stays. */
class NotErased extends Error {
  readonly statusCode = 503;

  /** @param what could not be done */
  constructor(what: string) {
    super(
      `A database page of the store cannot be read, so ${what}. ` +
        'Export what can be read, and import it into a new folder on another disk.',
    );
  }
}

const NOT_HIDDEN = 'a person who is to be erased could not be hidden';
const HITS = 'some hits of an erased person could not be removed';
const REFUSALS = 'refused requests that may name an erased person could not be removed';

/** The pause before another attempt, when the disk was full or could not be synced. */
const RETRY_MS = 5000;

export interface RemovalParts {
  db: Database;
  writer: EmbeddedWriter;
  index: SearchIndex;
  steps: Steps;
  log: LogTruncation;
  wiping: Wiping;
  durability: Durability;
  onError: (error: unknown) => void;
  onNotice: (sentence: string) => void;
  /** Called when people were hidden without a request. */
  onHidden: () => void;
}

/**
 * Removes hits from the embedded store for good, a few at a time between the commits of arriving hits. Removed data
 * is overwritten with zeros (https://www.sqlite.org/pragma.html#pragma_secure_delete), and so are copies of it on other pages
 * (wiping.ts). Then the write-ahead log is truncated.
 * The store contains what is left to do, so a removal continues after a kill or a full disk.
 */
export class Removal {
  private readonly erasing: Erasing;
  private readonly expiry: Expiry;
  private readonly oldRefusals: OldRefusals;
  private readonly hiding: Hiding;
  private readonly hidden: HiddenPeople;
  private readonly turns = new Turns();
  private readonly personOf: Statement;
  private retry: NodeJS.Timeout | undefined;
  /** How many people are to be erased of whom something may be left, after the latest attempt. */
  unfinished = 0;

  constructor(private readonly parts: RemovalParts) {
    const { db } = parts;
    this.erasing = new Erasing(db);
    this.hiding = new Hiding({ ...parts, erasing: this.erasing });
    this.hidden = new HiddenPeople({ ...parts, erasing: this.erasing });
    this.expiry = new Expiry(parts);
    this.oldRefusals = new OldRefusals(parts);
    this.personOf = db.prepare(`
      SELECT i.id, i.identity, i.person FROM identities i JOIN sites s ON s.id = i.site WHERE s.key = ? AND i.identity = ?`);
  }

  /** @throws DiskFull if the disk is too full to hide the person, NotErased if a page that cannot be read may keep something */
  erase(key: string, identity: string): Promise<Erased | undefined> {
    return this.counting(async () => {
      // An earlier request may have hidden only some identities of the person.
      if (this.hiddenAs(key, identity).length) await this.hideUnfinished();
      const earlier = this.hiddenAs(key, identity);
      const asked = this.find(key, identity);
      if (!asked && !earlier.length) return this.eraseRefusals(key, identity);
      const hidden = [...earlier, ...(asked ? await this.hide(key, asked, asked.person) : [])];
      const erased: Erased = { identities: [...new Set(hidden.map(({ identity }) => identity))], hits: 0 };
      const theirs = new Set(hidden.map(({ id }) => id));
      // This also completes earlier removals, whose hits do not count for this person.
      const pending = await this.finish(
        (id, count) => (erased.hits += theirs.has(id) ? count : 0),
        (id) => theirs.has(id),
      );
      return pending ? { ...erased, pending } : erased;
    });
  }

  /** @param before Unix seconds */
  expire(site: number, before: number): Promise<number> {
    return this.turns.run(async () => {
      const { hits, identities } = await this.expiry.expire(site, before);
      if (hits || identities) await this.truncateLog();
      return hits;
    });
  }

  /** @param key null: those without a site @param before Unix seconds */
  expireRefusals(key: string | null, before: number): Promise<number> {
    return this.turns.run(async () => {
      const refusals = await this.oldRefusals.drop(key, before);
      if (refusals) await this.truncateLog();
      return refusals;
    });
  }

  /** Completes every removal that has begun. */
  resume(): void {
    const { onError } = this.parts;
    this.unfinished = this.erasing.people();
    this.counting(async () => {
      await this.hideUnfinished();
      if (this.erasing.isAnyHidden()) await this.finish();
    }).catch((error: unknown) => {
      if (error instanceof DiskFull) this.later();
      else if (!(error instanceof RemovalStopped)) onError(error);
    });
  }

  /** Stops. The next start does the rest. */
  async close(): Promise<void> {
    this.parts.steps.stop();
    this.parts.log.close();
    await this.turns.ended();
    // A removal that was running may have failed meanwhile, and would be tried again on a closed database.
    clearTimeout(this.retry);
  }

  /** Takes its turn with some work, and counts the unfinished erasures after it. */
  private counting<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.run(() => work().finally(() => (this.unfinished = this.erasing.people())));
  }

  /** Hides people of whom only some identities are hidden. One who cannot be hidden because of damage does not prevent the others. */
  private async hideUnfinished(): Promise<void> {
    const { onError, onHidden } = this.parts;
    const unfinished = this.erasing.unfinished();
    for (const { key, person, ...asked } of unfinished) {
      try {
        await this.hide(key, asked, person);
      } catch (error) {
        if (!(error instanceof NotErased)) throw error;
        onError(error);
      }
    }
    if (unfinished.length) onHidden();
  }

  /** Hides the person. If that fails, it is tried again later or after the next start. */
  private async hide(key: string, asked: NamedIdentity, person: number): Promise<NamedIdentity[]> {
    try {
      return await this.hiding.hide(key, asked, person);
    } catch (error) {
      if (error instanceof DiskFull || error instanceof NotDurable) this.later();
      this.parts.steps.ended();
      const isNoted = (): boolean => this.erasing.names().get(key)?.includes(asked.identity) ?? false;
      if (error instanceof RemovalStopped && !isNoted()) throw new RemovalStopped(false);
      throw isDamage(error) ? new NotErased(NOT_HIDDEN) : error;
    }
  }

  /** Removes refused requests with the name of somebody of whom nothing else is stored. @throws NotErased if some of them may stay */
  private async eraseRefusals(key: string, name: string): Promise<Erased | undefined> {
    const { dropped, stay } = await this.hidden
      .dropRefusalsNaming(key, [name])
      .catch((error: unknown) => {
        // This name is kept nowhere else.
        throw error instanceof RemovalStopped ? new RemovalStopped(false) : error;
      })
      .finally(() => this.parts.steps.ended());
    if (!dropped && !stay.size) return undefined;
    const isTruncated = !dropped || (await this.truncateLog());
    if (stay.size) throw new NotErased(REFUSALS);
    return { identities: [], hits: 0, refusals: dropped, ...(!isTruncated && { pending: ['log'] }) };
  }

  private find(key: string, identity: string): (NamedIdentity & { person: number }) | undefined {
    return orNotErased(NOT_HIDDEN, () => this.personOf.get(key, identity)) as
      (NamedIdentity & { person: number }) | undefined;
  }

  private hiddenAs(key: string, identity: string): NamedIdentity[] {
    return orNotErased(NOT_HIDDEN, () => this.erasing.hiddenAs(key, identity));
  }

  /**
   * Removes what is left of all hidden people.
   * @param onHits called with the hits that were removed
   * @param isAsked whether the caller asks about an identity
   * @returns what could not be done yet and is done later; undefined when everything is done
   * @throws NotErased if something of an identity that the caller asks about may stay
   */
  private async finish(
    onHits: OnHits = () => undefined,
    isAsked: (identity: number) => boolean = () => true,
  ): Promise<Erased['pending']> {
    let withHits: Set<number>;
    let inRefusals: Set<number>;
    const remaining: NonNullable<Erased['pending']> = ['refusals', 'hits', 'log'];
    try {
      const named = await this.hidden.dropRefusals();
      remaining.shift();
      const people = await this.hidden.dropHits(onHits);
      ({ withHits, inRefusals } = await this.hidden.dropIdentities({ withHits: people, inRefusals: named }));
      remaining.shift();
    } catch (error) {
      // A page with hidden identities or their names cannot be read.
      if (isDamage(error)) throw new NotErased(`${HITS}. The person is hidden`);
      if (!(error instanceof DiskFull)) throw error;
      this.parts.onNotice(
        'The disk is full. What is left of an erased person is hidden, and is removed as soon as there is space.',
      );
      this.later();
      return remaining;
    } finally {
      this.parts.steps.ended();
    }
    const isTruncated = await this.truncateLog();
    const stay = [...([...withHits].some(isAsked) ? [HITS] : []), ...([...inRefusals].some(isAsked) ? [REFUSALS] : [])];
    if (stay.length) throw new NotErased(`${stay.join(', and ')}. The person is hidden`);
    return isTruncated ? undefined : remaining;
  }

  /** @returns whether nothing is left in the write-ahead log and on other pages; if false, the rest is done later */
  private async truncateLog(): Promise<boolean> {
    const { log, onNotice, steps, wiping } = this.parts;
    if (await wiping.wipe()) {
      steps.ended();
      return true;
    }
    onNotice(
      'The write-ahead log still contains removed data, because another program, such as a backup, reads the store, or the disk is full. ' +
        'The log is emptied when that program has finished, or when there is space.',
    );
    log.later(this.onEmptied);
    return false;
  }

  private readonly onEmptied = (): void => {
    const { onError, onNotice } = this.parts;
    onNotice('The write-ahead log was emptied: it contains no removed data any more.');
    this.turns.run(() => this.truncateLog()).catch(onError);
  };

  private later(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.resume(), RETRY_MS).unref();
  }
}

/** @throws NotErased if the work fails because of damage */
function orNotErased<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isDamage(error) ? new NotErased(what) : error;
  }
}
