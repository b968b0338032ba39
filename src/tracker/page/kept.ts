/**
 * Stores a value in a cookie, or in localStorage if the browser accepts no cookie: in a frame of another site, in a file,
 * or on an http page if an https page has written the same name. Never in both: a visitor who deletes cookies must not be
 * recognised by localStorage.
 */
import { COOKIE_DAYS } from '../../protocol/cookies.js';
import { readCookie, removeCookie, takesCookies, writeCookie } from './cookies.js';
import { localStore } from './local-storage.js';

/** A cookie which says that some values are in localStorage although the browser accepts other cookies. */
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
 * Stores a value; an empty value removes it.
 * @returns false if it could not be stored, or if that is not known yet
 */
export function save(name: string, value: string, days = COOKIE_DAYS): boolean {
  if (!value) removeCookie(name);
  const isCookie = value ? writeCookie(name, value, days) : !readCookie(name);
  if (isCookie == undefined) return false;
  // If cookies are accepted, localStorage is not used: access to it takes time.
  if (isCookie && !isElsewhere()) return true;
  try {
    if (isCookie) delete localStorage[name];
    else {
      localStorage[name] = `${Date.now() + days * DAY_MS} ${value}`;
      writeCookie(ELSEWHERE_COOKIE, '1');
    }
    // Read it back: some pages replace localStorage by an object that stores nothing. Then the value stays in memory.
    return (read(name) || '') == value;
  } catch {
    // There is no localStorage, or it is full.
    return isCookie;
  }
}
