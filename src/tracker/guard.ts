import { report } from './console.js';

/** Calls what a page gave as a callback, if it is one. */
export function call(callback: unknown, argument: unknown): void {
  if (typeof callback == 'function') guard(() => (callback as (argument: unknown) => void)(argument));
}

/** Runs what a page asked for. What goes wrong in it is told to the site's owner, and stops nothing. */
export function guard(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return report(error);
  }
}
