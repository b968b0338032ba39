import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ReportSource } from '../../src/collector/store/embedded/report-source.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { temporaryFolder } from '../support/collector.js';

test('an error of reads at one moment is thrown, also if SQLite has ended their transaction by itself', async () => {
  const folder = await temporaryFolder();
  await new EmbeddedStore({ folder, counting: () => 'auto' }).close();
  const db = openDatabase(join(folder, 'kmq.db'));
  const source = new ReportSource(db, () => 'auto');
  const read = () => {
    db.exec('ROLLBACK');
    throw new Error('The cause.');
  };
  expect(() => source.atOneMoment(read)).toThrow('The cause.');
  // The next one begins as usual.
  expect(source.atOneMoment(() => source.newest())).toBe(0);
  db.close();
});
