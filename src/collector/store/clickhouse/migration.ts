import { hasCode, isMissing } from './error-code.js';
import type { Node, Nodes } from './nodes.js';
import { text, texts } from './sql.js';
import { plain, spreadOver, TABLES, VIEWS, type TableName, type Tables } from './tables.js';
import { Unavailable } from './unavailable.js';

/** The version of the tables, raised with each change to them. The first version is not stored in them. */
const VERSION = 2;

/** Columns that later versions have added. Rows of collectors that do not know a column have 0 or an empty text in it. */
const ADDED_COLUMNS: [table: TableName, column: string, type: string][] = [
  ['hits', 'agent', 'UInt8'],
  ['arrivals', 'agent', 'UInt8'],
];

/** Views of earlier versions, which other views have replaced. */
const RETIRED_VIEWS = ['hits_to_arrivals'];
const RETIRED_NOTE = 'Another view has taken the place of this one, which keeps older collectors from making theirs.';

/** A newer kmq has changed the tables, in a way that this version does not know. */
export class NewerTables extends Unavailable {
  constructor(version: number, instead = 'start the newer kmq here. Until then hits wait in the spool.') {
    super(
      `The tables in ClickHouse were made by a newer kmq (version ${version}; this one knows ${VERSION}): ${instead}`,
    );
  }
}

/**
 * Makes missing tables on every node, and migrates the tables of earlier versions. What is left to do is found in the tables
 * themselves: so a migration may be interrupted at any moment, and any number of collectors may run it at the same time.
 * Collectors of earlier versions continue meanwhile.
 * @throws NewerTables, Unavailable
 */
export async function prepareTables(nodes: Nodes, tables: Tables): Promise<void> {
  await nodes.onEach((node) => createDatabase(node, tables));
  await claimVersion(nodes, tables);
  await nodes.onEach((node) => prepareLocal(node, tables));
  // After the nodes' own tables, which have all columns by now: these tables insert into them.
  if (tables.cluster !== undefined) await nodes.onEach((node) => prepareSpread(node, tables, tables.cluster!));
}

/** For those who only read. The first version of the tables is not stored. @throws NewerTables */
export async function assertKnownVersion(nodes: Nodes, tables: Tables): Promise<void> {
  const found = await nodes
    .rowsEverywhere<{ version: number }>(`SELECT max(version) AS version FROM ${tables.local('versions')}`)
    .catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
  const newest = Math.max(0, ...found.map(([row]) => row!.version));
  if (newest > VERSION) throw new NewerTables(newest, 'use the newer kmq.');
}

/** Stores the version before anything is changed, so that an older collector which starts from now on changes nothing back. */
async function claimVersion(nodes: Nodes, tables: Tables): Promise<void> {
  const table = tables.local('versions');
  const created = `CREATE TABLE IF NOT EXISTS ${table} (version UInt32) ENGINE = ReplacingMergeTree ORDER BY version`;
  await nodes.onEach((node) => createTable(node, tables, 'versions', created));
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
    const created = `CREATE TABLE IF NOT EXISTS ${tables.local(name)} (${plain(columns)}) ENGINE = ${engine}`;
    await createTable(node, tables, name, created);
  }
  // In 18.16 an insert fails if a view leaves out a column of its target table. So between the new column of `arrivals` and the
  // removal of the old view, inserts fail and are sent again. If there were a moment without either view, inserts would succeed
  // without their rows in `arrivals`.
  for (const [table, column, type] of ADDED_COLUMNS) await addColumn(node, tables.database, table, column, type);
  await dropThoseOfOtherDatabase(node, tables, Object.keys(VIEWS));
  for (const [name, [into, select]] of Object.entries(VIEWS)) {
    const query = select.replace('{hits}', tables.local('hits'));
    const created = `CREATE MATERIALIZED VIEW IF NOT EXISTS ${tables.local(name)} TO ${tables.local(into)} AS ${query}`;
    await createTable(node, tables, name, created);
  }
  for (const name of RETIRED_VIEWS) await retireView(node, tables, name);
}

async function prepareSpread(node: Node, tables: Tables, cluster: string): Promise<void> {
  const { database } = tables;
  await dropThoseOfOtherDatabase(
    node,
    tables,
    Object.keys(TABLES).map((name) => `all_${name}`),
  );
  for (const [name, { columns, shard }] of Object.entries(TABLES)) {
    const spread = spreadOver(tables, cluster, name, shard);
    const created = `CREATE TABLE IF NOT EXISTS ${tables.all(name as TableName)} (${plain(columns)}) ENGINE = ${spread}`;
    await createTable(node, tables, `all_${name}`, created);
  }
  for (const [table, column, type] of ADDED_COLUMNS) await addColumn(node, database, `all_${table}`, column, type);
}

async function createDatabase(node: Node, { database }: Tables): Promise<void> {
  const isThere = `SELECT 1 AS one FROM system.databases WHERE name = ${text(database)}`;
  await unlessThere(node, `CREATE DATABASE IF NOT EXISTS ${database}`, isThere);
}

/** Makes a table or a view that is missing. @param name without the database */
export async function createTable(node: Node, { database }: Tables, name: string, statement: string): Promise<void> {
  const isThere = `SELECT 1 AS one FROM system.tables WHERE database = ${text(database)} AND name = ${text(name)}`;
  await unlessThere(node, statement, isThere);
}

/** The database into which a materialized view or a Distributed table writes, in its definition. */
const WRITES_INTO = /^CREATE MATERIALIZED VIEW \S+ TO `?(\w+)`?\.|\bENGINE = Distributed\('?\w+'?, '?(\w+)'?,/;

/**
 * Drops views and Distributed tables that were made before somebody renamed the database: ClickHouse does not change their definitions. Inserts
 * would succeed without the rows that a view derives from them.
 */
export async function dropThoseOfOtherDatabase(node: Node, { database }: Tables, names: string[]): Promise<void> {
  // Of all columns, since the oldest servers do not have the definition.
  const found = await node.rows<{ name: string; create_table_query?: string }>(
    `SELECT * FROM system.tables WHERE database = ${text(database)} AND name IN ${texts(names)}`,
  );
  for (const { name, create_table_query: definition = '' } of found) {
    const [, ofView, ofTable] = WRITES_INTO.exec(definition) ?? [];
    if ((ofView ?? ofTable ?? database) !== database) await node.run(`DROP TABLE IF EXISTS ${database}.${name}`);
  }
}

/**
 * Runs a statement with IF NOT EXISTS. ClickHouse asks for the right to create something also if it is there
 * (https://github.com/ClickHouse/ClickHouse/issues/36666), and some owners create everything by another user.
 * @param isThere a query that has a row if it is there
 */
export async function unlessThere(node: Node, statement: string, isThere: string): Promise<void> {
  try {
    await node.run(statement);
  } catch (error) {
    if (!hasCode(error, 'ACCESS_DENIED') || !(await node.rows(isThere)).length) throw error;
  }
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
    // Another collector may have added it at the same time.
    if (!(await exists())) throw error;
  }
}

/**
 * Removes a view for good. Older collectors would make it again at each start, so a view that contains only a note takes its
 * name. A view cannot be renamed.
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
