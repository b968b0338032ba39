import { Readable, pipeline, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { peek } from './peek.js';

/** So much of a file is read to recognise its format. */
const HEAD_BYTES = 64 * 1024;

/** The first bytes of skippable frames, which some programs write at the beginning (RFC 8878, section 3.1.2). */
const SKIPPED = Array.from({ length: 16 }, (_, n) => `${String.fromCharCode(0x50 + n)}\x2a\x4d\x18`);

/** Compressed formats that Node reads, by their first bytes (RFC 1952, RFC 8878). */
const PACKED: [what: string, magics: string[], unpack: () => Transform][] = [
  ['gzip', ['\x1f\x8b'], createGunzip],
  ['zstd', ['\x28\xb5\x2f\xfd', ...SKIPPED], createZstdDecompress],
];

/** Formats that are often given by mistake instead of a file of hits, recognised by the bytes at an offset. */
const FOREIGN: [what: string, advice: string, magic: string, offset?: number][] = [
  ['a zip archive or a spreadsheet', 'unpack it and import the files in it, or save it as CSV', 'PK\x03\x04'],
  ['an empty zip archive', 'there is nothing in it', 'PK\x05\x06'],
  ['a tar archive', 'unpack it (tar -xf FILE) and import the folder', 'ustar', 257],
  ['packed with bzip2', 'unpack it: bunzip2 -c FILE | kmq import', 'BZh'],
  ['packed with xz', 'unpack it: xz -dc FILE | kmq import', '\xfd7zXZ\0'],
  ['packed with lz4', 'unpack it: lz4 -dc FILE | kmq import', '\x04\x22\x4d\x18'],
  ['a 7z archive', 'unpack it and import the files in it', '7z\xbc\xaf\x27\x1c'],
  ['a rar archive', 'unpack it and import the files in it', 'Rar!'],
  ['an old spreadsheet', 'save it as CSV', '\xd0\xcf\x11\xe0'],
  ['a Parquet file', 'convert it to JSON, an object on each line', 'PAR1'],
  ['a PDF', 'export the data as CSV or JSON', '%PDF'],
  ['a web page', 'download the file itself: the page may be asking to log in', '<!DOCTYPE'],
  ['a web page', 'download the file itself: the page may be asking to log in', '<html'],
  ['XML', 'convert it to JSON, an object on each line', '<?xml'],
  ['a database of SQLite', 'a store of kmq is moved with kmq export --data FOLDER | kmq import', 'SQLite format 3\0'],
  ['a text in UTF-32', 'convert it: iconv -f utf-32 -t utf-8 FILE | kmq import', '\xff\xfe\0\0'],
  ['a text in UTF-32', 'convert it: iconv -f utf-32 -t utf-8 FILE | kmq import', '\0\0\xfe\xff'],
];

/**
 * Unpacks gzip and zstd, also one within the other. Anything else is passed unchanged.
 * @throws Error with a sentence that says what to do, for a file that is no text. Errors of unpacking are thrown to the reader
 */
export async function unpacked(stream: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const { head, whole } = await peek(stream, HEAD_BYTES);
  const text = head.toString('latin1');
  const packed = PACKED.find(([, magics]) => magics.some((magic) => text.startsWith(magic)));
  if (packed) {
    const [what, , unpack] = packed;
    return unpacked(unpacking(whole, what, unpack()));
  }
  const foreign = FOREIGN.find(([, , magic, offset = 0]) => text.startsWith(magic, offset));
  if (foreign) throw new Error(`This is neither JSON nor CSV, but ${foreign[0]}: ${foreign[1]}.`);
  return whole;
}

/** An error is thrown to the reader, after the bytes that could be unpacked before it. */
async function* unpacking(packed: AsyncIterable<Buffer>, what: string, unpack: Transform): AsyncGenerator<Buffer> {
  pipeline(Readable.from(packed), unpack, () => {});
  try {
    yield* unpack as AsyncIterable<Buffer>;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!/^(Z|ZSTD)_/i.test(code)) throw error;
    const fault = code === 'Z_BUF_ERROR' ? 'was cut off' : 'is damaged';
    throw new Error(
      `This is packed with ${what}, and ${fault} (${message}): copy the file again, then give the same command.`,
      { cause: error },
    );
  }
}
