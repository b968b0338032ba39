import type { IncomingMessage, ServerResponse } from 'node:http';
import { BATCH_HITS, REQUEST_BYTES } from '../../protocol/limits.js';
import { BATCH, type Path } from '../../protocol/parameters.js';
import type { Reason } from '../../protocol/reasons.js';
import { foldName } from '../../protocol/text.js';
import type { Rates } from '../access/rates.js';
import type { GroupCommit } from './group-commit.js';
import type { Intake } from './room.js';
import { ingest, refuse, type IngestOptions } from './ingest.js';
import type { Entry } from '../store/store.js';
import { answerInTime } from './php-clients.js';

/** One transparent pixel, GIF89a, 43 bytes. */
export const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

const GIF_HEADERS = [
  ...['Content-Type', 'image/gif'],
  ...['Content-Length', String(GIF.length)],
  ...['Cache-Control', 'no-store'],
  // Senders that use fetch, and pages that isolate themselves (Cross-Origin-Embedder-Policy), may read it.
  ...['Access-Control-Allow-Origin', '*'],
  ...['Cross-Origin-Resource-Policy', 'cross-origin'],
];

/** The property that a site gets with `ipAddress`. */
const IP_ADDRESS = 'IP Address';

const HITS: ReadonlySet<string> = new Set<Path>(['/e', '/s', '/a']);

/** A body this much too long is not even read to its end. */
const PATIENCE = 16 * REQUEST_BYTES;

const FORM = /^(application\/x-www-form-urlencoded|text\/plain)\b/i;

export interface TrackingOptions extends IngestOptions {
  /** The address of who sends it, where the site of this key wants it; else empty. */
  addressFor: (key: string, request: IncomingMessage) => string;
  rates: Rates;
  intake: Intake;
}

/**
 * Answers the tracking API on plain node:http (reference section 8.1): a framework's routing would cost
 * more than everything else that is done for a hit.
 */
export class Tracking {
  /** The collector stops: each answer is the last of its connection. */
  stopping = false;

  constructor(
    private readonly commits: GroupCommit,
    private readonly options: TrackingOptions,
  ) {}

  /** False for a request that is not for the tracking API. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    // As a proxy is asked, which a server takes as well (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
    const url = request.url!.startsWith('/') ? request.url! : request.url!.replace(/^https?:\/\/[^/?#]*/i, '');
    const path = url.charCodeAt(2) === 63 /* ? */ || url.length === 2 ? url.slice(0, 2) : url;
    if (!HITS.has(path) && path !== BATCH) return false;
    switch (request.method) {
      case 'GET':
        this.answer(url, request, response);
        break;
      case 'POST':
        this.receive(url, request, response);
        break;
      case 'HEAD':
        // Link checkers ask so; whoever only looks has done nothing that would count.
        response.writeHead(200, GIF_HEADERS).end();
        break;
      case 'OPTIONS':
        response.writeHead(204, {
          'Access-Control-Allow-Origin': '*',
          'Access-Control-Allow-Methods': 'GET, POST',
          'Access-Control-Allow-Headers': 'Content-Type',
          'Access-Control-Max-Age': '86400',
        });
        response.end();
        break;
      default:
        response.writeHead(405, { Allow: 'GET, POST, HEAD, OPTIONS' }).end();
    }
    return true;
  }

  private answer(url: string, request: IncomingMessage, response: ServerResponse): void {
    const { intake, rates } = this.options;
    const wait = rates.ofAddress(request, 1);
    if (wait) return askToWait(wait, response);
    intake.enter(url.length, request, () =>
      this.keep(this.read(url, request), response, () => intake.leave(url.length)),
    );
  }

  private receive(url: string, request: IncomingMessage, response: ServerResponse): void {
    const { intake, rates } = this.options;
    const wait = rates.ofAddress(request, 0);
    if (wait) return askToWait(wait, response);
    const length = Number(request.headers['content-length'] ?? REQUEST_BYTES);
    const bytes = url.length + Math.min(length, REQUEST_BYTES);
    intake.enter(bytes, request, () => {
      let left = false;
      const leave = (): void => {
        if (!left) intake.leave(bytes);
        left = true;
      };
      // A body that broke off is no hit.
      request.on('close', () => request.complete || leave());
      this.readBody(url, request, response, leave);
    });
  }

  private readBody(url: string, request: IncomingMessage, response: ServerResponse, leave: () => void): void {
    const { rates } = this.options;
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= REQUEST_BYTES) chunks.push(chunk);
      else chunks.length = 0;
      if (size > PATIENCE) request.destroy();
    });
    request.on('end', () => {
      const keep = (hits: number, read: () => Entry[]): void => {
        const wait = rates.ofAddress(request, hits);
        if (!wait) return this.keep(read(), response, leave);
        leave();
        askToWait(wait, response);
      };
      const refused = (...reason: Reason) => keep(1, () => [refuse(null, reason, url, now())]);
      const type = request.headers['content-type'];
      if (size > REQUEST_BYTES) return refused('long-body');
      if (size && type && !FORM.test(type)) return refused('body-type', type);
      if (size && request.headers['content-encoding']) return refused('compressed-body');
      const body = Buffer.concat(chunks).toString('utf8').trim();
      const hits = url.startsWith(BATCH) ? Math.min(body.split('\n').length, BATCH_HITS) : 1;
      return keep(hits, () => this.read(url, request, body));
    });
  }

  /** What one request says: a hit in its address and form, or in a batch one on each line of its body. */
  private read(url: string, request: IncomingMessage, body = ''): Entry[] {
    const origin = originOf(request);
    const hit = (path: string, query: string) =>
      this.withAddress(ingest(path as Path, query, now(), origin, this.options), request);
    const path = url.slice(0, 2);
    if (path !== BATCH) return [hit(path, joinQueries(url.slice(3), body))];

    const lines = body.split(/\r?\n/, BATCH_HITS + 1);
    if (!body || lines.length > BATCH_HITS) {
      return [refuse(null, ['batch-size'], `${url}\n${body}`, now())];
    }
    return lines.map((line) =>
      line[2] === '?' && HITS.has(line.slice(0, 2))
        ? hit(line.slice(0, 2), line.slice(3))
        : refuse(null, ['batch-line'], line, now()),
    );
  }

  /** A server that passes on what its visitors did gives their addresses itself. */
  private withAddress(entry: Entry, request: IncomingMessage): Entry {
    if (!('hit' in entry) || entry.hit.kind === 'alias') return entry;
    const address = this.options.addressFor(entry.hit.key, request);
    const { properties } = entry.hit;
    if (address && !properties.some(([name]) => foldName(name) === foldName(IP_ADDRESS))) {
      properties.push([IP_ADDRESS, address]);
    }
    return entry;
  }

  /** Answers once all entries are on disk. */
  private keep(entries: Entry[], response: ServerResponse, leave: () => void): void {
    const wait = this.options.rates.ofKeys(entries);
    if (wait) {
      leave();
      return askToWait(wait, response);
    }
    this.commits.add(entries, (durable) => {
      leave();
      answerInTime(response, () => {
        if (this.stopping) response.setHeader('Connection', 'close');
        // The one case without a GIF: answered with it, the sender would forget a hit that nobody has.
        if (durable) response.writeHead(200, GIF_HEADERS).end(GIF);
        else response.writeHead(503, { 'Retry-After': '30', 'Access-Control-Allow-Origin': '*' }).end();
      });
    });
  }
}

/** A tracker keeps what gets no image, and sends it again. @param wait in seconds */
function askToWait(wait: number, response: ServerResponse): void {
  response.writeHead(429, { 'Retry-After': String(wait), 'Access-Control-Allow-Origin': '*' }).end();
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

export function now(): number {
  return Math.floor(Date.now() / 1000);
}
