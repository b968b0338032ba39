/**
 * The id of a hit as kmq's own clients make it: 13 digits for the push in Unix milliseconds, 3 digits of a counter, then
 * random characters. So ids sort as their hits were pushed. Other clients choose ids as they like.
 */

const MOMENT_DIGITS = 13;
const PLACES = 1000;

/**
 * @param count of the sender's hits so far
 * @param random tells hits of several senders apart that were pushed in the same millisecond
 */
export function createHitId(pushedMs: number, count: number, random: string): string {
  // A number of 16 digits is still an exact integer in JavaScript: it stays below 2^53 until the year 2255.
  return pushedMs * PLACES + (count % PLACES) + random;
}

/** When the hit was pushed, in Unix milliseconds, by an id that begins with it. */
export function pushedAtMs(id: string): number {
  return +id.slice(0, MOMENT_DIGITS);
}

/** Whether an id begins with the moment of the push, so that it sorts among its like. */
export function hasMoment(id: string | undefined): boolean {
  return /^\d{16}/.test(id ?? '');
}
