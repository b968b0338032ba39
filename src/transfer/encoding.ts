import { StringDecoder } from 'node:string_decoder';
import { peek } from './peek.js';

const [LINE_FEED, CARRIAGE_RETURN] = [10, 13];
const BOM = Buffer.from('\uFEFF');

/** An unpaired surrogate is invalid in UTF-8, so that a line with one is rejected and not read as another text. */
const HALF_PAIR = Buffer.from([0xed, 0xa0, 0x80]);

/**
 * A text as UTF-8 with line feeds. UTF-16 is converted. So are carriage returns, if the first megabyte has no line feed, as
 * spreadsheets on old Macs write it. A byte order mark is removed.
 */
export async function inUtf8(stream: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const encoded = await peek(stream);
  const order = utf16Order(encoded.head);
  const { head, whole } = order ? await peek(fromUtf16(encoded.whole, order)) : encoded;
  const unmarked = head.subarray(0, BOM.length).equals(BOM) ? without(whole, BOM.length) : whole;
  return head.includes(CARRIAGE_RETURN) && !head.includes(LINE_FEED) ? withLineFeeds(unmarked) : unmarked;
}

/** Recognised by the byte order mark, or else by the zero bytes of the first two characters. */
function utf16Order(head: Buffer): 'little' | 'big' | undefined {
  const [first, second, third, fourth] = head;
  if (first === 0xff && second === 0xfe) return 'little';
  if (first === 0xfe && second === 0xff) return 'big';
  if (head.length < 4) return undefined;
  if (first && second === 0 && third && fourth === 0) return 'little';
  return first === 0 && second && third === 0 && fourth ? 'big' : undefined;
}

async function* fromUtf16(chunks: AsyncIterable<Buffer>, order: 'little' | 'big'): AsyncGenerator<Buffer> {
  const decoder = new StringDecoder('utf16le');
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 2);
    rest = bytes.subarray(whole);
    const letters = bytes.subarray(0, whole);
    yield utf8(decoder.write(order === 'big' ? letters.swap16() : letters));
  }
  // Half of a character at the end: the text was cut off there.
  yield Buffer.concat([utf8(decoder.end()), rest.length ? HALF_PAIR : rest]);
}

function utf8(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/[\uD800-\uDFFF]/u).flatMap((part) => [HALF_PAIR, Buffer.from(part)]);
  return Buffer.concat(parts.slice(1));
}

async function* without(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk.subarray(bytes);
    bytes = Math.max(0, bytes - chunk.length);
  }
}

async function* withLineFeeds(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    const changed = Buffer.from(chunk);
    for (let at = changed.indexOf(CARRIAGE_RETURN); at >= 0; at = changed.indexOf(CARRIAGE_RETURN, at + 1)) {
      changed[at] = LINE_FEED;
    }
    yield changed;
  }
}
