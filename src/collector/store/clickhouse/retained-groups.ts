import type { Spool } from './spool.js';

/**
 * How long forwarded rows are kept in the spool. ClickHouse does not sync its files: the system writes them to disk within half a minute. A
 * merge writes rows again, which may not be on disk for another half a minute; but the files before the merge are kept for eight minutes.
 */
const RETENTION_MS = 120_000;

/** How many groups one removal deletes, so that it does not delay a commit for long. */
const GROUPS_AT_ONCE = 2;

/** Groups that were forwarded and are still in the spool, in case ClickHouse loses them and they must be sent again. */
export class RetainedGroups {
  /** Oldest first; when each was forwarded, by `performance.now()`: the clock may be set forward. */
  private groups: { end: number; forwardedAt: number }[] = [];

  constructor(private readonly spool: Spool) {
    this.add(spool.forwardedOffset);
  }

  get length(): number {
    return this.groups.length;
  }

  /** @param end the offset up to which the group reaches */
  add(end: number): void {
    this.groups.push({ end, forwardedAt: performance.now() });
  }

  /** Call it when all groups in the spool must be forwarded again. */
  clear(): void {
    this.groups = [];
  }

  /**
   * Removes from the spool the groups that are certainly on ClickHouse's disk, a few at a time.
   * @param runningAt when ClickHouse was last seen to run without a restart, by `performance.now()`
   * @returns whether there were any
   */
  trim(runningAt: number): boolean {
    const uncertain = this.groups.findIndex(({ forwardedAt }) => forwardedAt >= runningAt - RETENTION_MS);
    const certain = uncertain < 0 ? this.groups.length : uncertain;
    const count = Math.min(certain, GROUPS_AT_ONCE);
    if (!count) return false;
    this.spool.trim(this.groups[count - 1]!.end);
    this.groups.splice(0, count);
    return true;
  }
}
