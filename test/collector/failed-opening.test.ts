import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { temporaryFolder } from '../support/collector.js';
import { openFolder } from '../support/transfer.js';

test('a store that cannot be opened completely leaves nothing open', async () => {
  const folder = await temporaryFolder();
  await openFolder(folder).close();
  const file = join(folder, 'kmq.db');
  const change = (statement: string): void => {
    const db = new DatabaseSync(file);
    db.exec(statement);
    db.close();
  };
  // The last thing that the constructor needs.
  change('ALTER TABLE sites RENAME TO renamed');
  expect(() => new EmbeddedStore({ folder, counting: () => 'auto' })).toThrow('sites');
  // SQLite removes the log when the last connection closes.
  expect(existsSync(`${file}-wal`)).toBe(false);
  change('ALTER TABLE renamed RENAME TO sites');
  await openFolder(folder).close();
});
