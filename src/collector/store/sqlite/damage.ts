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

/**
 * The result of some work in a transaction.
 * @param sentence for the owner
 * @param note called if the work fails because of damage, so that the next run of the transaction avoids it
 * @throws NotedDamage after that
 */
export function notingDamage<T>(sentence: string, work: () => T, note: () => void): T {
  try {
    return work();
  } catch (error) {
    if (!isDamage(error)) throw error;
    note();
    throw new NotedDamage(sentence, { cause: error });
  }
}

/** The result of a statement; undefined if it cannot be read. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/** What could be read, and the numbers of the rows that could not. */
export interface ReadableRows<T> {
  rows: T[];
  lost: number[];
}

/**
 * Reads rows together; if that fails because of damage, one by one.
 * @param ids reads their numbers from an index only: the rows may be on pages that cannot be read
 * @throws if the index cannot be read either
 */
export function readableRows<T>(
  together: () => unknown[],
  ids: () => unknown[],
  one: (id: number) => unknown,
): ReadableRows<T> {
  const all = readable(together) as T[] | undefined;
  if (all) return { rows: all, lost: [] };
  const read: ReadableRows<T> = { rows: [], lost: [] };
  for (const { id } of ids() as { id: number }[]) {
    const row = readable(() => one(id) ?? null) as T | null | undefined;
    if (row) read.rows.push(row);
    else if (row === undefined) read.lost.push(id);
  }
  return read;
}
