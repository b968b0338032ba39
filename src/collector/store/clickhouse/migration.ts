import { Unavailable, type Node, type Nodes } from './nodes.js';
import { text } from './sql.js';
import { plain, spreadOver, TABLES, VIEWS, type TableName, type Tables } from './tables.js';

/** Of the tables, raised with each change to them. Before the second version they said nothing of it. */
const VERSION = 2;

/** What later versions have added to a table. It is 0, or an empty text, for a version that does not know of it. */
const ADDED_COLUMNS: [table: TableName, column: string, type: string][] = [
  ['hits', 'agent', 'UInt8'],
  ['arrivals', 'agent', 'UInt8'],
];

/** Views of earlier versions. Others do what they did. */
const RETIRED_VIEWS = ['hits_to_arrivals'];
const RETIRED_NOTE = 'Another view has taken the place of this one, which keeps older collectors from making theirs.';

/** A newer kmq has changed the tables: what this one knows of them may not hold. */
export class NewerTables extends Unavailable {
  constructor(version: number) {
    super(
      `The tables in ClickHouse were made by a newer kmq (version ${version}; this one knows ${VERSION}): start the newer kmq ` +
        'here. Until then hits wait in the spool.',
    );
  }
}

/**
 * Makes on every node what is missing there, and brings the tables of earlier versions to this one. The tables themselves say
 * what there is to do: it may be cut short at any moment, and any number of collectors may do it at once. Those of earlier
 * versions go on meanwhile.
 * @throws NewerTables, Unavailable
 */
export async function prepareTables(nodes: Nodes, tables: Tables): Promise<void> {
  await nodes.everywhere(`CREATE DATABASE IF NOT EXISTS ${tables.database}`);
  await claimVersion(nodes, tables);
  await nodes.onEach((node) => prepareLocal(node, tables));
  // They take what goes to the nodes' own tables, which have all columns by now.
  if (tables.cluster !== undefined) await nodes.onEach((node) => prepareSpread(node, tables, tables.cluster!));
}

/** Before anything is changed, so that an older collector that starts from now on changes nothing back. */
async function claimVersion(nodes: Nodes, tables: Tables): Promise<void> {
  const table = tables.local('versions');
  await nodes.everywhere(
    `CREATE TABLE IF NOT EXISTS ${table} (version UInt32) ENGINE = ReplacingMergeTree ORDER BY version`,
  );
  const found = await nodes.rowsEverywhere<{ version: number }>(`SELECT max(version) AS version FROM ${table}`);
  const versions = found.map(([row]) => row!.version);
  const newest = Math.max(...versions);
  if (newest > VERSION) throw new NewerTables(newest);
  if (versions.some((version) => version < VERSION)) {
    await nodes.everywhere(`INSERT INTO ${table} (version) VALUES (${VERSION})`);
  }
}

async function prepareLocal(node: Node, tables: Tables): Promise<void> {
  for (const [name, { columns, engine }] of Object.entries(TABLES)) {
    await node.run(`CREATE TABLE IF NOT EXISTS ${tables.local(name)} (${plain(columns)}) ENGINE = ${engine}`);
  }
  // In 18.16 an insert fails where a view leaves out a column of the table that it writes to. So from the moment in which
  // arrivals has its column until the old view is gone, inserts fail and are sent again. In a moment with neither view they
  // would succeed, and their arrivals be lost.
  for (const [table, column, type] of ADDED_COLUMNS) await addColumn(node, tables.database, table, column, type);
  for (const [name, [into, select]] of Object.entries(VIEWS)) {
    const query = select.replace('{hits}', tables.local('hits'));
    await node.run(`CREATE MATERIALIZED VIEW IF NOT EXISTS ${tables.local(name)} TO ${tables.local(into)} AS ${query}`);
  }
  for (const name of RETIRED_VIEWS) await retireView(node, tables, name);
}

async function prepareSpread(node: Node, tables: Tables, cluster: string): Promise<void> {
  const { database } = tables;
  for (const [name, { columns, shard }] of Object.entries(TABLES)) {
    const spread = spreadOver(tables, cluster, name, shard);
    await node.run(
      `CREATE TABLE IF NOT EXISTS ${tables.all(name as TableName)} (${plain(columns)}) ENGINE = ${spread}`,
    );
  }
  for (const [table, column, type] of ADDED_COLUMNS) await addColumn(node, database, `all_${table}`, column, type);
}

/** `ADD COLUMN IF NOT EXISTS` needs a newer server than 18.16, and a right that is needed for nothing else. */
export async function addColumn(
  node: Node,
  database: string,
  table: string,
  column: string,
  type: string,
): Promise<void> {
  const exists = async (): Promise<boolean> => {
    const rows = await node.rows(`
      SELECT name FROM system.columns
      WHERE database = ${text(database)} AND table = ${text(table)} AND name = ${text(column)}`);
    return rows.length > 0;
  };
  if (await exists()) return;
  try {
    await node.run(`ALTER TABLE ${database}.${table} ADD COLUMN ${column} ${type}`);
  } catch (error) {
    // Another collector has been faster.
    if (!(await exists())) throw error;
  }
}

/**
 * Removes a view for good: collectors of the version that has made it would make it again at each start, so its name stays
 * taken. A view cannot be renamed.
 */
async function retireView(node: Node, tables: Tables, name: string): Promise<void> {
  for (;;) {
    const [found] = await node.rows<{ engine: string }>(
      `SELECT engine FROM system.tables WHERE database = ${text(tables.database)} AND name = ${text(name)}`,
    );
    if (found?.engine === 'View') return;
    if (found) await node.run(`DROP TABLE IF EXISTS ${tables.local(name)}`);
    await node.run(`CREATE VIEW IF NOT EXISTS ${tables.local(name)} AS SELECT ${text(RETIRED_NOTE)} AS note`);
  }
}
