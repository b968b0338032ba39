import type { Spool } from './spool.js';

/**
 * How long what was forwarded is kept. ClickHouse leaves its files to the system, which writes them to disk within half
 * a minute, and keeps what it merged for eight minutes more.
 */
const RETENTION_MS = 120_000;

/** Bounds how long one removal holds up a commit. */
const GROUPS_AT_ONCE = 2;

/** Groups that were forwarded and are still in the spool, to be sent again to a ClickHouse that has lost them. */
export class RetainedGroups {
  /** Oldest first; when each was forwarded, in Unix milliseconds. */
  private groups: { end: number; forwardedAt: number }[] = [];

  constructor(private readonly spool: Spool) {
    this.add(spool.forwardedOffset);
  }

  get length(): number {
    return this.groups.length;
  }

  /** @param end the offset up to which the group reaches */
  add(end: number): void {
    this.groups.push({ end, forwardedAt: Date.now() });
  }

  /** Nothing counts as forwarded any more. */
  clear(): void {
    this.groups = [];
  }

  /**
   * Removes from the spool what ClickHouse has for certain, a few groups at a time.
   * @param runningAt when ClickHouse was last seen to run without a restart, in Unix milliseconds
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
