import { page } from './globals.js';

/**
 * Learns collector and key from the address that the tracker was loaded from, `https://host/KEY.js` or
 * `KEY.2.js` as the original named it, unless the page says so itself. `kmq.js` is the file for a CDN and
 * names no key.
 */
export function loadedFrom(address: string | undefined): void {
  const [, origin, name] = /^(\w+:\/\/[^/]+).*?([^/?#]+?)(?:\.\d+)?\.js(?:[?#]|$)/.exec(address || '') || [];
  page.KM_COLLECTOR ||= origin;
  if (name != 'kmq') page._kmk ||= page.KM_KEY || (name && decodeURIComponent(name));
}

/** The site's key; undefined or empty where the page has not said. */
export function key(): string | undefined {
  return page._kmk || page.KM_KEY;
}

/** Where hits go, without a slash at the end; undefined where the page has not said. */
export function collector(): string | undefined {
  return page.KM_COLLECTOR?.replace(/\/$/, '');
}
