import { guard } from '../guard.js';
import { page, setting } from './globals.js';

/** What `KM.u()` and `KM.rf()` say until the page replaces them, as it could in the original (docs/reference.md#1.3). */
export const ADDRESSES = {
  u: (): string => location.href,
  /** Or what the page says in `KM_REFERRER` (docs/reference.md#1.2). */
  rf: (): string => setting('KM_REFERRER', String) ?? document.referrer,
};

/** The current address, as the page has it told: by `KM.u`. */
export function currentUrl(): string {
  return told('u');
}

/** Where the visitor came from, as the page has it told: by `KM.rf`. */
export function referrer(): string {
  return told('rf');
}

function told(name: keyof typeof ADDRESSES): string {
  // A page may have taken KM away, or answer with `location` itself.
  return String(guard(() => page.KM?.[name]?.()) ?? ADDRESSES[name]());
}

/** The referrer as events name it. The text `null` is none: some browsers once sent it where there was no referrer. */
export function referrerOrDirect(): string {
  return /^(null)?$/.test(referrer()) ? 'Direct' : referrer();
}

/** The host of a web address as sites are compared: lower case, without the first `www.`; empty for none, and for an app. */
export function hostOf(url = referrer()): string {
  return /^https?:\/\/(?:www\.)?([^/?#:]*)/.exec(url.toLowerCase())?.[1] || '';
}

/** The parameters of an address, without what its fragment contains. */
export function parametersOf(url = currentUrl()): URLSearchParams {
  return new URLSearchParams(/\?([^#]*)/.exec(url)?.[1]);
}

/** Takes parameters out of the address bar and leaves the others as they were written. */
export function takeFromAddress(parameters: RegExp): void {
  const kept = location.search
    .slice(1)
    .split('&')
    .filter((parameter) => !parameters.test(parameter))
    .join('&');
  history.replaceState(history.state, '', location.origin + location.pathname + (kept && '?' + kept) + location.hash);
}
