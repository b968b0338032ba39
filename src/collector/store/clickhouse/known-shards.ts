import { createTable } from './migration.js';
import type { Nodes } from './nodes.js';
import { number, text } from './sql.js';
import type { Tables } from './tables.js';

/**
 * How many shards the cluster had when tables of reports were made. So a shard without these tables is either one that was added, and never had
 * rows, or one whose rows are lost.
 */
export class KnownShards {
  private readonly table: string;

  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
  ) {
    this.table = tables.local('report_shards');
  }

  /** How many shards were added since the last note; 0 if there is no note. */
  async added(): Promise<number> {
    if (this.tables.cluster === undefined) return 0;
    const known = await this.known();
    return known === undefined ? 0 : (await this.count()) - known;
  }

  /** Notes how many there are. Call it when all nodes have their tables. */
  async note(): Promise<void> {
    if (this.tables.cluster === undefined) return;
    const [known, count] = [await this.known(), await this.count()];
    if (known === count) return;
    // By the clock of ClickHouse: several collectors make notes.
    await this.nodes.everywhere(
      `INSERT INTO ${this.table} (one, at, shards) SELECT 0, toUnixTimestamp64Milli(now64(3)), ${number(count)}`,
    );
  }

  /** By the latest note of any node, since a node that was added has none. */
  private async known(): Promise<number | undefined> {
    const created = `CREATE TABLE IF NOT EXISTS ${this.table} (one UInt8, at UInt64, shards UInt32) ENGINE = ReplacingMergeTree(at) ORDER BY one`;
    await this.nodes.onEach((node) => createTable(node, this.tables, 'report_shards', created));
    const found = await this.nodes.rowsEverywhere<{ latest: number; newest: number }>(
      `SELECT max(at) AS latest, argMax(shards, at) AS newest FROM ${this.table} HAVING latest > 0`,
    );
    return found.flat().sort((one, other) => other.latest - one.latest)[0]?.newest;
  }

  private async count(): Promise<number> {
    const [row] = await this.nodes.rows<{ count: number }>(
      `SELECT uniqExact(shard_num) AS count FROM system.clusters WHERE cluster = ${text(this.tables.cluster!)}`,
    );
    return row!.count;
  }
}
