/**
 * Whether the long tests run (`npm run test:long`). They run all cases; of similar cases `npm test` runs only some. A test that needs
 * over eight seconds for what rarely changes, like kills at many moments, runs in the long tests only: `test.runIf(LONG)`.
 */
export const LONG = Boolean(process.env.KMQ_LONG);

/** Each nth of similar cases, beginning with the first; all cases in the long tests. */
export function eachNth<Case>(cases: readonly Case[], n: number): Case[] {
  return cases.filter((_, index) => LONG || index % n === 0);
}

/** How many random cases of a property are tried: each run has other ones, so a fifth of them is enough for `npm test`. */
export const someOf = (count: number): number => (LONG ? count : Math.ceil(count / 5));

/** The color schemes in which pages are tested. */
export const COLOR_SCHEMES = eachNth(['light', 'dark'] as const, 2);
