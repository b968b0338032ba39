import type { ServerResponse } from 'node:http';
import type { EndCode } from './arrival.js';
import { answerOrHold } from './php-clients.js';

/** One transparent pixel, GIF89a, 43 bytes. */
export const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

/**
 * The GIF as text, a character for each byte: Node sends a text in one packet with the headers, which saves a tenth of a
 * request's cost.
 */
const GIF_TEXT = GIF.toString('latin1');

/**
 * The headers of every acknowledgement, names and values in turn. Pages of all origins may read the answer, so that a sender can
 * recognise an acknowledgement.
 */
export const GIF_HEADERS = [
  ...['Content-Type', 'image/gif'],
  ...['Content-Length', String(GIF.length)],
  ...['Cache-Control', 'no-store'],
  // So that `fetch` may read it, and pages with Cross-Origin-Embedder-Policy may load it.
  ...['Access-Control-Allow-Origin', '*'],
  ...['Cross-Origin-Resource-Policy', 'cross-origin'],
];

/** Seconds after which a sender should repeat a hit that could not be stored. */
const RETRY_SECONDS = 30;

/** 200: all hits of the request are on disk. 503: the store failed. 429: the sender, or a key, is above its limit. */
export type HitStatus = 200 | 503 | 429;

/**
 * Answers a hit or a batch. A hit that is not stored gets no image, since the sender would forget it: without an image the
 * tracker keeps the hit and sends it again.
 * @param wait the seconds after which to send it again
 * @param last whether this is the last answer of its connection
 */
export function answerHit(response: ServerResponse, status: HitStatus, wait = RETRY_SECONDS, last = false): void {
  answerOrHold(response, status === 429, () => {
    if (last) response.setHeader('Connection', 'close');
    if (status === 200) response.writeHead(200, GIF_HEADERS).end(GIF_TEXT, 'latin1');
    else askToWait(response, status, wait);
  });
}

function askToWait(response: ServerResponse, status: number, wait: number): void {
  response.writeHead(status, { 'Retry-After': String(wait), 'Access-Control-Allow-Origin': '*' }).end();
}

/** Seconds after which a sender should repeat a request that was ended before it was complete. */
const CROWDED_RETRY_SECONDS = 5;

/**
 * Answers a request that was ended before it was complete: 408 if it was too slow, else 503. After either, the sender repeats it.
 * The connection is closed, since the rest of the request would follow on it.
 */
export function answerLate(response: ServerResponse, code: EndCode): void {
  response.setHeader('Connection', 'close');
  askToWait(response, code === 'quiet' || code === 'slow' ? 408 : 503, CROWDED_RETRY_SECONDS);
}

/** Answers HEAD, which link checkers use and which must not count as a hit. */
export function answerHead(response: ServerResponse): void {
  response.writeHead(200, GIF_HEADERS).end();
}

export function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Access-Control-Max-Age': '86400',
  });
  response.end();
}

export function answerOtherMethod(response: ServerResponse): void {
  response.writeHead(405, { Allow: 'GET, POST, HEAD, OPTIONS' }).end();
}
