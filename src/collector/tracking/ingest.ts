import type { IncomingMessage } from 'node:http';
import { decodeQuery } from '../../protocol/decode.js';
import { interpret, type AcceptedHit } from '../../protocol/interpret.js';
import { BATCH_HITS } from '../../protocol/limits.js';
import { BATCH, type Path } from '../../protocol/parameters.js';
import { foldName } from '../../protocol/text.js';
import type { Clients } from '../access/client.js';
import { now } from '../clock.js';
import type { Sites } from '../sites/sites.js';
import type { Entry } from '../store/store.js';
import { refuse } from './refuse.js';

export const HIT_PATHS: ReadonlySet<string> = new Set<Path>(['/e', '/s', '/a']);

/** The property that a site gets with `ipAddress`. */
const IP_ADDRESS = 'IP Address';

export interface IngestParts {
  sites: Sites;
  clients: Pick<Clients, 'addressOf'>;
}

/** The number of hits that a request claims to have. Its sender is charged for all of them, readable or not. */
export function countHits(url: string, body: string): number {
  return url.startsWith(BATCH) ? Math.min(body.split('\n').length, BATCH_HITS) : 1;
}

/**
 * Turns one request of the tracking API into the entries that the store keeps. The hit is in its address and form; a batch
 * has one on each line of its body.
 */
export function ingest(url: string, body: string, request: IncomingMessage, parts: IngestParts): Entry[] {
  const origin = originOf(request);
  const received = now();
  const hit = (path: string, query: string) => ingestHit(path as Path, query, received, origin, request, parts);
  const path = url.slice(0, 2);
  if (path !== BATCH) return [hit(path, joinQueries(url.slice(3), body))];

  const lines = body.split(/\r?\n/, BATCH_HITS + 1);
  if (!body || lines.length > BATCH_HITS) {
    return [refuse(null, ['batch-size'], `${url}\n${body}`, received)];
  }
  return lines.map((line) =>
    line[2] === '?' && HIT_PATHS.has(line.slice(0, 2))
      ? hit(line.slice(0, 2), line.slice(3))
      : refuse(null, ['batch-line'], line, received),
  );
}

/**
 * A hit, or the reason why it is none.
 * @param query the query string, with the form body behind it where there is one
 * @param received Unix seconds
 * @param origin of the page that sent it, in lower case; undefined where the request names none
 */
function ingestHit(
  path: Path,
  query: string,
  received: number,
  origin: string | undefined,
  request: IncomingMessage,
  { sites, clients }: IngestParts,
): Entry {
  const hit = interpret(path, decodeQuery(query), received);
  if ('reason' in hit) return refuse(hit.key, hit.reason, `${path}?${query}`, received);
  // Filed under no key, so that who mistyped the key in a page finds it in the Live of the right one.
  if (!sites.accepts(hit.key)) return refuse(null, ['unknown-key', hit.key], `${path}?${query}`, received);
  if (!sites.allows(hit.key, origin)) {
    return refuse(hit.key, ['foreign-origin', origin ?? ''], `${path}?${query}`, received);
  }
  if (hit.kind !== 'alias' && sites.wantsAddress(hit.key)) addAddress(hit, clients.addressOf(request));
  return { hit, received };
}

/** A server that passes on what its visitors did gives their addresses itself. */
function addAddress({ properties }: AcceptedHit, address: string): void {
  if (address && !properties.some(([name]) => foldName(name) === foldName(IP_ADDRESS))) {
    properties.push([IP_ADDRESS, address]);
  }
}

/**
 * The origin of the page behind a request: browsers say it in `Origin` of a fetch, and in `Referer` of an
 * image (https://fetch.spec.whatwg.org/#origin-header); what they say of a sandboxed page is `null`.
 */
function originOf({ headers }: IncomingMessage): string | undefined {
  const origin = headers.origin ?? (headers.referer && /^\w+:\/\/[^/?#]+/.exec(headers.referer)?.[0]);
  return origin?.toLowerCase();
}

function joinQueries(query: string, body: string): string {
  return query && body ? `${query}&${body}` : query || body;
}
