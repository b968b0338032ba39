import type { IncomingHttpHeaders } from 'node:http';
import { decodeQuery, queryOf, type Query } from '../../protocol/decode.js';
import { interpret, type AcceptedHit } from '../../protocol/interpret.js';
import { BATCH_HITS } from '../../protocol/limits.js';
import { BATCH, type Path } from '../../protocol/parameters.js';
import { IP_ADDRESS } from '../../protocol/properties.js';
import type { Reason } from '../../protocol/reasons.js';
import { foldName } from '../../protocol/text.js';
import type { Clients, Sender } from '../access/client.js';
import { now } from '../clock.js';
import type { Sites } from '../sites/sites.js';
import type { Agent, Entry } from '../store/store.js';
import { agentOf } from './agent.js';
import { addPlain, addStructured, formOf, plainText, type Form } from './forms.js';
import { addressOf, refuse } from './refuse.js';

export const HIT_PATHS: ReadonlySet<string> = new Set<Path>(['/e', '/s', '/a']);

const LINE_BREAK = 10;

/** A complete request of the tracking API. */
export interface TrackingRequest {
  /** Path and query, ASCII. */
  url: string;
  headers: IncomingHttpHeaders;
  /** The body as sent; empty if there is none. */
  body: Buffer;
  /** Warnings about changes that were necessary to read the request. */
  warnings: readonly Reason[];
  /** Who sent it. */
  sender: Sender;
}

export interface IngestParts {
  sites: Sites;
  clients: Pick<Clients, 'addressOf'>;
}

/** The number of hits that a request seems to contain. Its sender is charged for all of them, even if they cannot be read. */
export function countHits({ url, body }: Pick<TrackingRequest, 'url' | 'body'>): number {
  if (!url.startsWith(BATCH)) return 1;
  let lines = 1;
  for (let at = body.indexOf(LINE_BREAK); at >= 0 && lines < BATCH_HITS; at = body.indexOf(LINE_BREAK, at + 1))
    lines += 1;
  return lines;
}

/**
 * Turns a request of the tracking API into the entries that the store keeps. A hit is in the URL and the form; a batch
 * has a hit on each line of its body.
 */
export function ingest(request: TrackingRequest, parts: IngestParts): Entry[] {
  const { url, headers, body, warnings, sender } = request;
  const received = now();
  const path = url.slice(0, 2);
  const form = body.length ? formOf(request, path === BATCH) : undefined;
  if (form && 'fault' in form) return [refuse(null, form.fault, url, received)];
  const agent = agentOf(headers['user-agent']);
  const context: Context = { sender, warnings, received, origin: originOf(headers), agent, parts };
  if (path === BATCH) return ingestBatch(url, form, context);
  return [form ? ingestForm(path as Path, url, form, context) : ingestAddress(path as Path, url.slice(3), context)];
}

/** Data that all hits of a request share. */
interface Context extends Pick<TrackingRequest, 'sender' | 'warnings'> {
  /** Unix seconds. */
  received: number;
  /** The origin of the page that sent it, in lower case; undefined if the request names none. */
  origin: string | undefined;
  agent: Agent;
  parts: IngestParts;
}

function ingestBatch(url: string, form: Form | undefined, context: Context): Entry[] {
  const body = form ? plainText(form) : '';
  if (body === undefined) return [refuse(null, ['broken-body', 'not of its charset'], url, context.received)];
  const lines = body.split(/\r?\n/, BATCH_HITS + 1);
  if (!form || !body || lines.length > BATCH_HITS) {
    return [refuse(null, ['batch-size'], `${url}\n${body}`, context.received)];
  }
  const lineContext = warnedBy(form, context);
  return lines.map((line) => {
    const path = line.slice(0, 2);
    if (line[2] !== '?' || !HIT_PATHS.has(path)) return refuse(null, ['batch-line'], line, context.received);
    const query = queryOf();
    addPlain(query, line.slice(3), form);
    return ingestHit(path as Path, query, () => line, lineContext);
  });
}

function ingestAddress(path: Path, text: string, context: Context): Entry {
  return ingestHit(path, decodeQuery(text), () => `${path}?${text}`, context);
}

function ingestForm(path: Path, url: string, form: Form, context: Context): Entry {
  const address = url.slice(3);
  const query = decodeQuery(address);
  if (form.kind === undefined) {
    const body = plainText(form);
    if (body === undefined) return refuse(null, ['broken-body', 'not of its charset'], url, context.received);
    addPlain(query, body, form);
    return ingestHit(path, query, () => `${path}?${joinQueries(address, body)}`, warnedBy(form, context));
  }
  const fault = addStructured(query, form);
  if (fault) return refuse(null, fault, `${url}\n${form.bytes.toString('utf8')}`, context.received);
  return ingestHit(path, query, () => addressOf(path, query), warnedBy(form, context));
}

/** Adds the warnings of reading the body. */
function warnedBy(form: Form, context: Context): Context {
  return { ...context, warnings: [...context.warnings, ...form.warnings.list()] };
}

/** @param shown makes the hit's URL, which the owner sees if the hit is refused */
function ingestHit(path: Path, query: Query, shown: () => string, context: Context): Entry {
  const { received, origin, agent, sender, warnings, parts } = context;
  const { sites, clients } = parts;
  const hit = interpret(path, query, received, sites);
  if ('reason' in hit) return refuse(hit.key, hit.reason, shown(), received);
  // Stored without a key, so that an owner who mistyped the key finds the refusal in Live of every site.
  if (!sites.accepts(hit.key)) return refuse(null, ['unknown-key', hit.key], shown(), received);
  if (!sites.allows(hit.key, origin)) {
    return refuse(hit.key, ['foreign-origin', origin ?? ''], shown(), received);
  }
  if (warnings.length) hit.warnings.unshift(...warnings);
  if (hit.kind !== 'alias' && sites.wantsAddress(hit.key)) addAddress(hit, clients.addressOf(sender));
  return { hit, received, agent };
}

/** Adds the client's address. A server that sends hits for visitors sends their addresses itself, which stay. */
function addAddress({ properties }: AcceptedHit, address: string): void {
  if (address && !properties.some(([name]) => foldName(name) === foldName(IP_ADDRESS))) {
    properties.push([IP_ADDRESS, address]);
  }
}

/**
 * The origin of the page that sent a request. Browsers send `Origin` with a fetch, and `Referer` with an
 * image (https://fetch.spec.whatwg.org/#origin-header). The origin of a sandboxed page is `null`.
 */
function originOf(headers: IncomingHttpHeaders): string | undefined {
  const origin = headers.origin ?? (headers.referer && /^\w+:\/\/[^/?#]+/.exec(headers.referer)?.[0]);
  return origin?.toLowerCase();
}

function joinQueries(query: string, body: string): string {
  return query && body ? `${query}&${body}` : query || body;
}
