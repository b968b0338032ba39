/** How long a hit belongs to whoever has sent it: longer than an answer may take. */
export const LEASE_MS = 20_000;

/** The longest time between two attempts. */
const LONGEST_PAUSE_MS = 60_000;

/** The end of a lease that nobody has: long past, with as many digits as earlier versions of kmq expect. */
export const FREE_MS = 1e12;

/**
 * Whether a moment in Unix milliseconds is past, of those until which something waits. What is further away than any that
 * is set now is of a clock that has been set back.
 */
export function isPast(untilMs: number): boolean {
  const leftMs = untilMs - Date.now();
  return !(leftMs > 0 && leftMs < 2 * LONGEST_PAUSE_MS);
}

/** Exponential, with jitter: a collector that comes back must not meet everyone in the same second. */
export function backoffMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempts) * (0.5 + Math.random());
}
