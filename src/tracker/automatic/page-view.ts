import { record } from '../commands/record.js';
import { guard } from '../guard.js';
import { currentUrl, referrerOrDirect } from '../page/address.js';
import { setting } from '../page/globals.js';
import { onRoute } from '../page/history.js';

/** `KM.pageView()`: the event `Page View` (docs/reference.md#5.6). */
export function pageView(from: unknown = referrerOrDirect()): void {
  record('Page View', { 'Viewed URL': currentUrl(), Referrer: from });
}

/** The part of a URL that only names a place on the page: the fragment, unless it is a route (`#/cart`, `#!cart`). */
const PLACE = /#(?![/!]).*/;

/** The same part, and every query, also that of a route in the fragment. */
const PARAMETERS = /\?[^#]*|#(?![/!]).*/g;

/**
 * Records a page view now, and one for every page that an application shows without loading it. URLs are compared after
 * the task has ended, since routers correct a URL right after they change it. `history.replaceState` with another query,
 * such as the text in a search field, is no page view, unless the site sets `KM_ROUTE_QUERY`. A page from the
 * back-forward cache is viewed again.
 */
export function pageViews(): void {
  // The browser's own URL: `KM.u`, which a page may replace, might always return the same.
  let shown: string;
  let told: string | undefined;
  /** The history has moved to another entry since the last check. */
  let entered: unknown;
  const isOther = (ignored: RegExp) => location.href.replace(ignored, '') != shown.replace(ignored, '');
  const look = (isPage: unknown, from = told): void => {
    shown = location.href;
    told = currentUrl();
    if (isPage) guard(() => pageView(from));
  };
  look(true);
  addEventListener('pageshow', ({ persisted }) => persisted && look(true, referrerOrDirect()));
  onRoute((how) => {
    entered ||= how != 'replace';
    setTimeout(() => {
      const isPage = isOther(entered || setting('KM_ROUTE_QUERY') ? PLACE : PARAMETERS);
      entered = false;
      if (isOther(PLACE)) look(isPage);
    });
  });
}
