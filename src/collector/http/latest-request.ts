const LF = 10;

/**
 * Finds the request that the parser could not read, or has not read to its end: the last one in the bytes of a connection.
 * @param bytes from the beginning of a request on
 * @param place the index in them at which the parser failed; earlier requests have been read
 * @returns the bytes of this request and everything after it, empty if all requests are complete; undefined if the length of an
 *   earlier request is not known
 */
export function latestOf(bytes: Buffer, place = bytes.length): Buffer | undefined {
  let start = 0;
  for (;;) {
    while (bytes[start] === 13 || bytes[start] === LF) start += 1;
    const end = bytes.indexOf('\r\n\r\n', start) + 4;
    if (end === 3 || end > place) return bytes.subarray(start);
    // The parser has accepted this head, so it has no two different lengths.
    const head = bytes.toString('latin1', start, end);
    if (/\ntransfer-encoding:/i.test(head)) return undefined;
    start = end + Number(/\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1] ?? 0);
  }
}
