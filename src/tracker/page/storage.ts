import { CHOICE_COOKIE } from '../../protocol/cookies.js';
import { cookieNames, forgetCookies, readCookie, removeCookie, verifyCookies } from './cookies.js';
import { isElsewhere, read, readCopy, save } from './kept.js';
import { localStore } from './local-storage.js';
import { choose, mayStore, type Choice } from './permission.js';

/** An id that the collector accepts: not only spaces, and not too long. Any other value counts as none. */
const BELIEVED = /^\s*\S[^]{0,254}$/u;

/** The tracker's cookies and entries of localStorage, except for the visitor's choice, which is never removed with them. */
const OURS = /^km_/;

/** Entries of localStorage that stand in for cookies; `km_uq` are hits. */
const COPY = /^km(q$|_(?!uq))/;

/**
 * Values that are not stored in the browser, or not yet: because there is no consent so far, neither cookies nor localStorage, or
 * because the site is `cookieless`. One page view is one person nevertheless (docs/reference.md#4.2). A value to be removed is empty.
 */
const memory = new Map<string, [value: string, days: number | undefined]>();

/** While the tracker starts, nothing is written: each cookie takes time, most of all while much code is running. */
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

/** Writes the values of the tracker's start; from now on values are written at once. */
export function endStart(): void {
  isStarting = false;
  keepAll();
}

/** Writes values that had to wait. */
function keepAll(): void {
  if (!mayStore()) return;
  for (const [name, [value, days]] of memory) if (save(name, value, days)) memory.delete(name);
}

/**
 * Checks the values of the start. If cookies are accepted, the choice moves from localStorage to its cookie, and the rest in
 * localStorage is removed: the visitor may have deleted cookies since. Called when localStorage is read anyway, so that no page waits
 * for it.
 */
export function settle(): void {
  verifyCookies();
  for (const [name, [value]] of memory) if (readCookie(name) == value) memory.delete(name);
  keepAll();
  if (isElsewhere()) return;
  const made = !readCookie(CHOICE_COOKIE) && readCopy(CHOICE_COOKIE);
  removeEntries(COPY);
  // A visitor who refused is nobody from now on; the next page removes what this page has stored.
  if (made) choose(made as Choice);
}

/** Removes everything that the tracker has stored in this browser. */
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
