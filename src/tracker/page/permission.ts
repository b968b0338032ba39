import { CHOICE_COOKIE, CHOICE_COOKIE_DAYS } from '../../protocol/cookies.js';
import { readCookie, writeCookie } from './cookies.js';
import { page, setting } from './globals.js';

/** `in` and `out` are the visitor's own word (`optIn`, `optOut`), the others what the page was told. */
export type Choice = 'in' | 'out' | 'granted' | 'denied';

/** For browsers that keep no cookie. */
let chosen: string | undefined;

export function choice(): string | undefined {
  return readCookie(CHOICE_COOKIE) || chosen;
}

export function choose(choice: Choice): void {
  chosen = choice;
  writeCookie(CHOICE_COOKIE, choice, CHOICE_COOKIE_DAYS);
}

/**
 * Whether this visitor may be tracked; undefined while they have not been asked. The order: what they said
 * themselves, then a signal of their browser that the site honours, then what the page was told, then the
 * site's default.
 */
export function permission(): boolean | undefined {
  const made = choice();
  if (made == 'in') return true;
  if (made == 'out' || signal()) return false;
  return made ? made == 'granted' : setting('KM_CONSENT') != 'denied' || undefined;
}

/** https://www.w3.org/TR/gpc/ and the Do Not Track that it replaces. */
function signal(): unknown {
  return (
    (setting('KM_GPC') && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) ||
    (setting('KM_DNT') && (page.KMDNTH || navigator.doNotTrack == '1'))
  );
}
