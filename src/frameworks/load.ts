import type { PageGlobals } from '../tracker/page/globals.js';
import { pageQueue } from './queue.js';

/**
 * The props of the component `Kmq` in each framework. It reads them when it is mounted, in React as soon as both `site` and
 * `collector` are given. Later changes have no effect.
 */
export interface KmqProps {
  /** The site's key. */
  site: string;
  /** URL of the collector, `https://stats.example.com` or `https://www.example.com/stats`. */
  collector: string;
  /** Whether to record `Page View` for the page and for each route. The default is the site's setting `pageView`. */
  pageViews?: boolean | undefined;
  /** The nonce of the page's Content-Security-Policy, if its `script-src` does not name the collector. */
  nonce?: string | undefined;
}

/**
 * Loads the tracker from the collector, with the settings of the site, as the pasted loader does. Does nothing if there is no
 * browser, or if a loader or a component has loaded it already: strict mode, hot reloading and routers mount a component
 * again.
 */
export function load({ site, collector, pageViews, nonce }: KmqProps): void {
  if (typeof document == 'undefined') return;
  // If the application's environment variables are not set, it would load the tracker of a site “undefined”.
  if (!site || !collector) return console.error('kmq: Kmq needs site and collector');
  const queue = pageQueue();
  if (Array.isArray(queue.t)) return;
  // Items that were pushed before get the present time. For each later push, its time is stored at the same index.
  const times = (queue.t = [Date.now()]);
  queue.push = (...items) => {
    times[queue.length] = Date.now();
    return times.push.apply(queue, items as never);
  };
  if (pageViews != undefined) (globalThis as PageGlobals).KM_SKIP_PAGE_VIEW = !pageViews;
  try {
    const script = document.createElement('script');
    if (nonce) script.nonce = nonce;
    script.src = `${collector.replace(/\/+$/, '')}/${encodeURIComponent(site)}.js`;
    document.head.append(script);
  } catch {
    // Trusted Types refuse a URL that a script makes, and the browser logs that. An error from here would unmount the
    // application.
  }
}
