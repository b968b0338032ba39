import { inUtf8 } from './encoding.js';
import { objectALine } from './json-layout.js';
import { readLines, type Line } from './lines.js';
import { unpacked } from './unpack.js';
import { peek } from './peek.js';

/** The lines of a file or stream, after decompressing and decoding. */
export interface Input {
  /** The first megabyte, decompressed. */
  head: Buffer;
  lines: AsyncGenerator<Line[]>;
  /** The error that ended the input within its first megabyte; `head` is then incomplete. */
  failure: { error: unknown } | undefined;
}

/** @throws Error with a sentence that says what to do, for a file that is no text */
export async function openInput(bytes: AsyncIterable<Buffer>): Promise<Input> {
  const { head, whole, failure } = await peek(await unpacked(bytes));
  return { head, failure, lines: readLines(await objectALine(await inUtf8(whole))) };
}
