import { page } from './globals.js';

/** `KM.u()`: the current address. */
export function currentUrl(): string {
  return location.href;
}

/** `KM.rf()`: where the visitor came from, or what the page says in `KM_REFERRER` (reference section 1.2). */
export function referrer(): string {
  return page.KM_REFERRER ?? document.referrer;
}

/** The referrer as events name it; the text null is what some browsers once sent for none. */
export function referrerOrDirect(): string {
  return /^(null)?$/.test(referrer()) ? 'Direct' : referrer();
}

/** The host of a web address as sites are compared: lower case, without the first `www.`; empty for none, and for an app. */
export function hostOf(url = referrer()): string {
  return /^https?:\/\/(?:www\.)?([^/?#:]*)/.exec(url.toLowerCase())?.[1] || '';
}

/** The parameters of an address, the fragment apart. */
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
