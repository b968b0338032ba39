import { UnusableReports } from './unusable-reports.js';

/** What DuckDB says of a file that it cannot read: one of another program or version, one that was cut off, one that is damaged. */
const OF_THE_FILE =
  /not a valid DuckDB database|version number|corrupt|deserializ|could not read|replaying WAL|is a directory|(Catalog|Binder|Serialization|INTERNAL) Error/i;

/** The same of what the system refuses, whose texts are those of `strerror`, and of another program that has the file open. */
const OF_THE_MACHINE =
  /too many open files|no space left|quota exceeded|permission denied|operation not permitted|read-only file system|cannot allocate|out of memory|temporarily unavailable|lock on file/i;

/**
 * Why reports could not be opened: for `file`, it has to go; `machine` may be better later, with the file as it is; undefined where the
 * error says neither.
 */
export function openingFault(error: unknown): 'file' | 'machine' | undefined {
  if (error instanceof UnusableReports) return 'file';
  const { message, code } = error as NodeJS.ErrnoException;
  // Node's errors have codes: of the system, and of SQLite about the store of hits. Those of DuckDB have none.
  if (code !== undefined || OF_THE_MACHINE.test(message)) return 'machine';
  return OF_THE_FILE.test(message) ? 'file' : undefined;
}
