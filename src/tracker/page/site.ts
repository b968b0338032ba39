import { page } from './globals.js';

let script: { origin: string; key: string } | undefined;

/**
 * Learns origin and key from the address that the tracker was loaded from: `https://host/KEY.js`, or
 * `KEY.2.js` as the original named it. `kmq.js` is the file for a CDN and names no key.
 */
export function loadedFrom(address: string | undefined): void {
  const match = /^(\w+:\/\/[^/]+).*?([^/?#]+?)(\.\d+)?\.js([?#]|$)/.exec(address || '');
  if (match) script = { origin: match[1]!, key: match[2] == 'kmq' ? '' : decodeURIComponent(match[2]!) };
}

/** The site's key; undefined or empty where the page has not said. */
export function key(): string | undefined {
  return page()._kmk || page().KM_KEY || script?.key;
}

/** Where hits go, without a slash at the end; undefined where the page has not said. */
export function collector(): string | undefined {
  return page().KM_COLLECTOR?.replace(/\/$/, '') || script?.origin;
}
