import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

/** Tests of functions and files only. They are fast, and need no browser, no installed server and no build. */
const UNIT = [
  'test/protocol/**/*.test.ts',
  'test/tracker/**/*.test.ts',
  'test/demo-data/hits.test.ts',
  'test/collector/clickhouse-parts.test.ts',
  'test/collector/latest-metrics.test.ts',
  'test/collector/repeated-tasks.test.ts',
  ...[
    'days',
    'texts',
    'evaluator',
    'bad-questions',
    'trend',
    'people',
    'funnel',
    'breakdown',
    'channel-split',
    'names',
    'overview',
    'clickhouse-plans',
  ].map((name) => `test/reports/${name}.test.ts`),
  ...['formats', 'dumps', 'any-bytes'].map((name) => `test/transfer/${name}.test.ts`),
  'test/dashboard/**/*.test.ts',
  'test/readme.test.ts',
  'test/documents.test.ts',
  'test/samples.test.ts',
];

/**
 * Tests of what every store must do. They also run on ClickHouse (see startCollector). Large hits need minutes there, and reading
 * depends little on the store, so these two run there only in the long tests, and on chdb.
 */
const STORE = [
  ...['agents', 'people', 'duplicates', 'order', 'erased-names', 'erasing-slices'],
  ...(process.env.KMQ_LONG || process.env.KMQ_CLICKHOUSE === 'chdb' ? ['reading', 'large'] : []),
].map((name) => `test/collector/${name}.test.ts`);

/**
 * With KMQ_MIGRATED each data folder contains a store of the previous version, with hits of other sites. Tests that use HTTP must
 * pass on it as on an empty store.
 */
const MIGRATED = [
  'test/delivery/**/*.test.ts',
  ...['clock', 'damage', 'duplicates', 'durability', 'erased-names', 'erasing-slices', 'full-disk', 'fuzz', 'large'],
  ...['order', 'people', 'processes', 'reading', 'search'],
].map((name) => (name.includes('/') ? name : `test/collector/${name}.test.ts`));

/** With KMQ_CLICKHOUSE=chdb, these tests run on a current ClickHouse: see test/support/chdb. */
const ON_CLICKHOUSE = [
  ...[
    'clickhouse',
    'clickhouse-cut-answers',
    'clickhouse-errors',
    'clickhouse-error-text',
    'clickhouse-failing',
    'clickhouse-races',
    'clickhouse-removal',
    'clickhouse-upgrade',
    'counting',
    'damaged-rows',
  ].map((name) => `test/collector/${name}.test.ts`),
  ...['clickhouse', 'moving'].map((name) => `test/transfer/${name}.test.ts`),
];

/** These files take longest, so they start first; the size of a file does not show it. */
const LONGEST = [
  'reports/engine-file',
  'reports/engine-process',
  'reports/store',
  'cli/sql',
  'browser/overview',
  'transfer/moving',
  'browser/trend',
  'browser/pages',
  'browser/funnel',
  'browser/people',
  'node/delivery',
  'delivery/broken',
  'browser/any-page',
  'collector/clickhouse',
  'collector/clickhouse-upgrade',
  'collector/hostile-senders',
  'browser/engines',
  'browser/hostile',
  'browser/automatic',
  'browser/queue',
  'delivery/browser',
  'delivery/unfriendly',
  'browser/policies',
  'delivery/blocked',
  'browser/renewal',
];

class LongestFirst extends BaseSequencer {
  /** @param {import('vitest/node').TestSpecification[]} files */
  async sort(files) {
    const place = ({ moduleId }) => LONGEST.findIndex((name) => moduleId.endsWith(`${name}.test.ts`)) + 1 || Infinity;
    return (await super.sort(files)).toSorted((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
  }
}

/** The files of the project `kmq`. */
function filesOf({ KMQ_MIGRATED, KMQ_CLICKHOUSE, KMQ_LONG }) {
  if (KMQ_MIGRATED) return MIGRATED;
  if (KMQ_CLICKHOUSE === 'chdb') return ON_CLICKHOUSE;
  return ['test/**/*.test.ts', ...(KMQ_LONG ? ['test/**/*.long.ts'] : [])];
}

const common = {
  // No test depends on these times: they are limits for a machine that is busy with other work.
  ...{ testTimeout: 300_000, hookTimeout: 120_000, expect: { poll: { timeout: 120_000 } } },
  // One process runs many files with the same modules. With a process for each file, the modules would cost a sixth of all the
  // processor's time. Whatever a file changes in the process or in a module, it changes back.
  isolate: false,
  // Tests start Node several hundred times. Compiled modules are kept, so a start costs half as much.
  env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
};

export default defineConfig({
  test: {
    // Tests often wait for browsers, collectors and clocks, so each core runs two files at the same time.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...common, name: 'unit', setupFiles: ['test/support/each-file.ts'], include: UNIT } },
      {
        test: {
          ...common,
          name: 'kmq',
          globalSetup: ['test/support/installed.ts', 'test/compat/support/install.ts'],
          setupFiles: ['test/support/each-file.ts'],
          include: filesOf(process.env),
          exclude: [...UNIT, '**/node_modules/**'],
        },
      },
      {
        test: {
          ...common,
          name: 'on ClickHouse',
          globalSetup: ['test/support/clickhouse-setup.ts'],
          setupFiles: ['test/support/each-file.ts', 'test/support/clickhouse-needed.ts'],
          include: STORE,
        },
      },
    ],
  },
});
