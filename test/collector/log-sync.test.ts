import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import { Durability } from '../../src/collector/store/embedded/durability.js';
import { NotDurable } from '../../src/collector/store/store.js';
import { LogSync } from '../../src/collector/store/sqlite/log-sync.js';
import { LogTruncation } from '../../src/collector/store/sqlite/log-truncation.js';
import { temporaryFolder } from '../support/collector.js';

async function databaseWithLog(): Promise<{ db: Database; file: string; logBytes: () => number }> {
  const file = join(await temporaryFolder(), 'some.db');
  const db = openDatabase(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE texts (text TEXT)');
  return { db, file, logBytes: () => statSync(`${file}-wal`).size };
}

describe('the write-ahead log of a database', () => {
  test('is synced after every commit, and all commits that arrive during a sync share the next one', async () => {
    const { db, file } = await databaseWithLog();
    // As on a slow disk: the sync is waited for in another thread.
    const sync = new LogSync(file, 0);
    await sync.committed();
    const order: string[] = [];
    const asked = Array.from({ length: 100 }, async (_, n) => {
      db.exec(`INSERT INTO texts VALUES ('${n}')`);
      await sync.committed();
      order.push(String(n));
    });
    // The first sync has begun; all other commits wait for the same next one.
    expect(sync.committed()).toBe(sync.committed());
    await Promise.all(asked);
    expect(order).toHaveLength(100);
    expect(order[0]).toBe('0');
    await sync.close();
    db.close();
  });

  test('is synced in the same thread on a fast disk', async () => {
    const { db, file } = await databaseWithLog();
    const sync = new LogSync(file, Infinity);
    for (let n = 0; n < 10; n++) {
      db.exec(`INSERT INTO texts VALUES ('${n}')`);
      await sync.committed();
    }
    await sync.close();
    await expect(sync.committed()).rejects.toThrow('EBADF');
    db.close();
  });

  // A disk that fails to sync is not available here, so the failing sync is a fake. What follows from it is real.
  const failing = () => ({
    committed: () => Promise.reject(new Error('input and output')),
    close: () => Promise.resolve(),
  });

  test('that could not be synced is copied to the database by a checkpoint', async () => {
    const { db, logBytes } = await databaseWithLog();
    const durability = new Durability(failing(), new LogTruncation(db));
    for (const text of ['first', 'second']) {
      durability.ensure();
      db.exec(`INSERT INTO texts VALUES ('${text}')`);
      expect(logBytes()).toBeGreaterThan(0);
      await durability.committed();
      expect(logBytes()).toBe(0);
    }
    expect(db.prepare('SELECT text FROM texts').all()).toMatchObject([{ text: 'first' }, { text: 'second' }]);
    db.close();
  });

  test('that cannot be copied, since another program reads it, accepts no commit', async () => {
    const { db, file } = await databaseWithLog();
    const durability = new Durability(failing(), new LogTruncation(db));
    const reader = openDatabase(file);
    reader.exec('BEGIN; SELECT * FROM texts');
    await expect(durability.committed()).rejects.toThrow(NotDurable);
    expect(() => durability.ensure()).toThrow('another program reads the store');
    reader.exec('COMMIT');
    durability.ensure();
    reader.close();
    db.close();
  });
});
