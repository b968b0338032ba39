import { isUtf8 } from 'node:buffer';

/** The longest line: more than the JSON of any hit whose URL and body are within their limits. */
export const LINE_BYTES = 8 * 1024 * 1024;

export interface Line {
  /** The number of its first line, from 1. */
  number: number;
  /** The number of its last line: a quoted cell of a CSV file may contain line breaks. */
  end: number;
  text: string;
  /** Why it cannot be read, as a sentence. The text is then cut. */
  fault?: string;
  /** The input ends without a line break after it: it may have been cut off, or a program is still writing it. */
  unfinished?: true;
}

/** How much is shown of a line that cannot be read. */
const SHOWN_BYTES = 200;

const LINE_BREAK = 10;
const BOM = '\uFEFF';

/** A line that spreadsheets write before the names of the columns, to name the separator. It is skipped. */
const SEPARATOR = /^"?sep=.?"?\r?$/i;

/**
 * Splits bytes into lines of UTF-8. All lines of a chunk are passed together, since a stream costs time for each item.
 * A carriage return before the line break and a byte order mark are removed; an empty line has an empty text.
 * Of a line of more than 8 MiB, only the beginning stays in memory.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let number = 0;
  let parts: Buffer[] = [];
  let bytes = 0;
  let tooLong: Buffer | undefined;

  const keep = (part: Buffer): void => {
    bytes += part.length;
    if (tooLong) return;
    parts.push(part);
    if (bytes <= LINE_BYTES) return;
    tooLong = Buffer.concat(parts.map((one) => one.subarray(0, SHOWN_BYTES))).subarray(0, SHOWN_BYTES);
    parts = [];
  };
  const endLine = (): Line => {
    const line = tooLong
      ? longLine(tooLong, ++number)
      : lineOf(parts.length === 1 ? parts[0]! : Buffer.concat(parts), ++number);
    parts = [];
    bytes = 0;
    tooLong = undefined;
    return line;
  };

  for await (const chunk of chunks) {
    const first = chunk.indexOf(LINE_BREAK);
    if (first < 0) {
      keep(chunk);
      continue;
    }
    keep(chunk.subarray(0, first));
    const lines = [endLine()];
    const last = chunk.lastIndexOf(LINE_BREAK);
    if (last > first) {
      const whole = chunk.subarray(first + 1, last);
      // One call for all lines is many times as fast as one for each.
      if (isUtf8(whole)) for (const text of whole.toString('utf8').split('\n')) lines.push(textLine(text, ++number));
      else for (const part of split(whole)) lines.push(lineOf(part, ++number));
    }
    keep(Buffer.from(chunk.subarray(last + 1)));
    yield lines;
  }
  if (bytes) yield [{ ...endLine(), unfinished: true }];
}

/** The first two lines that are not empty, and a stream of all lines, these two included. */
export async function peekRecords(
  blocks: AsyncGenerator<Line[]>,
): Promise<{ first: Line[]; all: AsyncIterable<Line[]> }> {
  const read: Line[][] = [];
  const first: Line[] = [];
  while (first.length < 2) {
    const step = await blocks.next();
    if (step.done) break;
    read.push(step.value);
    first.push(
      ...step.value.filter(({ text, fault }) => text !== '' || fault !== undefined).slice(0, 2 - first.length),
    );
  }
  async function* all(): AsyncGenerator<Line[]> {
    yield* read.splice(0);
    yield* blocks;
  }
  return { first, all: all() };
}

function lineOf(bytes: Buffer, number: number): Line {
  if (isUtf8(bytes)) return textLine(bytes.toString('utf8'), number);
  const text = bytes.subarray(0, SHOWN_BYTES).toString('utf8');
  // If other bytes were read as U+FFFD, two people's identities could become the same.
  return { number, end: number, text, fault: 'The line is not UTF-8.' };
}

function textLine(text: string, number: number): Line {
  const unmarked = number === 1 && text.startsWith(BOM) ? text.slice(1) : text;
  if (number === 1 && SEPARATOR.test(unmarked)) return { number, end: number, text: '' };
  return { number, end: number, text: unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked };
}

function longLine(start: Buffer, number: number): Line {
  return { number, end: number, text: start.toString('utf8'), fault: `The line is longer than ${LINE_BYTES} bytes.` };
}

function* split(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  let end = bytes.indexOf(LINE_BREAK);
  while (end >= 0) {
    yield bytes.subarray(start, end);
    start = end + 1;
    end = bytes.indexOf(LINE_BREAK, start);
  }
  yield bytes.subarray(start);
}
