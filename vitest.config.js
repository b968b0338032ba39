import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/support/installed.ts', 'test/compat/support/install.ts'],
    include: ['test/**/*.test.ts'],
    // Browsers and collectors are processes of their own: two files at a time are as many as two cores bear.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
