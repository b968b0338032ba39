import { addColumn } from './migration.js';
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
  await dropStatesIfCopiesAreMissing(nodes, tables);
  await nodes.onEach((node) => prepareLocal(node, tables));
  if (tables.cluster !== undefined) await nodes.onEach((node) => prepareSpread(node, tables, tables.cluster!));
}

/**
 * An owner may have dropped only some of the tables. Then the others would say that its hits are copied, and reports would lack these hits. Copying
 * all hits again adds only what is missing.
 */
async function dropStatesIfCopiesAreMissing(nodes: Nodes, tables: Tables): Promise<void> {
  const rows = await nodes.rowsEverywhere<{ name: string }>(`
    SELECT name FROM system.tables
    WHERE database = ${text(tables.database)} AND name IN ${texts([...COPIES, ...STATES])}`);
  const found = rows.map((ofNode) => new Set<string>(ofNode.map(({ name }) => name)));
  const hasCopies = found.every((names) => COPIES.every((name) => names.has(name)));
  const hasStates = found.some((names) => STATES.some((name) => names.has(name)));
  if (hasCopies || !hasStates) return;
  for (const name of STATES) await nodes.everywhere(`DROP TABLE IF EXISTS ${tables.local(name)}`);
}

/** The version of the oldest node, and whether it supports reports. */
export async function versionOf(nodes: Nodes): Promise<{ version: string; isEnough: boolean }> {
  const found = await nodes.rowsEverywhere<{ version: string }>('SELECT version() AS version');
  const versions = found.map(([row]) => row!.version).sort((a, b) => compareVersions(a, b));
  return { version: versions[0]!, isEnough: compareVersions(versions[0]!, FIRST_VERSION) >= 0 };
}

async function prepareLocal(node: Node, tables: Tables): Promise<void> {
  for (const [name, { columns, engine }] of Object.entries(REPORT_TABLES)) {
    await node.run(`CREATE TABLE IF NOT EXISTS ${tables.local(name)} (${plain(columns)}) ENGINE = ${engine}`);
  }
  // Older tables do not have this column. A node that joins later has it, and inserts it into the tables of all nodes.
  await addColumn(node, tables.database, 'report_removals', 'one', 'UInt8');
  // With these indexes the latest hits of a spool are found without reading all hits. Older tables do not have them.
  for (const [table, index] of [
    ['arrivals', 'stamps stamp'],
    ['report_seen', 'hits hit'],
  ] as const)
    await node.run(`ALTER TABLE ${tables.local(table)} ADD INDEX IF NOT EXISTS ${index} TYPE minmax GRANULARITY 1`);
}

async function prepareSpread(node: Node, tables: Tables, cluster: string): Promise<void> {
  for (const [name, { columns, shard }] of Object.entries(REPORT_TABLES)) {
    const own = plain(columns).replace(/,\s*INDEX .*$/s, '');
    await node.run(
      `CREATE TABLE IF NOT EXISTS ${tables.all(name as ReportTableName)} (${own}) ENGINE = ${spreadOver(tables, cluster, name, shard)}`,
    );
  }
}

function compareVersions(a: string, b: string): number {
  const [as, bs] = [a, b].map((version) => version.split('.').map(Number));
  return as![0]! - bs![0]! || as![1]! - bs![1]!;
}
