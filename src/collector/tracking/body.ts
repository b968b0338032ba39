import type { IncomingMessage } from 'node:http';
import { REQUEST_BYTES } from '../../protocol/limits.js';

/** A longer body is not even read to its end: its connection is ended. */
const READ_AT_MOST_BYTES = 16 * REQUEST_BYTES;

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
