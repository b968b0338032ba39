import type { Log } from './log.js';

/**
 * A sentence for the owner about a log whose end cannot be read: a commit that a power failure or a kill interrupted, and that was not
 * acknowledged, or a damaged disk. Undefined if the log is complete.
 * @param file of the database
 */
export function tornLogNotice(file: string, log: Log): string | undefined {
  if (!log.torn) return undefined;
  return (
    `The last ${log.torn} bytes of ${file}-wal are no whole commit, and were cut off: a collector or machine that ` +
    `stopped in the middle of one leaves so, and none of it was acknowledged; otherwise the disk has damaged it.`
  );
}
