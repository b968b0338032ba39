import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { untilBuilt } from '../../src/cli/open-reports.js';
import { SqlDatabase } from '../../src/cli/sql-database.js';
import { makeSnapshotFolder } from '../../src/collector/reports/snapshot-folders.js';
import { SNAPSHOT_TABLES } from '../../src/collector/reports/snapshot-format.js';
import { arrived, NOON, type Told } from '../support/arrived-hits.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';
import { openFolder, run } from '../support/transfer.js';

// Shared by tests of `kmq sql`: folders with hits, and the output of the command.

/** A statement that takes longer than any test. */
export const ENDLESS = 'SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range';

/** A folder with a store of these hits, without a running collector. */
export async function folderWith(...told: Told[]): Promise<string> {
  const data = await temporaryFolder();
  const store = openFolder(data);
  await store.append(told.map(arrived));
  await store.close();
  return data;
}

export const sql = (data: string, ...more: string[]) => run(['sql', '--data', data, '--key', KEY, ...more]);
export const answer = async (data: string, text: string): Promise<unknown> => {
  const { code, out, err } = await sql(data, text, '--json');
  if (code !== 0) throw new Error(err);
  return JSON.parse(out);
};
export const rowsIn = async (file: string, columns = '*'): Promise<unknown> => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`SELECT ${columns} FROM read_parquet('${file}')`);
  return reader.getRowObjectsJson();
};
/** The database of the command, in this process. */
export async function databaseOn(data: string) {
  const folder = makeSnapshotFolder(data);
  const stand = new ReportStore(data);
  await untilBuilt(() => stand.ask('names', {}));
  const request = { key: KEY, folder: folder.name, tables: SNAPSHOT_TABLES };
  const snapshot = await stand.reports.snapshot(request, new AbortController().signal);
  await stand.close();
  const database = await SqlDatabase.open({ ...snapshot, path: folder.path }, { memory: 512, threads: 1 });
  onTestFinished(() => {
    database.close();
    folder.remove();
  });
  return { database };
}

export const left = (data: string): string[] =>
  readdirSync(join(data, 'reports.snapshots')).filter((name) => name !== 'lock');

export const BOB: Told[] = [
  { person: 'bob', event: 'Signed Up', properties: [['Plan', 'gold']] },
  { person: 'bob@example.com', event: 'Paid', properties: [['plan', '9.50']], time: NOON + 60 },
  { person: 'bob', other: 'bob@example.com' },
];
