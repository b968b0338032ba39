import { isInputOutput } from './errors.js';

/** SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB (https://www.sqlite.org/rescode.html): the errors of a failing disk. */
const DAMAGE = new Set([10, 11, 26]);

/**
 * Whether a statement failed because of the data that it read. A number that JavaScript cannot represent counts as damage as well.
 */
export function isDamage(error: unknown): boolean {
  const { errcode = 0, code } = error as { errcode?: number; code?: string };
  // The higher bits are details of the same error.
  return code === 'ERR_OUT_OF_RANGE' || DAMAGE.has(errcode & 0xff);
}

/** Whether the damage is permanent. An I/O error may not happen again. */
export function isLasting(error: unknown): boolean {
  return isDamage(error) && !isInputOutput(error);
}

/**
 * A page could not be read, and the data on it were noted as unreadable. SQLite allows this transaction no more writes. It can be
 * run again, and then avoids that page. The message is a sentence for the owner.
 */
export class NotedDamage extends Error {}

/** The rows of a statement; none if they cannot be read. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}
