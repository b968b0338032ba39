import type { IncomingMessage, ServerResponse } from 'node:http';
import { BATCH } from '../../protocol/parameters.js';
import type { Clients } from '../access/client.js';
import type { Rates } from '../access/rates.js';
import type { Reason } from '../../protocol/reasons.js';
import { isMended } from '../http/unencoded-address.js';
import type { ClockCheck } from '../watch/clock-check.js';
import { answerHead, answerHit, answerLate, answerOtherMethod, answerPreflight, type HitStatus } from './answers.js';
import type { EndCode } from './arrival.js';
import type { Arrivals } from './arrivals.js';
import { readBody } from './body.js';
import type { GroupCommit } from './group-commit.js';
import { countHits, HIT_PATHS, ingest, type IngestParts, type TrackingRequest } from './ingest.js';
import type { RequestMemory } from './request-memory.js';

export interface TrackingParts extends IngestParts {
  clients: Clients;
  rates: Rates;
  /** Bounds incomplete requests. */
  arrivals: Arrivals;
  /** Bounds complete requests. */
  requestMemory: RequestMemory;
  clock: ClockCheck;
  commits: GroupCommit;
  /** Aborted when the collector stops: from then on each answer closes its connection. */
  stopping: AbortSignal;
}

const NO_BODY = Buffer.alloc(0);
const NONE: readonly Reason[] = [];
const MENDED: readonly Reason[] = [['unencoded-address']];

/** Answers a request. @returns false if the request is not for the tracking API */
type TrackingHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Answers the tracking API with plain node:http (docs/reference.md#8.1): the routing of a framework would cost
 * more than everything else for a hit.
 */
export function trackingHandler(parts: TrackingParts): TrackingHandler {
  return (request, response) => {
    // Remove scheme and host of the absolute form, as sent to a proxy; a server must accept it as well
    // (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
    const given = request.url!.startsWith('/') ? request.url! : request.url!.replace(/^https?:\/\/[^/?#]*/i, '');
    // `//e` of a sender whose collector's URL ends with a slash, or of nginx that replaces `/stats` by `/`. Only hits: with such a URL of
    // a page, somebody may try to bypass a proxy's rules.
    const url = given.charCodeAt(1) === 47 /* / */ ? given.replace(/^\/+/, '/') : given;
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

/** The steps of one request: clock, rate, body, memory, entries, commit, answer. */
function receive(url: string, request: IncomingMessage, response: ServerResponse, parts: TrackingParts): void {
  const { rates, requestMemory, commits, clock, stopping } = parts;
  if (!clock.isSet) return answerHit(response, 503);
  const hasBody = request.method === 'POST';
  const sender = rates.senderOf(request);
  // A hit in the URL is charged now, before it waits for memory. The number of hits in a body is known only after reading it.
  const early = rates.chargeSender(sender, hasBody ? 0 : 1, url.length);
  if (early) return answerHit(response, 429, early);

  let bytes = url.length;
  const finish = (status: HitStatus, wait?: number): void => {
    requestMemory.leave(bytes);
    answerHit(response, status, wait, stopping.aborted);
  };
  const keep = (body: Buffer): void => {
    const read: TrackingRequest = {
      url,
      headers: request.headers,
      body,
      warnings: isMended(request) ? MENDED : NONE,
      sender: request,
    };
    // Charged before the hits are parsed, which costs more than everything before.
    const late = hasBody ? rates.chargeSender(sender, countHits(read), bytes) : 0;
    if (late) return finish(429, late);
    const entries = ingest(read, parts);
    const wait = rates.chargeKeys(entries);
    if (wait) return finish(429, wait);
    commits.add(entries, (outcome) => finish(outcome === 'durable' ? 200 : 503));
  };

  if (!hasBody) return requestMemory.enter(bytes, request, () => keep(NO_BODY));
  receiveBody(request, response, parts, {
    onBody: (body) => {
      bytes += body.length;
      requestMemory.enter(bytes, request, () => keep(body));
    },
    onBrokenOff: (arrived) => void rates.chargeSender(sender, 1, bytes + arrived),
  });
}

/** Reads a body, unless its sender goes away or is too slow. */
function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  { arrivals, clients }: TrackingParts,
  { onBody, onBrokenOff }: { onBody: (body: Buffer) => void; onBrokenOff: (arrived: number) => void },
): void {
  let over = false;
  const breakOff = (): void => {
    if (over) return;
    over = true;
    arrivals.finish(arrival);
    onBrokenOff(arrival.arrived);
  };
  const conversation = {
    pause: () => request.pause(),
    resume: () => request.resume(),
    end: (code: EndCode) => {
      breakOff();
      answerLate(response, code);
      // Bytes that arrive until the answer is sent are read and dropped.
      request.resume();
    },
  };
  const announced = request.headers['content-length'];
  const arrival = arrivals.begin(
    clients.holderOf(request),
    conversation,
    announced === undefined ? undefined : Number(announced),
  );
  // The URL is part of the incomplete request until the body is complete.
  const address = request.url!.length;
  arrivals.grow(arrival, 0, address);
  readBody(request, {
    onPart: (came, kept) => arrivals.grow(arrival, came, address + kept),
    onBody: (body) => {
      if (over) return;
      over = true;
      arrivals.finish(arrival);
      onBody(body);
    },
    onBrokenOff: breakOff,
  });
}
