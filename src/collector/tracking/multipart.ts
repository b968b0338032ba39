import { parameterized } from './content-type.js';

/** One part of a form (RFC 7578). */
export interface Part {
  /** The name as sent, one character for each byte. */
  name: string;
  /** The charset of the name, if it names one (`name*`). */
  nameCharset: string | undefined;
  isFile: boolean;
  /** The part's own Content-Type, usually absent. */
  type: string;
  content: Buffer;
}

const LINE_BREAK = 10;
const RETURN = 13;
const DASH = 45;

/** The longest header line of a part. */
const HEADER_BYTES = 8192;

/**
 * Splits a form of `multipart/form-data`. The form is in memory and has a megabyte at most. Libraries read streams and answer
 * later, and a hit must not wait for that. Lines may end with a line feed alone.
 * @returns undefined for other data, and for a form without its last boundary: an identity that was cut could be another person's
 */
export function multipartParts(body: Buffer, boundary: string | undefined): Part[] | undefined {
  if (!boundary || boundary.length > 200) return undefined;
  const delimiter = Buffer.from(`\n--${boundary}`, 'latin1');
  const startsAtOnce = body.subarray(0, delimiter.length - 1).equals(delimiter.subarray(1));
  let at = startsAtOnce ? -1 : nextDelimiter(body, delimiter, 0);
  const parts: Part[] = [];
  while (at !== undefined) {
    const behind = at + delimiter.length;
    if (body[behind] === DASH) return parts;
    const head = readHead(body, body.indexOf(LINE_BREAK, behind) + 1);
    // If the content is empty, the line break before it is also the one before the boundary.
    at = head && nextDelimiter(body, delimiter, head.end - 1);
    if (!head || at === undefined) return undefined;
    const end = body[at - 1] === RETURN ? at - 1 : at;
    if (head.name !== undefined) parts.push({ ...head, name: head.name, content: body.subarray(head.end, end) });
  }
  return undefined;
}

/** The index of the line break before the next line that is only the boundary; undefined if there is none. */
function nextDelimiter(body: Buffer, delimiter: Buffer, from: number): number | undefined {
  for (let at = body.indexOf(delimiter, from); at >= 0; at = body.indexOf(delimiter, at + 1)) {
    let behind = at + delimiter.length;
    if (body[behind] === DASH && body[behind + 1] === DASH) return at;
    while (body[behind] === 32 || body[behind] === 9 || body[behind] === RETURN) behind += 1;
    if (body[behind] === LINE_BREAK) return at;
  }
  return undefined;
}

interface Head extends Omit<Part, 'name' | 'content'> {
  name: string | undefined;
  /** The index at which the content begins. */
  end: number;
}

/** Reads the header lines up to the empty one; undefined if there is none, or if a line is too long. */
function readHead(body: Buffer, start: number): Head | undefined {
  const head: Head = { name: undefined, nameCharset: undefined, isFile: false, type: '', end: start };
  for (;;) {
    const lineEnd = body.indexOf(LINE_BREAK, head.end);
    if (lineEnd < 0 || lineEnd - head.end > HEADER_BYTES) return undefined;
    const line = body.toString('latin1', head.end, lineEnd).replace(/\r$/, '');
    head.end = lineEnd + 1;
    if (line === '') return head;
    const [, header, value] = /^([\w-]+)\s*:(.*)$/s.exec(line) ?? [];
    if (header?.toLowerCase() === 'content-type') head.type = value!;
    if (header?.toLowerCase() !== 'content-disposition') continue;
    const { parameters } = parameterized(value!);
    // https://html.spec.whatwg.org/#multipart-form-data says how names are escaped.
    head.name = parameters.get('name')?.replace(/%(22|0D|0A)/gi, (escape) => decodeURIComponent(escape));
    // Python's urllib3 writes names beyond ASCII as `name*` (https://www.rfc-editor.org/rfc/rfc8187), although forms should not.
    const [, charset, extended] = /^([\w-]+)'[^']*'(.*)$/s.exec(parameters.get('name*') ?? '') ?? [];
    if (head.name === undefined && extended !== undefined) {
      head.name = extended.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
      head.nameCharset = charset;
    }
    head.isFile = parameters.has('filename') || parameters.has('filename*');
  }
}
