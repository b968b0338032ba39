import { isUtf8 } from 'node:buffer';
import { withStrings } from './json-strings.js';

/** A line that was no JSON, as JSON. */
export interface Repaired {
  /** It may be none still. */
  json: string;
  /** Whether a text has escapes of bytes that are not UTF-8 in it, which stand there as they came. */
  isDamaged: (text: string) => boolean;
}

/** What programs write in the place of a value, and what it is in JSON. */
const WORDS: Record<string, string> = {
  NaN: '"NaN"',
  Infinity: '"Infinity"',
  '-Infinity': '"-Infinity"',
  None: 'null',
  True: 'true',
  False: 'false',
};

/** Escapes of JSON that are one character (https://www.rfc-editor.org/rfc/rfc8259#section-7). */
const LETTERS: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * Reads a line as the original's dumps and its importers' programs write it, where JSON does not:
 * - the bytes of UTF-8 as escapes, in octal (`M\303\251decins`) or hexadecimal (`\xc3\xa9`); bytes side by side are read
 *   together, and what is not UTF-8 then stays as it stands
 * - control characters as they are, such as a tab
 * - `\'`, and a backslash in front of what is no escape (`C:\Users`). A text with such a one in it was written by a program
 *   that escapes none: there `\n` is a folder that begins with n.
 * - texts in single quotes, a comma behind the last member, NaN and the like, a byte order mark between the lines
 *
 * It takes time in proportion to the line.
 */
export function repair(line: string): Repaired {
  const damaged = new Set<string>();
  const json = withStrings(line, {
    single: true,
    between: (part) =>
      part
        .replaceAll('\uFEFF', '')
        .replace(/-?[A-Za-z]+/g, (word) => (Object.hasOwn(WORDS, word) ? WORDS[word]! : word))
        .replace(/,(\s*[}\]])/g, '$1'),
    string: (part) => {
      const quote = part[0]!;
      // One that is not closed stays so.
      if (part.length < 2 || !part.endsWith(quote)) return part;
      const { text, isDamaged } = textIn(part.slice(1, -1));
      if (isDamaged) damaged.add(text);
      return JSON.stringify(text);
    },
  });
  return { json, isDamaged: (text) => damaged.has(text) };
}

/** @param body what stands between the quotes */
function textIn(body: string): { text: string; isDamaged: boolean } {
  if (!body.includes('\\')) return { text: body, isDamaged: false };
  const verbatim = hasStray(body);
  let isDamaged = false;
  const text = withEscapes(body, (at) => {
    const end = endOfBytes(body, at);
    if (end > at) {
      const bytes = bytesIn(body.slice(at, end));
      // Where backslashes mean nothing, digits behind one are bytes only if they make letters.
      const isText = isUtf8(bytes) && (!verbatim || bytes.some((byte) => byte > 127));
      isDamaged ||= !isText && !verbatim;
      return [isText ? bytes.toString('utf8') : body.slice(at, end), end];
    }
    const next = body[at + 1]!;
    if (isUnicode(body, at)) return [String.fromCharCode(parseInt(body.slice(at + 2, at + 6), 16)), at + 6];
    if (`"'/`.includes(next)) return [next, at + 2];
    if (verbatim) return [next === '\\' ? '\\\\' : '\\', next === '\\' ? at + 2 : at + 1];
    return [LETTERS[next] ?? next, at + 2];
  });
  return { text, isDamaged };
}

/** Whether a backslash stands in front of what is no escape of any kind. */
function hasStray(body: string): boolean {
  let stray = false;
  withEscapes(body, (at) => {
    const end = endOfBytes(body, at);
    if (end > at) return ['', end];
    stray ||= !isUnicode(body, at) && !/["'/\\bfnrt]/.test(body[at + 1] ?? '');
    return ['', at + 2];
  });
  return stray;
}

/** @param read told where a backslash stands; gives what it means, and where the text goes on */
function withEscapes(body: string, read: (at: number) => [text: string, end: number]): string {
  const parts: string[] = [];
  for (let from = 0; ;) {
    const at = body.indexOf('\\', from);
    if (at < 0) {
      parts.push(body.slice(from));
      return parts.join('');
    }
    const [text, end] = read(at);
    parts.push(body.slice(from, at), text);
    from = end;
  }
}

const isUnicode = (body: string, at: number): boolean => /^\\u[\da-f]{4}$/i.test(body.slice(at, at + 6));

/** A byte in octal or hexadecimal digits, both of them always as long. */
const BYTE = /^\\(?:[0-3][0-7]{2}|x[\da-f]{2})$/i;
const BYTE_CHARACTERS = 4;

/** Behind the escaped bytes that stand here side by side; the same place where none does. */
function endOfBytes(body: string, start: number): number {
  let end = start;
  while (BYTE.test(body.slice(end, end + BYTE_CHARACTERS))) end += BYTE_CHARACTERS;
  return end;
}

function bytesIn(escapes: string): Buffer {
  const bytes = Buffer.allocUnsafe(escapes.length / BYTE_CHARACTERS);
  for (let n = 0; n < bytes.length; n++) {
    const digits = escapes.slice(n * BYTE_CHARACTERS + 1, (n + 1) * BYTE_CHARACTERS);
    bytes[n] = /^x/i.test(digits) ? parseInt(digits.slice(1), 16) : parseInt(digits, 8);
  }
  return bytes;
}
