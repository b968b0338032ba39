import type { IncomingMessage, ServerResponse } from 'node:http';
import { BATCH } from '../../protocol/parameters.js';
import type { Rates } from '../access/rates.js';
import { answerHead, answerHit, answerOtherMethod, answerPreflight, type HitStatus } from './answers.js';
import { bodyBytes, readBody } from './body.js';
import type { GroupCommit } from './group-commit.js';
import { countHits, HIT_PATHS, ingest, type IngestParts, type TrackingRequest } from './ingest.js';
import type { Room } from './room.js';

export interface TrackingParts extends IngestParts {
  rates: Rates;
  room: Room;
  commits: GroupCommit;
  /** Aborted when the collector stops: from then on each answer is the last of its connection. */
  stopping: AbortSignal;
}

const NO_BODY = Buffer.alloc(0);

/** Answers a request. @returns false for one that is not for the tracking API */
type TrackingHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Answers the tracking API on plain node:http (reference section 8.1): a framework's routing would cost
 * more than everything else that is done for a hit.
 */
export function trackingHandler(parts: TrackingParts): TrackingHandler {
  return (request, response) => {
    // The absolute form, as sent to a proxy; a server must accept it as well
    // (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
    const url = request.url!.startsWith('/') ? request.url! : request.url!.replace(/^https?:\/\/[^/?#]*/i, '');
    const path = url.charCodeAt(2) === 63 /* ? */ || url.length === 2 ? url.slice(0, 2) : url;
    if (!HIT_PATHS.has(path) && path !== BATCH) return false;
    switch (request.method) {
      case 'GET':
      case 'POST':
        receive(url, request, response, parts);
        break;
      case 'HEAD':
        answerHead(response);
        break;
      case 'OPTIONS':
        answerPreflight(response);
        break;
      default:
        answerOtherMethod(response);
    }
    return true;
  };
}

/** The steps of one request: rate, memory, body, entries, commit, answer. */
function receive(url: string, request: IncomingMessage, response: ServerResponse, parts: TrackingParts): void {
  const { rates, room, commits, stopping } = parts;
  const hasBody = request.method === 'POST';
  const sender = rates.senderOf(request);
  // An address is one hit, and charged before it waits for memory. How many a body has is known when it has been read.
  const early = rates.chargeSender(sender, hasBody ? 0 : 1);
  if (early) return answerHit(response, 429, early);

  const bytes = url.length + (hasBody ? bodyBytes(request) : 0);
  room.enter(bytes, request, () => {
    const keep = (body: Buffer): void => {
      const read: TrackingRequest = { url, headers: request.headers, body, warnings: [], sender: request };
      // Before the hits are read, which costs more than all that has been done for them so far.
      const late = hasBody ? rates.chargeSender(sender, countHits(read)) : 0;
      if (late) return finish(429, late);
      const entries = ingest(read, parts);
      const wait = rates.chargeKeys(entries);
      if (wait) return finish(429, wait);
      commits.add(entries, (durable) => finish(durable ? 200 : 503));
    };
    const finish = (status: HitStatus, wait?: number): void => {
      room.leave(bytes);
      answerHit(response, status, wait, stopping.aborted);
    };
    if (hasBody) readBody(request, keep, () => room.leave(bytes));
    else keep(NO_BODY);
  });
}
