import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Rates } from '../access/rates.js';
import type { GroupCommit } from './group-commit.js';
import { refuse } from './ingest.js';
import { GIF, now } from './handler.js';

/** What node:http hands over with a request that its parser gave up on. */
export type ParseError = Error & { code: string; rawPacket?: unknown };

/**
 * Answers a request that could not be read as HTTP. Two such faults are a sender's, with a hit behind them
 * that the site's owner must hear of: an address over the limit, which is acknowledged, since no repeat
 * would fare better, and letters that were not percent-encoded (RFC 3986, section 2).
 */
export function answerBroken(error: ParseError, socket: Socket, commits: GroupCommit, rates: Rates): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    answer(socket, '408 Request Timeout');
    return;
  }
  // Each is a line in the store.
  if (rates.ofAddress({ socket, headers: {} }, 1)) {
    answer(socket, '429 Too Many Requests');
    return;
  }
  const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('utf8') : '';
  const request = packet.split('\r\n', 1)[0]!;
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    commits.add([refuse(null, ['long-address'], '', now())], () => answer(socket, '200 OK', GIF));
  } else if (error.code === 'HPE_INVALID_URL' && /^(GET|POST) \/[esa]\?/.test(request)) {
    commits.add([refuse(null, ['unencoded-address'], request, now())], () => answer(socket, '400 Bad Request'));
  } else {
    answer(socket, '400 Bad Request');
  }
}

/** Behind the answers to what came before on this connection, or the sender would take this one for the first of them. */
export function answer(socket: Socket, status: string, body = Buffer.alloc(0)): void {
  // The only place where node:http tells what it has still to answer.
  const { _httpMessage: earlier } = socket as Socket & { _httpMessage?: ServerResponse | null };
  // One whose request is not complete is the broken one's own, and waits for ever.
  if (earlier?.req.complete) {
    earlier.once('close', () => setImmediate(answer, socket, status, body));
    return;
  }
  if (!socket.writable) return;
  const type = body.length ? 'Content-Type: image/gif\r\n' : '';
  socket.write(
    `HTTP/1.1 ${status}\r\n${type}Content-Length: ${body.length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n`,
  );
  socket.end(body);
}
