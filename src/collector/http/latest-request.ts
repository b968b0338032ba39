const [CR, LF] = [13, 10];

/**
 * Finds the request that the parser could not read, or has not read to its end: the last one in the bytes of a connection.
 * @param bytes from the beginning of a request on
 * @param place the index in them at which the parser failed; earlier requests have been read
 * @returns the bytes of this request and everything after it, empty if all requests are complete; undefined if the length of an
 *   earlier request is not known
 */
export function latestOf(bytes: Buffer, place = bytes.length): Buffer | undefined {
  const start = nextRequest(bytes, place);
  return start === undefined ? undefined : bytes.subarray(start);
}

/**
 * @param bytes from the beginning of a request on
 * @returns the index in them at which the first request begins whose head is not complete before `place`: after the end of the bytes if
 *   the body before it is not complete; undefined for a body in chunks that is not complete
 */
export function nextRequest(bytes: Buffer, place = bytes.length): number | undefined {
  let start = 0;
  for (;;) {
    while (bytes[start] === CR || bytes[start] === LF) start += 1;
    const end = bytes.indexOf('\r\n\r\n', start) + 4;
    if (end === 3 || end > place) return start;
    // The parser has accepted this head, so it has no two different lengths.
    const head = bytes.toString('latin1', start, end);
    const length = /\ntransfer-encoding:/i.test(head)
      ? chunksIn(bytes, end)
      : Number(/\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1] ?? 0);
    if (length === undefined) return undefined;
    start = end + length;
  }
}

/** The length of a body in chunks (https://www.rfc-editor.org/rfc/rfc9112#section-7.1); undefined if it is not complete. */
function chunksIn(bytes: Buffer, start: number): number | undefined {
  for (let at = start; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const length = parseInt(bytes.toString('latin1', at, line), 16);
    // After the last chunk, which is empty, there may be headers.
    const end = length ? line + 2 + length : bytes.indexOf('\r\n\r\n', line);
    if (end < 0) return undefined;
    if (!length) return end + 4 - start;
    at = end + 2;
  }
}

/** The end of a body in chunks that ends in a packet, if only the beginning of a head follows: that has no empty line. */
export function afterChunks(packet: Buffer): number {
  // Without an empty line: the end of the chunks has come in two packets.
  const line = packet.lastIndexOf('\r\n\r\n');
  return line < 0 ? 0 : line + 4;
}
