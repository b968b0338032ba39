import { cookieNames, forgetCookies, readCookie, removeCookie, writeCookie } from './cookies.js';
import { setting } from './globals.js';
import { localStore } from './local-storage.js';
import { permission } from './permission.js';

/**
 * What is not in a cookie, or not yet: no consent so far, cookies refused by the browser or unwanted by the
 * site. One page view is one person all the same (reference section 4.2). Empty for what is to be removed.
 */
let memory: Record<string, [value: string, days: number | undefined]> = {};

export function recall(name: string): string | undefined {
  return (memory[name] || [readCookie(name)])[0];
}

/** Keeps a value for five years, unless told; an empty one is removed. */
export function keep(name: string, value: string, days?: number): void {
  memory[name] = [value, days];
  keepAll();
}

/** Writes what has had to wait; called again when consent has come. */
export function keepAll(): void {
  if (!permission() || setting('KM_COOKIELESS')) return;
  for (const name of Object.keys(memory)) {
    const [value, days] = memory[name]!;
    if (value) writeCookie(name, value, days);
    else removeCookie(name);
    if ((readCookie(name) || '') == value) delete memory[name];
  }
}

/** Removes all that the tracker has ever stored here. */
export function removeAll(): void {
  memory = {};
  forgetCookies();
  cookieNames().filter(isOurs).forEach(removeCookie);
  const stored = localStore() || {};
  for (const name of Object.keys(stored).filter(isOurs)) delete stored[name];
}

const isOurs = (name: string): boolean => name.startsWith('km_');
