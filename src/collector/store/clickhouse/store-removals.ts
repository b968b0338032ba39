import type { Erased } from '../../../protocol/api.js';
import { Turns } from '../model/turns.js';
import type { Forwarder } from './forwarder.js';
import { redact } from './redaction.js';
import type { Removal } from './removal.js';
import type { ReportFiller } from './report-filler.js';
import { isAboutRights } from './rights.js';
import type { Spool } from './spool.js';
import type { Unfinished } from './unfinished.js';
import { isUnreachable } from './unavailable.js';
import type { Upkeep } from './upkeep.js';

/** The pause before another attempt at a removal, if ClickHouse was not reachable or did not complete it. */
const RETRY_MS = 5000;

export interface StoreRemovalsParts {
  spool: Spool;
  forwarder: Forwarder;
  filler: ReportFiller;
  removal: Removal;
  upkeep: Upkeep;
  unfinished: Unfinished;
  onError: (error: unknown) => void;
  onNotice: (sentence: string) => void;
}

/** Removes people and old hits from ClickHouse and from the spool, one removal after the other. A removal that has begun is completed later if it fails. */
export class StoreRemovals {
  private readonly turns = new Turns();
  private readonly unfinished: Unfinished;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;
  /** The last message about a removal that does not succeed. */
  private said = '';

  constructor(private readonly parts: StoreRemovalsParts) {
    this.unfinished = parts.unfinished;
  }

  erase(key: string, identity: string): Promise<Erased | undefined> {
    const { spool, forwarder, removal, upkeep, onNotice } = this.parts;
    return this.turns.run(async () => {
      const upto = spool.endOffset;
      await forwarder.flushed();
      // A shortcut that is being inserted would bring back an erased identity.
      await upkeep.ended();
      const erased = await removal.find(key, identity);
      if (!erased) return undefined;
      upkeep.large.forget(key, erased.identities);
      this.unfinished.beginErasure({ key, identities: erased.identities });
      try {
        await this.finishErasures(upto);
      } catch (error) {
        this.later();
        if (isAboutRights(error))
          (error as Error).message += ' As soon as the user may do this, kmq erases the person by itself.';
        throw error;
      }
      if (await spool.log.soon()) return erased;
      onNotice(
        'The write-ahead log of the spool still contains removed data, because another program reads the spool. The log is emptied when ' +
          'that program has finished.',
      );
      spool.log.later(() =>
        onNotice('The write-ahead log of the spool was emptied: it contains no removed data any more.'),
      );
      return { ...erased, pending: ['log'] };
    });
  }

  expire(key: string, before: number): Promise<number> {
    const { spool, forwarder, filler, removal, upkeep } = this.parts;
    return this.turns.run(async () => {
      await forwarder.flushed();
      await this.finishReturn();
      await removal.ready();
      const isLeft = this.unfinished.expiries.includes(key);
      this.unfinished.beginExpiry(key);
      try {
        const hits = await filler.alone(() => removal.expire(key, before, isLeft));
        this.unfinished.endExpiry(key);
        // Some large people may be gone. They are looked up again with their next alias.
        if (hits) upkeep.large.clear();
        return hits;
      } finally {
        if (this.unfinished.returning) this.later();
        else if (this.unfinished.areNamesInLog) {
          this.unfinished.areNamesInLog = false;
          if (!spool.log.attempt()) spool.log.later();
        }
      }
    });
  }

  /** Continues removals that were interrupted by a kill, or because ClickHouse did not complete them. */
  resume(): void {
    const { spool, forwarder, upkeep } = this.parts;
    if (!this.unfinished.erasures.length && !this.unfinished.returning) return;
    this.turns
      .run(async () => {
        const upto = spool.endOffset;
        await forwarder.flushed();
        await upkeep.ended();
        await this.finishErasures(upto);
        this.said = '';
        if (!(await spool.log.soon())) spool.log.later();
      })
      .catch((error: unknown) => {
        this.tell(error);
        this.later();
      });
  }

  /** Stops waiting. ClickHouse completes by itself what has begun, and the next start the rest. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    this.parts.removal.stop();
  }

  async ended(): Promise<void> {
    await this.turns.ended();
  }

  /** Copies hits into reports that an interrupted removal has left out. */
  private async finishReturn(): Promise<void> {
    const { filler, removal } = this.parts;
    if (!this.unfinished.returning) return;
    await removal.ready();
    await filler.alone(() => removal.finishReturn());
  }

  /** Completes the erasures that were begun. @param upto the offset up to which the spool was forwarded before */
  private async finishErasures(upto: number): Promise<void> {
    const { spool, forwarder, filler, removal } = this.parts;
    await this.finishReturn();
    for (const { key, identities } of this.unfinished.erasures) {
      // First, since a restart of ClickHouse may be noticed at any moment. Then the hits in the spool are sent once more.
      await redact(spool, key, identities, upto);
      // Hits that are sent once more may have been read from the spool before.
      await forwarder.flushed();
      // Reports are filled meanwhile.
      await removal.ready();
      await filler.alone(() => removal.erase(key, identities));
      // Hits that have arrived meanwhile.
      await redact(spool, key, identities, spool.forwardedOffset);
      this.unfinished.endErasure();
    }
  }

  /** Once for each cause. That ClickHouse is not reachable is reported by the forwarder. */
  private tell(error: unknown): void {
    const { message } = error as Error;
    if (this.stopped || isUnreachable(error) || message === this.said) return;
    this.said = message;
    this.parts.onError(error);
  }

  private later(): void {
    clearTimeout(this.retry);
    if (!this.stopped) this.retry = setTimeout(() => this.resume(), RETRY_MS).unref();
  }
}
