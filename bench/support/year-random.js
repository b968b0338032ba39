/** Numbers and texts that look random and are the same in every run: each is computed from its arguments. */

/** Hashes two numbers to 32 bits (https://nullprogram.com/blog/2018/07/31/). */
export function hash(a, b) {
  let x = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The same as a number from 0, included, to 1, not included. */
export const chance = (a, b) => hash(a, b) / 2 ** 32;

/** The alphabet of nanoid. */
export const LETTERS = 'useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict';
const PAIRS = Array.from({ length: 4096 }, (_, n) => LETTERS[n >> 6] + LETTERS[n & 63]);

/** Ten characters, like the random part at the end of a hit id. */
export function tenLetters(a, b) {
  const one = hash(a, b);
  const two = hash(one, b);
  const last = hash(two, a);
  return (
    PAIRS[one >>> 20] + PAIRS[(one >>> 8) & 4095] + PAIRS[two >>> 20] + PAIRS[(two >>> 8) & 4095] + PAIRS[last >>> 20]
  );
}

/**
 * A list in which few values are frequent and most are rare, like the words of a text: the first value occurs as often as the second
 * and the third together. The list has 65,536 items, so a number of 16 bits chooses one.
 * @param of the values, the most frequent one first
 */
export function oftenFirst(of) {
  return Array.from({ length: 65_536 }, (_, n) => of[Math.floor(of.length ** ((n + 0.5) / 65_536)) - 1]);
}

export const words = (text) => text.split(' ');
