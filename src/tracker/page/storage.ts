import { CHOICE_COOKIE } from '../../protocol/cookies.js';
import { cookieNames, forgetCookies, readCookie, removeCookie, verifyCookies } from './cookies.js';
import { isElsewhere, read, readCopy, save } from './kept.js';
import { localStore } from './local-storage.js';
import { choose, mayStore, type Choice } from './permission.js';

/** An id that the collector accepts: not only spaces, and not too long. Any other value counts as none. */
const BELIEVED = /^(?=\s*\S)[^]{1,255}$/u;

/** Names of the tracker's cookies and entries of localStorage. The visitor's choice is not among them: it is never removed. */
const OURS = /^km_/;

/** Entries of localStorage that replace cookies; those that begin with `km_uq` are hits. */
const COPY = /^km(q$|_(?!uq))/;

/**
 * Values that are not stored in the browser, or not yet: there is no consent so far, or neither cookies nor localStorage can be
 * used, or the site is `cookieless`. A page load is one person all the same (docs/reference.md#4.2). An empty value is to be
 * removed.
 */
const memory = new Map<string, [value: string, days: number | undefined]>();

/** While the tracker starts, nothing is stored: each cookie takes time, most of all while the page's other code is running. */
export let isStarting = true;

export function recall(name: string): string | undefined {
  const value = memory.get(name)?.[0] ?? read(name);
  return BELIEVED.test(value!) ? value : undefined;
}

/** Keeps a value, for five years by default; an empty one is removed. */
export function keep(name: string, value: string, days?: number): void {
  memory.set(name, [value, days]);
  if (!isStarting) keepAll();
}

/** Stores the values of the tracker's start. From now on values are stored at once. */
export function endStart(): void {
  isStarting = false;
  keepAll();
}

/** Stores the values that had to wait. */
function keepAll(): void {
  if (!mayStore()) return;
  for (const [name, [value, days]] of memory) if (save(name, value, days)) memory.delete(name);
}

/**
 * Checks the values of the start. If cookies are accepted, the choice is moved from localStorage to its cookie, and other values in
 * localStorage are removed: the visitor may have deleted cookies since. Called when localStorage is read anyway, so that it costs
 * no page extra time.
 */
export function settle(): void {
  verifyCookies();
  for (const [name, [value]] of memory) if (readCookie(name) == value) memory.delete(name);
  keepAll();
  if (isElsewhere()) return;
  const made = !readCookie(CHOICE_COOKIE) && readCopy(CHOICE_COOKIE);
  removeEntries(COPY);
  // From now on a visitor who refused is not tracked. The next page removes what this page has stored.
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
