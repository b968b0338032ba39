import { setting } from '../page/globals.js';
import { ADDRESS, type Entry } from './entry.js';

/** The two ways to the collector, by the directive of a Content-Security-Policy that permits each. */
export const IMAGE = 'img-src';
export const POST = 'connect-src';
export type Way = typeof IMAGE | typeof POST;

/** A longer address goes by POST: something on its way may cut it. */
const LONG_ADDRESS_CHARACTERS = 2000;

/** The way of the latest violation, and the one that is not taken: one of ours has failed there after a violation. */
let violated: string | undefined;
let closed: string | undefined;
/** The way of the latest failure, until something passes. */
let failed: Way | undefined;

/** https://www.w3.org/TR/CSP3/#reporting: it may be of anything on the page, and may be reported without being blocked. */
export function noteViolation({ effectiveDirective }: SecurityPolicyViolationEvent): void {
  violated = effectiveDirective;
}

/**
 * Notes that a request has failed. Where neither way is permitted they take turns.
 * @returns whether the page's policy has stopped it, and the other way is still to be tried
 */
export function isStopped(entries: Entry[], way: Way): boolean {
  const before = closed;
  if (way == violated) closed = way;
  return (before || way) == closed && wayOf(entries) != way;
}

/** Whether several hits can go in one request, and beacons. */
export const isPostClosed = (): boolean => closed == POST;

/** Whether each hit needs a request of its own. */
export const areSingle = (): unknown => setting('KM_PLAIN') || isPostClosed();

/** Notes in which way a request has failed; nothing when one has passed. */
export function noteFailure(way?: Way): void {
  failed = way;
}

/**
 * A single hit goes as the image that the specification has, a long one by POST; after a failure the other way, in case
 * something lets only one of them through and does not say so.
 */
export function wayOf([first, second]: Entry[]): Way {
  const isLong = first![ADDRESS].length > LONG_ADDRESS_CHARACTERS;
  const isPost = failed ? failed == IMAGE : isLong;
  return !areSingle() && (second || closed == IMAGE || isPost) ? POST : IMAGE;
}
