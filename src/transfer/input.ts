import { inUtf8 } from './encoding.js';
import { objectALine } from './json-layout.js';
import { readLines, type Line } from './lines.js';
import { unpacked } from './unpack.js';
import { peek } from './source.js';

/** A file or stream, however it is packed, encoded and laid out, as lines. */
export interface Input {
  /** The first megabyte, unpacked. */
  head: Buffer;
  lines: AsyncGenerator<Line[]>;
  /** What ended the input within its head, which is not that of the whole then. */
  failure: { error: unknown } | undefined;
}

/** @throws Error, in a sentence that says what to do, for what holds no lines */
export async function openInput(bytes: AsyncIterable<Buffer>): Promise<Input> {
  const { head, whole, failure } = await peek(await unpacked(bytes));
  return { head, failure, lines: readLines(await objectALine(await inUtf8(whole))) };
}
