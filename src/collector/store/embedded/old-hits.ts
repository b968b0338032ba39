import { setImmediate as turn } from 'node:timers/promises';
import { NotedDamage } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { HitAges, type LastTime, type RowsLookedAt } from './hit-ages.js';
import { HitDeletion } from './hit-deletion.js';
import { newestHitIn } from './newest-hit.js';
import { KEPT_BY_DAMAGE, type Steps } from './removal-steps.js';
import type { EmbeddedWriter } from './writer.js';

/** Rows that one step looks through. Arriving hits wait for it, some milliseconds. */
const ROWS_PER_STEP = 1000;
/** How many hits a range has. Its earliest time is stored. To find one old hit, all hits of its range are read. */
const HITS_OF_A_RANGE = 10_000;
const NEVER_BEFORE: LastTime = { before: 0, newest: 0 };
/** The earliest time of a range in which only old aliases are left. */
const NEVER = Number.MAX_SAFE_INTEGER;

interface OldHitsParts {
  db: Database;
  writer: EmbeddedWriter;
  steps: Steps;
}

/** No rows. */
const NOTHING: RowsLookedAt = { rows: 0, last: 0, old: 0, hasOldAliases: false, oldest: null };

/** The hits to remove. */
interface Task {
  site: number;
  /** Unix seconds. */
  before: number;
  since: LastTime;
  /** The last row that is filed by identity. Higher numbers may be used again after a start. */
  filed: number;
}

/** Rows that are looked through together. */
interface Range {
  behind: number;
  upto: number;
  /** Whether there is a stored range of exactly these rows. */
  isKnown: boolean;
}

/** The progress in a range: the last row that was read, and the hits that remain. */
interface Progress {
  last: number;
  remaining: number;
  oldest: number;
}

interface HasIdentity {
  identity: number;
}

/** What retention has done with some rows. */
export interface Passed {
  /** The hits that were removed. */
  dropped: readonly HasIdentity[];
  /** The aliases that are too old now, and were not the last time. They stay as long as their person. */
  aliases: readonly HasIdentity[];
}

type OnPassed = (passed: Passed) => void;

/**
 * Removes the old events and properties of a site, and finds its old aliases. An alias says which identities are one person, so it
 * stays as long as that person: without it an export would have two people.
 * The cost depends on the hits that are removed and that have arrived since the last time.
 */
export class OldHits {
  private readonly ages: HitAges;
  private readonly deletion: HitDeletion;
  private readonly newest: () => number;
  private readonly filedRow: Statement;

  constructor(
    private readonly parts: OldHitsParts,
    private readonly hitsOfARange = HITS_OF_A_RANGE,
  ) {
    const { db, writer } = parts;
    this.ages = new HitAges(db);
    this.deletion = new HitDeletion(db, writer);
    this.newest = newestHitIn(db);
    this.filedRow = db.prepare('SELECT filed FROM filing');
  }

  /**
   * @param before Unix seconds
   * @param since the result of the last time; undefined if all old aliases are to be found
   */
  async drop(site: number, before: number, since: LastTime | undefined, onPassed: OnPassed): Promise<LastTime> {
    const newest = this.newest();
    const { filed } = this.filedRow.get() as { filed: number };
    for (let row = 0; ;) {
      row = await this.passYoung(site, before, row);
      if (row >= newest) return { before, newest };
      const end = this.ages.endOfRange(site, row);
      const range = { behind: row, upto: end ?? newest, isKnown: end !== undefined };
      row = await this.dropOf(range, { site, before, since: since ?? NEVER_BEFORE, filed }, onPassed);
    }
  }

  private async passYoung(site: number, before: number, row: number): Promise<number> {
    for (let last = row; ;) {
      const next = this.ages.passYoung(site, before, last);
      if (next === last) return last;
      last = next;
      this.parts.steps.goOn();
      await turn();
    }
  }

  /** @returns the row after which to continue */
  private async dropOf(range: Range, task: Task, onPassed: OnPassed): Promise<number> {
    const { site, before, since } = task;
    let progress: Progress = { last: range.behind, remaining: 0, oldest: Infinity };
    let next = progress;
    let passed: Passed = { dropped: [], aliases: [] };
    const step = (most: number): number => {
      const isLeft = progress.last < range.upto;
      const looked = isLeft ? this.ages.countOld(site, before, progress.last, range.upto, most) : NOTHING;
      const last = looked.rows < most ? range.upto : looked.last;
      passed = {
        dropped: looked.old ? this.deletion.olderThan(before, site, progress.last, last) : [],
        aliases: looked.hasOldAliases ? this.ages.oldAliases(site, before, progress.last, last, since) : [],
      };
      const remaining = progress.remaining + looked.rows - looked.old;
      next = { last, remaining, oldest: Math.min(progress.oldest, looked.oldest ?? Infinity) };
      const isAtEnd = last === range.upto || (!range.isKnown && remaining >= this.hitsOfARange);
      if (isAtEnd) this.rememberAge(range, next, task);
      return isAtEnd ? 0 : most;
    };
    const done = (): void => {
      progress = next;
      onPassed(passed);
    };
    const pass = (error: unknown): void => {
      if (progress.last === range.upto) throw error;
      this.parts.writer.onDamage(new NotedDamage(KEPT_BY_DAMAGE, { cause: error }));
      const following = this.ages.next(site, progress.last) ?? progress.last + ROWS_PER_STEP;
      // Nobody knows how old it is, so this range will be read each time.
      progress = { last: Math.min(following, range.upto), remaining: progress.remaining + 1, oldest: 0 };
    };
    await this.parts.steps.whileFull(ROWS_PER_STEP, step, done, pass);
    // A range without hits becomes the beginning of the next range.
    return range.isKnown && !progress.remaining ? range.behind : progress.last;
  }

  /** Stores the earliest time of a range; part of the transaction that ends the range. */
  private rememberAge({ behind, isKnown }: Range, { last, remaining, oldest }: Progress, { site, filed }: Task): void {
    if (isKnown && !remaining) this.ages.joinToNext(site, behind, last);
    else if (isKnown || (remaining >= this.hitsOfARange && last <= filed))
      this.ages.remember(site, behind, last, Math.min(oldest, NEVER));
  }
}
