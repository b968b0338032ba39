/** Numbers and texts that look random and are the same in every run: each is computed from the numbers that it is of. */

/** A number of 32 bits (https://nullprogram.com/blog/2018/07/31/, over a mix of both). */
export function hash(a, b) {
  let x = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The same as a part of one: from 0 up to and without 1. */
export const chance = (a, b) => hash(a, b) / 2 ** 32;

/** What nanoid makes ids of. */
export const LETTERS = 'useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict';
const PAIRS = Array.from({ length: 4096 }, (_, n) => LETTERS[n >> 6] + LETTERS[n & 63]);

/** Ten characters: as many as a hit id ends with. */
export function tenLetters(a, b) {
  const one = hash(a, b);
  const two = hash(one, b);
  const last = hash(two, a);
  return (
    PAIRS[one >>> 20] + PAIRS[(one >>> 8) & 4095] + PAIRS[two >>> 20] + PAIRS[(two >>> 8) & 4095] + PAIRS[last >>> 20]
  );
}

/**
 * A list in which few stand often and most stand seldom, as words in a text do: the first as often as the second and
 * the third together.
 * @param of what it is filled from; a power of two is chosen from it by 16 bits
 */
export function oftenFirst(of) {
  return Array.from({ length: 65_536 }, (_, n) => of[Math.floor(of.length ** ((n + 0.5) / 65_536)) - 1]);
}

export const words = (text) => text.split(' ');
