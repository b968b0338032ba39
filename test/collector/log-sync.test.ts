import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import { Durability } from '../../src/collector/store/sqlite/durability.js';
import { NoRoom } from '../../src/collector/store/sqlite/errors.js';
import { LogSync } from '../../src/collector/store/sqlite/log-sync.js';
import { LogTruncation } from '../../src/collector/store/sqlite/log-truncation.js';
import { temporaryFolder } from '../support/collector.js';

async function databaseWithLog(): Promise<{ db: Database; file: string; logBytes: () => number }> {
  const file = join(await temporaryFolder(), 'some.db');
  const db = openDatabase(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE texts (text TEXT)');
  return { db, file, logBytes: () => statSync(`${file}-wal`).size };
}

describe('the log of a database', () => {
  test('is synced for everybody who asks, and no more often than it takes', async () => {
    const { db, file } = await databaseWithLog();
    // Any disk is slow: it is waited for in another thread.
    const sync = new LogSync(file, 0);
    await sync.committed();
    const order: string[] = [];
    const asked = Array.from({ length: 100 }, async (_, n) => {
      db.exec(`INSERT INTO texts VALUES ('${n}')`);
      await sync.committed();
      order.push(String(n));
    });
    // The first one has begun; all others wait for the same next one.
    expect(sync.committed()).toBe(sync.committed());
    await Promise.all(asked);
    expect(order).toHaveLength(100);
    expect(order[0]).toBe('0');
    await sync.close();
    db.close();
  });

  test('is synced at once on a fast disk', async () => {
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

  // No disk that cannot sync can be had here: the sync that fails is made up, what it leads to is not.
  test('that could not be synced is taken over into the database before the next commit', async () => {
    const { db, logBytes } = await databaseWithLog();
    const failures = [Object.assign(new Error('no space'), { code: 'ENOSPC' }), new Error('input and output')];
    const sync = {
      committed: () => {
        const failure = failures.shift();
        return failure ? Promise.reject(failure) : Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    const durability = new Durability(sync, new LogTruncation(db));
    const commit = async (text: string): Promise<void> => {
      durability.ensure();
      db.exec(`INSERT INTO texts VALUES ('${text}')`);
      await durability.committed();
    };
    await expect(commit('first')).rejects.toThrow(NoRoom);
    expect(logBytes()).toBeGreaterThan(0);
    durability.ensure();
    expect(logBytes()).toBe(0);
    await expect(commit('second')).rejects.toThrow('input and output');
    await commit('third');
    expect(db.prepare('SELECT text FROM texts').all()).toMatchObject(
      ['first', 'second', 'third'].map((text) => ({ text })),
    );
    db.close();
  });

  test('that cannot be taken over, since somebody reads it, takes no commit', async () => {
    const { db, file } = await databaseWithLog();
    const durability = new Durability(
      { committed: () => Promise.reject(new Error('input and output')), close: () => Promise.resolve() },
      new LogTruncation(db),
    );
    await expect(durability.committed()).rejects.toThrow('input and output');
    const reader = openDatabase(file);
    reader.exec('BEGIN; SELECT * FROM texts');
    expect(() => durability.ensure()).toThrow(NoRoom);
    reader.exec('COMMIT');
    durability.ensure();
    reader.close();
    db.close();
  });
});
