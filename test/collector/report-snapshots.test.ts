import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, onTestFinished, test } from 'vitest';
import { ReportDatabase } from '../../src/collector/reports/engine/database.js';
import { ReportDisk } from '../../src/collector/reports/engine/disk.js';
import { Snapshots } from '../../src/collector/reports/engine/snapshots.js';
import { makeSnapshotFolder } from '../../src/collector/reports/snapshot-folders.js';
import { SNAPSHOT_TABLES, snapshotFile } from '../../src/collector/reports/snapshot-format.js';
import { CREATE_TABLES } from '../../src/collector/reports/tables.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import { KEY, smallDisk, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';

const forever = new AbortController().signal;

const came = (person: string): ArrivedHit =>
  arrived({ person, event: 'Came', properties: [[`Name of ${person}`, person]] });

function folderIn(data: string) {
  const folder = makeSnapshotFolder(data);
  onTestFinished(() => folder.remove());
  const rows = async (table: (typeof SNAPSHOT_TABLES)[number]) => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const file = join(folder.path, snapshotFile(table));
    return (await connection.runAndReadAll(`FROM read_parquet('${file}')`)).getRowObjectsJson();
  };
  return { ...folder, rows, request: { key: KEY, folder: folder.name, tables: SNAPSHOT_TABLES } };
}

async function storeOn(data: string, ...people: string[]): Promise<ReportStore> {
  const stand = new ReportStore(data);
  onTestFinished(() => stand.close());
  await stand.store.append(people.map(came));
  await expect.poll(async () => (await stand.ask('names', {})).events).toHaveLength(1);
  return stand;
}

test('a snapshot contains nobody who was erased, under any name', async () => {
  const data = await temporaryFolder();
  const stand = await storeOn(data, 'ann', 'bob');
  await stand.remover.erase(KEY, 'bob');
  const folder = folderIn(data);
  await stand.reports.snapshot(folder.request, forever);
  const [event, ...others] = (await folder.rows('events')) as [object, ...object[]];
  expect(others).toEqual([]);
  expect(event).toMatchObject({ identity: 'ann', event: 'Came' });
  expect(Object.keys(event).filter((name) => name.startsWith('Name of'))).toEqual(['Name of ann']);
  expect(await folder.rows('people')).toMatchObject([{ identity: 'ann' }]);
  expect(await folder.rows('identities')).toMatchObject([{ identity: 'ann' }]);
});

test('a snapshot contains nobody who was removed while it was written', async () => {
  const data = await temporaryFolder();
  const database = await ReportDatabase.open(data, { memory: 512, threads: 1 });
  onTestFinished(() => database.close());
  await database.write((connection) =>
    connection.run(`${CREATE_TABLES}
      INSERT INTO events VALUES (1, 1, 'Came', 'came');
      INSERT INTO properties VALUES (1, 2, 'Name of bob', 'name of bob', 1, NULL), (1, 3, 'Other name of bob', 'other name of bob', NULL, NULL);
      INSERT INTO identities VALUES (1, 1, 'ann', 1), (1, 2, 'bob', 2);
      INSERT INTO hits (site, hit, "time", identity, person, event, agent) VALUES (1, 1, 5, 1, 1, 1, 0), (1, 2, 5, 2, 2, 1, 0)`),
  );
  const removals = { count: 0 };
  const readAll = database.readAll.bind(database);
  database.readAll = (work) =>
    readAll(async (connection) => {
      // From here on the snapshot has the state of this moment.
      await connection.run('FROM hits');
      if (removals.count === 0) {
        await database.write((writer) =>
          writer.run('DELETE FROM hits WHERE identity = 2; DELETE FROM identities WHERE identity = 2'),
        );
        removals.count += 1;
      }
      return work(connection);
    });
  const snapshots = new Snapshots({
    ...{ folder: data, database, disk: new ReportDisk(data), siteOf: () => 1, asOf: () => NOON, removals },
    onStuck: () => undefined,
  });
  const folder = folderIn(data);
  expect(await snapshots.write(folder.request, forever)).toEqual({ asOf: NOON, hits: 1, inMap: [] });
  expect(await folder.rows('identities')).toEqual([{ identity: 'ann', person: 1 }]);
  // The name of a property may be a person's name as well.
  expect(Object.keys((await folder.rows('events'))[0]!).filter((name) => name.includes('bob'))).toEqual([]);
});

test('an erased person is also removed from snapshots that killed commands have left', async () => {
  const data = await temporaryFolder();
  const stand = await storeOn(data, 'ann', 'bob');
  const folder = folderIn(data);
  await stand.reports.snapshot(folder.request, forever);
  // A killed command has left this snapshot: its lock is free.
  renameSync(folder.path, `${folder.path}-left`);
  rmSync(join(`${folder.path}-left`, 'lock'));
  await stand.remover.erase(KEY, 'bob');
  expect(readdirSync(join(data, 'reports.snapshots'))).toEqual(['lock']);
});

test('a full disk is an error, and nothing of the snapshot is left', async ({ skip }) => {
  const data = (await smallDisk(300)) ?? skip('Nobody may make a file system here.');
  const stand = await storeOn(data, 'ann');
  const folder = folderIn(data);
  writeFileSync(join(data, 'other'), Buffer.alloc(60 * 1024 * 1024));
  // No temporary error: after that, a command would wait for ever.
  await expect(stand.reports.snapshot(folder.request, forever)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/no space for the copy of the hits .* 256 MiB/) as string,
  });
  expect(readdirSync(folder.path)).toEqual(['lock']);
});

test('nobody waits for a snapshot whose command has ended, and no other folder is written to', async () => {
  const data = await temporaryFolder();
  const stand = await storeOn(data, 'ann');
  const folder = folderIn(data);
  const gone = new AbortController();
  const written = stand.reports.snapshot(folder.request, gone.signal);
  gone.abort();
  await expect(written).rejects.toThrow(/abort/);
  for (const name of ['../..', '', 'snapshot-none'])
    await expect(stand.reports.snapshot({ ...folder.request, folder: name }, forever)).rejects.toThrow(/snapshot/);
  // The next snapshot is written.
  expect(await stand.reports.snapshot(folder.request, forever)).toMatchObject({ hits: 1 });
});
