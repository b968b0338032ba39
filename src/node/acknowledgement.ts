import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** More than any GIF of 1×1 needs: a header of 13 bytes, two color tables of 768, and a few small blocks. */
export const MOST_ACKNOWLEDGEMENT_BYTES = 4096;

/** The signature, the width and height, and the flags of the color table. */
const HEAD_BYTES = 13;

const DECODERS = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/**
 * Whether an answer with 200 is the collector's acknowledgement: a complete image of 1×1 with no byte after it. A login page, the
 * page of a captive portal or a block list, a placeholder image and an incomplete answer are none. An image of 1×1 from another
 * server cannot be recognised.
 */
export function isAcknowledgement(headers: IncomingHttpHeaders, body: Buffer): boolean {
  if (!/^image\/gif\s*(;|$)/i.test(headers['content-type'] ?? '')) return false;
  const gif = decoded(headers['content-encoding'], body);
  if (!gif || gif.length < HEAD_BYTES || !/^GIF8[79]a$/.test(gif.toString('latin1', 0, 6))) return false;
  return gif.readUInt16LE(6) === 1 && gif.readUInt16LE(8) === 1 && endOfGif(gif) === gif.length;
}

/** The body, decompressed if a proxy has compressed it without being asked; undefined if it cannot be read. */
function decoded(encoding: string | undefined, body: Buffer): Buffer | undefined {
  if (!encoding || /^identity$/i.test(encoding)) return body;
  try {
    return DECODERS.get(encoding.toLowerCase())?.(body, { maxOutputLength: MOST_ACKNOWLEDGEMENT_BYTES });
  } catch {
    return undefined;
  }
}

/**
 * The index after a GIF's last byte, found by its blocks (https://www.w3.org/Graphics/GIF/spec-gif89a.txt); NaN if it is
 * incomplete.
 */
function endOfGif(gif: Buffer): number {
  let at = HEAD_BYTES + tableBytes(gif[10]);
  for (;;) {
    switch (gif[at]) {
      case 0x3b: // The trailer.
        return at + 1;
      case 0x21: // An extension: its label, then its data.
        at = endOfData(gif, at + 2);
        break;
      case 0x2c: // An image: nine bytes of head, a table, the first code's size, then its data.
        at = endOfData(gif, at + 11 + tableBytes(gif[at + 9]));
        break;
      default:
        return NaN;
    }
  }
}

/** The length of the color table that these flags announce. */
function tableBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** The index after the data: blocks, each with its length in front; the last one is empty. */
function endOfData(gif: Buffer, at: number): number {
  while (gif[at]) at += gif[at]! + 1;
  return at + 1;
}
