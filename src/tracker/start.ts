import { createKM } from './km.js';
import { page } from './page/globals.js';
import { loadedFrom } from './page/site.js';
import { startQueue } from './queue.js';

/**
 * Puts `KM` and the live `_kmq` into the page; a second tracker on the same page does nothing.
 * @param script address that the tracker was loaded from, which names collector and key
 */
export function start(script?: string): void {
  // Only one with a record is ours, or the original: any element with the id KM is a global, too.
  if (page().KM?.record) return;
  const km = createKM();
  page().KM = km;
  loadedFrom(script);
  startQueue(km);
}
