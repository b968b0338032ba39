import type { Socket } from 'node:net';
import type { Rates } from '../access/rates.js';
import { now } from '../clock.js';
import type { Heads } from '../http/heads.js';
import { isLeft, readMended, type ParseError } from '../http/unencoded-address.js';
import { answerOnSocket } from '../http/raw-answer.js';
import type { ClockCheck } from '../watch/clock-check.js';
import type { Counts } from '../watch/counts.js';
import { GIF, GIF_HEADERS } from './answers.js';
import type { Arrivals } from './arrivals.js';
import type { GroupCommit } from './group-commit.js';
import { refuse } from './refuse.js';

interface MalformedParts {
  rates: Rates;
  heads: Heads;
  arrivals: Arrivals;
  clock: ClockCheck;
  commits: GroupCommit;
  counts: Counts;
}

/** Connections whose parser has failed. It fails again with each further packet of the same request, which gets one answer. */
const failed = new WeakSet<Socket>();

/**
 * Answers a request that could not be parsed as HTTP. Two such faults occur in hits. Characters that were not percent-encoded are
 * read as if they were. A URL above the limit is acknowledged, since a repeat would fail as well, and stored as a refusal
 * for the site's owner.
 */
export function answerMalformed(
  error: ParseError,
  socket: Socket,
  { rates, heads, arrivals, clock, commits, counts }: MalformedParts,
): void {
  if (isLeft(socket) || failed.has(socket)) return;
  // Without a TLS handshake nothing can be answered: to end the connection after an answer would never happen.
  if (!socket.writable || error.code === 'ECONNRESET' || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
    socket.destroy();
    return;
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    arrivals.ended.slow += 1;
    answerOnSocket(socket, '408 Request Timeout');
    return;
  }
  if (readMended(error, socket, heads)) return;
  failed.add(socket);
  counts.malformed += 1;
  // Each request is charged, since it may store a refusal below.
  const bytes = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.length : 0;
  if (rates.chargeSender(rates.senderOf({ socket, headers: {} }), 1, bytes)) {
    answerOnSocket(socket, '429 Too Many Requests');
  } else if (error.code !== 'HPE_HEADER_OVERFLOW') {
    answerOnSocket(socket, '400 Bad Request');
  } else if (!clock.isSet) {
    answerOnSocket(socket, '503 Service Unavailable');
  } else {
    commits.add([refuse(null, ['long-address'], '', now())], (outcome) =>
      outcome === 'durable'
        ? answerOnSocket(socket, '200 OK', { headers: GIF_HEADERS, body: GIF })
        : answerOnSocket(socket, '503 Service Unavailable'),
    );
  }
}
