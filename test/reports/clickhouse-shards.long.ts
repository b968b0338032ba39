import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { prepareTables } from '../../src/collector/store/clickhouse/migration.js';
import { Nodes, type Node } from '../../src/collector/store/clickhouse/nodes.js';
import { prepareReportTables } from '../../src/collector/store/clickhouse/report-preparation.js';
import { Tables } from '../../src/collector/store/clickhouse/tables.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';

// A shard that is added to a cluster, or replaced by an empty one. chdb has no clusters, so two servers stand for the shards, without the
// tables over all shards.

let servers: string[];
beforeAll(async () => {
  servers = [await chdbOfTests(), await chdbOfTests()];
});

class Shards extends Nodes {
  /** What `system.clusters` says. */
  inCluster = 0;

  override onEach(work: (node: Node) => Promise<void>): Promise<void> {
    return super.onEach((node) =>
      work({
        rows: (query) => node.rows(query),
        run: async (statement) => {
          if (!/Distributed\(|\.all_/.test(statement)) await node.run(statement);
        },
      }),
    );
  }

  override rows<Row>(query: string): Promise<Row[]> {
    return query.includes('system.clusters') ? Promise.resolve([{ count: this.inCluster } as Row]) : super.rows(query);
  }
}

/** Some shards of a cluster, as a collector that has started on them. */
async function collectorOnShards(database: string, count: number): Promise<Shards> {
  const [{ username, password }, ...hosts] = [
    parseAddress(`${servers[0]!}/x`),
    ...servers.slice(0, count).map((url) => new URL(url.replace('clickhouse:', 'http:')).host),
  ] as const;
  const address = parseAddress(
    `clickhouse://${username}:${encodeURIComponent(password)}@${hosts.join()}/${database}?cluster=shards`,
  );
  const [nodes, tables] = [new Shards(address), new Tables(address)];
  onTestFinished(() => nodes.close());
  nodes.inCluster = count;
  await prepareTables(nodes, tables);
  await prepareReportTables(nodes, tables);
  return nodes;
}

/** Whether the tables still say which hits are copied. If not, all hits are copied again. */
async function areCopied(nodes: Shards, database: string): Promise<boolean> {
  const found = await nodes.rowsEverywhere<{ source: number }>(`SELECT source FROM ${database}.report_progress`);
  return found.flat().length > 0;
}

const copied = (nodes: Shards, database: string): Promise<void> =>
  nodes.run(`INSERT INTO ${database}.report_progress (source, minute, stamp) VALUES (1, 1, 1)`);

const second = (nodes: Shards, statement: string): Promise<void> => {
  let index = 0;
  return nodes.onEach((node) => (index++ === 1 ? node.run(statement) : Promise.resolve()));
};

test('a shard that was added gets its tables, and no hit is copied again', async () => {
  const database = newDatabase();
  await copied(await collectorOnShards(database, 1), database);
  const both = await collectorOnShards(database, 2);
  expect(await areCopied(both, database)).toBe(true);
  const names = await both.rowsEverywhere<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${database}' ORDER BY name`,
  );
  expect(names[1]).toEqual(names[0]);
  // Later starts.
  expect(await areCopied(await collectorOnShards(database, 2), database)).toBe(true);
});

test('after a shard was replaced by an empty one, all hits are copied again', async () => {
  const database = newDatabase();
  const before = await collectorOnShards(database, 2);
  await copied(before, database);
  await second(before, `DROP DATABASE ${database} SYNC`);
  expect(await areCopied(await collectorOnShards(database, 2), database)).toBe(false);
});

test.each([
  ['one table of the first shard was dropped', 'report_hits'],
  ['it is not known how many shards there were', 'report_shards'],
])('if a shard was added and %s, all hits are copied again', async (_, name) => {
  const database = newDatabase();
  const before = await collectorOnShards(database, 1);
  await copied(before, database);
  await before.run(`DROP TABLE ${database}.${name} SYNC`);
  expect(await areCopied(await collectorOnShards(database, 2), database)).toBe(false);
});
