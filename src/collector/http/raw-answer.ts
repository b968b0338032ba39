import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Called when all earlier requests of this connection are answered. */
export function afterEarlier(stream: Duplex, run: () => void): void {
  // The only place where node:http tells what it has still to answer.
  const { _httpMessage: earlier } = stream as Duplex & { _httpMessage?: ServerResponse | null };
  // An incomplete request is the malformed one itself, for which this would wait for ever.
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
 * Answers on the connection itself what node:http has no response for, and ends it. It follows the answers to earlier
 * requests: otherwise the sender would take it for the first of them.
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
