import { report } from '../console.js';
import { localStore } from '../page/local-storage.js';
import { mayStore } from '../page/permission.js';
import { settle } from '../page/storage.js';
import { ADDRESS, IS_OWN, LEASED_UNTIL_MS, OUTBOX, blocksOf, TRIES, type Entry } from './entry.js';
import { FREE_MS } from './lease.js';

/** The most characters of all hits together. */
const MOST_CHARACTERS = 2e6;
/** Only the first hits, up to so many characters, are copied to localStorage: a tenth of the space that browsers give a site. */
const MOST_COPIED_CHARACTERS = 5e5;
/** How many hits are evicted at a time: to list all hits for each push would be slow. */
const EVICTED_HITS = 200;
/** How much of a lost hit is logged to the console. */
const LOGGED_CHARACTERS = 500;

/*
 * Keeps hits until they are acknowledged or given up. Hits that this page has pushed are in its memory. localStorage has
 * copies for the next page and for other tabs, one entry for each hit: so tabs never overwrite each other's hits, and a push
 * costs the same however many hits wait. If a copy is missing, its hit may still be undelivered: some pages clear localStorage.
 */

/** The hits of this page, and those found in localStorage when it was last read. */
const held = new Map<string | null, Entry>();
let characters = 0;
/** How many hits were lost on this page, and how many of these the property `Dropped Hits` has reported. */
let lost = 0;
let told = 0;
/** Whether localStorage may be touched. */
let isOpen = false;

/** Starts to use localStorage: copies the hits so far, and from now on each hit at once. */
export function openOutbox(): void {
  if (isOpen) return;
  isOpen = true;
  settle();
  waitingHits();
}

const storage = (): Record<string, string> | undefined => (isOpen && mayStore() ? localStore() : undefined);

function hold(entry: Entry): Entry {
  held.set(entry[0], entry);
  characters += entry[ADDRESS].length;
  return entry;
}

/** Keeps a hit. When there are too many, those held longest are evicted; how many were lost is a property of the next hit. */
export function keepHit(entry: Entry): void {
  if (characters + entry[ADDRESS].length > MOST_CHARACTERS) {
    for (const name of [...held.keys()].slice(0, EVICTED_HITS)) {
      forgetHit(name);
      lost++;
    }
  }
  if (lost > told) entry[ADDRESS] += `&Dropped%20Hits=${(told = lost)}`;
  hold(entry);
}

/**
 * Copies a hit to localStorage, if it is still kept and the copies are not too many.
 * @param upTo characters of all hits up to and including this one
 */
export function saveHit([name, address, leasedUntilMs]: Entry, upTo = characters): void {
  const copies = storage();
  if (!copies || !held.has(name)) return;
  try {
    if (name in copies || upTo < MOST_COPIED_CHARACTERS) copies[name] = leasedUntilMs + address;
  } catch {
    // localStorage is full.
  }
}

/** The hits that this page knows without reading localStorage. */
export const heldHits = (): Entry[] => [...held.values()];

export function forgetHit(name: string | null): void {
  const entry = held.get(name);
  if (!entry) return;
  held.delete(name);
  characters -= entry[ADDRESS].length;
  delete storage()?.[entry[0]];
}

/** Counts a hit that will never arrive, and logs the reason for the site's owner. */
export function loseHit(reason: string, address: string): void {
  lost++;
  report(reason, address.slice(0, LOGGED_CHARACTERS));
}

/** All hits that are kept, also those of other tabs and earlier pages. Sorted by failed attempts, then by age, oldest first. */
export function waitingHits(): Entry[] {
  const copies = storage();
  if (copies) {
    // `Object.keys` and not `entries`, which Prototype.js replaces.
    for (const name of Object.keys(copies)) {
      const [, leasedUntilMs, address] = (name.startsWith(OUTBOX) && /^([^/]*)(\/[esa]\?.+)/.exec(copies[name]!)) || [];
      if (!address) continue;
      const entry = held.get(name) || hold([name, address, FREE_MS, blocksOf(address)]);
      entry[ADDRESS] = address;
      entry[LEASED_UNTIL_MS] = +leasedUntilMs!;
    }
    let upTo = 0;
    for (const entry of heldHits()) {
      upTo += entry[ADDRESS].length;
      if (entry[0] in copies) continue;
      if (entry[IS_OWN]) saveHit(entry, upTo);
      // Its copy is gone: another tab has delivered it.
      else forgetHit(entry[0]);
    }
  }
  return heldHits().sort((a, b) => a[TRIES] - b[TRIES] || (a[0] < b[0] ? -1 : 1));
}

/** For a visitor who does not want to be tracked. Copies in localStorage are removed by `removeAll`. */
export function clearOutbox(): void {
  held.clear();
  characters = 0;
}
