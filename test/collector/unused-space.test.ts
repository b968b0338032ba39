import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import { LogTruncation } from '../../src/collector/store/sqlite/log-truncation.js';
import { TreeCursor } from '../../src/collector/store/sqlite/tree-cursor.js';
import { UnusedSpace } from '../../src/collector/store/sqlite/unused-space.js';
import { temporaryFolder } from '../support/collector.js';
import { failDisk } from '../support/failing-disk.js';
import { destroyPage, leavesOf } from '../support/sqlite-pages.js';

const PAGE = 4096;
const LEFT = 'left behind';

/** A table with some pages whose unused space contains a text. */
async function dirty(): Promise<{ file: string; folder: string; leaves: number[] }> {
  const folder = await temporaryFolder();
  const file = join(folder, 'kmq.db');
  const db = openDatabase(file);
  db.exec(`
    PRAGMA journal_mode = WAL; CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT UNIQUE);
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)
      INSERT INTO words SELECT n, printf('%05d%.*c', n * 7919 % 300, n % 60, 'x') FROM n;
    DELETE FROM words WHERE id % 3 = 0`);
  db.close();
  const leaves = [...leavesOf(folder, 'words'), ...leavesOf(folder, 'sqlite_autoindex_words_1')];
  const bytes = readFileSync(file);
  const descriptor = openSync(file, 'r+');
  for (const leaf of leaves) {
    const start = (leaf - 1) * PAGE;
    const end = bytes.readUInt16BE(start + 5);
    if (end - 8 - 2 * bytes.readUInt16BE(start + 3) < LEFT.length) continue;
    writeSync(descriptor, LEFT, start + end - LEFT.length, 'latin1');
  }
  closeSync(descriptor);
  expect(countIn(file)).toBeGreaterThan(leaves.length / 2);
  return { file, folder, leaves };
}

const countIn = (file: string): number => readFileSync(file, 'latin1').split(LEFT).length - 1;

const rootOf = (db: Database, name: string): number =>
  (db.prepare('SELECT rootpage AS root FROM sqlite_schema WHERE name = ?').get(name) as { root: number }).root;

function wipe(space: UnusedSpace, db: Database): boolean {
  const roots = ['words', 'sqlite_autoindex_words_1'].map((name) => rootOf(db, name));
  return space.attempt((visit) => {
    for (const root of roots) {
      const cursor = new TreeCursor(visit, root).first();
      while (cursor.next());
    }
  });
}

async function opened(): Promise<{
  file: string;
  folder: string;
  leaves: number[];
  db: Database;
  space: UnusedSpace;
  close: () => void;
}> {
  const of = await dirty();
  const db = openDatabase(of.file);
  const space = new UnusedSpace(of.file, db, new LogTruncation(db));
  const close = (): void => {
    db.close();
    space.close();
  };
  return { ...of, db, space, close };
}

const allOf = (db: Database): unknown[] => db.prepare('SELECT * FROM words ORDER BY word').all();

describe('the unused space of pages', () => {
  test('is overwritten, and nothing else; and SQLite, which has the pages in its cache, does not write the text again', async () => {
    const { db, file, space, close } = await opened();
    const words = allOf(db);
    expect(wipe(space, db)).toBe(true);
    expect(countIn(file)).toBe(0);
    expect(allOf(db)).toEqual(words);
    db.exec("UPDATE words SET word = replace(word, 'x', 'y')");
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    close();
    expect(countIn(file)).toBe(0);
  });

  test('stays as it is while another program reads the write-ahead log, or writes', async () => {
    const { db, file, leaves, space, close } = await opened();
    db.exec("INSERT INTO words VALUES (1000, 'late')");
    const other = openDatabase(file);
    other.exec('BEGIN');
    allOf(other);
    expect(wipe(space, db)).toBe(false);
    other.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE');
    expect(wipe(space, db)).toBe(false);
    other.exec('ROLLBACK');
    expect(countIn(file)).toBeGreaterThan(leaves.length / 2 - 2);
    expect(wipe(space, db)).toBe(true);
    other.close();
    expect(countIn(file)).toBe(0);
    close();
  });

  test('of a page that cannot be read is skipped, and that of other pages is overwritten', async () => {
    const { db, file, folder, leaves, space, close } = await opened();
    destroyPage(folder, leaves[1]!);
    const before = readFileSync(file);
    expect(wipe(space, db)).toBe(true);
    expect(countIn(file)).toBe(0);
    const page = (bytes: Buffer) => bytes.subarray((leaves[1]! - 1) * PAGE, leaves[1]! * PAGE);
    expect(page(readFileSync(file)).equals(page(before))).toBe(true);
    close();
  });

  test('of a page that the disk cannot read is skipped, and an error of writing is thrown', async () => {
    const { db, file, leaves, space, close } = await opened();
    const unreadable = (leaves[1]! - 1) * PAGE;
    let isReadOnly = true;
    failDisk('readSync', (_descriptor, _buffer, _offset, _length, position) => position === unreadable);
    failDisk('writeSync', () => isReadOnly);
    expect(() => wipe(space, db)).toThrow('EIO: i/o error');
    isReadOnly = false;
    expect(wipe(space, db)).toBe(true);
    const bytes = readFileSync(file, 'latin1');
    expect(countIn(file)).toBe(bytes.slice(unreadable, unreadable + PAGE).includes(LEFT) ? 1 : 0);
    close();
  });

  test('is found by the keys of a table and of an index', async () => {
    const { db, space, close } = await opened();
    const at: unknown[] = [];
    const [table, index] = [rootOf(db, 'words'), rootOf(db, 'sqlite_autoindex_words_1')];
    const rows = db.prepare('SELECT id, word FROM words').all() as { id: number; word: string }[];
    const found = space.attempt((visit) => {
      const holds = (root: number, key: (number | Buffer)[]): boolean => {
        const { leaf } = new TreeCursor(visit, root).seek(key);
        const keys = Array.from({ length: leaf.cells }, (_, cell) => leaf.key(cell)[0]);
        return keys.some((one) => (one instanceof Buffer ? one.equals(key[0] as Buffer) : one === key[0]));
      };
      for (const { id, word } of rows) at.push(holds(table, [id]), holds(index, [Buffer.from(word)]));
    });
    expect(found).toBe(true);
    // An entry of an index may be on a page above the leaves.
    expect(at.filter((holds) => !holds).length).toBeLessThan(10);
    close();
  });

  test('is found by the keys of an index that continue on other pages', async () => {
    const { db, space, close } = await opened();
    db.exec(`
      CREATE TABLE sentences (id INTEGER PRIMARY KEY, site INTEGER NOT NULL, sentence TEXT NOT NULL, UNIQUE (site, sentence));
      WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)
        INSERT INTO sentences SELECT n, 1, printf('%05d%.*c', n * 7919 % 300, 1500, 'x') FROM n`);
    const index = rootOf(db, 'sqlite_autoindex_sentences_1');
    const rows = db.prepare('SELECT sentence FROM sentences').all() as { sentence: string }[];
    const lost: string[] = [];
    const found = space.attempt((visit) => {
      for (const { sentence } of rows) {
        const { leaf } = new TreeCursor(visit, index).seek([1, Buffer.from(sentence)]);
        const keys = Array.from({ length: leaf.cells }, (_, cell) => leaf.key(cell)[1]);
        if (!keys.some((key) => key instanceof Buffer && sentence.startsWith(String(key)))) lost.push(sentence);
      }
    });
    expect(found).toBe(true);
    // An entry of an index may be on a page above the leaves.
    expect(lost.length).toBeLessThan(rows.length / 3);
    close();
  });
});
