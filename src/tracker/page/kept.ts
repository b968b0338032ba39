/**
 * Stores a value in a cookie, and in localStorage only if the browser accepts no cookie: in a frame of another site, in a file,
 * or on http if a page over https has written the same name. Never in both: a visitor who deletes cookies must not be recognised
 * by the other.
 */
import { COOKIE_DAYS } from '../../protocol/cookies.js';
import { readCookie, removeCookie, takesCookies, writeCookie } from './cookies.js';
import { localStore } from './local-storage.js';

/** The cookie which says that some values are in localStorage, though cookies are taken under other names. */
const ELSEWHERE_COOKIE = 'km_ls';

const DAY_MS = 864e5;

/** Whether a value that is in no cookie may be in localStorage. */
export const isElsewhere = (): boolean => !!readCookie(ELSEWHERE_COOKIE) || !takesCookies();

export function read(name: string): string | undefined {
  return readCookie(name) || (isElsewhere() ? readCopy(name) : undefined);
}

/** The value in localStorage. An entry begins with the time, in Unix milliseconds, at which it expires. */
export function readCopy(name: string): string | undefined {
  const entry = localStore()?.[name];
  return parseInt(entry!) > Date.now() ? entry!.replace(/^.*? /, '') : undefined;
}

/**
 * Keeps a value; an empty one is removed.
 * @returns false where the browser keeps neither, or it is not known yet
 */
export function save(name: string, value: string, days = COOKIE_DAYS): boolean {
  if (!value) removeCookie(name);
  const isCookie = value ? writeCookie(name, value, days) : !readCookie(name);
  if (isCookie == undefined) return false;
  // If cookies are accepted, localStorage is not read for them, since that takes time.
  if (isCookie && !isElsewhere()) return true;
  try {
    if (isCookie) delete localStorage[name];
    else {
      localStorage[name] = `${Date.now() + days * DAY_MS} ${value}`;
      writeCookie(ELSEWHERE_COOKIE, '1');
    }
    // A page that has found cookies accepted never reads there, and some pages have an object that forgets: then memory
    // has it.
    return (read(name) || '') == value;
  } catch {
    // None, or full.
    return isCookie;
  }
}
