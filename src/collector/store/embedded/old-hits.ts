import { setImmediate as turn } from 'node:timers/promises';
import type { Database, Statement } from '../sqlite/database.js';
import { HitAges } from './hit-ages.js';
import { HitDeletion } from './hit-deletion.js';
import { newestHitIn } from './newest-hit.js';
import type { Steps } from './steps.js';
import type { EmbeddedWriter } from './writer.js';

/** Rows that one step looks through: some milliseconds, so that hits arriving meanwhile wait no longer. */
const ROWS_PER_STEP = 1000;
/** Hits in a range whose earliest time is remembered: this many may be read for one old hit. */
const HITS_OF_A_RANGE = 10_000;

interface OldHitsParts {
  db: Database;
  writer: EmbeddedWriter;
  steps: Steps;
}

/** What is removed. */
interface Task {
  site: number;
  /** Unix seconds. */
  before: number;
  /** The last row that is filed by identity. Numbers behind it may be given again after a start. */
  filed: number;
}

/** Rows that are looked through together. */
interface Range {
  behind: number;
  upto: number;
  /** Whether the earliest time is known of them, and of no others. */
  isKnown: boolean;
}

/** How far the range was read: its last row, and the hits that remain. */
interface Progress {
  last: number;
  remaining: number;
  oldest: number;
}

/** Hears which identities have lost hits. */
type OnDropped = (dropped: readonly { identity: number }[]) => void;

/** Removes the old hits of a site. The cost depends on the hits that are removed and that have arrived since the last time. */
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

  /** @param before Unix seconds */
  async drop(site: number, before: number, onDropped: OnDropped): Promise<void> {
    const newest = this.newest();
    const { filed } = this.filedRow.get() as { filed: number };
    for (let row = 0; ;) {
      row = await this.passYoung(site, before, row);
      if (row >= newest) return;
      const end = this.ages.endOfRange(site, row);
      const range = { behind: row, upto: end ?? newest, isKnown: end !== undefined };
      row = await this.dropOf(range, { site, before, filed }, onDropped);
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

  /** @returns the row after which it goes on */
  private async dropOf(range: Range, task: Task, onDropped: OnDropped): Promise<number> {
    const { site, before } = task;
    let progress: Progress = { last: range.behind, remaining: 0, oldest: Infinity };
    let next = progress;
    let dropped: readonly { identity: number }[] = [];
    const step = (most: number): number => {
      const looked = this.ages.countOld(site, before, progress.last, range.upto, most);
      const last = looked.rows < most ? range.upto : looked.last;
      dropped = looked.old ? this.deletion.olderThan(before, site, progress.last, last) : [];
      const remaining = progress.remaining + looked.rows - looked.old;
      next = { last, remaining, oldest: Math.min(progress.oldest, looked.oldest ?? Infinity) };
      const isAtEnd = last === range.upto || (!range.isKnown && remaining >= this.hitsOfARange);
      if (isAtEnd) this.rememberAge(range, next, task);
      return isAtEnd ? 0 : most;
    };
    await this.parts.steps.whileFull(ROWS_PER_STEP, step, () => {
      progress = next;
      onDropped(dropped);
    });
    // One that is empty now is the beginning of the next one.
    return range.isKnown && !progress.remaining ? range.behind : progress.last;
  }

  /** Part of the transaction that ends a range. */
  private rememberAge({ behind, isKnown }: Range, { last, remaining, oldest }: Progress, { site, filed }: Task): void {
    if (isKnown && !remaining) this.ages.joinToNext(site, behind, last);
    else if (isKnown || (remaining >= this.hitsOfARange && last <= filed))
      this.ages.remember(site, behind, last, oldest);
  }
}
