/** How much of a stream is read to recognise it. */
const STREAM_HEAD_BYTES = 1024 * 1024;

/**
 * The first bytes of a stream, a megabyte by default, and a stream with all of its bytes, these included.
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
