import { page } from '../page/globals.js';
import { permission } from '../page/permission.js';
import { failures, flush, lease, send } from './delivery.js';
import { IS_UNSAFE, linesOf } from './entry.js';
import { FREE_MS, LEASE_MS } from './lease.js';
import { beacon } from './network.js';
import { forgetHit, openOutbox, waitingHits } from './outbox.js';
import { alike, fitting, isFree } from './together.js';
import { IMAGE, isPostAvoided, noteViolation } from './ways.js';

/*
 * Delivery at the start of a page, when the page is hidden or left, and when the visitor comes back.
 */

/** How long to wait for the first paint. */
const PAINT_MS = 1000;

/** Sends the hits that are not acknowledged, at once and by requests that outlive the page, as far as browsers allow. */
function leave(): void {
  if (!permission()) return;
  openOutbox();
  const leaving = fitting(waitingHits().filter((entry) => entry[IS_UNSAFE] || isFree(entry)));
  while (leaving[0]) {
    const taken = leaving.splice(0, alike(leaving));
    // Chromium and Firefox finish images that are requested while the page is left (https://github.com/whatwg/html/issues/1655).
    if (isPostAvoided() || !beacon(linesOf(taken))) for (const entry of taken) send([entry], IMAGE);
    // After failures there is no lease, so that the next page sends them again at once: this request may fail too, unnoticed.
    lease(taken, failures ? FREE_MS : Date.now() + LEASE_MS);
  }
}

/**
 * Follows the page's life: `hidden` may be the last event of a page
 * (https://developer.chrome.com/docs/web-platform/page-lifecycle-api).
 */
export function startDelivery(): void {
  addEventListener('visibilitychange', () => (document.hidden ? leave() : flush()));
  addEventListener('pagehide', leave);
  addEventListener('online', flush);
  addEventListener('securitypolicyviolation', noteViolation);
  // Another tab has removed the copy of a hit because it was acknowledged. Plain hits have no id, so a second copy would count
  // again. Hits with an id count once even if they are sent twice, so for them no listener is needed: a listener would make the browser
  // read localStorage.
  if (page.KM_PLAIN) addEventListener('storage', ({ key, newValue }) => newValue === null && forgetHit(key));
  // Starts to use localStorage, and sends the hits that earlier pages have left there.
  const open = (): void => {
    clearTimeout(opening);
    openOutbox();
    flush();
  };
  // After the first paint: the first access to localStorage may have to wait for the disk.
  const opening = setTimeout(open, PAINT_MS);
  globalThis.requestAnimationFrame?.(() => setTimeout(open));
}
