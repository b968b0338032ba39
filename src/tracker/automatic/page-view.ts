import { record } from '../commands/record.js';
import { guard } from '../guard.js';
import { currentUrl, referrerOrDirect } from '../page/address.js';
import { setting } from '../page/globals.js';
import { onRoute } from '../page/history.js';

/** `KM.pageView()`: the event `Page View` (docs/reference.md#5.6). */
export function pageView(from: unknown = referrerOrDirect()): void {
  record('Page View', { 'Viewed URL': currentUrl(), Referrer: from });
}

/** What is no other page to its reader: a place on it, which is a fragment unless that is a route (`#/cart`, `#!cart`). */
const PLACE = /#(?![/!]).*/;

/** And parameters, those of such a route as well. */
const PARAMETERS = /\?[^#]*|#(?![/!]).*/g;

/**
 * A page view now, and one for every page that an application shows without loading it: addresses are compared,
 * and only once the task is over, since routers correct themselves right after. An entry of the history that is
 * only given other parameters, such as what has been typed into a search so far, is the same page, unless the
 * site says otherwise. A page that comes out of the back-forward cache is viewed again.
 */
export function pageViews(): void {
  // The browser's own address: a page may have all its events tell one and the same.
  let shown: string;
  let told: string | undefined;
  /** Another entry of the history is shown than at the last look. */
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
