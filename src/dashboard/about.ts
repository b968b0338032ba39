import type { About } from '../protocol/api.js';
import { setClock } from './clock.js';

/**
 * What the collector has written into the page about itself and the site. It is undefined for an address that named no site, and
 * for a page that the browser had stored, as it may after Back: the time in such a page is no longer the collector's time.
 */
export function writtenAbout(): About | undefined {
  const written = document.querySelector<HTMLElement>('script#about');
  const [opened] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  // A stored page takes no bytes, and one that is confirmed by a 304 takes fewer than it has.
  if (!written || (opened && opened.transferSize <= opened.encodedBodySize)) return undefined;
  setClock(Number(written.dataset.now));
  return JSON.parse(written.textContent) as About;
}
