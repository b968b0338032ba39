/**
 * The time of the collector. The clock of the reader's machine may be wrong by hours or years, and then *today* would be another day
 * than that of the hits.
 */

/** How much the collector's clock is ahead, in milliseconds. */
let ahead = 0;

/** A smaller difference may come from the network. */
const LEAST_MS = 60_000;

/** Milliseconds since 1970. */
export const now = (): number => Date.now() + ahead;

/** @param date the collector's time in milliseconds since 1970, or the header `Date` of an answer that has just arrived */
export function setClock(date: number | string | null): void {
  const difference = (typeof date === 'number' ? date : Date.parse(date ?? '')) - Date.now();
  if (!Number.isNaN(difference)) ahead = Math.abs(difference) < LEAST_MS ? 0 : difference;
}
