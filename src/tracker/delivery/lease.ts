/** How long a hit belongs to the tab that has sent it. This is longer than a request may take. */
export const LEASE_MS = 20_000;

/** The longest pause between two attempts, before it is multiplied by a random number up to 1.5. */
const LONGEST_PAUSE_MS = 60_000;

/** The end of the lease of a hit that no tab is sending. It has as many digits as earlier versions of kmq expect. */
export const FREE_MS = 1e12;

/**
 * Whether a wait until this time, in Unix milliseconds, is over. It is also over if the time lies further ahead than any wait
 * lasts: then the clock was set back.
 */
export function isPast(untilMs: number): boolean {
  const leftMs = untilMs - Date.now();
  return !(leftMs > 0 && leftMs < 2 * LONGEST_PAUSE_MS);
}

/** Exponential backoff, with jitter: when a collector is up again, not everyone must send in the same second. */
export function backoffMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempts) * (0.5 + Math.random());
}
