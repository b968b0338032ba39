import { afterAll, beforeEach, vi } from 'vitest';
import { untilADayLasts } from './day.js';
import { endWithTheFile } from './ending.js';

/** No test takes this long, even on a busy machine. */
const LONGEST_TEST_MS = 90_000;

// Before the file is loaded, since it may read the clock then, and before each test.
await untilADayLasts(LONGEST_TEST_MS);
beforeEach(() => untilADayLasts(LONGEST_TEST_MS));

// One process runs many files.
endWithTheFile();
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
