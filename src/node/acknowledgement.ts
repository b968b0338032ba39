import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** More than any GIF of 1×1 needs: 13 bytes of head, two tables of 768, and nearly empty blocks. */
export const MOST_ACKNOWLEDGEMENT_BYTES = 4096;

/** The signature, width and height, and what is said of the colours. */
const HEAD_BYTES = 13;

const DECODERS = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/**
 * Whether an answer with 200 is the collector's: a complete image of 1×1 with no byte after it. The page of a login, a portal or a
 * block list, a placeholder, and an incomplete answer are not. Another server's image of 1×1 cannot be told from it.
 */
export function isAcknowledgement(headers: IncomingHttpHeaders, body: Buffer): boolean {
  if (!/^image\/gif\s*(;|$)/i.test(headers['content-type'] ?? '')) return false;
  const gif = decoded(headers['content-encoding'], body);
  if (!gif || gif.length < HEAD_BYTES || !/^GIF8[79]a$/.test(gif.toString('latin1', 0, 6))) return false;
  return gif.readUInt16LE(6) === 1 && gif.readUInt16LE(8) === 1 && endOfGif(gif) === gif.length;
}

/** The body as it was before something on its way compressed it, unasked; undefined for what cannot be read. */
function decoded(encoding: string | undefined, body: Buffer): Buffer | undefined {
  if (!encoding || /^identity$/i.test(encoding)) return body;
  try {
    return DECODERS.get(encoding.toLowerCase())?.(body, { maxOutputLength: MOST_ACKNOWLEDGEMENT_BYTES });
  } catch {
    return undefined;
  }
}

/** The byte behind a GIF's last, by its blocks (https://www.w3.org/Graphics/GIF/spec-gif89a.txt); NaN for one that is not whole. */
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

/** How long the table of colours is that these flags announce. */
function tableBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Data come in blocks, each behind its length; the last is empty. */
function endOfData(gif: Buffer, at: number): number {
  while (gif[at]) at += gif[at]! + 1;
  return at + 1;
}
