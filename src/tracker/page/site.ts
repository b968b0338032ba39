import { given, givenText, page } from './globals.js';

/**
 * Learns collector and key from the address that the tracker was loaded from, `https://host/KEY.js`,
 * `https://host/path/KEY.js` or `KEY.2.js` as the original named it, unless the page says so itself. `kmq.js` is the file
 * for a CDN and names no key.
 */
export function loadedFrom(address: string | undefined): void {
  const [, collector, name] = /^(\w+:\/\/[^?#]+)\/([^/?#]+?)(?:\.\d+)?\.js(?:[?#]|$)/.exec(address || '') || [];
  page.KM_COLLECTOR = (givenText('KM_COLLECTOR') || collector)?.replace(/\/$/, '');
  page._kmk = givenText('_kmk') || givenText('KM_KEY') || (name != 'kmq' && name ? decodeURIComponent(name) : '');
  // Of the page's own from now on, set or not: an element of that name is behind it.
  page.KM_PLAIN = given('KM_PLAIN');
}
