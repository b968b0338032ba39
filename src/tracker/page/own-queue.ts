import { page } from './globals.js';

declare const _kmq: unknown;

/**
 * Reads a `_kmq` that is not `window._kmq`: `let _kmq` or `const _kmq` at the top of a classic script hides the property of
 * `window` from all scripts of the page.
 * @returns the items pushed into it so far. Later items are pushed into `window._kmq`
 */
export function takeOwnQueue(): unknown[] {
  try {
    const own = _kmq;
    if (Array.isArray(own) && own != page._kmq) {
      own.push = (...items: unknown[]) => (page._kmq as unknown[]).push(...items);
      return own.splice(0) as unknown[];
    }
  } catch {
    // There is no such variable, or it has no value: `let _kmq = _kmq || []` throws before it assigns one.
  }
  return [];
}
