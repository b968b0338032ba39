import { CHOICE_COOKIE, CHOICE_COOKIE_DAYS } from '../../protocol/cookies.js';
import { page, setting } from './globals.js';
import { read, save } from './kept.js';

declare const KM_CONSENT: unknown;

/** `in` and `out` are the visitor's own decision (`optIn`, `optOut`); the others come from the page (`consent`). */
export type Choice = 'in' | 'out' | 'granted' | 'denied';

/** For browsers that store nothing. */
let chosen: string | undefined;

export function choice(): string | undefined {
  return read(CHOICE_COOKIE) || chosen;
}

export function choose(choice: Choice): void {
  chosen = choice;
  save(CHOICE_COOKIE, choice, CHOICE_COOKIE_DAYS);
}

/**
 * Whether a visitor may be tracked; undefined while they have not been asked. The first of these decides: their own
 * decision, a signal of their browser that the site honours, their answer to the page, the site's default.
 * @param made the answer of the visitor in question: of this one unless given, empty for none
 */
export function permission(made = choice()): boolean | undefined {
  if (made == 'in') return true;
  if (made == 'out' || signal()) return false;
  if (made) return made == 'granted';
  // `const KM_CONSENT` at the top of a classic script is on no object; an element of that name is the window's, too.
  const isOwn = typeof KM_CONSENT != 'undefined' && KM_CONSENT !== page.KM_CONSENT;
  const asked = isOwn ? KM_CONSENT : setting('KM_CONSENT');
  // Any other word is not consent.
  return asked === undefined || asked === 'granted' || undefined;
}

/** Whether values may be written into the browser; undefined while the visitor has not been asked. */
export function mayStore(made?: string): boolean | undefined {
  // With `made` it reads no cookie, so it can be called before any cookie is read.
  return !setting('KM_COOKIELESS') && permission(made);
}

/** https://www.w3.org/TR/gpc/ and the Do Not Track that it replaces. */
function signal(): unknown {
  return (
    (setting('KM_GPC') && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) ||
    (setting('KM_DNT') && (setting('KMDNTH') || navigator.doNotTrack == '1'))
  );
}
