import { isFieldName } from './fields.js';
import { PARAMETERS } from './limits.js';

/** The decoded parameters of a request: names and values in their order, repeats included. */
export interface Query {
  pairs: [name: string, value: string][];
  /** False if a percent escape was malformed (`%zz`) or bytes were invalid in the encoding. Both are read as browsers read them. */
  wellFormed: boolean;
  /**
   * Set once decodeURIComponent has refused a text of this request. It is not tried again: a megabyte of such escapes would cost
   * seconds of exceptions.
   */
  isRefused?: true;
  /**
   * Indexes in `pairs` where decoding put U+FFFD for bytes that are invalid in the encoding. Other bytes would have become the
   * same text. Absent: none.
   */
  damaged?: Set<number>;
  /** How many parameters were left out because there were too many. Absent: none. */
  leftOut?: number;
}

/** A query of parameters that are decoded already. */
export function queryOf(pairs: Query['pairs'] = []): Query {
  return { pairs, wellFormed: true };
}

/**
 * Reads a query string or a form body (docs/reference.md#8.1): `+` and `%20` are spaces, empty parameters
 * (`a=1&&b=2`) are skipped, a parameter without `=` has an empty value. Never throws: what
 * decodeURIComponent refuses is read as browsers do (https://url.spec.whatwg.org/#urlencoded-parsing). They
 * leave a malformed escape as it is and put U+FFFD for bytes that are not UTF-8. Takes linear time for any content.
 * @param into the query to which the parameters are added, if a request has several parts
 * @param charset the charset of the body, if it names one other than UTF-8. The text is already decoded with it; it is used here
 *   for percent escapes that are not UTF-8
 */
export function decodeQuery(text: string, into: Query = queryOf(), charset?: TextDecoder): Query {
  // `=` is searched again only when the one that was found last is before the current position: a search for each parameter could read to
  // the end of the text every time.
  let equals = -1;
  for (let start = 0; start < text.length;) {
    const next = text.indexOf('&', start);
    const end = next < 0 ? text.length : next;
    if (equals < start) equals = indexOrEnd(text, '=', start);
    const nameEnd = Math.min(equals, end);
    if (end > start) readParameter(text, start, nameEnd, end, into, charset);
    start = end + 1;
  }
  return into;
}

/**
 * Adds a parameter that was decoded elsewhere.
 * @param damaged whether its U+FFFD replaces bytes that could not be read
 */
export function addParameter(into: Query, name: string, value: string, damaged = false): void {
  if (isTooMany(into, name)) return;
  if (damaged) noteDamage(into);
  into.pairs.push([name, value]);
}

/** Without `=`, the name goes up to the end. */
function readParameter(
  text: string,
  start: number,
  nameEnd: number,
  end: number,
  into: Query,
  charset: TextDecoder | undefined,
): void {
  const isLate = into.pairs.length >= PARAMETERS;
  // A name that is longer than any field's is not copied: it cannot be a field.
  const name = isLate && nameEnd - start > ESCAPED_FIELD_CHARACTERS ? '' : text.slice(start, nameEnd);
  if (isLate && isTooMany(into, name)) return;
  into.pairs.push([decodeText(name, into, charset), decodeText(text.slice(nameEnd + 1, end), into, charset)]);
}

/** The name of a field, with at least one character percent-escaped. */
const ESCAPED_FIELD = /^(?:_%[67][\da-f]|%5f[a-z]|%5f%[67][\da-f])$/i;
const ESCAPED_FIELD_CHARACTERS = 6;

/** A field is never too many: without its fields, a hit with too many properties would be lost. */
function isTooMany(into: Query, name: string): boolean {
  if (into.pairs.length < PARAMETERS || isFieldName(name)) return false;
  if (name.length > 2 && ESCAPED_FIELD.test(name) && isFieldName(decodeURIComponent(name))) return false;
  into.leftOut = (into.leftOut ?? 0) + 1;
  return true;
}

/** Decodes the name or the value of the parameter that is added next. */
function decodeText(raw: string, into: Query, charset: TextDecoder | undefined): string {
  // The body is not in the charset that it names.
  if (charset && raw.includes('\ufffd')) noteDamage(into);
  const spaced = raw.includes('+') ? raw.replace(/\+/g, ' ') : raw;
  if (!spaced.includes('%')) return spaced;
  if (!into.isRefused) {
    try {
      return decodeURIComponent(spaced);
    } catch {
      into.isRefused = true;
      // Escapes that are not UTF-8 may be in the charset of the body.
      if (!charset) into.wellFormed = false;
    }
  }
  return decodeForgivingly(spaced, into, charset);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const MALFORMED_ESCAPE = /%(?![\da-f]{2})/i;

function decodeForgivingly(text: string, into: Query, charset: TextDecoder | undefined): string {
  if (into.wellFormed && MALFORMED_ESCAPE.test(text)) into.wellFormed = false;
  const bytes = percentDecode(encoder.encode(text));
  const decoded = decoder.decode(bytes);
  if (!decoded.includes('\ufffd') || replacements(decoded) === replacementsIn(bytes)) return decoded;
  const inCharset = charset && /^[\0-\x7f]*$/.test(text) ? charset.decode(bytes) : undefined;
  if (inCharset !== undefined && !inCharset.includes('\ufffd')) return inCharset;
  noteDamage(into);
  return decoded;
}

function noteDamage(into: Query): void {
  into.wellFormed = false;
  (into.damaged ??= new Set()).add(into.pairs.length);
}

const PERCENT = 0x25;

/** Decodes in place. Malformed escapes stay as they are. */
function percentDecode(bytes: Uint8Array): Uint8Array {
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at]!;
    if (byte === PERCENT) {
      const high = hexDigit(bytes[at + 1]);
      const low = hexDigit(bytes[at + 2]);
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

/** The value of a hexadecimal digit; -1 if it is none. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function replacements(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) count += 1;
  return count;
}

/** Counts U+FFFD that was sent as a character: its three bytes cannot be part of another character. */
function replacementsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(0xef); at >= 0; at = bytes.indexOf(0xef, at + 1)) {
    if (bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) count += 1;
  }
  return count;
}

function indexOrEnd(text: string, what: string, from: number): number {
  const index = text.indexOf(what, from);
  return index < 0 ? text.length : index;
}
