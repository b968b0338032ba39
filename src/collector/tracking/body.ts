import type { IncomingMessage } from 'node:http';
import { REQUEST_BYTES } from '../../protocol/limits.js';

/** If a body is longer, its connection is closed before it ends. */
const READ_AT_MOST_BYTES = 16 * REQUEST_BYTES;

const NOTHING = Buffer.alloc(0);

/** Called while a body is read. */
interface BodyReader {
  /**
   * Called for each part.
   * @param came bytes of the part
   * @param kept memory that the body uses by now
   */
  onPart: (came: number, kept: number) => void;
  /** The body is complete; of a body above the limit, it has one byte more than the limit. */
  onBody: (body: Buffer) => void;
  /** Called instead if the sender went away before the end: an incomplete body is not a hit. */
  onBrokenOff: () => void;
}

/** Reads the body of a request. */
export function readBody(request: IncomingMessage, { onPart, onBody, onBrokenOff }: BodyReader): void {
  let body: Buffer = NOTHING;
  let length = 0;
  let ended = false;
  request.on('data', (chunk: Buffer) => {
    // Most bodies come in one piece. One that comes a byte at a time must not become a million small buffers.
    if (length + chunk.length > REQUEST_BYTES) body = NOTHING;
    else if (length === 0) body = chunk;
    else body = append(body, length, chunk);
    length += chunk.length;
    if (length > READ_AT_MOST_BYTES) request.destroy();
    onPart(chunk.length, body.length);
  });
  request.on('end', () => {
    ended = true;
    onBody(length > REQUEST_BYTES ? Buffer.alloc(REQUEST_BYTES + 1) : body.subarray(0, length));
  });
  request.on('close', () => {
    if (!ended) onBrokenOff();
  });
}

/** Appends a chunk to a buffer, which doubles when it is full. */
function append(buffer: Buffer, length: number, chunk: Buffer): Buffer {
  const needed = length + chunk.length;
  let grown = buffer;
  if (needed > buffer.length) {
    grown = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * buffer.length), REQUEST_BYTES));
    buffer.copy(grown, 0, 0, length);
  }
  chunk.copy(grown, length);
  return grown;
}
