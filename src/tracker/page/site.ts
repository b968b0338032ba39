import { report } from '../console.js';
import { guard } from '../guard.js';
import { page, setting } from './globals.js';

/**
 * Finds collector and key. The page's globals come first. Next come the settings that the collector puts in front of the tracker:
 * the script may have been copied to another host, and their URL may be relative (`..`) to that of the script. Last comes
 * the URL of the script itself: `https://host/KEY.js`, `https://host/path/KEY.js`, or `KEY.2.js` as in the original. `kmq.js`
 * is the file for a CDN and names no key. A module has no URL; code in a bundle or in `eval` has that of the script around it.
 */
export function loadedFrom(address: string | undefined): void {
  const [, collector, name] = /^(\w+:\/\/[^?#]+)\/([^/?#]+?)(?:\.\d+)?\.js(?:[?#]|$)/.exec(address || '') || [];
  const told = setting('KM_COLLECTOR', String);
  const known = guard(() => (told ? new URL(told, address || location.href).href : collector)) as string | undefined;
  page.KM_COLLECTOR = known?.replace(/\/$/, '');
  page._kmk =
    setting('_kmk', String) ||
    setting('KM_KEY', String) ||
    (name == 'kmq' ? '' : (guard(() => decodeURIComponent(name || '')) as string | undefined));
  // An own property of the window from now on, so that an element with this id is never read instead.
  page.KM_PLAIN = setting('KM_PLAIN');
  // Reported once, here, and not for each hit.
  for (const name of ['_kmk', 'KM_COLLECTOR'] as const) if (!page[name]) report('nothing is sent without', name);
}
