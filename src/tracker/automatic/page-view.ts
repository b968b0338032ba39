import { record } from '../commands/record.js';
import { guard } from '../guard.js';
import { currentUrl, referrerOrDirect } from '../page/address.js';
import { setting } from '../page/globals.js';
import { onRoute } from '../page/history.js';

/** `KM.pageView()`: the event `Page View` (reference section 5.6). */
export function pageView(from: unknown = referrerOrDirect()): void {
  record('Page View', { 'Viewed URL': currentUrl(), Referrer: from });
}

/** What is one page to its reader: a fragment is a place on it, unless it is a route (`#/cart`, `#!cart`). */
const route = (url: string): string => url.replace(/#(?![/!]).*/, '');

/** A route without its parameters, those in a fragment as well. */
const path = (url: string): string => route(url).replace(/\?[^#]*/g, '');

/**
 * A page view now, and one for every page that an application shows without loading it: addresses are compared,
 * and only once the task is over, since routers correct themselves right after. An entry of the history that is
 * only given other parameters, such as what has been typed into a search so far, is the same page, unless the
 * site says otherwise. A page that comes out of the back-forward cache is viewed again.
 */
export function pageViews(): void {
  let shown = currentUrl();
  /** Another entry of the history is shown than at the last look. */
  let entered: unknown;
  pageView();
  const changed = (): void => {
    const from = shown;
    const isOther = entered || setting('KM_ROUTE_QUERY');
    entered = false;
    if (route(currentUrl()) == route(from)) return;
    shown = currentUrl();
    if (isOther || path(shown) != path(from)) pageView(from);
  };
  onRoute((isEntry) => {
    entered ||= isEntry;
    setTimeout(() => guard(changed));
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    shown = currentUrl();
    guard(pageView);
  });
}
