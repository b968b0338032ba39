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

/**
 * Answers on the connection itself what node:http has no response for, and ends it. The answer goes behind the answers to
 * what came before, or the sender would take this one for the first of them.
 * @param status with its phrase, such as `400 Bad Request`
 */
export function answerOnSocket(stream: Duplex, status: string, image = Buffer.alloc(0)): void {
  afterEarlier(stream, () => {
    if (!stream.writable) return;
    const type = image.length ? 'Content-Type: image/gif\r\n' : '';
    stream.write(
      `HTTP/1.1 ${status}\r\n${type}Content-Length: ${image.length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n`,
    );
    stream.end(image);
  });
}
