import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { addParameter, decodeQuery, type Query } from '../../protocol/decode.js';
import { isFieldName } from '../../protocol/fields.js';
import { jsonMembers } from '../../protocol/json-members.js';
import { REQUEST_BYTES } from '../../protocol/limits.js';
import type { Reason } from '../../protocol/reasons.js';
import { Warnings } from '../../protocol/warnings.js';
import { charsetOf, isAsciiCompatible, parameterized, type Charset } from './content-type.js';
import { multipartParts, type Part } from './multipart.js';

const PLAIN = new Set(['', 'application/x-www-form-urlencoded', 'text/plain']);
const MULTIPART = 'multipart/form-data';
const JSON_OBJECT = 'application/json';

/** A body, and how it is read. */
export interface Form {
  bytes: Buffer;
  /** Undefined for a query, or the lines of a batch. */
  kind: typeof MULTIPART | typeof JSON_OBJECT | undefined;
  boundary: string | undefined;
  charset: Charset;
  /** Warnings about the body, which each of its hits gets. */
  warnings: Warnings;
}

/** How the body of a request is to be read, or the reason why it is refused. */
export function formOf(
  { headers, body }: { headers: IncomingHttpHeaders; body: Buffer },
  isBatch: boolean,
): Form | { fault: Reason } {
  const { value, parameters } = parameterized(headers['content-type'] ?? '');
  if (body.length > REQUEST_BYTES) return { fault: ['long-body'] };
  const kind = kindOf(value, isBatch);
  if (kind === null) return { fault: ['body-type', value] };
  if (!/^(identity)?$/i.test(headers['content-encoding'] ?? '')) return { fault: ['compressed-body'] };
  const warnings = new Warnings();
  const charset = charsetOf(parameters.get('charset'), warnings);
  return { bytes: body, kind, boundary: parameters.get('boundary'), charset, warnings };
}

/** Null for a type that is refused. A batch is always lines. */
function kindOf(type: string, isBatch: boolean): Form['kind'] | null {
  if (PLAIN.has(type)) return undefined;
  return !isBatch && (type === MULTIPART || type === JSON_OBJECT) ? type : null;
}

/**
 * The text of a body that is a query or lines, without white space at its beginning and line breaks at its end, which some tools
 * add.
 * @returns undefined if the bytes are invalid in a charset that is not compatible with ASCII: then parameters cannot be separated
 */
export function plainText({ bytes, charset }: Form): string | undefined {
  let text: string;
  if (charset) text = charset.decode(bytes);
  // Bytes that are not UTF-8 become percent escapes, so that only the values with such bytes count as damaged.
  else text = isUtf8(bytes) ? bytes.toString('utf8') : percentEncodeBytes(bytes);
  if (charset && !isAsciiCompatible(charset) && text.includes('\ufffd')) return undefined;
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end -= 1;
  return text.slice(0, end).trimStart();
}

/** Adds the parameters of a text from `plainText`. */
export function addPlain(query: Query, text: string, { charset }: Form): void {
  decodeQuery(text, query, charset && isAsciiCompatible(charset) ? charset : undefined);
}

/** Adds the parameters of a body of another kind. @returns the reason if it cannot be read */
export function addStructured(query: Query, form: Form): Reason | undefined {
  return form.kind === JSON_OBJECT ? addMembers(query, form) : addParts(query, form);
}

function addMembers(query: Query, { bytes, charset, warnings }: Form): Reason | undefined {
  const { text, isDamaged } = readText(bytes, charset);
  const members = jsonMembers(text.startsWith('\ufeff') ? text.slice(1) : text);
  if (!members) return ['broken-body', 'not a JSON object'];
  for (const [name, value] of members) {
    if (value === undefined) warnings.add('nested-property', name.slice(0, 40).toWellFormed());
    else if (value !== null) addParameter(query, name, value, isDamaged && (name + value).includes('\ufffd'));
    // Null becomes an empty value, as in the tracker. But not for a field: a missing `_t` would be reported as a wrong one.
    else if (!isFieldName(name)) addParameter(query, name, '');
  }
  return undefined;
}

function addParts(query: Query, { bytes, boundary, charset, warnings }: Form): Reason | undefined {
  const parts = multipartParts(bytes, boundary);
  if (!parts) return ['broken-body', 'not a form of parts, or it was cut off before its last boundary'];
  for (const part of parts) {
    const nameCharset = part.nameCharset === undefined ? charset : charsetOf(part.nameCharset, warnings);
    const name = readText(Buffer.from(part.name, 'latin1'), nameCharset);
    if (part.isFile) {
      warnings.add('file-part', name.text.slice(0, 40).toWellFormed());
      continue;
    }
    const value = readText(part.content, charsetOfPart(part, charset, warnings));
    addParameter(query, name.text, value.text, name.isDamaged || value.isDamaged);
  }
  return undefined;
}

function charsetOfPart({ type }: Part, charset: Charset, warnings: Warnings): Charset {
  const label = type && parameterized(type).parameters.get('charset');
  return label ? charsetOf(label, warnings) : charset;
}

function readText(bytes: Buffer, charset: Charset): { text: string; isDamaged: boolean } {
  if (!charset) return { text: bytes.toString('utf8'), isDamaged: !isUtf8(bytes) };
  const text = charset.decode(bytes);
  return { text, isDamaged: text.includes('\ufffd') };
}

const HEX = Buffer.from('0123456789ABCDEF');

/** Percent-encodes bytes beyond ASCII. Other bytes stay as they are. */
function percentEncodeBytes(bytes: Buffer): string {
  const encoded = Buffer.allocUnsafe(bytes.length * 3);
  let length = 0;
  for (const byte of bytes) {
    if (byte < 0x80) {
      encoded[length++] = byte;
    } else {
      encoded[length++] = 0x25;
      encoded[length++] = HEX[byte >> 4]!;
      encoded[length++] = HEX[byte & 15]!;
    }
  }
  return encoded.toString('latin1', 0, length);
}
