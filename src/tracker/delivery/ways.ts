import { page } from '../page/globals.js';
import type { Entry } from './entry.js';

/** The two ways to the collector, an image and a POST, by the directive of a Content-Security-Policy that permits each. */
export type Way = 'img-src' | 'connect-src';

/** Browsers share 64 KiB among all requests that outlive their page. */
const BATCH_CHARACTERS = 60_000;
/** A longer address goes by POST: something on its way may cut it. */
const LONG_ADDRESS_CHARACTERS = 2000;
/** Four single hits have to pass, after a batch has failed, before two go together again. */
const BATCH_GROWTH = 1.25;

const refused: Partial<Record<string, boolean>> = {};
let mostHits = Infinity;

const other = (way: Way): Way => (way == 'img-src' ? 'connect-src' : 'img-src');

/** Whether the page's policy lets nothing through this way. Where it says so of both, none is worse than the other. */
export const isClosed = (way: Way): unknown => refused[way] && !refused[other(way)];

/** https://www.w3.org/TR/CSP3/#reporting: what is only to be reported is not blocked. */
export function learn({ effectiveDirective, blockedURI, disposition }: SecurityPolicyViolationEvent): void {
  // Of another origin some browsers tell no more than that.
  const isOurs = blockedURI && (blockedURI.includes(page.KM_COLLECTOR!) || page.KM_COLLECTOR!.startsWith(blockedURI));
  if (isOurs && disposition != 'report') refused[effectiveDirective] = true;
}

/** Whether each hit needs a request of its own. */
export const areSingle = (): unknown => page.KM_PLAIN || isClosed('connect-src');

/** The hits that go in the next request, of those that may. */
export function take(entries: Entry[]): Entry[] {
  const most = areSingle() || entries[0]?.alone ? 1 : mostHits;
  return fitting(entries.slice(0, most).filter(({ alone }, index) => !index || !alone));
}

/**
 * A single hit goes as the image that the specification has, a long one by POST; after a failure the other way, in case
 * something lets only one of them through and does not say so.
 */
export function wayOf(entries: Entry[]): Way {
  const [{ address, tries }, second] = entries as [Entry, Entry?];
  if (areSingle()) return 'img-src';
  return second || isClosed('img-src') || address.length > LONG_ADDRESS_CHARACTERS != !!(tries % 2)
    ? 'connect-src'
    : 'img-src';
}

/** A batch that fails is split, since one hit in it may be refused; what passes lets it grow again. */
export function settled(together: unknown, delivered: boolean): void {
  if (delivered) mostHits *= BATCH_GROWTH;
  else if (together) mostHits = 1;
}

/** As many as fit into one request. A hit that is too long for any goes alone. */
export function fitting(entries: Entry[]): Entry[] {
  let room = BATCH_CHARACTERS;
  return entries.filter(({ address }, index) => {
    room -= address.length;
    return room > 0 || !index;
  });
}
