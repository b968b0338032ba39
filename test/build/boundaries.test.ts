import { existsSync } from 'node:fs';
import { ESLint } from 'eslint';
import { expect, test } from 'vitest';

/** A file of each layer, in whose place a text is linted. */
const PLACES = {
  protocol: 'src/protocol/limits.ts',
  loader: 'src/loader/fill.ts',
  tracker: 'src/tracker/commands/track.ts',
  node: 'src/node/queue.ts',
  dashboard: 'src/dashboard/live/page.ts',
  transfer: 'src/transfer/import.ts',
  cli: 'src/cli/export.ts',
  store: 'src/collector/store/open.ts',
  model: 'src/collector/store/model/order.ts',
  sqlite: 'src/collector/store/sqlite/database.ts',
  embedded: 'src/collector/store/embedded/store.ts',
  clickhouse: 'src/collector/store/clickhouse/store.ts',
  sites: 'src/collector/sites/config.ts',
  watch: 'src/collector/watch/log.ts',
  access: 'src/collector/access/guard.ts',
  http: 'src/collector/http/listener.ts',
  tracking: 'src/collector/tracking/handler.ts',
  reports: 'src/collector/reports/ask.ts',
  api: 'src/collector/api/live.ts',
  processes: 'src/collector/processes/primary.ts',
  demo: 'src/collector/demo.ts',
  clock: 'src/collector/clock.ts',
};
type Place = keyof typeof PLACES;

// The rules that need types take seconds, and no boundary is one of them.
const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
});

async function faults(place: Place, from: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`import { x } from '${from}';\n`, { filePath: PLACES[place] });
  return result!.messages.map(({ ruleId }) => ruleId);
}

test.each(Object.entries(PLACES))('%s is where this test looks for it', (_, file) => {
  expect(existsSync(file)).toBe(true);
});

test.each<[Place, string]>([
  ['protocol', '../tracker/queue.js'],
  ['protocol', '../collector/clock.js'],
  ['protocol', 'node:fs'],
  ['protocol', 'nanoid'],
  ['loader', '../tracker/queue.js'],
  ['loader', 'node:fs'],
  ['tracker', 'node:fs'],
  ['tracker', '../../collector/sites/config.js'],
  ['tracker', '../../dashboard/site.js'],
  ['tracker', '../../node/hit.js'],
  ['node', '../tracker/queue.js'],
  ['node', '../loader/fill.js'],
  ['node', '../collector/clock.js'],
  ['dashboard', 'node:fs'],
  ['dashboard', '../../tracker/queue.js'],
  ['dashboard', '../../collector/api/live.js'],
  ['transfer', '../cli/progress.js'],
  ['transfer', '../collector/server.js'],
  ['transfer', '../collector/tracking/ingest.js'],
  ['transfer', '../collector/store/embedded/store.js'],
  ['cli', '../tracker/queue.js'],
  ['cli', '../collector/tracking/ingest.js'],
  ['store', '../sites/config.js'],
  ['store', '../watch/log.js'],
  ['store', '../server.js'],
  ['model', '../embedded/schema.js'],
  ['model', '../../sites/config.js'],
  ['sqlite', '../embedded/schema.js'],
  ['embedded', '../clickhouse/spool.js'],
  ['embedded', '../../watch/log.js'],
  ['embedded', '../../server.js'],
  ['embedded', '../open.js'],
  ['clickhouse', '../open.js'],
  ['model', '../open.js'],
  ['sqlite', '../open.js'],
  ['clickhouse', '../embedded/schema.js'],
  ['clickhouse', '../../tracking/ingest.js'],
  ['sites', '../store/store.js'],
  ['sites', '../access/client.js'],
  ['watch', '../tracking/room.js'],
  ['watch', '../processes/messages.js'],
  ['access', '../tracking/handler.js'],
  ['access', '../api/login.js'],
  ['access', '../http/listener.js'],
  ['access', '../store/open.js'],
  ['access', '../retention.js'],
  ['tracking', '../store/open.js'],
  ['watch', '../store/open.js'],
  ['transfer', '../collector/store/open.js'],
  ['tracker', '../../cli.js'],
  ['protocol', '../cli.js'],
  ['api', '../../cli.js'],
  ['clock', './api/live.js'],
  ['clock', './server.js'],
  ['http', '../tracking/malformed.js'],
  ['http', '../access/client.js'],
  ['tracking', '../api/live.js'],
  ['tracking', '../processes/primary.js'],
  ['tracking', '../store/embedded/store.js'],
  ['tracking', '../server.js'],
  ['tracking', '../options.js'],
  ['reports', '../api/live.js'],
  ['reports', '../tracking/ingest.js'],
  ['reports', '../store/clickhouse/store.js'],
  ['reports', '../server.js'],
  ['embedded', '../../reports/ask.js'],
  ['tracking', '../reports/ask.js'],
  ['api', '../tracking/ingest.js'],
  ['api', '../store/clickhouse/store.js'],
  ['api', '../server.js'],
  ['api', '../../dashboard/site.js'],
  ['processes', '../api/live.js'],
  ['processes', '../store/clickhouse/store.js'],
  ['processes', '../server.js'],
  ['demo', './server.js'],
  ['demo', '../cli/serve.js'],
  ['demo', './store/embedded/store.js'],
])('%s must not import %s', async (place, from) => {
  expect(await faults(place, from)).toContain('no-restricted-imports');
});

test.each<[Place, string]>([
  ['protocol', './text.js'],
  ['tracker', '../../protocol/limits.js'],
  ['tracker', 'nanoid'],
  ['node', 'node:fs'],
  ['dashboard', '../../loader/fill.js'],
  ['transfer', '../collector/store/store.js'],
  ['cli', '../collector/server.js'],
  ['cli', '../collector/store/embedded/source.js'],
  ['store', './clickhouse/store.js'],
  ['embedded', '../store.js'],
  ['embedded', '../sqlite/database.js'],
  ['embedded', '../../package-files.js'],
  ['clickhouse', '../model/person.js'],
  ['access', '../clock.js'],
  ['access', '../store/store.js'],
  ['tracking', '../access/rates.js'],
  ['tracking', '../http/raw-answer.js'],
  ['reports', '../store/sqlite/database.js'],
  ['reports', '../../protocol/reports.js'],
  ['api', '../access/guard.js'],
  ['api', '../reports/reports.js'],
  ['api', './demo.js'],
  ['processes', '../tracking/group-commit.js'],
  ['demo', './sites/config.js'],
])('%s may import %s', async (place, from) => {
  expect(await faults(place, from)).toEqual([]);
});
