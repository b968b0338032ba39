import { isInputOutput } from './errors.js';

/** Input and output, a damaged page, no database (https://www.sqlite.org/rescode.html): what a failing disk leads to. */
const DAMAGE = new Set([10, 11, 26]);

/** Whether a statement failed because of what it has read. A number that JavaScript has no room for is damage as well. */
export function isDamage(error: unknown): boolean {
  const { errcode = 0, code } = error as { errcode?: number; code?: string };
  // The higher bits say more of the same.
  return code === 'ERR_OUT_OF_RANGE' || DAMAGE.has(errcode & 0xff);
}

/** Whether that lasts: an error of input and output may be over the next time. */
export function isLasting(error: unknown): boolean {
  return isDamage(error) && !isInputOutput(error);
}

/**
 * A page could not be read, and what is on it is known now: the transaction, which SQLite lets write nothing any more, can be done
 * once more, and goes around it. The message is a sentence for the owner.
 */
export class NotedDamage extends Error {}

/** What a statement reads; nothing where that cannot be read. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}
