import { record } from '../commands/record.js';
import { currentUrl, referrerOrDirect } from '../page/address.js';
import { keep, recall } from '../page/storage.js';

const VISIT = 'km_vs';
/** A visit ends after half an hour without a page load. */
const HALF_AN_HOUR_DAYS = 1 / 48;

/** `Visited Site`, once for each visit (docs/reference.md#5.1). */
export function visitedSite(): void {
  if (!recall(VISIT)) record('Visited Site', { URL: currentUrl(), Referrer: referrerOrDirect() });
  keep(VISIT, '1', HALF_AN_HOUR_DAYS);
}
