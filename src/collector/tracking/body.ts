import type { IncomingMessage } from 'node:http';
import { REQUEST_BYTES } from '../../protocol/limits.js';
import { now } from '../clock.js';
import type { ArrivedRefusal } from '../store/store.js';
import { refuse } from './refuse.js';

/** A longer body is not even read to its end: its connection is ended. */
const READ_AT_MOST_BYTES = 16 * REQUEST_BYTES;

const FORM = /^(application\/x-www-form-urlencoded|text\/plain)\b/i;

/** The bytes that the body of a request may take in memory. */
export function bodyBytes({ headers }: IncomingMessage): number {
  return Math.min(Number(headers['content-length'] ?? REQUEST_BYTES), REQUEST_BYTES);
}

/**
 * Reads the body of a request.
 * @param url shown to the site's owner with a body that is refused
 * @param onBody called with its text, or with the refusal of a body that is too long, compressed or no form
 * @param onBrokenOff called instead where the sender went away in the middle: what broke off is no hit
 */
export function readBody(
  url: string,
  request: IncomingMessage,
  onBody: (body: string | ArrivedRefusal) => void,
  onBrokenOff: () => void,
): void {
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
    onBody(refusalOf(url, request, size) ?? Buffer.concat(chunks).toString('utf8').trim());
  });
  request.on('close', () => {
    if (!ended) onBrokenOff();
  });
}

function refusalOf(url: string, { headers }: IncomingMessage, size: number): ArrivedRefusal | undefined {
  if (!size) return undefined;
  const type = headers['content-type'];
  if (size > REQUEST_BYTES) return refuse(null, ['long-body'], url, now());
  if (type && !FORM.test(type)) return refuse(null, ['body-type', type], url, now());
  if (headers['content-encoding']) return refuse(null, ['compressed-body'], url, now());
  return undefined;
}
