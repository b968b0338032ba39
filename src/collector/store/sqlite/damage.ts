/** Input and output, a damaged page, no database (https://www.sqlite.org/rescode.html): what a failing disk leads to. */
const DAMAGE = new Set([10, 11, 26]);

/** Whether a statement failed because of what it has read. A number that JavaScript has no room for is damage as well. */
export function isDamage(error: unknown): boolean {
  const { errcode = 0, code } = error as { errcode?: number; code?: string };
  // The higher bits say more of the same.
  return code === 'ERR_OUT_OF_RANGE' || DAMAGE.has(errcode & 0xff);
}

/** What a statement reads; nothing where that cannot be read. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}
