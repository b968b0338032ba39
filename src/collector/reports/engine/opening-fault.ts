import { UnusableReports } from './unusable-reports.js';

/** DuckDB's messages about a file that it cannot read: of another program or version, truncated, or damaged. */
const OF_THE_FILE =
  /not a valid DuckDB database|version number|corrupt|deserializ|could not read|replaying WAL|is a directory|(Catalog|Binder|Serialization|INTERNAL) Error/i;

/** Its messages about errors of the system, in the words of `strerror`, and about another program that has the file open. */
const OF_THE_MACHINE =
  /too many open files|no space left|quota exceeded|permission denied|operation not permitted|read-only file system|cannot allocate|temporarily unavailable|lock on file/i;

/** A bad sector, or a disk that was disconnected for a moment. If the error stays, the file is deleted after some attempts. */
const OF_THE_DISK = /input\/output error/i;

/**
 * Why reports could not be opened. `file`: it must be deleted. `machine`: it may work later with the same file. Undefined if the
 * error is neither.
 */
export function openingFault(error: unknown): 'file' | 'machine' | undefined {
  if (error instanceof UnusableReports) return 'file';
  const { message, code, errno } = error as NodeJS.ErrnoException;
  // An errno is that of a call to the system, and SQLite's code is about the store of hits. Errors of DuckDB have neither.
  if (errno !== undefined || code === 'ERR_SQLITE_ERROR' || OF_THE_MACHINE.test(message)) return 'machine';
  if (OF_THE_DISK.test(message)) return undefined;
  return OF_THE_FILE.test(message) ? 'file' : undefined;
}
