import { KnownShards } from './known-shards.js';
import { addColumn, createTable, dropThoseOfOtherDatabase, unlessThere } from './migration.js';
import type { Node, Nodes } from './nodes.js';
import { REPORT_TABLES, type ReportTableName } from './report-tables.js';
import { text, texts } from './sql.js';
import { plain, spreadOver, type Tables } from './tables.js';

/** The oldest version of ClickHouse that has the SQL of reports. */
export const FIRST_VERSION = '24.8';

/** Tables that say which hits are copied. */
const STATES: ReportTableName[] = ['report_progress', 'report_fillers'];
/** Tables that contain copies of hits. */
const COPIES = (Object.keys(REPORT_TABLES) as ReportTableName[]).filter(
  (name) => ![...STATES, 'report_removals'].includes(name),
);

/** Makes missing tables of reports on every node. */
export async function prepareReportTables(nodes: Nodes, tables: Tables): Promise<void> {
  const shards = new KnownShards(nodes, tables);
  await dropStatesIfCopiesAreMissing(nodes, tables, shards);
  await nodes.onEach((node) => prepareLocal(node, tables));
  if (tables.cluster !== undefined) await nodes.onEach((node) => prepareSpread(node, tables, tables.cluster!));
  await shards.note();
}

/** Whether every node has all tables of reports. */
export async function hasReportTables(nodes: Nodes, tables: Tables): Promise<boolean> {
  const all = Object.keys(REPORT_TABLES);
  return (await tablesFound(nodes, tables)).every((found) => all.every((name) => found.has(name)));
}

/**
 * An owner may have dropped only some of the tables, or a shard may have been replaced by an empty one. Then the tables that are
 * left would say that all hits are copied, and reports would lack some. Copying all hits again adds only what is missing. A shard
 * that was added lacks nothing.
 */
async function dropStatesIfCopiesAreMissing(nodes: Nodes, tables: Tables, shards: KnownShards): Promise<void> {
  const found = await tablesFound(nodes, tables);
  const lacking = found.filter((names) => !COPIES.every((name) => names.has(name)));
  const hasStates = found.some((names) => STATES.some((name) => names.has(name)));
  if (!lacking.length || !hasStates) return;
  if (lacking.every((names) => !names.size) && lacking.length <= (await shards.added())) return;
  for (const name of STATES) await nodes.everywhere(`DROP TABLE IF EXISTS ${tables.local(name)}`);
}

/** For each node, the tables of reports that it has. */
async function tablesFound(nodes: Nodes, tables: Tables): Promise<Set<string>[]> {
  const rows = await nodes.rowsEverywhere<{ name: string }>(`
    SELECT name FROM system.tables WHERE database = ${text(tables.database)} AND name IN ${texts(Object.keys(REPORT_TABLES))}`);
  return rows.map((ofNode) => new Set(ofNode.map(({ name }) => name)));
}

/** The version of the oldest node, and whether it supports reports. */
export async function versionOf(nodes: Nodes): Promise<{ version: string; isEnough: boolean }> {
  const found = await nodes.rowsEverywhere<{ version: string }>('SELECT version() AS version');
  const versions = found.map(([row]) => row!.version).sort((a, b) => compareVersions(a, b));
  return { version: versions[0]!, isEnough: compareVersions(versions[0]!, FIRST_VERSION) >= 0 };
}

async function prepareLocal(node: Node, tables: Tables): Promise<void> {
  for (const [name, { columns, engine }] of Object.entries(REPORT_TABLES)) {
    const created = `CREATE TABLE IF NOT EXISTS ${tables.local(name)} (${plain(columns)}) ENGINE = ${engine}`;
    await createTable(node, tables, name, created);
  }
  // Older tables do not have this column. A node that joins later has it, and inserts it into the tables of all nodes.
  await addColumn(node, tables.database, 'report_removals', 'one', 'UInt8');
  // With these indexes the latest hits of a spool are found without reading all hits. Older tables do not have them.
  for (const [table, index, column] of [
    ['arrivals', 'stamps', 'stamp'],
    ['report_seen', 'hits', 'hit'],
  ] as const)
    await unlessThere(
      node,
      `ALTER TABLE ${tables.local(table)} ADD INDEX IF NOT EXISTS ${index} ${column} TYPE minmax GRANULARITY 1`,
      `SELECT 1 AS one FROM system.data_skipping_indices
       WHERE database = ${text(tables.database)} AND table = ${text(table)} AND name = ${text(index)}`,
    );
}

async function prepareSpread(node: Node, tables: Tables, cluster: string): Promise<void> {
  await dropThoseOfOtherDatabase(
    node,
    tables,
    Object.keys(REPORT_TABLES).map((name) => `all_${name}`),
  );
  for (const [name, { columns, shard }] of Object.entries(REPORT_TABLES)) {
    const own = plain(columns).replace(/,\s*INDEX .*$/s, '');
    const spread = spreadOver(tables, cluster, name, shard);
    const created = `CREATE TABLE IF NOT EXISTS ${tables.all(name as ReportTableName)} (${own}) ENGINE = ${spread}`;
    await createTable(node, tables, `all_${name}`, created);
  }
}

function compareVersions(a: string, b: string): number {
  const [as, bs] = [a, b].map((version) => version.split('.').map(Number));
  return as![0]! - bs![0]! || as![1]! - bs![1]!;
}
