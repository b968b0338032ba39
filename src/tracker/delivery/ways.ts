import { page } from '../page/globals.js';
import type { Entry } from './entry.js';

/** The two ways to the collector, an image and a POST, by the directive of a Content-Security-Policy that permits each. */
export type Way = 'img-src' | 'connect-src';

/** Browsers share 64 KiB among all requests that outlive their page. */
const BATCH_CHARACTERS = 60_000;
/** A longer address goes by POST: something on its way may cut it. */
const LONG_ADDRESS_CHARACTERS = 2000;
/** So many images have to pass, after a batch has failed, before two hits go together again. */
const IMAGES_UNTIL_BATCH = 8;

/** Learns which way gets through from this page, and how many hits may go together. */
export function createWays() {
  const refused: Partial<Record<string, boolean>> = {};
  /** How a single hit goes: as the image that the specification has, until one fails. */
  let usual: Way = 'img-src';
  let mostHits = Infinity;

  const other = (way: Way): Way => (way == 'img-src' ? 'connect-src' : 'img-src');

  /** Whether the page's policy lets nothing through this way. Where it says so of both, none is worse than the other. */
  const isClosed = (way: Way): unknown => refused[way] && !refused[other(way)];

  /** https://www.w3.org/TR/CSP3/#reporting: what is only to be reported is not blocked. */
  function learn({ effectiveDirective, blockedURI, disposition }: SecurityPolicyViolationEvent): void {
    // Of another origin some browsers tell no more than that.
    const isOurs = blockedURI && (blockedURI.includes(page.KM_COLLECTOR!) || page.KM_COLLECTOR!.startsWith(blockedURI));
    if (isOurs && disposition != 'report') refused[effectiveDirective] = true;
  }

  /** Whether each hit needs a request of its own. */
  const areSingle = (): unknown => page.KM_PLAIN || isClosed('connect-src');

  /** The hits that go in the next request, of those that may. */
  function take(entries: Entry[]): Entry[] {
    const most = areSingle() || entries[0]?.alone ? 1 : mostHits;
    return fitting(entries.slice(0, most).filter(({ alone }, index) => !index || !alone));
  }

  function wayOf(entries: Entry[]): Way {
    if (areSingle()) return 'img-src';
    if (isClosed('img-src') || entries[1]) return 'connect-src';
    return isLong(entries) ? 'connect-src' : usual;
  }

  /** A long hit that has failed by POST is tried as an image as well. */
  const isLong = ([entry]: Entry[]): boolean => entry!.address.length > LONG_ADDRESS_CHARACTERS && !(entry!.tries % 2);

  /** What has become of a request: a batch that fails is split, and grows again with what passes. */
  function settled(entries: Entry[], way: Way, delivered: boolean): void {
    if (entries[1]) mostHits = delivered ? mostHits * 2 : 1;
    else {
      if (!isLong(entries)) usual = delivered ? way : other(way);
      if (delivered) mostHits += way == 'connect-src' ? mostHits : 1 / IMAGES_UNTIL_BATCH;
    }
  }

  return { areSingle, isClosed, learn, take, wayOf, settled };
}

/** As many as fit into one request. A hit that is too long for any goes alone. */
export function fitting(entries: Entry[]): Entry[] {
  let room = BATCH_CHARACTERS;
  return entries.filter(({ address }, index) => {
    room -= address.length;
    return room > 0 || !index;
  });
}
