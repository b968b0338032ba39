import { guard } from './guard.js';

/** When the running command was pushed, in Unix milliseconds; 0: now. */
let pushedMs = 0;

/** Runs a command with the time of its push, which may lie seconds before the tracker was loaded. */
export function runAsOf(moment: number, command: () => unknown): void {
  const around = pushedMs;
  pushedMs = moment;
  guard(command);
  pushedMs = around;
}

/** When the running command was pushed, in Unix milliseconds; the present if no command is running. */
export function moment(): number {
  return pushedMs || Date.now();
}

/** `KM.ts()`: Unix seconds, rounded as in the original (docs/reference.md#1.3). */
export function ts(): number {
  return Math.round(moment() / 1000);
}
