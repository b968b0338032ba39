import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Portions } from '../../src/collector/store/embedded/portions.js';
import { migrate } from '../../src/collector/store/embedded/schema.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { numbersIn, type WithTextNumbers } from '../../src/collector/store/embedded/text-uses.js';
import { Upgrade } from '../../src/collector/store/embedded/upgrade.js';
import { EmbeddedWriter } from '../../src/collector/store/embedded/writer.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { DiskSpace } from '../../src/collector/store/sqlite/disk-space.js';
import { LogTruncation } from '../../src/collector/store/sqlite/log-truncation.js';
import { Reserve } from '../../src/collector/store/sqlite/reserve.js';
import type { Transact } from '../../src/collector/store/sqlite/transaction.js';
import type { Counting, Entry } from '../../src/collector/store/store.js';
import { temporaryFolder } from './collector.js';
import { copySchema5 } from './old-store.js';
import { inDatabase } from './store-files.js';
import { answersOf, type StoredAnswers } from './stored-answers.js';

const DATA = 'test/collector/data';

/** The answers of the previous version about the store that it had made. */
export const BEFORE = JSON.parse(readFileSync(`${DATA}/schema-5.json`, 'utf8')) as StoredAnswers;

/** A folder with the store that the previous version has made (make-schema-5.ts). */
export async function folderOfSchema5(): Promise<string> {
  const folder = await temporaryFolder();
  copySchema5(folder);
  return folder;
}

export interface OpenedStore {
  store: EmbeddedStore;
  /** All its answers. */
  answers: () => Promise<StoredAnswers>;
  notices: string[];
  errors: unknown[];
  close: () => Promise<void>;
}

export function openUpgrading(folder: string, portions: Portions = {}): OpenedStore {
  let counting: Counting = 'auto';
  const notices: string[] = [];
  const errors: unknown[] = [];
  const store = new EmbeddedStore(
    {
      folder,
      counting: () => counting,
      // These tests append hit by hit, and nothing here ends the system.
      durability: 'fast',
      onNotice: (sentence) => notices.push(sentence),
      onError: (error) => errors.push(error),
    },
    portions,
  );
  const answers = () => answersOf(store, (by) => (counting = by));
  return { store, answers, notices, errors, close: () => store.close() };
}

/** A folder with a closed store that contains these entries. */
export async function folderWith(entries: Entry[]): Promise<string> {
  const folder = await temporaryFolder();
  const { store, close } = openUpgrading(folder);
  await store.append(entries);
  await close();
  return folder;
}

/** Resolves when the upgrade is complete. */
export async function upgraded(folder: string): Promise<void> {
  const left = () => inDatabase(folder, (db) => db.prepare('SELECT * FROM upgrade').all());
  await expect.poll(left, { interval: 5 }).toEqual([]);
}

/** Expects that a closed store is consistent, after its upgrade. */
export function expectWhole(folder: string): void {
  inDatabase(folder, (db) => {
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    expect(db.prepare('SELECT * FROM upgrade').all()).toEqual([]);
    const names = db.prepare("SELECT name FROM sqlite_master WHERE name IN ('hits_by_identity', 'zeros')").all();
    expect(names).toEqual([]);
    const writer = new EmbeddedWriter(db);
    writer.transaction(() => writer.index.filing.fileSome(Infinity));
    const uses = new Map<number, number>();
    for (const hit of db.prepare('SELECT event, properties FROM hits').all() as WithTextNumbers[]) {
      for (const number of numbersIn(hit)) uses.set(number, (uses.get(number) ?? 0) + 1);
    }
    const texts = db.prepare('SELECT id, uses FROM texts ORDER BY id').all() as { id: number; uses: number }[];
    expect(texts.map(({ id, uses }) => [id, uses])).toEqual([...uses].sort(([a], [b]) => a - b));
    expect(db.prepare('SELECT * FROM filed_apart').all()).toEqual([]);
    const entries = 'SELECT hit AS id, identity, sent FROM filed_hits ORDER BY hit';
    const hits = 'SELECT id, identity, coalesce(sent, 0) AS sent FROM hits ORDER BY id';
    expect(db.prepare(entries).all()).toEqual(db.prepare(hits).all());
  });
}

/**
 * Upgrades a store, and copies it after each transaction, in the state that a kill would leave.
 * @returns the folders of the copies, in their order
 */
export async function killedAtEachStep(portions: Portions): Promise<string[]> {
  const folder = await folderOfSchema5();
  const copies: string[] = [];
  const db = openDatabase(join(folder, 'kmq.db'));
  // Small, so that a checkpoint writes pages into the database in the middle of the upgrade, while others are in the log.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 30; PRAGMA secure_delete = ON');
  const copy = (): void => {
    const to = mkdtempSync(join(folder, 'copy-'));
    for (const file of ['kmq.db', 'kmq.db-wal']) copyFileSync(join(folder, file), join(to, file));
    copies.push(to);
  };
  migrate(db);
  copy();
  const writer = new EmbeddedWriter(db);
  const transaction: Transact = (work) => {
    const result = writer.transaction(work);
    copy();
    return result;
  };
  const errors: unknown[] = [];
  const log = new LogTruncation(db);
  const upgrade = new Upgrade({
    ...{ db, log, diskSpace: new DiskSpace(new Reserve(folder), log), portions },
    writer: Object.create(writer, { transaction: { value: transaction } }) as EmbeddedWriter,
    onError: (error) => errors.push(error),
    onNotice: (sentence) => errors.push(sentence),
  });
  upgrade.start();
  // Outside of a test there is no expect.poll.
  while (!errors.length && db.prepare('SELECT 1 FROM upgrade').get()) await pause(1);
  await upgrade.close();
  db.close();
  expect(errors).toEqual([]);
  return copies;
}
