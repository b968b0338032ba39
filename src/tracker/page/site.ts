import { report } from '../console.js';
import { given, givenText, page, setting } from './globals.js';

/**
 * Learns collector and key, unless the page says so itself: from what the collector has put in front of the tracker, else
 * from the address that the tracker was loaded from, `https://host/KEY.js`, `https://host/path/KEY.js` or `KEY.2.js` as the
 * original named it, the original's host between them where a proxy of the site stood in front of it. `kmq.js` is the file
 * for a CDN and names no key. A module, and what was evaluated or bundled, has no such address.
 */
export function loadedFrom(address: string | undefined): void {
  const [, collector, name] =
    /^(\w+:\/\/[^?#]+?)(?:\/[^/?#]+\.kissmetrics\.\w+)?\/([^/?#]+?)(?:\.\d+)?\.js(?:[?#]|$)/.exec(address || '') || [];
  page.KM_COLLECTOR = (setting('KM_COLLECTOR') || collector)?.replace(/\/$/, '');
  page._kmk =
    givenText('_kmk') || givenText('KM_KEY') || setting('_kmk') || (name != 'kmq' && name ? decodeURIComponent(name) : '');
  // Of the page's own from now on, set or not: an element of that name is behind it.
  page.KM_PLAIN = given('KM_PLAIN');
  // Once, and not for each hit that is not sent.
  const missing = (['_kmk', 'KM_COLLECTOR'] as const).filter((name) => !page[name]);
  if (missing[0]) report('nothing is sent: set before the tracker', ...missing);
}
