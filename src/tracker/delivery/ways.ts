import { page } from '../page/globals.js';
import { ADDRESS, type Entry } from './entry.js';

/** The two ways to the collector, by the directive of a Content-Security-Policy that permits each. */
export const IMAGE = 'img-src';
export const POST = 'connect-src';
export type Way = typeof IMAGE | typeof POST;

/** A longer address goes by POST: something on its way may cut it. */
const LONG_ADDRESS_CHARACTERS = 2000;

/** The directive of the page's latest violation. */
let violated: string | undefined;
/** The way that has failed last: until something passes, or for good where the page's policy forbids it. */
let avoided: Way | undefined;

/** https://www.w3.org/TR/CSP3/#reporting: it may be of anything on the page, and may be reported without being blocked. */
export function noteViolation({ effectiveDirective }: SecurityPolicyViolationEvent): void {
  violated = effectiveDirective;
}

/**
 * Notes that a request has failed. Where neither way is permitted they take turns.
 * @returns whether the page's policy has stopped it, and the other way is still to be tried
 */
export function noteFailure(way: Way): boolean {
  const before = avoided;
  if (!before || before != violated) avoided = way;
  return !before && way == violated && !areSingle();
}

/** Notes that a request has passed. */
export function notePass(): void {
  if (avoided != violated) avoided = undefined;
}

/** Whether batches and beacons are not to be tried. */
export const isPostAvoided = (): boolean => avoided == POST;

/** Whether each hit needs a request of its own. */
export const areSingle = (): unknown => page.KM_PLAIN || isPostAvoided();

/**
 * A single hit goes as the image that the specification has, a long one by POST; after a failure the other way, in case
 * something lets only one of them through and does not say so.
 */
export function wayOf([first, second]: Entry[]): Way {
  return !areSingle() && (second || avoided || first![ADDRESS].length > LONG_ADDRESS_CHARACTERS) ? POST : IMAGE;
}
