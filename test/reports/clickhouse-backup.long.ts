import { expect, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { newDatabase } from '../support/clickhouse.js';
import { KEY } from '../support/collector.js';
import { collectorOn, counts, nodesOf, reportsOn } from './clickhouse-stand.js';
import { many } from './engine-stand.js';

// The backup of ClickHouse itself.

const PATIENT = { timeout: 20_000 };

test('a database that was restored from a backup has the hits and reports of that time, and gets new ones', async () => {
  const url = `${await chdbOfTests()}/${newDatabase()}`;
  const { database } = parseAddress(url);
  const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  const question = { parameters: {}, settings: {}, signal: undefined, session: 'of the backup' };
  /** For a statement whose answer has rows. */
  const asked = (query: string) => nodes.ask({ ...question, query });
  await store.append(many(5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  await asked(`BACKUP DATABASE ${database} TO Memory('b')`);
  await store.append(many(3, 5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([8, 8]);
  // While the collector runs.
  await nodes.make({ ...question, query: `DROP DATABASE ${database} SYNC` });
  await asked(`RESTORE DATABASE ${database} FROM Memory('b')`);
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  await store.append(many(2, 20));
  await expect.poll(() => counts(reports), PATIENT).toEqual([7, 7]);
  // Tables of reports that are older than the rest are made again once they are dropped.
  await nodes.everywhere(`ALTER TABLE ${database}.report_hits DELETE WHERE 1 SETTINGS mutations_sync = 1`);
  expect(await counts(reports)).toEqual([0, 0]);
  await store.close();
  const tables = await nodes.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${database}' AND name LIKE 'report\\_%'`,
  );
  for (const { name } of tables) await nodes.everywhere(`DROP TABLE ${database}.${name} SYNC`);
  const again = await collectorOn(url);
  await expect.poll(() => counts(reports), PATIENT).toEqual([7, 7]);
  expect(await again.keys()).toEqual([KEY]);
});
