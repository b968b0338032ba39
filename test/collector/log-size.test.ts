import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { arrived } from '../support/arrived-hits.js';
import { temporaryFolder } from '../support/collector.js';

const MEGABYTE = 2 ** 20;

function hit(n: number): ArrivedHit {
  const properties = Array.from({ length: 125 }, (_, at): [string, string] => [`p${at}`, `${n}`.padEnd(8000, 'x')]);
  return arrived({ person: 'bob', event: 'Visited', properties, time: n });
}

test('the space by which the write-ahead log grew during a long read is given back to the disk after the read', async () => {
  const folder = await temporaryFolder();
  const store = new EmbeddedStore({ folder, counting: () => 'reference' });
  const logSize = (): number => statSync(join(folder, 'kmq.db-wal')).size;
  await store.append([hit(1)]);
  const reader = openDatabase(join(folder, 'kmq.db'));
  reader.exec('BEGIN; SELECT count(*) FROM hits;');
  for (let n = 2; n < 102; n++) await store.append([hit(n)]);
  expect(logSize()).toBeGreaterThan(90 * MEGABYTE);
  reader.exec('COMMIT');
  reader.close();
  for (let n = 102; n < 106; n++) await store.append([hit(n)]);
  expect(logSize()).toBeLessThan(65 * MEGABYTE);
  await store.close();
});
