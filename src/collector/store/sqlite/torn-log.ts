import type { Log } from './write-ahead-log.js';

/**
 * A sentence for the owner about a log of which a part cannot be read: a commit that a power failure or a kill interrupted, or a
 * damaged disk. Undefined if the log is complete.
 * @param file of the database
 */
export function tornLogNotice(file: string, { ignored }: Log): string | undefined {
  if (!ignored) return undefined;
  const { bytes, frames, commits, isWhole } = ignored;
  const unsaved = 'none of its hits was acknowledged (unless durability is fast)';
  if (!isWhole && commits === 0) {
    return (
      `The last ${bytes} bytes of ${file}-wal (pages: ${frames}) are not a complete commit, and were cut off. Either a collector or ` +
      `machine stopped during a commit, and ${unsaved}; or the disk has damaged the log.`
    );
  }
  const what = `${bytes} bytes were cut off, with at least ${commits} ${commits === 1 ? 'commit' : 'commits'} (pages: ${frames})`;
  const lost = `Hits of these commits that were not in ${file} yet are lost.`;
  if (isWhole) return `The header of ${file}-wal is damaged, so SQLite reads nothing of this log: ${what}. ${lost}`;
  return (
    `${file}-wal is damaged. It was read up to the damage, and the following ${what}. ${lost} Either the disk has damaged the log; or ` +
    `the machine lost power while it wrote several commits, and a commit that was not on disk is missing: ${unsaved}.`
  );
}
