import { report } from '../console.js';
import { localStore } from '../page/local-storage.js';
import { mayStore } from '../page/permission.js';
import { settle } from '../page/storage.js';
import { ADDRESS, IS_OWN, LEASED_UNTIL_MS, OUTBOX, refusalsOf, TRIES, type Entry } from './entry.js';
import { FREE_MS } from './lease.js';

/** Characters of all hits that are kept. */
const MOST_CHARACTERS = 2e6;
/** The first of them, in the order in which this page knows them, have copies: a tenth of what browsers give a site. */
const MOST_COPIED_CHARACTERS = 5e5;
/** How many make room at a time: to look for them costs more than a push may. */
const MAKE_ROOM_HITS = 200;
/** How much of a lost hit is told in the console. */
const TOLD_CHARACTERS = 500;

/*
 * Keeps hits until they are acknowledged or given up. What this page has pushed is in its memory; localStorage has the
 * copy for the next page and for other tabs, under a name for each hit: tabs never write over each other's, and a push
 * costs the same however many wait. What is gone from there is not thereby delivered: pages empty it.
 */

/** This page's own, and what was found in localStorage when it was last read. */
const held = new Map<string | null, Entry>();
let characters = 0;
/** Hits that were lost on this page, and how many of them a hit has told of. */
let lost = 0;
let told = 0;
/** Whether localStorage may be touched. */
let isOpen = false;

/** Writes the copies of what is kept so far; from now on each hit has one at once. */
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

/** Takes a hit that was pushed. When memory is full, the oldest hits are dropped; their number is a property of the next hit. */
export function keepHit(entry: Entry): void {
  if (characters + entry[ADDRESS].length > MOST_CHARACTERS) {
    for (const name of [...held.keys()].slice(0, MAKE_ROOM_HITS)) {
      forgetHit(name);
      lost++;
    }
  }
  if (lost > told) entry[ADDRESS] += `&Dropped%20Hits=${(told = lost)}`;
  hold(entry);
}

/**
 * Writes the copy of a hit, where it is still kept and there is room.
 * @param upTo characters of all hits up to this one
 */
export function saveHit([name, address, leasedUntilMs]: Entry, upTo = characters): void {
  const copies = storage();
  if (!copies || !held.has(name)) return;
  try {
    if (name in copies || upTo < MOST_COPIED_CHARACTERS) copies[name] = leasedUntilMs + address;
  } catch {
    // Full, by what others keep there.
  }
}

/** What this page knows without a look at localStorage. */
export const heldHits = (): Entry[] => [...held.values()];

export function forgetHit(name: string | null): void {
  const entry = held.get(name);
  if (!entry) return;
  held.delete(name);
  characters -= entry[ADDRESS].length;
  delete storage()?.[entry[0]];
}

/** Counts a hit that will never arrive, and tells the site's owner why. */
export function loseHit(reason: string, address: string): void {
  lost++;
  report(reason, address.slice(0, TOLD_CHARACTERS));
}

/** All that are kept, those of other tabs and of earlier pages among them: first what has failed least, then the oldest. */
export function waitingHits(): Entry[] {
  const copies = storage();
  if (copies) {
    // Not `entries()`, which Prototype.js has replaced by a method of its own.
    for (const name of Object.keys(copies)) {
      const [, leasedUntilMs, address] = (name.startsWith(OUTBOX) && /^([^/]*)(\/[esa]\?.+)/.exec(copies[name]!)) || [];
      if (!address) continue;
      const entry = held.get(name) || hold([name, address, FREE_MS, refusalsOf(address)]);
      entry[ADDRESS] = address;
      entry[LEASED_UNTIL_MS] = +leasedUntilMs!;
    }
    let upTo = 0;
    for (const entry of heldHits()) {
      upTo += entry[ADDRESS].length;
      if (entry[0] in copies) continue;
      if (entry[IS_OWN]) saveHit(entry, upTo);
      // Another tab's attempt has been acknowledged.
      else forgetHit(entry[0]);
    }
  }
  return heldHits().sort((a, b) => a[TRIES] - b[TRIES] || (a[0] < b[0] ? -1 : 1));
}

/** For who does not want to be tracked. What is in localStorage goes with all else that is stored. */
export function clearOutbox(): void {
  held.clear();
  characters = 0;
}
