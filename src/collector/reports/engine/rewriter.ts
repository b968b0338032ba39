import { setTimeout as wait } from 'node:timers/promises';
import { Interrupted, type ReportDatabase } from './database.js';
import type { ReportDisk } from './disk.js';
import { UnusableReports } from './unusable-reports.js';
import type { Feed } from './feed.js';
import { fillFresh } from './fresh-file.js';
import type { Names } from './names.js';

/** Rows in the order of their arrival for which the file is not written anew, and the part of all rows from which on it is. */
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

/** Has the file written anew when values of somebody who was removed are in it, or when many rows are in the order of their arrival. */
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

  /** Resolves when no value of who was removed is in the file. */
  async rewritten(): Promise<void> {
    const { feed, intervalMs } = this.parts;
    while (feed.state.stale && !this.closed) {
      this.beginIfDue();
      await this.running;
      if (feed.state.stale) await wait(intervalMs);
    }
  }

  /** Resolves when the one that is under way has ended. */
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
    if (!(await disk.hasRoomToRewrite())) {
      // Without them, there is room, and nothing of who was removed is left.
      if (state.stale)
        throw new UnusableReports('The disk has no space to write the file of reports without an erased person.');
      return;
    }
    const before = { ...state };
    try {
      await database.rewrite(async (connection) => {
        await fillFresh(connection, names.asked);
        // What is removed from here on is for the next time.
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
