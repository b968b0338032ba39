import { TRIES, type Entry } from './entry.js';
import { isPast } from './lease.js';
import { areSingle } from './ways.js';

/*
 * Which hits are sent, and which of them share a request.
 */

/** Browsers allow 64 KiB for all requests together that outlive their page. Each hit also gets a line break, and perhaps an age. */
const BATCH_CHARACTERS = 50_000;

/** Whether no tab is sending the hit. */
export function isFree([, , leasedUntilMs]: Entry): boolean {
  return isPast(leasedUntilMs);
}

/** How many hits may share a request with the first: those that failed as often. A blocked hit must not make others fail. */
export function alike(entries: Entry[]): number {
  return areSingle() ? 1 : entries.filter((entry) => entry[TRIES] == entries[0]![TRIES]).length;
}

/** The hits that fit into one request. A first hit that is longer is sent alone. */
export function fitting(entries: Entry[]): Entry[] {
  let left = BATCH_CHARACTERS;
  return entries.filter(([, address], index) => {
    left -= address.length;
    return left > 0 || !index;
  });
}
