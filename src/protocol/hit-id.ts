/**
 * The id of a hit as kmq's own clients make it: the time of the push in Unix milliseconds, a counter of 3 digits, 10 random
 * characters. So the ids of one sender sort in the order of the pushes, unless the counter begins again within a millisecond. Other
 * clients may use any ids.
 */

const PLACES = 1000;
/** Digits of time and counter together, from September 2001 to the year 2286. Earlier times are padded with zeros. */
const DIGITS = 16;
/** Characters of counter and random part together. */
const REST_CHARACTERS = 13;

/**
 * @param count how many hits the sender has made before this one, in all or in this millisecond
 * @param random ten characters, so that hits which several senders push in the same millisecond have different ids
 */
export function createHitId(pushedMs: number, count: number, random: string): string {
  // The product is an exact integer in JavaScript: it stays below 2^53 until the year 2255.
  return String(pushedMs * PLACES + (count % PLACES)).padStart(DIGITS, '0') + random;
}

/**
 * When the hit was pushed, in Unix milliseconds. Its id must begin with that time.
 * @param from where the id begins in the text
 */
export function pushedAtMs(text: string, from: number): number {
  return +text.slice(from, -REST_CHARACTERS);
}

/** Whether an id begins with the time of the push, so that ids can be sorted by it. */
export function hasMoment(id: string | undefined): boolean {
  return /^\d{16}/.test(id ?? '');
}
