/** How long a hit belongs to whoever has sent it: longer than an answer may take. */
export const LEASE_MS = 20_000;

/** The longest time between two attempts. */
const LONGEST_PAUSE_MS = 60_000;

/** When the lease of a hit ends that nobody is sending: long ago, in as many digits as earlier versions of kmq expect. */
export const FREE_MS = 1e12;

/**
 * Whether the moment until which something waits, in Unix milliseconds, is past. So is one that lies further ahead than any
 * wait lasts: it was noted before the clock was set back.
 */
export function isPast(untilMs: number): boolean {
  const leftMs = untilMs - Date.now();
  return !(leftMs > 0 && leftMs < 2 * LONGEST_PAUSE_MS);
}

/** Exponential, with jitter: a collector that comes back must not meet everyone in the same second. */
export function backoffMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempts) * (0.5 + Math.random());
}
