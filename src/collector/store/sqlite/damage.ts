import { isInputOutput } from './errors.js';

/** Input and output, a damaged page, no database (https://www.sqlite.org/rescode.html): what a failing disk leads to. */
const DAMAGE = new Set([10, 11, 26]);

/** Whether a statement failed because of the data that it read. A number that JavaScript cannot hold counts as damage as well. */
export function isDamage(error: unknown): boolean {
  const { errcode = 0, code } = error as { errcode?: number; code?: string };
  // The higher bits say more of the same.
  return code === 'ERR_OUT_OF_RANGE' || DAMAGE.has(errcode & 0xff);
}

/** Whether the damage is permanent: an error of input and output may not happen again. */
export function isLasting(error: unknown): boolean {
  return isDamage(error) && !isInputOutput(error);
}

/**
 * A page could not be read, and it is known now what is on it. SQLite lets this transaction write nothing more. It can run again, and will
 * avoid that page. The message is a sentence for the owner.
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
