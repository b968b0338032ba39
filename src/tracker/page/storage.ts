import { CHOICE_COOKIE } from '../../protocol/cookies.js';
import { cookieNames, forgetCookies, isOurs, readCookie, removeCookie } from './cookies.js';
import { isElsewhere, readCopy, removeCopies, save } from './kept.js';
import { localStore } from './local-storage.js';
import { choose, mayStore, permission, type Choice } from './permission.js';

/**
 * What the browser does not keep, or not yet: no consent so far, neither cookies nor localStorage, or unwanted by the
 * site. One page view is one person all the same (reference section 4.2). Empty for what is to be removed.
 */
let memory: Record<string, [value: string, days: number | undefined]> = {};

export function recall(name: string): string | undefined {
  if (memory[name]) return memory[name][0];
  return readCookie(name) || (isElsewhere(mayStore) ? readCopy(name) : undefined);
}

/** Keeps a value for five years, unless told; an empty one is removed. */
export function keep(name: string, value: string, days?: number): void {
  memory[name] = [value, days];
  keepAll();
}

/** Writes what has had to wait; called again when consent has come. */
export function keepAll(): void {
  if (!mayStore()) return;
  for (const name of Object.keys(memory)) if (save(name, ...memory[name]!)) delete memory[name];
}

/** Whether this page has looked for what was kept in localStorage while cookies were not taken. */
let isSettled = false;

/**
 * Where cookies are taken the choice moves there, and the rest is forgotten: its owner may have deleted cookies since.
 * Called when localStorage is looked at anyway, since no page should wait for that.
 */
export function settle(): void {
  if (isSettled) return;
  const elsewhere = isElsewhere(mayStore);
  isSettled = elsewhere != undefined;
  if (elsewhere != false) return;
  const made = !readCookie(CHOICE_COOKIE) && readCopy(CHOICE_COOKIE);
  removeCopies();
  if (!made) return;
  choose(made as Choice);
  if (!permission()) removeAll();
}

/** Removes all that the tracker has ever stored here. */
export function removeAll(): void {
  memory = {};
  forgetCookies();
  cookieNames().filter(isOurs).forEach(removeCookie);
  const stored = localStore() || {};
  for (const name of Object.keys(stored).filter(isOurs)) delete stored[name];
}
