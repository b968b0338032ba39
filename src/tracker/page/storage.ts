import { CHOICE_COOKIE } from '../../protocol/cookies.js';
import { cookieNames, forgetCookies, readCookie, removeCookie, verifyCookies } from './cookies.js';
import { isElsewhere, read, readCopy, save } from './kept.js';
import { localStore } from './local-storage.js';
import { choose, mayStore, type Choice } from './permission.js';

/** What an id may be for the collector to take it: not spaces alone, nor too long. Whatever else stands there is none. */
const BELIEVED = /^\s*\S[^]{0,254}$/u;

/** The tracker's cookies and entries of localStorage. The choice is none of them: it outlasts all the others. */
const OURS = /^km_/;

/** Entries of localStorage that stand in for cookies; `km_uq` are hits. */
const COPY = /^km(q$|_(?!uq))/;

/**
 * What the browser does not keep, or not yet: no consent so far, neither cookies nor localStorage, or unwanted by the
 * site. One page view is one person all the same (docs/reference.md#4.2). A value to be removed is empty.
 */
const memory = new Map<string, [value: string, days: number | undefined]>();

/** While the tracker starts nothing is written: each cookie costs, most of all where much code is running. */
export let isStarting = true;

export function recall(name: string): string | undefined {
  const value = memory.get(name)?.[0] ?? read(name);
  return BELIEVED.test(value!) ? value : undefined;
}

/** Keeps a value for five years, unless told; an empty one is removed. */
export function keep(name: string, value: string, days?: number): void {
  memory.set(name, [value, days]);
  if (!isStarting) keepAll();
}

/** Writes what the start of the tracker has kept, and from now on all at once. */
export function endStart(): void {
  isStarting = false;
  keepAll();
}

/** Writes what has had to wait. */
function keepAll(): void {
  if (!mayStore()) return;
  for (const [name, [value, days]] of memory) if (save(name, value, days)) memory.delete(name);
}

/**
 * Checks what the start has written. Where cookies are accepted the choice moves there, and the rest is removed: the visitor
 * may have deleted cookies since. Called when localStorage is looked at anyway, since no page should wait for that.
 */
export function settle(): void {
  verifyCookies();
  for (const [name, [value]] of memory) if (readCookie(name) == value) memory.delete(name);
  keepAll();
  if (isElsewhere()) return;
  const made = !readCookie(CHOICE_COOKIE) && readCopy(CHOICE_COOKIE);
  removeEntries(COPY);
  // Who has refused is nobody from now on; what this page has kept of them goes with the next one.
  if (made) choose(made as Choice);
}

/** Removes all that the tracker has ever stored here. */
export function removeAll(): void {
  memory.clear();
  forgetCookies();
  for (const name of cookieNames()) if (OURS.test(name)) removeCookie(name);
  removeEntries(OURS);
}

function removeEntries(names: RegExp): void {
  const stored = localStore() || {};
  for (const name of Object.keys(stored)) if (names.test(name)) delete stored[name];
}
