/** Codes of SQLite (https://www.sqlite.org/rescode.html). */
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
/** The lower byte of a code; the other bytes are details. */
const PRIMARY = 0xff;

/** The disk has no space, and nothing was done. A request that needed it is answered with 503. */
export class DiskFull extends Error {
  readonly code = 'ENOSPC';
  readonly statusCode = 503;

  constructor(cause?: unknown) {
    super('The disk of the data folder has no space.', { cause });
  }
}

/** Whether SQLite or the system reported that the disk is full. */
export function isDiskFull(error: unknown): boolean {
  return codeOf(error) === SQLITE_FULL || ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Whether SQLite could not read or write a file. With a memory map, a full disk causes the same error. */
export function isInputOutput(error: unknown): boolean {
  return codeOf(error) === SQLITE_IOERR;
}

/** Whether SQLite may not make or write a file. */
export function isForbidden(error: unknown): boolean {
  return [SQLITE_READONLY, SQLITE_CANTOPEN].includes(codeOf(error));
}

function codeOf(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & PRIMARY;
}
