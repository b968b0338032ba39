import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Runs as soon as all that came before on this connection is answered. */
export function afterEarlier(stream: Duplex, run: () => void): void {
  // The only place where node:http tells what it has still to answer.
  const { _httpMessage: earlier } = stream as Duplex & { _httpMessage?: ServerResponse | null };
  // A request that is not complete is the malformed one itself, and would be waited for without end.
  if (earlier?.req.complete) earlier.once('close', () => setImmediate(afterEarlier, stream, run));
  else run();
}

/** What is said besides the status. */
export interface RawAnswer {
  /** Names and values by turns. */
  headers: readonly string[];
  body: Buffer;
}

const NOTHING: RawAnswer = { headers: ['Content-Length', '0', 'Cache-Control', 'no-store'], body: Buffer.alloc(0) };

/**
 * Answers on the connection itself what node:http has no response for, and ends it. The answer goes behind the answers to
 * what came before, or the sender would take this one for the first of them.
 * @param status with its phrase, such as `400 Bad Request`
 */
export function answerOnSocket(stream: Duplex, status: string, { headers, body } = NOTHING): void {
  afterEarlier(stream, () => {
    if (!stream.writable) return;
    let head = `HTTP/1.1 ${status}\r\n`;
    for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
    stream.write(`${head}Connection: close\r\n\r\n`);
    stream.end(body);
  });
}
