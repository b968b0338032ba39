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

export interface RewriterParts {
  feed: Feed;
  database: ReportDatabase;
  disk: ReportDisk;
  names: Names;
  intervalMs: number;
  onChanged: () => void;
  onError: (error: unknown) => void;
}

/** Writes the file again if it contains values of removed people, or if many rows are not sorted. */
export class Rewriter {
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly parts: RewriterParts) {}

  beginIfDue(): void {
    if (this.running || this.closed || !this.isDue) return;
    this.running = this.rewrite()
      .catch((error: unknown) => {
        if (!(error instanceof Interrupted)) this.parts.onError(error);
      })
      .finally(() => (this.running = undefined));
  }

  /** Resolves when the file contains no values of removed people. */
  async rewritten(): Promise<void> {
    const { feed, intervalMs } = this.parts;
    while (feed.state.stale && !this.closed) {
      this.beginIfDue();
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
    const { feed } = this.parts;
    const { stale, unsorted, upto } = feed.state;
    return stale || (feed.isBuilt && unsorted > UNSORTED_ROWS && unsorted > UNSORTED_PART * upto);
  }

  private async rewrite(): Promise<void> {
    const { database, disk, names, onChanged } = this.parts;
    const { state } = this.parts.feed;
    if (!(await disk.hasSpaceToRewrite())) {
      // Deleting the reports frees space, and removes all values of removed people.
      if (state.stale)
        throw new UnusableReports('The disk has no space to write the file of reports without an erased person.');
      return;
    }
    const before = { ...state };
    try {
      await database.rewrite(async (connection) => {
        await fillFresh(connection, names.asked);
        // Removals from here on are for the next rewriting.
        Object.assign(before, state);
        state.stale = false;
        state.unsorted = 0;
      });
    } catch (error) {
      state.stale ||= before.stale;
      state.unsorted += before.unsorted;
      throw error;
    }
    onChanged();
  }
}
