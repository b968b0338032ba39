import { page } from '../page/globals.js';
import { ADDRESS, type Entry } from './entry.js';

/** The two ways to send hits, each named by the directive of a Content-Security-Policy that permits it. */
export const IMAGE = 'img-src';
export const POST = 'connect-src';
export type Way = typeof IMAGE | typeof POST;

/** A longer URL is sent by POST, since a proxy may cut it. */
const LONG_ADDRESS_CHARACTERS = 2000;

/** The directive of the page's latest violation. */
let violated: string | undefined;
/** The way that has failed last, until a request is acknowledged; also after that while the page's latest violation is about it. */
let avoided: Way | undefined;

/**
 * A violation may be about anything on the page, and may be only reported and not blocked: https://www.w3.org/TR/CSP3/#reporting
 */
export function noteViolation({ effectiveDirective }: SecurityPolicyViolationEvent): void {
  violated = effectiveDirective;
}

/**
 * Notes that a request has failed. If neither way is permitted, they are tried in turns.
 * @returns whether the page's policy has blocked it and the other way was not tried yet
 */
export function noteFailure(way: Way): boolean {
  const before = avoided;
  if (!before || before != violated) avoided = way;
  return !before && way == violated && !page.KM_PLAIN;
}

/** Notes that a request was acknowledged. */
export function notePass(): void {
  if (avoided != violated) avoided = undefined;
}

/** Whether not to try batches and beacons. */
export const isPostAvoided = (): boolean => avoided == POST;

/** Whether each hit needs a separate request. */
export const areSingle = (): unknown => page.KM_PLAIN || isPostAvoided();

/**
 * A single hit is sent as an image, as in the original; a long one by POST. After a failure the other way is used, since a
 * blocker may let only one of them through.
 */
export function wayOf([first, second]: Entry[]): Way {
  return !areSingle() && (second || avoided || first![ADDRESS].length > LONG_ADDRESS_CHARACTERS) ? POST : IMAGE;
}
