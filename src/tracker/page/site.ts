import { report } from '../console.js';
import { guard } from '../guard.js';
import { page, setting } from './globals.js';

/**
 * Finds out collector and key, unless the page names them: from the settings that the collector puts in front of the tracker, since
 * a copy may be on any host, and an old address may contain folders, out of which `..` leads; else from the address from which the
 * tracker was loaded, `https://host/KEY.js`, `https://host/path/KEY.js` or `KEY.2.js` as the original named it. `kmq.js` is the
 * file for a CDN and names no key. A module, and what was evaluated or bundled, has no such address.
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
  // Of the page's own from now on, set or not: an element of that name is behind it.
  page.KM_PLAIN = setting('KM_PLAIN');
  // Once, and not for each hit that is not sent.
  const missing = (['_kmk', 'KM_COLLECTOR'] as const).filter((name) => !page[name]);
  if (missing[0]) report('nothing is sent: set before the tracker', ...missing);
}
