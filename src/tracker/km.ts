import { pageView } from './automatic/page-view.js';
import { ab, abId } from './commands/ab.js';
import { alias } from './commands/alias.js';
import { consent, optIn, optOut } from './commands/consent.js';
import { clearIdentity, identify } from './commands/identify.js';
import { planEvent } from './commands/plans.js';
import { record } from './commands/record.js';
import { set } from './commands/set.js';
import { trackClick, trackSubmit } from './commands/track.js';
import { debug, trace } from './console.js';
import { guard } from './guard.js';
import { currentId } from './identity.js';
import { currentUrl, referrer } from './page/address.js';
import { urlMatches, urlMatchesRegex } from './patterns.js';
import { ts } from './time.js';
import type { KM } from './types.js';

const METHODS: Record<keyof KM, (...parameters: never[]) => unknown> = {
  record,
  set,
  identify,
  alias,
  clearIdentity,
  i: currentId,
  ts,
  rf: referrer,
  u: currentUrl,
  um: urlMatches,
  urm: urlMatchesRegex,
  ab,
  abi: abId,
  pageView,
  trackClick,
  trackClickOnOutboundLink: trackClick,
  trackSubmit,
  trackForm: trackSubmit,
  signedUp: /*#__PURE__*/ planEvent('Signed Up', 'Plan Name'),
  upgraded: /*#__PURE__*/ planEvent('Upgraded', 'Plan Name'),
  downgraded: /*#__PURE__*/ planEvent('Downgraded', 'Plan Name'),
  billed: /*#__PURE__*/ planEvent('Billed', 'Billing Amount', 'Billing Description'),
  canceled: /*#__PURE__*/ planEvent('Canceled'),
  cancelled: /*#__PURE__*/ planEvent('Canceled'),
  consent,
  optOut,
  optIn,
  debug,
};

/**
 * The `KM` object, each method on its own: what goes wrong in one stops nothing.
 * @param settle called before each: what was pushed earlier comes first
 */
export function createKM(settle: () => void): KM {
  // Without a prototype: a page that pushes `constructor` calls nothing.
  const km = { __proto__: null } as unknown as Record<string, unknown>;
  for (const [name, method] of Object.entries(METHODS)) {
    km[name] = (...parameters: never[]) =>
      guard(() => {
        settle();
        trace(name, ...parameters);
        return method(...parameters);
      });
  }
  return km as unknown as KM;
}
