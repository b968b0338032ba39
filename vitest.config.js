import { defineConfig } from 'vitest/config';

const patience = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // Browsers and collectors are processes of their own: two files at a time are as many as two cores bear.
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...patience,
          name: 'kmq',
          globalSetup: ['test/support/installed.ts', 'test/compat/support/install.ts'],
          include: ['test/**/*.test.ts', ...(process.env.KMQ_LONG ? ['test/**/*.long.ts'] : [])],
        },
      },
      {
        // What a store must do, once more on the other one (see startCollector).
        test: {
          ...patience,
          name: 'on ClickHouse',
          globalSetup: ['test/support/clickhouse-setup.ts'],
          setupFiles: ['test/support/clickhouse-needed.ts'],
          include: ['people', 'duplicates', 'reading', 'order'].map((name) => `test/collector/${name}.test.ts`),
        },
      },
    ],
  },
});
