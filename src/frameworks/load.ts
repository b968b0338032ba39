import type { PageGlobals } from '../tracker/page/globals.js';

/** What the component `Kmq` of each framework takes. What is given when it is first mounted holds for the page. */
export interface KmqProps {
  /** The site's key. */
  site: string;
  /** Address of the collector, `https://stats.example.com` or `https://www.example.com/stats`. */
  collector: string;
  /** `Page View` for the page and for each route; where it is not given, the site's setting `pageView` holds. */
  pageViews?: boolean | undefined;
  /** The nonce of the page's Content-Security-Policy, where its `script-src` does not name the collector. */
  nonce?: string | undefined;
}

type Page = Pick<PageGlobals, 'KM_SKIP_PAGE_VIEW'> & { _kmq?: unknown[] & { t?: number[] } };

/**
 * Loads the tracker from the collector, with the settings of the site, as the pasted loader does. Where there is no browser
 * it does nothing, nor where a loader, another component or this one has been before: strict mode, hot reloading and
 * routers mount a component again.
 */
export function load({ site, collector, pageViews, nonce }: KmqProps): void {
  if (typeof document == 'undefined') return;
  // An application whose variables of the environment are not set would send to a site “undefined”.
  if (!site || !collector) return console.error('kmq: Kmq needs site and collector');
  const page = globalThis as Page;
  const queue = (page._kmq ||= []);
  if (Array.isArray(queue.t)) return;
  // What has been pushed before is as old as this; what is pushed from now on has its own moment, by its place.
  const times = (queue.t = [Date.now()]);
  queue.push = (...items) => {
    times[queue.length] = Date.now();
    return times.push.apply(queue, items as never);
  };
  if (pageViews != undefined) page.KM_SKIP_PAGE_VIEW = !pageViews;
  try {
    const script = document.createElement('script');
    if (nonce) script.nonce = nonce;
    script.src = `${collector.replace(/\/+$/, '')}/${encodeURIComponent(site)}.js`;
    document.head.append(script);
  } catch {
    // Trusted Types refuse an address that a script makes, and the browser says so. An error here would unmount the
    // application; commands wait in the queue.
  }
}
