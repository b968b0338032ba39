/** Whether the long tests run (`npm run test:long`). They have all cases; `npm test` has some of those that are alike. */
export const LONG = Boolean(process.env.KMQ_LONG);

/** Each nth of cases that are alike, the first among them; all in the long tests. */
export function eachNth<Case>(cases: readonly Case[], n: number): Case[] {
  return cases.filter((_, index) => LONG || index % n === 0);
}

/** How many random cases of a property are tried: each run has others, so that a fifth of them is enough for `npm test`. */
export const someOf = (count: number): number => (LONG ? count : Math.ceil(count / 5));

/** The color schemes in which pages are looked at. */
export const COLOR_SCHEMES = eachNth(['light', 'dark'] as const, 2);
