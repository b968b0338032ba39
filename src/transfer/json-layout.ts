import { peek } from './peek.js';

const HEAD_BYTES = 64 * 1024;

/**
 * Puts each object of a JSON text on its own line: the elements of an array, and objects that are
 * printed over several lines. A text that already has one object on each line is not changed.
 */
export async function objectALine(stream: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const { head, whole } = await peek(stream, HEAD_BYTES);
  return isALine(head.toString('latin1')) ? whole : relaid(whole);
}

/** Some programs write objects without anything between them. Within a string these characters do not count. */
const ONE_BEHIND_ANOTHER = /\}[ \t]*\{[ \t]*"/;

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Whether the text has one object on each line. The first line may be damaged, but then the second one begins an object. */
function isALine(head: string): boolean {
  if (/^\s*\[/.test(head) && head.includes('{')) return false;
  const [first, second] = head
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (!first?.startsWith('{')) return true;
  if (ONE_BEHIND_ANOTHER.test(first) && !isJson(first)) return false;
  if (first.endsWith('}') || second === undefined) return true;
  return second.startsWith('{') && !first.endsWith('},');
}

const [LINE_FEED, SPACE, QUOTE, COMMA, BACKSLASH] = [10, 32, 34, 44, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [91, 93, 123, 125];

/**
 * A line break within a string is not valid JSON. It is written as this escape, which is read leniently and does not end the line.
 */
const BREAK_IN_TEXT = Buffer.from('\\x0a');

/** The most bytes that are written for one byte. */
const GROWTH = 5;

async function* relaid(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const layout = new Layout();
  for await (const chunk of chunks) yield layout.relay(chunk);
}

/** Works byte by byte: a JSON library would stop at the first error. It uses the same memory for a text of any length. */
class Layout {
  /** How many objects and lists are open. Outside of objects, brackets and commas are only separators. */
  private depth = 0;
  private quoted = false;
  private escaped = false;
  /** There was a line break within a string. The next byte tells whether the string was not closed. */
  private broken = false;
  /** Part of a line is written. */
  private begun = false;
  private out = Buffer.alloc(0);
  private length = 0;

  relay(chunk: Buffer): Buffer {
    this.out = Buffer.allocUnsafe(chunk.length * GROWTH);
    this.length = 0;
    for (const byte of chunk) this.take(byte);
    return this.out.subarray(0, this.length);
  }

  private take(byte: number): void {
    if (this.broken) this.settle(byte);
    if (this.quoted) this.takeQuoted(byte);
    else if (byte === LINE_FEED || byte === 13 || byte === 9 || byte === SPACE) this.takeBlank(byte);
    else if (this.depth === 0) this.takeOutside(byte);
    else this.takeInside(byte);
  }

  /**
   * An object directly after such a line break begins a new line: otherwise a quote that is never closed would join the rest.
   */
  private settle(byte: number): void {
    this.broken = false;
    if (byte === OPEN) this.end();
    else for (const one of BREAK_IN_TEXT) this.put(one);
  }

  private takeQuoted(byte: number): void {
    if (byte === LINE_FEED) {
      this.broken = true;
      this.escaped = false;
      return;
    }
    this.put(byte);
    if (this.escaped) this.escaped = false;
    else if (byte === BACKSLASH) this.escaped = true;
    else if (byte === QUOTE) this.quoted = false;
  }

  private takeBlank(byte: number): void {
    if (this.depth === 0 && byte === LINE_FEED) this.end();
    else if (this.begun) this.put(SPACE);
  }

  private takeOutside(byte: number): void {
    if (byte === COMMA || byte === OPEN_LIST || byte === CLOSE_LIST) return this.end();
    if (byte === OPEN) {
      this.end();
      this.depth = 1;
    }
    this.quoted = byte === QUOTE;
    this.put(byte);
  }

  private takeInside(byte: number): void {
    if (byte === OPEN || byte === OPEN_LIST) this.depth += 1;
    else if (byte === CLOSE || byte === CLOSE_LIST) this.depth -= 1;
    else this.quoted = byte === QUOTE;
    this.put(byte);
    if (this.depth === 0) this.end();
  }

  private end(): void {
    this.depth = 0;
    this.quoted = this.escaped = false;
    if (!this.begun) return;
    this.put(LINE_FEED);
    this.begun = false;
  }

  private put(byte: number): void {
    this.out[this.length++] = byte;
    this.begun = true;
  }
}
