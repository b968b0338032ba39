import { setTimeout as wait } from 'node:timers/promises';
import { Interrupted, type ReportDatabase } from './database.js';
import type { ReportDisk } from './disk.js';
import { UnusableReports } from './unusable-reports.js';
import type { Feed } from './feed.js';
import { fillFresh } from './fresh-file.js';
import type { Names } from './names.js';

/** The file is written again if more rows than this are not sorted, and also more than this part of all rows. */
const UNSORTED_ROWS = 500_000;
const UNSORTED_PART = 0.2;
/**
 * How long values of hits that `retention` has removed may stay in the file. Retention removes some hits each hour, and writing the
 * file again costs time for all others.
 */
const EXPIRED_STAY_MS = 24 * 3600 * 1000;

export interface RewriterParts {
  feed: Feed;
  database: ReportDatabase;
  disk: ReportDisk;
  names: Names;
  intervalMs: number;
  /** Shorter in tests. */
  expiredStayMs?: number | undefined;
  onChanged: () => void;
  onError: (error: unknown) => void;
}

/** Writes the file again if it contains values of removed people or hits, or if many rows are not sorted. */
export class Rewriter {
  private running: Promise<void> | undefined;
  private closed = false;
  /** Since when there are values of removed hits in the file, by `performance.now()`. */
  private staleSince: number | undefined;
  /** Whether they must leave the file now, since they are those of an erased person. */
  private urgent: boolean;

  constructor(private readonly parts: RewriterParts) {
    // After a start nobody knows whose values they are.
    this.urgent = parts.feed.state.stale;
  }

  /** Call it after a removal that left values in the file. */
  removed(): void {
    this.staleSince ??= performance.now();
    this.beginIfDue();
  }

  /** Call it when a person was removed: then no value of a removed hit may stay in the file. */
  hurry(): void {
    if (!this.parts.feed.state.stale) return;
    this.urgent = true;
    this.beginIfDue();
  }

  beginIfDue(): void {
    if (this.running || this.closed || !this.isDue) return;
    this.running = this.rewrite()
      .catch((error: unknown) => {
        if (!(error instanceof Interrupted)) this.parts.onError(error);
      })
      .finally(() => (this.running = undefined));
  }

  /** Resolves when the file contains no values of removed people, or when this is closed. */
  async rewritten(): Promise<void> {
    const { feed, intervalMs } = this.parts;
    while (feed.state.stale && !this.closed) {
      this.hurry();
      await this.running;
      if (feed.state.stale) await wait(intervalMs);
    }
  }

  /** Resolves when the current rewriting has ended. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private get isDue(): boolean {
    const { feed, expiredStayMs = EXPIRED_STAY_MS } = this.parts;
    const { stale, unsorted, upto } = feed.state;
    if (stale && (this.urgent || performance.now() - this.staleSince! >= expiredStayMs)) return true;
    return feed.isBuilt && unsorted > UNSORTED_ROWS && unsorted > UNSORTED_PART * upto;
  }

  private async rewrite(): Promise<void> {
    const { database, disk, names, onChanged } = this.parts;
    const { state } = this.parts.feed;
    if (!(await disk.hasSpaceToRewrite())) {
      // Deleting the reports frees space, and removes all values of removed people.
      if (this.urgent)
        throw new UnusableReports('The disk has no space to write the file of reports without an erased person.');
      return;
    }
    const { urgent, staleSince } = this;
    /** What was taken from the state, and goes back to it if the file is not replaced. */
    const taken = { stale: false, unsorted: 0 };
    try {
      await database.rewrite(async (connection) => {
        await fillFresh(connection, names.asked);
        // Removals from here on are for the next rewriting.
        Object.assign(taken, { stale: state.stale, unsorted: state.unsorted });
        state.stale = false;
        state.unsorted = 0;
        this.urgent = false;
        this.staleSince = undefined;
      });
    } catch (error) {
      state.stale ||= taken.stale;
      state.unsorted += taken.unsorted;
      this.urgent ||= urgent;
      this.staleSince = staleSince ?? this.staleSince;
      throw error;
    }
    onChanged();
  }
}
