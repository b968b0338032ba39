/**
 * The id of a hit as kmq's own clients make it: the push in Unix milliseconds, 3 digits of a counter, 10 random
 * characters. So ids sort as their hits were pushed. Other clients choose ids as they like.
 */

const PLACES = 1000;
/** Of the moment and the counter, from September 2001 to the year 2286. Earlier ones get zeros in front, later ones have more. */
const DIGITS = 16;
/** Of the counter and the random characters. */
const REST_CHARACTERS = 13;

/**
 * @param count of the sender's hits so far
 * @param random ten characters that tell hits of several senders apart that were pushed in the same millisecond
 */
export function createHitId(pushedMs: number, count: number, random: string): string {
  // A number of 16 digits is still an exact integer in JavaScript: it stays below 2^53 until the year 2255.
  return String(pushedMs * PLACES + (count % PLACES)).padStart(DIGITS, '0') + random;
}

/** When the hit was pushed, in Unix milliseconds, by an id that begins with it. */
export function pushedAtMs(id: string): number {
  return +id.slice(0, -REST_CHARACTERS);
}

/** Whether an id begins with the moment of the push, so that it can be sorted. */
export function hasMoment(id: string | undefined): boolean {
  return /^\d{16}/.test(id ?? '');
}
