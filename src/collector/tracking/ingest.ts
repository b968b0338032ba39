import { decodeQuery } from '../../protocol/decode.js';
import { interpret } from '../../protocol/interpret.js';
import type { Path } from '../../protocol/parameters.js';
import type { Reason } from '../../protocol/reasons.js';
import type { Entry } from '../store/store.js';

/** How much of a refused request is shown to the site's owner, in characters. */
const REQUEST_SHOWN = 2048;

export interface IngestOptions {
  /** Whether hits of a site are taken. */
  accepts: (key: string) => boolean;
  /** Whether the site takes hits from pages of an origin, undefined for a sender that names none. */
  allows: (key: string, origin: string | undefined) => boolean;
}

/**
 * One request of the tracking API as what the store keeps of it: a hit, or the reason why it is none.
 * @param query the query string, with the form body behind it where there is one
 * @param received Unix seconds
 * @param origin of the page that sent it, in lower case; undefined where the request names none
 */
export function ingest(
  path: Path,
  query: string,
  received: number,
  origin: string | undefined,
  { accepts, allows }: IngestOptions,
): Entry {
  const hit = interpret(path, decodeQuery(query), received);
  if ('reason' in hit) return refuse(hit.key, hit.reason, `${path}?${query}`, received);
  // Filed under no key, so that who mistyped the key in a page finds it in the Live of the right one.
  if (!accepts(hit.key)) return refuse(null, ['unknown-key', hit.key], `${path}?${query}`, received);
  if (!allows(hit.key, origin)) {
    return refuse(hit.key, ['foreign-origin', origin ?? ''], `${path}?${query}`, received);
  }
  return { hit, received };
}

export function refuse(key: string | null, reason: Reason, request: string, received: number): Entry {
  return { refusal: { key, received, reason, request: request.slice(0, REQUEST_SHOWN) } };
}
