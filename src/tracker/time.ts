import { guard } from './guard.js';

/** When the command that is running was pushed, in Unix milliseconds; 0 while none is. */
let pushedMs = 0;

/** Runs a command with the time of its push, which may lie seconds before the tracker was loaded. */
export function runAsOf(moment: number, command: () => unknown): void {
  const around = pushedMs;
  pushedMs = moment;
  guard(command);
  pushedMs = around;
}

/** When the command that runs now was pushed, in Unix milliseconds. */
export function moment(): number {
  return pushedMs || Date.now();
}

/** `KM.ts()`: Unix seconds, rounded as in the original (docs/reference.md#1.3). */
export function ts(): number {
  return Math.round(moment() / 1000);
}
