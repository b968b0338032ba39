import { page } from './globals.js';

/**
 * Learns collector and key from the address that the tracker was loaded from, `https://host/KEY.js`,
 * `https://host/path/KEY.js` or `KEY.2.js` as the original named it, unless the page says so itself, or the collector does in
 * front of the tracker: a copy may lie anywhere, and an old address has folders in it, out of which `..` leads. `kmq.js` is the
 * file for a CDN and names no key.
 */
export function loadedFrom(address: string | undefined): void {
  const [, collector, name] = /^(\w+:\/\/[^?#]+)\/([^/?#]+?)(?:\.\d+)?\.js(?:[?#]|$)/.exec(address || '') || [];
  const told = page.KM_SITE?.KM_COLLECTOR;
  const known = told && collector ? new URL(told, address).href : told || collector;
  page.KM_COLLECTOR = (page.KM_COLLECTOR || known)?.replace(/\/$/, '');
  page._kmk ||= page.KM_KEY || page.KM_SITE?._kmk || (name != 'kmq' && name ? decodeURIComponent(name) : '');
}
