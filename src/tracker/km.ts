import { encodeQuery } from '../protocol/encode.js';
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
import { currentId, knownId, storedValue } from './identity.js';
import { ADDRESSES, parametersOf } from './page/address.js';
import { setting } from './page/globals.js';
import { urlMatches, urlMatchesRegex } from './patterns.js';
import { ts } from './time.js';
import type { KM } from './types.js';

const METHODS: Record<Exclude<keyof KM, '_i' | 'u' | 'rf'>, (...parameters: never[]) => unknown> = {
  record,
  set,
  identify,
  alias,
  clearIdentity,
  i: currentId,
  ts,
  gc: storedValue,
  p: (parameters) => encodeQuery(Object(parameters) as Record<string, unknown>),
  uprts: (url?: string) => ({ params: Object.fromEntries(parametersOf(url)) }),
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
 * The `KM` object. An error in one of its methods never reaches the page. If the page already has an object `KM`, its other members
 * are copied.
 * @param live called before each method, to run what was pushed earlier
 */
export function createKM(live: () => void): KM {
  // Without a prototype: a page that pushes `constructor` calls nothing.
  const km = {
    __proto__: null,
    get _i() {
      return knownId();
    },
    // Without a setter, an assignment would throw in strict code.
    set _i(_) {},
  } as unknown as Record<string, unknown>;
  guard(() => Object.assign(km, setting('KM')));
  for (const [name, method] of Object.entries(METHODS)) {
    km[name] = (...parameters: never[]) =>
      guard(() => {
        live();
        trace(name, ...parameters);
        return method(...parameters);
      });
  }
  // Without a guard: the tracker itself calls them, and guards each call.
  Object.assign(km, ADDRESSES);
  return km as unknown as KM;
}
