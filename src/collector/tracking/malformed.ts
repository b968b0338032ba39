import type { Socket } from 'node:net';
import type { Rates } from '../access/rates.js';
import { now } from '../clock.js';
import { withoutBasePath } from '../http/base-path.js';
import { answerOnSocket } from '../http/raw-answer.js';
import type { Counts } from '../watch/counts.js';
import { GIF } from './answers.js';
import type { GroupCommit } from './group-commit.js';
import { refuse } from './refuse.js';

/** What node:http hands over with a request that its parser gave up on. */
export type ParseError = Error & { code: string; rawPacket?: unknown };

interface MalformedParts {
  rates: Rates;
  commits: GroupCommit;
  counts: Counts;
  /** The path below which a proxy serves the collector, mostly empty. */
  basePath: string;
}

/**
 * Answers a request that could not be read as HTTP. Two of these faults are made by senders of hits, and the site's owner
 * has to hear of them: a URL over the limit, which is acknowledged, since a repeat would fail as well, and letters that
 * were not percent-encoded (RFC 3986, section 2).
 */
export function answerMalformed(error: ParseError, socket: Socket, parts: MalformedParts): void {
  const { rates, commits, counts, basePath } = parts;
  if (error.code !== 'ECONNRESET') counts.malformed += 1;
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    answerOnSocket(socket, '408 Request Timeout');
    return;
  }
  // Most of those below write a row to the store, so all are charged.
  if (rates.chargeSender(rates.senderOf({ socket, headers: {} }), 1)) {
    answerOnSocket(socket, '429 Too Many Requests');
    return;
  }
  const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('utf8') : '';
  const line = packet.split('\r\n', 1)[0]!;
  const request = line.replace(/(?<=^\w+ ).*/, (address) => withoutBasePath(address, basePath));
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    commits.add([refuse(null, ['long-address'], '', now())], () => answerOnSocket(socket, '200 OK', GIF));
  } else if (error.code === 'HPE_INVALID_URL' && /^(GET|POST) \/[esa]\?/.test(request)) {
    commits.add([refuse(null, ['unencoded-address'], request, now())], () => answerOnSocket(socket, '400 Bad Request'));
  } else {
    answerOnSocket(socket, '400 Bad Request');
  }
}
