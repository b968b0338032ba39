import { setting } from '../page/globals.js';
import { permission } from '../page/permission.js';
import { boxes } from '../page/storage.js';

/** A hit that the collector has not acknowledged. */
export type Entry = [
  /** The hit's, with OUTBOX in front. It begins with the moment of the push, so that ids sort by age. */
  name: string,
  /** Path and query. */
  address: string,
  /** Until when whoever sends it may wait for the answer, in Unix milliseconds; past, anyone may send it. */
  leasedUntilMs: number,
];

/** The original's name for what has not arrived (reference section 4.3), here with the hit's id behind it. */
export const OUTBOX = 'km_uq';

/** The end of a lease stands in front of the address, in Unix milliseconds. */
const LEASE_DIGITS = 13;

/** Characters in memory, and in localStorage, where it is a tenth of what browsers give a site. */
const MOST_CHARACTERS = [2e6, 5e5];

/** How many make room at a time: to look at all of them costs more than a push may. */
const MAKE_ROOM_HITS = 200;

/** As far as this page knows: other tabs' are counted when they are read. */
let held = [0, 0];

let dropped = 0;

/**
 * Keeps a hit, under a name of its own: tabs never write over each other's, and a push costs the same however
 * many wait. Where localStorage is full, refused or not permitted it is kept in memory, for as long as the page is
 * there. The oldest make room; how many have done so on this page is a property of the hit for which they do.
 */
export function keepHit(entry: Entry, leasedUntilMs = entry[2]): void {
  const [name, address] = entry;
  const all = boxes();
  forgetHit(entry);
  for (let index = !permission() || setting('KM_COOKIELESS') ? 1 : all.length; index--;) {
    if (held[index]! + address.length < MOST_CHARACTERS[index]!) {
      try {
        all[index]![name] = leasedUntilMs + address;
        held[index]! += address.length;
        return;
      } catch {
        // Full, by what others keep there.
      }
    }
  }
  const oldest = waitingHits().slice(0, MAKE_ROOM_HITS);
  oldest.forEach(forgetHit);
  dropped += oldest.length;
  if (oldest[0]) keepHit([name, `${address}&Dropped%20Hits=${dropped}`, leasedUntilMs]);
}

/** @returns false where it was forgotten before */
export function forgetHit([name, address]: Entry): boolean {
  // Not `entries()`, which Prototype.js has replaced by a method of its own.
  return boxes().some((box, index) => {
    if (!(name in box)) return false;
    held[index]! -= address.length;
    return delete box[name];
  });
}

/** All that are kept, those of other tabs and of earlier pages among them, in the order of their pushes. */
export function waitingHits(): Entry[] {
  const all = boxes();
  held = [0, 0];
  return all
    .flatMap(Object.keys)
    .filter((name) => name.startsWith(OUTBOX))
    .sort()
    .map((name) => {
      const index = +!(name in all[0]!);
      const text = all[index]![name]!;
      const address = text.slice(LEASE_DIGITS);
      held[index]! += address.length;
      return [name, address, parseInt(text)];
    });
}
