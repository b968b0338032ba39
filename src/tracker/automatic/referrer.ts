import { set } from '../commands/set.js';
import { currentUrl, hostOf, referrer } from '../page/address.js';

/** The property `Referrer`, on a page that was reached from another site (reference section 5.2). */
export function externalReferrer(): void {
  const host = hostOf();
  if (host && host != hostOf(currentUrl())) set({ Referrer: referrer() });
}
