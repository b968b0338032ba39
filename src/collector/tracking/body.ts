import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { REQUEST_BYTES } from '../../protocol/limits.js';
import type { Reason } from '../../protocol/reasons.js';

/** A longer body is not even read to its end: its connection is ended. */
const READ_AT_MOST_BYTES = 16 * REQUEST_BYTES;

const FORM = /^(application\/x-www-form-urlencoded|text\/plain)\b/i;

/** The bytes that the body of a request may take in memory. */
export function bodyBytes({ headers }: IncomingMessage): number {
  return Math.min(Number(headers['content-length'] ?? REQUEST_BYTES), REQUEST_BYTES);
}

/**
 * Reads the body of a request.
 * @param onBody called with its bytes; of a body over the limit with one byte more than the limit
 * @param onBrokenOff called instead where the sender went away in the middle: what broke off is no hit
 */
export function readBody(request: IncomingMessage, onBody: (body: Buffer) => void, onBrokenOff: () => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let ended = false;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= REQUEST_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (size > READ_AT_MOST_BYTES) request.destroy();
  });
  request.on('end', () => {
    ended = true;
    onBody(size > REQUEST_BYTES ? Buffer.alloc(REQUEST_BYTES + 1) : Buffer.concat(chunks));
  });
  request.on('close', () => {
    if (!ended) onBrokenOff();
  });
}

/** Why a body is not read; undefined for one that is. */
export function bodyFault({ headers, body }: { headers: IncomingHttpHeaders; body: Buffer }): Reason | undefined {
  if (!body.length) return undefined;
  const type = headers['content-type'];
  if (body.length > REQUEST_BYTES) return ['long-body'];
  if (type && !FORM.test(type)) return ['body-type', type];
  if (headers['content-encoding']) return ['compressed-body'];
  return undefined;
}
