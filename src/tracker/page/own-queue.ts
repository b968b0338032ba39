import { page } from './globals.js';

declare const _kmq: unknown;

/**
 * Takes over what the page's own scripts call `_kmq`, where that is not `window._kmq`: `let _kmq` or `const _kmq` at the top
 * of a classic script hides the global one from all scripts of the page, and is on no object.
 * @returns what has been pushed into it so far; from now on it passes on what it is given
 */
export function takeOwnQueue(): unknown[] {
  try {
    const own = _kmq;
    if (Array.isArray(own) && own != page._kmq) {
      own.push = (...items: unknown[]) => (page._kmq as unknown[]).push(...items);
      return own.splice(0) as unknown[];
    }
  } catch {
    // There is none. Or none yet: in `let _kmq = _kmq || []` the name is never given a value.
  }
  return [];
}
