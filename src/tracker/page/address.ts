import { guard } from '../guard.js';
import { page, setting } from './globals.js';

/** `KM.u()` and `KM.rf()`, which a page may replace, as in the original (docs/reference.md#1.3). */
export const ADDRESSES = {
  u: (): string => location.href,
  /** `KM_REFERRER`, if the page sets it (docs/reference.md#1.2). */
  rf: (): string => setting('KM_REFERRER', String) ?? document.referrer,
};

/** The current URL, by `KM.u`, which the page may have replaced. */
export function currentUrl(): string {
  return told('u');
}

/** The referrer, by `KM.rf`, which the page may have replaced. */
export function referrer(): string {
  return told('rf');
}

function told(name: keyof typeof ADDRESSES): string {
  // The page may have removed KM, or its function may return the object `location`.
  return String(guard(() => page.KM?.[name]?.()) ?? ADDRESSES[name]());
}

/** The referrer as a property of events. The text `null` counts as none: some browsers once sent it. */
export function referrerOrDirect(): string {
  return /^(null)?$/.test(referrer()) ? 'Direct' : referrer();
}

/** The host of a URL, to compare sites: lower case, without a leading `www.`; empty for no URL, and for an app. */
export function hostOf(url = referrer()): string {
  return /^https?:\/\/(?:www\.)?([^/?#:]*)/.exec(url.toLowerCase())?.[1] || '';
}

/** The parameters of a URL, without what its fragment contains. */
export function parametersOf(url = currentUrl()): URLSearchParams {
  return new URLSearchParams(/\?([^#]*)/.exec(url)?.[1]);
}

/** Takes parameters out of the address bar and leaves the others as they were written. */
export function takeFromAddress(parameters: RegExp): void {
  const url = new URL(location.href);
  url.search = url.search
    .slice(1)
    .split('&')
    .filter((parameter) => !parameters.test(parameter))
    .join('&');
  history.replaceState(history.state, '', url);
}
