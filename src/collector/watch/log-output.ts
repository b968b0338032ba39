import { destination, type DestinationStream } from 'pino';

/** The most characters of lines that wait to be written. */
const MOST_HELD_CHARACTERS = 1024 * 1024;
const RETRY_MS = 100;
/** How long the end of the process waits for the reader of the last lines. */
const LAST_LINES_MS = 1000;

/**
 * Standard error, for the log. It is synchronous, since the last line of a process that crashes is the most important one. A log that
 * cannot be written must not stop the collector: because the disk is full, nobody is left to read the pipe, or its reader does not
 * read. Lines are kept until they can be written, up to a limit.
 * @param onLost called with the number of lines that were not kept, when all others are written
 */
export function logOutput(onLost: (lines: number) => void): DestinationStream {
  // When a program uses this stream, Node makes a pipe non-blocking: if the pipe is full, a write fails with EAGAIN.
  void process.stderr;
  let waitsUntil = -Infinity;
  const out = destination({
    ...{ dest: 2, sync: true, maxLength: MOST_HELD_CHARACTERS },
    retryEAGAIN: () => performance.now() < waitsUntil,
  });

  let lost = 0;
  out.on('drop', () => (lost += 1));

  let timer: NodeJS.Timeout | undefined;
  let failed = false;
  const retry = (): void => {
    timer = undefined;
    failed = false;
    // Writes all lines that wait, unless that fails.
    out.write('');
    if (failed || !lost) return;
    onLost(lost);
    lost = 0;
  };
  out.on('error', () => {
    failed = true;
    timer ??= setTimeout(retry, RETRY_MS).unref();
  });

  const finish = (): void => {
    waitsUntil = performance.now() + LAST_LINES_MS;
    out.write('');
    waitsUntil = -Infinity;
  };
  // Called by pino after a line of the level fatal. The function that this replaces never returns when the disk is full.
  out.flushSync = finish;
  process.once('exit', finish);
  return out;
}
