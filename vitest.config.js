import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

/** Tests of functions and files alone: they need no browser and no server that has to be installed, and are over soon. */
const UNIT = [
  'test/protocol/**/*.test.ts',
  'test/tracker/**/*.test.ts',
  'test/demo-data/hits.test.ts',
  ...['config', 'clickhouse-parts', 'search'].map((name) => `test/collector/${name}.test.ts`),
  ...[
    'days',
    'texts',
    'evaluator',
    'bad-questions',
    'trend',
    'people',
    'funnel',
    'breakdown',
    'names',
    'overview',
    'clickhouse-plans',
  ].map((name) => `test/reports/${name}.test.ts`),
  'test/cli/settings.test.ts',
  ...['formats', 'dumps', 'any-bytes'].map((name) => `test/transfer/${name}.test.ts`),
  'test/dashboard/**/*.test.ts',
  'test/readme.test.ts',
  'test/documents.test.ts',
  'test/samples.test.ts',
];

/**
 * Tests of what a store must do: they run once more on the other one (see startCollector). Large hits take it minutes, and how hits are read
 * has hardly to do with where they are stored.
 */
const STORE = [
  ...['agents', 'people', 'duplicates', 'order', 'erased-names', 'erasing-slices'],
  ...(process.env.KMQ_LONG || process.env.KMQ_CLICKHOUSE === 'chdb' ? ['reading', 'large'] : []),
].map((name) => `test/collector/${name}.test.ts`);

/**
 * With KMQ_MIGRATED each data folder holds a store of the version before, with hits of other sites: tests that ask by HTTP pass
 * on it as on an empty one.
 */
const MIGRATED = [
  'test/delivery/**/*.test.ts',
  ...['clock', 'damage', 'duplicates', 'durability', 'erased-names', 'erasing-slices', 'full-disk', 'fuzz', 'large'],
  ...['order', 'people', 'processes', 'reading', 'search'],
].map((name) => (name.includes('/') ? name : `test/collector/${name}.test.ts`));

/** With KMQ_CLICKHOUSE=chdb, what needs a ClickHouse is tested on a current one: see test/support/chdb. */
const ON_CLICKHOUSE = [
  ...['clickhouse', 'clickhouse-removal', 'clickhouse-upgrade', 'counting', 'damaged-rows'].map(
    (name) => `test/collector/${name}.test.ts`,
  ),
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
  'delivery/refused',
  'browser/renewal',
];

class LongestFirst extends BaseSequencer {
  /** @param {import('vitest/node').TestSpecification[]} files */
  async sort(files) {
    const place = ({ moduleId }) => LONGEST.findIndex((name) => moduleId.endsWith(`${name}.test.ts`)) + 1 || Infinity;
    return (await super.sort(files)).toSorted((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
  }
}

/** What runs in the project `kmq`. */
function filesOf({ KMQ_MIGRATED, KMQ_CLICKHOUSE, KMQ_LONG }) {
  if (KMQ_MIGRATED) return MIGRATED;
  if (KMQ_CLICKHOUSE === 'chdb') return ON_CLICKHOUSE;
  return ['test/**/*.test.ts', ...(KMQ_LONG ? ['test/**/*.long.ts'] : [])];
}

// No test passes or fails because of these times: they only say when to give up on a machine that is busy with other things.
const patience = { testTimeout: 300_000, hookTimeout: 120_000, expect: { poll: { timeout: 120_000 } } };

export default defineConfig({
  test: {
    // A test waits now and then, for browsers, collectors and clocks, so a core has more than one. With two for each, the cores were never idle,
    // and it was the tests that waited for them.
    maxWorkers: Math.max(3, Math.ceil(1.5 * availableParallelism())),
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...patience, name: 'unit', include: UNIT } },
      {
        test: {
          ...patience,
          name: 'kmq',
          globalSetup: ['test/support/installed.ts', 'test/compat/support/install.ts'],
          setupFiles: ['test/support/not-at-midnight.ts'],
          include: filesOf(process.env),
          exclude: [...UNIT, '**/node_modules/**'],
        },
      },
      {
        test: {
          ...patience,
          name: 'on ClickHouse',
          globalSetup: ['test/support/clickhouse-setup.ts'],
          setupFiles: ['test/support/clickhouse-needed.ts'],
          include: STORE,
        },
      },
    ],
  },
});
