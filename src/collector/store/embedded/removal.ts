import { setImmediate as turn } from 'node:timers/promises';
import type { Erased } from '../../../protocol/api.js';
import { Slices } from '../model/slices.js';
import { Turns } from '../model/turns.js';
import type { Database, Statement } from '../sqlite/database.js';
import { DiskFull } from '../sqlite/errors.js';
import type { LogTruncation } from '../sqlite/log-truncation.js';
import { NotDurable } from '../store.js';
import type { Durability } from './durability.js';
import { Erasing, type NamedIdentity } from './erasing.js';
import { Expiry } from './expiry.js';
import { HitDeletion } from './hit-deletion.js';
import type { SearchIndex } from './search-index.js';
import { siteNumbers } from './sites.js';
import { Steps } from './steps.js';
import type { Wiping } from './wiping.js';
import type { EmbeddedWriter } from './writer.js';

/** Hits that one transaction removes: some milliseconds, so that hits arriving meanwhile wait no longer. */
const HITS_PER_STEP = 1000;
/** Identities that one transaction hides or removes, with their trigrams. */
const IDENTITIES_PER_STEP = 50;
/** Refused requests that one transaction removes. */
const REFUSALS_PER_STEP = 50;
/** The pause before another attempt, when the disk was full. */
const RETRY_MS = 5000;

/** The number that stands for no site and no person, for identities that are being erased. */
const NOWHERE = 0;

/** Called with the number of an identity, and how many of its hits were removed. */
type OnHits = (identity: number, count: number) => void;

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
}

/**
 * Removes hits from the embedded store for good, a few at a time between the commits of arriving hits. Removed data
 * is overwritten with zeros (https://www.sqlite.org/pragma.html#pragma_secure_delete), and so are copies of it on other pages
 * (wiping.ts). Then the log is truncated.
 * The store contains what is left to do, so a removal continues after a kill or a full disk.
 */
export class Removal {
  private readonly erasing: Erasing;
  private readonly expiry: Expiry;
  private readonly deletion: HitDeletion;
  private readonly turns = new Turns();
  private readonly personOf: Statement;
  private readonly identitiesOf: Statement;
  private readonly detach: Statement;
  private readonly detached: Statement;
  private readonly dropIdentity: Statement;
  private readonly site: (key: string) => number;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly parts: RemovalParts) {
    const { db } = parts;
    this.erasing = new Erasing(db);
    this.deletion = new HitDeletion(db, parts.writer);
    this.expiry = new Expiry(parts);
    this.personOf = db.prepare(`
      SELECT i.id, i.identity, i.person FROM identities i JOIN sites s ON s.id = i.site WHERE s.key = ? AND i.identity = ?`);
    this.identitiesOf = db.prepare(
      `SELECT id, identity FROM identities WHERE person = ? AND id > ? ORDER BY id LIMIT ${IDENTITIES_PER_STEP}`,
    );
    this.detach = db.prepare(`
      UPDATE identities SET site = ${NOWHERE}, identity = '#' || id, person = ${NOWHERE}, last_seen = NULL, period = 0
      WHERE id = ?`);
    this.detached = db.prepare(`SELECT id FROM identities WHERE site = ${NOWHERE} LIMIT ${IDENTITIES_PER_STEP}`);
    this.dropIdentity = db.prepare('DELETE FROM identities WHERE id = ?');
    this.site = siteNumbers(db);
  }

  /** @throws DiskFull if the disk is too full to hide the person */
  erase(key: string, identity: string): Promise<Erased | undefined> {
    return this.turns.run(async () => {
      const asked = this.personOf.get(key, identity) as (NamedIdentity & { person: number }) | undefined;
      if (!asked) return undefined;
      const hidden = await this.hide(key, asked, asked.person);
      const erased: Erased = { identities: hidden.map(({ identity }) => identity), hits: 0 };
      const theirs = new Set(hidden.map(({ id }) => id));
      // This also completes earlier removals, whose hits do not count for this person.
      const pending = await this.finish((id, count) => (erased.hits += theirs.has(id) ? count : 0));
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

  /** Completes every removal that has begun. */
  resume(): void {
    const { onError } = this.parts;
    this.turns
      .run(async () => {
        for (const { key, person, ...asked } of this.erasing.unfinished()) await this.hide(key, asked, person);
        if (this.erasing.names().size || this.detached.get()) await this.finish();
      })
      .catch((error: unknown) => {
        if (error instanceof DiskFull) this.later();
        else onError(error);
      });
  }

  /** Stops. The next start does the rest. */
  async close(): Promise<void> {
    clearTimeout(this.retry);
    this.parts.steps.stop();
    this.parts.log.close();
    await this.turns.ended();
  }

  /**
   * Hides the person, some identities at a time. The identity of the request is hidden last, and is remembered from the
   * beginning, so that a start after a kill continues.
   * @returns the identities, oldest first
   */
  private async hide(key: string, asked: NamedIdentity, person: number): Promise<NamedIdentity[]> {
    const { steps, writer, index } = this.parts;
    const site = this.site(key);
    const hide = (some: readonly NamedIdentity[]): Promise<void> =>
      steps.each(some, IDENTITIES_PER_STEP, (few) => {
        for (const one of [asked, ...few]) this.erasing.add(key, one);
        // FTS5 buffers its writes as long as nothing else is written.
        for (const { id, identity } of few) index.forget(id, identity);
        for (const { id } of few) this.detach.run(id);
        writer.remains.identities(few.map((one) => ({ ...one, site })));
        // The next hit must not be stored under a hidden identity.
        writer.forgetIdentities();
      });

    const identities: NamedIdentity[] = [];
    for (let last = 0; ;) {
      const some = this.identitiesOf.all(person, last) as NamedIdentity[];
      if (!some.length) break;
      identities.push(...some);
      last = some.at(-1)!.id;
      await turn();
    }
    const others = identities.filter(({ id }) => id !== asked.id);
    const first = Math.max(0, others.length - (IDENTITIES_PER_STEP - 1));
    try {
      await hide(others.slice(0, first));
      await hide([...others.slice(first), asked]);
      // The answer may say that the rest follows later, so this must survive a power failure.
      await this.parts.durability.committed();
    } catch (error) {
      if (error instanceof DiskFull || error instanceof NotDurable) this.later();
      this.parts.steps.ended();
      throw error;
    }
    return identities;
  }

  /**
   * Removes what is left of all hidden people.
   * @param onHits called with the hits that were removed
   * @returns what could not be done yet and is done later; undefined when everything is done
   */
  private async finish(onHits: OnHits = () => undefined): Promise<Erased['pending']> {
    const remaining: NonNullable<Erased['pending']> = ['refusals', 'hits', 'log'];
    try {
      await this.dropNames();
      remaining.shift();
      await this.dropDetached(onHits);
      remaining.shift();
    } catch (error) {
      if (!(error instanceof DiskFull)) throw error;
      this.parts.onNotice(
        'The disk is full. The rest of an erased person is hidden, and is removed as soon as there is space.',
      );
      this.later();
      return remaining;
    } finally {
      this.parts.steps.ended();
    }
    return (await this.truncateLog()) ? undefined : remaining;
  }

  /** Removes refused requests that contain their names, and then the names. */
  private async dropNames(): Promise<void> {
    const { steps, writer } = this.parts;
    for (const [key, names] of this.erasing.names()) {
      const slices = new Slices();
      let named: number[] = [];
      for (const { id, isNamed } of this.erasing.refusals(key, names)) {
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
      const forgotten = this.erasing.forget(most);
      writer.remains.rows('erasing', forgotten);
      return forgotten.length;
    });
  }

  private dropRefusals(ids: readonly number[]): Promise<void> {
    return this.parts.steps.each(ids, REFUSALS_PER_STEP, (few) => {
      this.erasing.dropRefusals(few);
      this.parts.writer.remains.rows('refusals', few);
    });
  }

  private async dropDetached(onHits: OnHits): Promise<void> {
    const { steps } = this.parts;
    for (;;) {
      const some = this.detached.all() as { id: number }[];
      if (!some.length) return;
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
      await steps.whileFull(HITS_PER_STEP, drop, () => {
        for (const [identity, count] of dropped) onHits(identity, count);
      });
      await steps.each(some, IDENTITIES_PER_STEP, (few) => few.forEach(({ id }) => this.dropIdentity.run(id)));
    }
  }

  /** @returns whether nothing is left in the log and on other pages; if false, the rest is done later */
  private async truncateLog(): Promise<boolean> {
    const { log, onError, onNotice, steps, wiping } = this.parts;
    if (await wiping.wipe()) {
      steps.ended();
      return true;
    }
    onNotice(
      'The write-ahead log still contains removed data, because another program, such as a backup, reads the store. The log is emptied ' +
        'when that program has finished.',
    );
    log.later(() => {
      onNotice('The write-ahead log was emptied: it contains no removed data any more.');
      this.turns.run(() => this.truncateLog()).catch(onError);
    });
    return false;
  }

  private later(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.resume(), RETRY_MS).unref();
  }
}
