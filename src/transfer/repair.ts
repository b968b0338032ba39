import { isUtf8 } from 'node:buffer';
import { withStrings } from './json-strings.js';

/** A line that was not valid JSON, as JSON. */
export interface Repaired {
  /** It may still be invalid. */
  json: string;
  /** Whether a text contains escapes of bytes that are not UTF-8; they were not changed. */
  isDamaged: (text: string) => boolean;
}

/** Words that programs write as values, and what they are in JSON. */
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
 * Repairs a line that is not valid JSON, as the original's dumps and programs for its import write it:
 * - bytes of UTF-8 as escapes, octal (`M\303\251decins`) or hexadecimal (`\xc3\xa9`). Adjacent bytes are decoded
 *   together; escapes that are not UTF-8 stay as they are
 * - unescaped control characters, such as a tab
 * - `\'`, and a backslash before a character that is no escape (`C:\Users`). If a string contains such a backslash, its program
 *   escapes no backslashes: then `\n` is not a line break but the beginning of a folder's name
 * - strings in single quotes, a comma after the last member, NaN and the like, a byte order mark between lines
 *
 * It takes linear time.
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
      // A string that is not closed stays as it is.
      if (part.length < 2 || !part.endsWith(quote)) return part;
      const { text, isDamaged } = textIn(part.slice(1, -1));
      if (isDamaged) damaged.add(text);
      return JSON.stringify(text);
    },
  });
  return { json, isDamaged: (text) => damaged.has(text) };
}

/** @param body the text between the quotes */
function textIn(body: string): { text: string; isDamaged: boolean } {
  if (!body.includes('\\')) return { text: body, isDamaged: false };
  const verbatim = hasStray(body);
  let isDamaged = false;
  const text = withEscapes(body, (at) => {
    const end = endOfBytes(body, at);
    if (end > at) {
      const bytes = bytesIn(body.slice(at, end));
      // If backslashes are no escapes in this string, digits after one are bytes only if together they are letters beyond ASCII.
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

/** Whether there is a backslash before a character that is no escape of any kind. */
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

/** @param read called with the index of a backslash; returns the text that it stands for, and the index after it */
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

/** A byte in octal or hexadecimal digits. Both forms have the same length. */
const BYTE = /^\\(?:[0-3][0-7]{2}|x[\da-f]{2})$/i;
const BYTE_CHARACTERS = 4;

/** The index after the adjacent escaped bytes that begin here; the same index if there are none. */
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
