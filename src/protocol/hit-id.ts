/**
 * The id of a hit as kmq's own clients make it: the push in Unix milliseconds, 3 digits of a counter, 10 random
 * characters. So ids sort as their hits were pushed. Other clients choose ids as they like.
 */

/** What a moment has from September 2001 to the year 2286. Earlier ones get zeros in front, later ones have more. */
const MOMENT_DIGITS = 13;
const COUNT_DIGITS = 3;
const RANDOM_CHARACTERS = 10;

/**
 * @param count of the sender's hits so far
 * @param random ten characters that tell hits of several senders apart that were pushed in the same millisecond
 */
export function createHitId(pushedMs: number, count: number, random: string): string {
  return padded(pushedMs, MOMENT_DIGITS) + padded(count % 10 ** COUNT_DIGITS, COUNT_DIGITS) + random;
}

/** A number of Unix milliseconds, or another, with zeros in front. */
export function padded(number: number, digits = MOMENT_DIGITS): string {
  return String(number).padStart(digits, '0');
}

/** When the hit was pushed, in Unix milliseconds, by an id that begins with it. */
export function pushedAtMs(id: string): number {
  return +id.slice(0, -COUNT_DIGITS - RANDOM_CHARACTERS);
}

/** Whether an id begins with the moment of the push, so that it sorts among its like. */
export function hasMoment(id: string | undefined): boolean {
  return /^\d{16}/.test(id ?? '');
}
