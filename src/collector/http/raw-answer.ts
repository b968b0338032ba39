import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Calls `run` when all earlier requests of this connection are answered. */
export function afterEarlier(stream: Duplex, run: () => void): void {
  // Only this internal member shows which answers node:http has not finished.
  const { _httpMessage: earlier } = stream as Duplex & { _httpMessage?: ServerResponse | null };
  // An incomplete request is the malformed one itself: to wait for it would never end.
  if (earlier?.req.complete) earlier.once('close', () => setImmediate(afterEarlier, stream, run));
  else run();
}

/** Headers and body of an answer. */
export interface RawAnswer {
  /** Names and values in turn. */
  headers: readonly string[];
  body: Buffer;
}

/** After such an answer, how long a sender that does not end its side of the connection may take to read it. */
const READING_MS = 2000;

const NOTHING: RawAnswer = { headers: ['Content-Length', '0', 'Cache-Control', 'no-store'], body: Buffer.alloc(0) };

/**
 * Writes an answer directly to a connection and ends it, for requests without a response object. It waits for the answers to
 * earlier requests: otherwise the sender would read it as the answer to the first of them.
 * @param status with its phrase, such as `400 Bad Request`
 */
export function answerOnSocket(stream: Duplex, status: string, { headers, body } = NOTHING): void {
  afterEarlier(stream, () => {
    if (!stream.writable) return;
    let head = `HTTP/1.1 ${status}\r\n`;
    for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
    stream.write(`${head}Connection: close\r\n\r\n`);
    // Not at once: if bytes of the request are unread, the system would reset the connection, and the answer might be lost.
    stream.end(body, () => setTimeout(() => stream.destroy(), READING_MS).unref());
  });
}
