/** What the pages need to tell a difference from chance. */

/** The error rate of all comparisons together: if there is no difference, one is found in at most 1 of 20 cases. */
export const ALPHA = 0.05;

/** With a smaller expected number in a group, the tests are not exact enough (https://doi.org/10.2307/3001616). */
export const LEAST_EXPECTED = 5;

/** A smaller z has a probability far above ALPHA: its exact value makes no difference. */
const LEAST_Z = 0.5;

/** The part of a normal distribution above z, by a continued fraction, which is exact for the large z that matter here. */
export function upperTail(z: number): number {
  const at = Math.max(z, LEAST_Z);
  let fraction = 0;
  for (let n = 200; n > 0; n--) fraction = n / (at + fraction);
  return Math.exp((-at * at) / 2) / Math.sqrt(2 * Math.PI) / (at + fraction);
}

/** The z above which this part of a normal distribution lies; at least LEAST_Z. */
export function inverseUpperTail(part: number): number {
  let [low, high] = [LEAST_Z, 40];
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > part) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The tests that are significant if the error rate is that of all tests together, by Holm's procedure
 * (https://www.jstor.org/stable/4615733). The one with the smallest probability comes first.
 */
export function certainOf<T extends { p: number }>(tests: readonly T[]): T[] {
  const sorted = [...tests].sort((one, other) => one.p - other.p);
  const uncertain = sorted.findIndex(({ p }, index) => p > ALPHA / (sorted.length - index));
  return uncertain < 0 ? sorted : sorted.slice(0, uncertain);
}
