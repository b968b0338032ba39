declare const _kmq: unknown;

/**
 * Reads a `_kmq` that is not the live queue: `let _kmq` or `const _kmq` at the top of a classic script hides the property of `window`
 * from all scripts of the page, and a later script of the page may set that property to a new array.
 * @returns the items pushed into it so far. Later items are pushed into the live queue
 */
export function takeOwnQueue(live: unknown[]): unknown[] {
  try {
    const own = _kmq;
    if (Array.isArray(own) && own != live) {
      own.push = (...items: unknown[]) => live.push(...items);
      return own.splice(0) as unknown[];
    }
  } catch {
    // There is no such variable, or it has no value: `let _kmq = _kmq || []` throws before it assigns one.
  }
  return [];
}
