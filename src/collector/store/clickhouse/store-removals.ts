import type { Erased } from '../../../protocol/api.js';
import { RemovalStopped } from '../model/removal-stopped.js';
import { Turns } from '../model/turns.js';
import { isMissing } from './error-code.js';
import type { Forwarder } from './forwarder.js';
import { redact } from './redaction.js';
import type { Removal } from './removal.js';
import type { ReportFiller } from './report-filler.js';
import { RepeatedTasks, type Task } from './repeated-tasks.js';
import { isAboutRights } from './rights.js';
import type { Spool } from './spool.js';
import { Unavailable } from './unavailable.js';
import type { Erasure, ErasureRequest, Returning, Unfinished } from './unfinished.js';
import type { Upkeep } from './upkeep.js';

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
  private readonly repeated: RepeatedTasks;

  constructor(private readonly parts: StoreRemovalsParts) {
    const { spool, forwarder, upkeep, removal, onError } = parts;
    this.unfinished = parts.unfinished;
    this.repeated = new RepeatedTasks({
      tasks: () => this.tasks(),
      turns: this.turns,
      begin: async () => {
        const upto = spool.endOffset;
        await forwarder.flushed();
        await upkeep.ended();
        await removal.ready();
        return upto;
      },
      end: async () => void ((await spool.log.soon()) || spool.log.later()),
      onError,
    });
  }

  /** How many people are to be erased, with requests that are noted. */
  get unfinishedErasures(): number {
    return this.unfinished.erasures.length + this.unfinished.requests.length;
  }

  /** A request that fails is noted, and is carried out later: so its error says that nobody has to repeat it. */
  erase(key: string, identity: string): Promise<Erased | undefined> {
    const { spool, upkeep, forwarder, onNotice } = this.parts;
    return this.turns.run(async () => {
      let erased: Erased | undefined;
      try {
        const upto = spool.endOffset;
        await forwarder.flushed();
        // A shortcut that is being inserted would bring back an erased identity.
        await upkeep.ended();
        erased = await this.begin({ key, identity });
        if (!erased) return undefined;
        // Only this one: an earlier one that fails must not keep it from being answered.
        await this.finishErasure({ key, identities: identitiesOf(erased, identity) }, upto);
      } catch (error) {
        throw this.continuing(error, erased ? undefined : { key, identity });
      }
      if (await spool.log.soon()) return erased;
      onNotice(
        'The write-ahead log of the spool still contains removed data, because another program reads the spool. The log is emptied when ' +
          'that program has finished.',
      );
      spool.log.later(this.onEmptied);
      return { ...erased, pending: ['log'] };
    });
  }

  private readonly onEmptied = (): void =>
    this.parts.onNotice('The write-ahead log of the spool was emptied: it contains no removed data any more.');

  expire(key: string, before: number): Promise<number> {
    const { spool, forwarder, filler, removal, upkeep } = this.parts;
    return this.turns.run(async () => {
      await forwarder.flushed();
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
        if (this.unfinished.returning.length) this.repeated.later();
        else if (this.unfinished.areNamesInLog) {
          this.unfinished.areNamesInLog = false;
          if (!spool.log.attempt()) spool.log.later();
        }
      }
    });
  }

  /** @param key null: those without a site */
  expireRefusals(key: string | null, before: number): Promise<number> {
    const { forwarder, removal } = this.parts;
    return this.turns.run(async () => {
      await forwarder.flushed();
      return removal.expireRefusals(key, before);
    });
  }

  /** Continues removals that were interrupted by a kill, or that ClickHouse did not complete, and begins those that are noted. */
  resume(): void {
    this.repeated.attempt();
  }

  /** Stops waiting. ClickHouse completes by itself what has begun, and the next start the rest. */
  stop(): void {
    this.repeated.stop();
    this.parts.removal.stop();
  }

  async ended(): Promise<void> {
    await this.turns.ended();
  }

  /** What is left to do. Work in reports comes first, since their answers are wrong until it is done. */
  private tasks(): Task[] {
    const { erasures, requests, returning } = this.unfinished;
    return [
      ...returning.map((one) => {
        const { key, identities } = one;
        return { id: JSON.stringify(['return', key, identities]), run: () => this.finishReturn(one) };
      }),
      ...erasures.map((erasure) => ({
        id: JSON.stringify(['erasure', erasure]),
        run: (upto: number) => this.finishErasure(erasure, upto),
      })),
      ...requests.map((request) => ({
        id: JSON.stringify(['request', request]),
        // Then it is one of the erasures.
        run: async () => void (await this.begin(request)),
      })),
    ];
  }

  /** Begins to erase a person. @returns what will be removed; undefined for an unknown identity */
  private async begin(request: ErasureRequest): Promise<Erased | undefined> {
    const { spool, removal, upkeep } = this.parts;
    const { key, identity } = request;
    const erased = await removal.find(key, identity);
    if (erased) {
      const identities = identitiesOf(erased, identity);
      upkeep.large.forget(key, identities);
      this.unfinished.beginErasure({ key, identities });
    }
    // The name of a person who is erased stays in the log until the removal is done.
    if (this.unfinished.endRequest(request) && !erased && !spool.log.attempt()) spool.log.later();
    return erased;
  }

  /** @param request to be noted, if its erasure has not begun @returns the error for who has asked, which says what follows */
  private continuing(error: unknown, request: ErasureRequest | undefined): unknown {
    let follows = continuationAfter(error);
    try {
      if (request) this.unfinished.noteRequest(request);
    } catch (unnoted) {
      this.parts.onError(unnoted);
      if (error instanceof RemovalStopped) return new RemovalStopped(false);
      follows = NOT_NOTED;
    }
    this.repeated.later();
    if (follows === '' || !hasStatus(error)) return error;
    // Not by changing it: several statements may wait for the same answer, and have the same error.
    return Object.assign(new Error(`${error.message}${follows}`, { cause: error }), { statusCode: error.statusCode });
  }

  /** Copies hits into reports that an interrupted removal has left out. */
  private async finishReturn(one: Returning): Promise<void> {
    const { filler, removal } = this.parts;
    await removal.ready();
    await filler.alone(() => removal.finishReturn(one));
  }

  /** Completes an erasure that was begun. @param upto the offset up to which the spool was forwarded before */
  private async finishErasure({ key, identities }: Erasure, upto: number): Promise<void> {
    const { spool, forwarder, filler, removal } = this.parts;
    // First, since a restart of ClickHouse may be noticed at any moment. Then the hits in the spool are sent once more.
    await redact(spool, key, identities, upto);
    // Hits that are sent once more may have been read from the spool before.
    await forwarder.flushed();
    // Reports are filled meanwhile.
    await removal.ready();
    await filler.alone(() => removal.erase(key, identities));
    // Hits that have arrived meanwhile.
    await redact(spool, key, identities, spool.forwardedOffset);
    this.unfinished.endErasure({ key, identities });
  }
}

/** The identities that an erasure removes: a person without hits may still be named in refused requests. */
const identitiesOf = ({ identities }: Erased, identity: string): string[] =>
  identities.length ? identities : [identity];

const NOT_NOTED = ' kmq could not note this request: send it again.';

/** What follows after a failed removal, for whoever has asked; '' if the error itself says so. */
function continuationAfter(error: unknown): string {
  if (isAboutRights(error)) return ' As soon as the user may do this, kmq erases the person by itself.';
  if (error instanceof Unavailable || isMissing(error))
    return ' There is no need to ask again: kmq has noted this request, and erases the person by itself.';
  return '';
}

const hasStatus = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error && 'statusCode' in error;
