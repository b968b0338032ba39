import type { Entry } from './outbox.js';

/** How long a hit belongs to whoever has sent it: longer than an answer may take. */
export const LEASE_MS = 20_000;

/** The end of a lease that nobody has: a moment long past, in Unix milliseconds, with as many digits as any other. */
export const FREE_MS = 1e12;

/** Whether a hit may be sent by whoever finds it. */
export function isFree([, , leasedUntilMs]: Entry): boolean {
  return leasedUntilMs < Date.now();
}
