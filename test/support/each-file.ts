import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeEach, vi } from 'vitest';
import { endWithTheFile } from './ending.js';

const DAY = 86_400_000;
/** No test takes this long, even on a busy machine. */
const LONGEST_TEST = 90_000;

// Many tests ask for the days up to today. The day (UTC) must not end between two of their questions.
beforeEach(async () => {
  const left = DAY - (Date.now() % DAY);
  if (left < LONGEST_TEST) await setTimeout(left + 1000);
});

// One process runs many files.
endWithTheFile();
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
