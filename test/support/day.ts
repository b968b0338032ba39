import { setTimeout } from 'node:timers/promises';

// Many tests ask for the days up to today. The day (UTC) must not end between two of their questions.

const DAY_MS = 86_400_000;
/** The tests of a file do not take longer, even on a busy machine. */
const LONGEST_FILE_MS = 300_000;

/** Waits until the next day has begun, if this one ends sooner. */
export async function untilADayLasts(ms: number): Promise<void> {
  const left = DAY_MS - (Date.now() % DAY_MS);
  if (left < ms) await setTimeout(left + 1000);
}

/**
 * Unix seconds, for a file whose hits are so many days old. Call it at the top of the file: near the end of a day it waits for the next
 * one. Otherwise the tests that run after midnight would find each hit on the day before the expected one.
 */
export async function nowForFile(): Promise<number> {
  await untilADayLasts(LONGEST_FILE_MS);
  return Math.floor(Date.now() / 1000);
}
