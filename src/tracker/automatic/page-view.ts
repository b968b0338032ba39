import { record } from '../commands/record.js';
import { guard } from '../guard.js';
import { currentUrl, referrerOrDirect } from '../page/address.js';
import { setting } from '../page/globals.js';
import { onRoute } from '../page/history.js';

/** `KM.pageView()`: the event `Page View` (docs/reference.md#5.6). */
export function pageView(from: unknown = referrerOrDirect()): void {
  record('Page View', { 'Viewed URL': currentUrl(), Referrer: from });
}

/** The part of an address that is a place on the same page: a fragment, unless it is a route (`#/cart`, `#!cart`). */
const PLACE = /#(?![/!]).*/;

/** That part and the query, also the query of such a route. */
const PARAMETERS = /\?[^#]*|#(?![/!]).*/g;

/**
 * A page view now, and one for every page that an application shows without loading it. Addresses are compared after the
 * task has ended, since routers correct their address right after a change. An entry of the history whose query alone
 * changes, such as the text in a search field, is the same page, unless the site has another setting. A page that comes
 * out of the back-forward cache is viewed again.
 */
export function pageViews(): void {
  // The browser's own address: `KM.u`, which a page may replace, might always return the same.
  let shown: string;
  let told: string | undefined;
  /** Another entry of the history is shown than at the last check. */
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
