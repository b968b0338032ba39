/**
 * Where a value is kept: in a cookie, and in localStorage only where the browser takes none, as in a frame of another
 * site, in a file, or in clear text where the host has written the same name over TLS. Never in both: whoever deletes
 * cookies must not be recognised by what is left.
 */
import { COOKIE_DAYS } from '../../protocol/cookies.js';
import { readCookie, removeCookie, takesCookies, writeCookie } from './cookies.js';
import { localStore } from './local-storage.js';

/** The cookie which says that some values are in localStorage, though cookies are taken under other names. */
const ELSEWHERE_COOKIE = 'km_ls';

const DAY_MS = 864e5;

/** Entries of localStorage that stand in for cookies; `km_uq` are hits. */
const COPY = /^km(q$|_(?!uq))/;

/** Whether a value that is in no cookie may be in localStorage; undefined as `takesCookies` has it. */
export function isElsewhere(mayAsk: () => unknown): boolean | undefined {
  const taken = !readCookie(ELSEWHERE_COOKIE) && takesCookies(mayAsk);
  return taken == undefined ? taken : !taken;
}

/** What localStorage has under a name. Its entries begin with the moment, in Unix milliseconds, until which they hold. */
export function readCopy(name: string): string | undefined {
  const entry = localStore()?.[name] || '';
  return parseInt(entry) > Date.now() ? entry.replace(/^.*? /, '') : undefined;
}

/** Removes what localStorage has of a time when cookies were not taken. */
export function removeCopies(): void {
  const store = localStore() || {};
  for (const name of Object.keys(store)) if (COPY.test(name)) delete store[name];
}

/**
 * Keeps a value; an empty one is removed.
 * @returns false where the browser keeps neither
 */
export function save(name: string, value: string, days = COOKIE_DAYS): boolean {
  if (!value) removeCookie(name);
  const isCookie = value ? writeCookie(name, value, days) : !readCookie(name);
  const others = takesCookies(() => true);
  // Where cookies are taken nobody looks at localStorage for them, which takes its time.
  if (isCookie && others && !readCookie(ELSEWHERE_COOKIE)) return true;
  try {
    const store = localStore()!;
    if (isCookie) delete store[name];
    else {
      // What is there is of another time, and must not come back with this value.
      if (others && !readCookie(ELSEWHERE_COOKIE)) removeCopies();
      if (others) writeCookie(ELSEWHERE_COOKIE, '1');
      store[name] = `${Date.now() + days * DAY_MS} ${value}`;
    }
    return true;
  } catch {
    // None, or full.
    return isCookie;
  }
}
