import { report } from '../console.js';
import { setting } from '../page/globals.js';
import { localStore } from '../page/local-storage.js';
import { permission } from '../page/permission.js';
import { fromText, OUTBOX, refusalsOf, toText, type Entry } from './entry.js';

/** Characters of the hits that this page has pushed. */
const MOST_CHARACTERS = 2e6;
/** Characters in localStorage, where it is a tenth of what browsers give a site. */
const MOST_STORED_CHARACTERS = 5e5;
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
const held = new Map<string, Entry>();
let ownCharacters = 0;
/** As far as this page knows: other tabs' are counted when they are read. */
let storedCharacters = 0;
/** Hits that were lost on this page, and how many of them a hit has told of. */
let lost = 0;
let told = 0;
let opened = false;

const storage = (): Record<string, string> | undefined =>
  opened && permission() && !setting('KM_COOKIELESS') ? localStore() : undefined;

/** Takes a hit that was pushed. The oldest make room; how many were lost is a property of the next one. */
export function keepHit(entry: Entry): void {
  if (ownCharacters + entry.address.length > MOST_CHARACTERS) {
    const oldest = [...held.values()].filter(({ own }) => own).slice(0, MAKE_ROOM_HITS);
    for (const { name } of oldest) forgetHit(name);
    lost += oldest.length;
  }
  if (lost > told) entry.address += `&Dropped%20Hits=${(told = lost)}`;
  entry.own = true;
  ownCharacters += entry.address.length;
  held.set(entry.name, entry);
}

/** Writes the copy of a hit, where it is still kept and there is room. */
export function saveHit(entry: Entry): void {
  const { name, address, own, stored } = entry;
  const copies = storage();
  // Where one that another page has left is gone, another tab's attempt has been acknowledged.
  if (!copies || !held.has(name) || !(own || name in copies)) return;
  if (!stored && storedCharacters + address.length > MOST_STORED_CHARACTERS) return;
  try {
    copies[name] = toText(entry);
    if (!stored) storedCharacters += address.length;
    entry.stored = true;
  } catch {
    // Full, by what others keep there.
  }
}

export function forgetHit(name: string): void {
  const entry = held.get(name);
  if (!entry) return;
  held.delete(name);
  if (entry.own) ownCharacters -= entry.address.length;
  if (!entry.stored) return;
  storedCharacters -= entry.address.length;
  delete storage()?.[name];
}

/** Counts a hit that will never arrive, and tells the site's owner why. */
export function loseHit(reason: string, address: string): void {
  lost++;
  report(reason, address.slice(0, TOLD_CHARACTERS));
}

/** Notes that a hit was refused; it leaves its mark in the copy, so that the next page does not begin anew. */
export function refuseHit(entry: Entry): void {
  entry.address += '&';
  saveHit(entry);
}

/** All that are kept, those of other tabs and of earlier pages among them, in the order of their pushes. */
export function waitingHits(): Entry[] {
  const copies = storage();
  if (copies) {
    storedCharacters = 0;
    for (const entry of held.values()) entry.stored = false;
    // Not `entries()`, which Prototype.js has replaced by a method of its own.
    for (const name of Object.keys(copies)) {
      const copy = name.startsWith(OUTBOX) && fromText(copies[name]!);
      if (!copy) continue;
      storedCharacters += copy.address.length;
      const entry: Entry = Object.assign(held.get(name) || { name, tries: refusalsOf(copy) }, copy);
      entry.stored = true;
      entry.alone ||= entry.tries > 0;
      held.set(name, entry);
    }
    for (const entry of held.values()) {
      if (!entry.stored && entry.own) saveHit(entry);
      else if (!entry.stored) held.delete(entry.name);
    }
  }
  return [...held.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** From now on there are copies. */
export function openOutbox(): Entry[] {
  opened = true;
  return waitingHits();
}

/** For who does not want to be tracked. What is in localStorage goes with all else that is stored. */
export function clearOutbox(): void {
  held.clear();
  ownCharacters = 0;
}
