import type { IncomingHttpHeaders } from 'node:http';
import { decodeQuery } from '../../protocol/decode.js';
import { interpret, type AcceptedHit } from '../../protocol/interpret.js';
import { BATCH_HITS } from '../../protocol/limits.js';
import { BATCH, type Path } from '../../protocol/parameters.js';
import type { Reason } from '../../protocol/reasons.js';
import { foldName } from '../../protocol/text.js';
import type { Clients, Sender } from '../access/client.js';
import { now } from '../clock.js';
import type { Sites } from '../sites/sites.js';
import type { Entry } from '../store/store.js';
import { bodyFault } from './body.js';
import { refuse } from './refuse.js';

export const HIT_PATHS: ReadonlySet<string> = new Set<Path>(['/e', '/s', '/a']);

const LINE_BREAK = 10;

/** The property that a site gets with `ipAddress`. */
const IP_ADDRESS = 'IP Address';

/** A request of the tracking API that has been read to its end. */
export interface TrackingRequest {
  /** Path and query, ASCII. */
  url: string;
  headers: IncomingHttpHeaders;
  /** As it came; empty without one. */
  body: Buffer;
  /** What was changed before the hit could be read. */
  warnings: readonly Reason[];
  /** Who sent it. */
  sender: Sender;
}

export interface IngestParts {
  sites: Sites;
  clients: Pick<Clients, 'addressOf'>;
}

/** The number of hits that a request claims to have. Its sender is charged for all of them, readable or not. */
export function countHits({ url, body }: Pick<TrackingRequest, 'url' | 'body'>): number {
  if (!url.startsWith(BATCH)) return 1;
  let lines = 1;
  for (let at = body.indexOf(LINE_BREAK); at >= 0 && lines < BATCH_HITS; at = body.indexOf(LINE_BREAK, at + 1))
    lines += 1;
  return lines;
}

/**
 * Turns one request of the tracking API into the entries that the store keeps. The hit is in its address and form; a batch
 * has one on each line of its body.
 */
export function ingest(request: TrackingRequest, parts: IngestParts): Entry[] {
  const { url, headers } = request;
  const context: Context = { ...request, received: now(), origin: originOf(headers), parts };
  const fault = bodyFault(request);
  if (fault) return [refuse(null, fault, url, context.received)];
  const body = request.body.toString('utf8').trim();
  const path = url.slice(0, 2);
  if (path !== BATCH) return [ingestHit(path as Path, joinQueries(url.slice(3), body), context)];

  const lines = body.split(/\r?\n/, BATCH_HITS + 1);
  if (!body || lines.length > BATCH_HITS) {
    return [refuse(null, ['batch-size'], `${url}\n${body}`, context.received)];
  }
  return lines.map((line) =>
    line[2] === '?' && HIT_PATHS.has(line.slice(0, 2))
      ? ingestHit(line.slice(0, 2) as Path, line.slice(3), context)
      : refuse(null, ['batch-line'], line, context.received),
  );
}

/** What all hits of a request have in common. */
interface Context extends Pick<TrackingRequest, 'sender' | 'warnings'> {
  /** Unix seconds. */
  received: number;
  /** Of the page that sent it, in lower case; undefined where the request names none. */
  origin: string | undefined;
  parts: IngestParts;
}

/** A hit, or the reason why it is none. @param query the query string, with the form body behind it where there is one */
function ingestHit(path: Path, query: string, { received, origin, sender, warnings, parts }: Context): Entry {
  const { sites, clients } = parts;
  const hit = interpret(path, decodeQuery(query), received, sites);
  if ('reason' in hit) return refuse(hit.key, hit.reason, `${path}?${query}`, received);
  // Filed under no key, so that who mistyped the key in a page finds it in the Live of the right one.
  if (!sites.accepts(hit.key)) return refuse(null, ['unknown-key', hit.key], `${path}?${query}`, received);
  if (!sites.allows(hit.key, origin)) {
    return refuse(hit.key, ['foreign-origin', origin ?? ''], `${path}?${query}`, received);
  }
  hit.warnings.unshift(...warnings);
  if (hit.kind !== 'alias' && sites.wantsAddress(hit.key)) addAddress(hit, clients.addressOf(sender));
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
function originOf(headers: IncomingHttpHeaders): string | undefined {
  const origin = headers.origin ?? (headers.referer && /^\w+:\/\/[^/?#]+/.exec(headers.referer)?.[0]);
  return origin?.toLowerCase();
}

function joinQueries(query: string, body: string): string {
  return query && body ? `${query}&${body}` : query || body;
}
