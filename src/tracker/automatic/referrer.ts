import { set } from '../commands/set.js';
import { currentUrl, hostOf, referrer } from '../page/address.js';

/**
 * The property `Referrer`, on a page that was reached from another site (docs/reference.md#5.2), or from an app, such as
 * `android-app://com.google.android.gm/`.
 */
export function externalReferrer(): void {
  if (/^[\w+.-]+:\/\//.test(referrer()) && hostOf() != hostOf(currentUrl())) set({ Referrer: referrer() });
}
