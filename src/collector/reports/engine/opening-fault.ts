import { UnusableReports } from './unusable-reports.js';

/** What DuckDB says of a file that it cannot read: one of another program or version, one that was cut off, one that is damaged. */
const OF_THE_FILE =
  /not a valid DuckDB database|version number|corrupt|deserializ|could not read|replaying WAL|is a directory|(Catalog|Binder|Serialization|INTERNAL) Error/i;

/** The same of what the system refuses, whose texts are those of `strerror`, and of another program that has the file open. */
const OF_THE_MACHINE =
  /too many open files|no space left|quota exceeded|permission denied|operation not permitted|read-only file system|cannot allocate|temporarily unavailable|lock on file/i;

/** A bad sector, or a disk that was away for a moment: a file that stays so is thrown away after some attempts. */
const OF_THE_DISK = /input\/output error/i;

/**
 * Why reports could not be opened: for `file`, it has to go; `machine` may be better later, with the file as it is; undefined where the
 * error says neither.
 */
export function openingFault(error: unknown): 'file' | 'machine' | undefined {
  if (error instanceof UnusableReports) return 'file';
  const { message, code, errno } = error as NodeJS.ErrnoException;
  // Errors of the system have a number, and those of SQLite a code: they are about the store of hits. DuckDB's have neither.
  if (errno !== undefined || code === 'ERR_SQLITE_ERROR' || OF_THE_MACHINE.test(message)) return 'machine';
  if (OF_THE_DISK.test(message)) return undefined;
  return OF_THE_FILE.test(message) ? 'file' : undefined;
}
