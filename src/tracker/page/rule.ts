import { page, setting } from './globals.js';

declare const KM_CONSENT: unknown;

/**
 * Whether a visitor may be tracked; undefined until they have answered. The first of these decides: their own
 * decision, a signal of their browser that the site honours, their answer to the page, the site's default.
 * @param made the visitor's choice; empty if they have made none
 */
export function permissionFor(made: string | undefined): boolean | undefined {
  if (made == 'in') return true;
  if (made == 'out' || signal()) return false;
  if (made) return made == 'granted';
  // `const KM_CONSENT` at the top of a classic script is no property of `window`; an element with that id is one.
  try {
    const isOwn = typeof KM_CONSENT != 'undefined' && KM_CONSENT !== page.KM_CONSENT;
    const asked = isOwn ? KM_CONSENT : setting('KM_CONSENT');
    // Only `granted` is consent.
    return asked === undefined || asked === 'granted' || undefined;
  } catch {
    // It has no value: `let KM_CONSENT = KM_CONSENT || 'denied'` throws before it assigns one.
    return undefined;
  }
}

/** Whether values of such a visitor may be written into the browser; undefined until they have answered. */
export function storageFor(made: string | undefined): boolean | undefined {
  return !setting('KM_COOKIELESS') && permissionFor(made);
}

/** https://www.w3.org/TR/gpc/ and the Do Not Track that it replaces. */
function signal(): unknown {
  return (
    (setting('KM_GPC') && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) ||
    (setting('KM_DNT') && (setting('KMDNTH') || navigator.doNotTrack == '1'))
  );
}
