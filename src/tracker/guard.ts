import { report } from './console.js';

/** Calls a page's callback, if it is a function. */
export function call(callback: unknown, argument: unknown): void {
  if (typeof callback == 'function') guard(() => (callback as (argument: unknown) => void)(argument));
}

/** Runs code for a page. An error in it is logged for the site's owner, and does not reach the page. */
export function guard(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return report(error);
  }
}
