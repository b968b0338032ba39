import { guard } from './guard.js';

/** When the command that is running was pushed, in milliseconds; 0 while none is. */
let pushed = 0;

/** Runs a command as of the moment of its push, which may lie seconds before the tracker arrived. */
export function runAsOf(moment: number, command: () => unknown): void {
  pushed = moment;
  guard(command);
  pushed = 0;
}

/** When what happens now was pushed, in milliseconds. */
export function moment(): number {
  return pushed || Date.now();
}

/** `KM.ts()`: Unix seconds, rounded as in the original (reference section 1.3). */
export function ts(): number {
  return Math.round(moment() / 1000);
}
