import type { Log } from './log.js';

/**
 * What to tell the owner of a log whose end cannot be read: a commit that power or a kill cut short, which nobody was
 * told of, or a damaged disk. Undefined where the log is whole.
 * @param file of the database
 */
export function tornLogNotice(file: string, log: Log): string | undefined {
  if (!log.torn) return undefined;
  return (
    `The last ${log.torn} bytes of ${file}-wal are no whole commit, and were cut off: a collector or machine that ` +
    `stopped in the middle of one leaves so, and none of it was acknowledged; otherwise the disk has damaged it.`
  );
}
