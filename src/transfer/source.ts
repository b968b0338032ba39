import { createHash } from 'node:crypto';
import type { Format } from './format.js';
import type { Line } from './lines.js';

/** How much of a stream without a name is used to recognise it. */
const STREAM_HEAD_BYTES = 1024 * 1024;

/**
 * What a bookmark calls a file: its path and its first record, with the heading in front of it where there is one. It
 * stays the same while the file grows, and is another for other content under the same path.
 * @param head the first lines that are not empty
 */
export function fileSource(path: string, head: Line[], format: Format, key: string | undefined): string {
  const first = head.slice(0, format === 'raw' ? 1 : 2);
  return `file ${digest(path, key, ...first.map(({ text }) => text))}`;
}

/** What a bookmark calls a stream: its first megabyte. */
export function streamSource(head: Buffer, key: string | undefined): string {
  return `stream ${digest(key, head)}`;
}

/** What a bookmark calls what its owner has named. */
export function namedSource(name: string, key: string | undefined): string {
  return `name ${digest(name, key)}`;
}

/** JSON tells where one part ends and the next begins. */
function digest(...parts: (string | Buffer | undefined)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(Buffer.isBuffer(part) ? part : JSON.stringify(part ?? null));
  return hash.digest('hex').slice(0, 32);
}

/**
 * The first bytes of a stream, a megabyte where nothing else is said, or all of a shorter one; and the whole of it again.
 * An error of the stream is thrown at its place, after the bytes before it.
 */
export async function peek(
  stream: AsyncIterable<Buffer>,
  most = STREAM_HEAD_BYTES,
): Promise<{ head: Buffer; whole: AsyncIterable<Buffer>; failure: { error: unknown } | undefined }> {
  const parts: Buffer[] = [];
  let bytes = 0;
  let failure: { error: unknown } | undefined;
  const rest = stream[Symbol.asyncIterator]();
  while (bytes < most) {
    const step = await rest.next().catch((error: unknown) => ({ error }));
    if ('error' in step) {
      failure = step;
      break;
    }
    if (step.done) break;
    parts.push(step.value);
    bytes += step.value.length;
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield* parts.splice(0);
    if (failure) throw failure.error;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  return { head: Buffer.concat(parts).subarray(0, most), whole: whole(), failure };
}
