import { crossDomain } from './automatic/cross-domain.js';
import { noteReturning } from './automatic/returning.js';
import { automaticFeatures } from './automatic/index.js';
import { debug } from './console.js';
import { startDelivery } from './delivery/page-life.js';
import { guard } from './guard.js';
import { keepSettings, setting } from './page/globals.js';
import { mayStore } from './page/permission.js';
import { loadedFrom } from './page/site.js';
import { removeAll } from './page/storage.js';
import { startQueue } from './queue.js';

/** Whether the page has a `KM`, kmq's or the original's. Some pages have another `KM`, or an element with that id: these have no `abi`. */
export const isRunning = (): boolean => typeof setting('KM')?.abi == 'function';

/**
 * Puts `KM` and the live `_kmq` into the page; a second tracker on the same page does nothing.
 * @param script URL from which the tracker was loaded; it contains collector and key
 */
export function start(script?: string): void {
  if (isRunning()) return;
  // A prerendered page may never be shown. Until it is, its commands wait in the queue.
  if ((document as Document & { prerendering?: boolean }).prerendering === true) {
    document.addEventListener('prerenderingchange', () => start(script));
    return;
  }
  keepSettings();
  loadedFrom(script);
  if (location.search.includes('km_debug=1')) debug();
  const settle = startQueue(prepare, automaticFeatures);
  guard(startDelivery);
  // In a separate task, unless the page calls earlier: the first access to cookies takes longer while much code is running.
  guard(() => setTimeout(settle));
}

/** Before any command runs. */
function prepare(): void {
  // If the visitor refused, or the site stores nothing any more, earlier values are removed.
  if (mayStore() === false) removeAll();
  noteReturning();
  crossDomain();
}
