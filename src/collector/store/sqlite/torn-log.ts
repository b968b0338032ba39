import type { Log } from './write-ahead-log.js';

/**
 * A sentence for the owner about a log whose end cannot be read: a commit that a power failure or a kill interrupted, or a damaged disk.
 * Undefined if the log is complete.
 * @param file of the database
 */
export function tornLogNotice(file: string, log: Log): string | undefined {
  if (!log.torn) return undefined;
  return (
    `The last ${log.torn} bytes of ${file}-wal are not a complete commit, and were cut off. Either a collector or machine ` +
    `stopped during a commit, and none of its hits was acknowledged (unless durability is fast); or the disk has damaged the log.`
  );
}
