import { record } from '../commands/record.js';
import { guard } from '../guard.js';
import { currentUrl, referrerOrDirect } from '../page/address.js';

/** `KM.pageView()`: the event `Page View` (reference section 5.6). */
export function pageView(from: unknown = referrerOrDirect()): void {
  record('Page View', { 'Viewed URL': currentUrl(), Referrer: from });
}

/** What is one page to its reader: a fragment is a place on it, unless it is a route (`#/cart`, `#!cart`). */
const route = (url: string): string => url.replace(/#(?![/!]).*/, '');

/**
 * A page view now, and one for every page that an application shows without loading it. Addresses are
 * compared, since one step back fires both popstate and hashchange
 * (https://github.com/plausible/plausible-tracker/issues/58), and only once the task is over, since routers
 * correct themselves with replaceState. A page that comes out of the back-forward cache is viewed again.
 */
export function pageViews(): void {
  let shown = currentUrl();
  const changed = (): void => {
    const from = shown;
    if (route(currentUrl()) == route(from)) return;
    shown = currentUrl();
    pageView(from);
  };
  const routed = (): unknown => setTimeout(() => guard(changed));
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method].bind(history);
    history[method] = (...parameters) => {
      original(...parameters);
      routed();
    };
  }
  addEventListener('popstate', routed);
  addEventListener('hashchange', routed);
  addEventListener('pageshow', ({ persisted }) => persisted && guard(pageView));
  pageView();
}
