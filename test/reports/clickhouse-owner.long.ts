import { expect, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { collectorOn, counts, errors, nodesOf, reportsOn, useClickHouse } from './clickhouse-stand.js';
import { many } from './engine-stand.js';

// What owners do to the tables of kmq and to the machine of ClickHouse.

const PATIENT = { timeout: 20_000 };

const newUrl = useClickHouse();

async function started() {
  const url = newUrl();
  const { database } = parseAddress(url);
  const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  await store.append(many(5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([5, 5]);
  return { url, database, store, reports, nodes };
}

test('columns that an owner has added change no report, whatever their names are', async () => {
  const { database, store, reports, nodes } = await started();
  const names = ['number', 'who', 'folded', 'happened', 'pairs', 'bare', 'can_repeat', 'same', 'echo', 'day'];
  for (const table of ['hits', 'arrivals', 'report_hits', 'report_seen', 'identities', 'edges'])
    for (const name of names)
      await nodes
        .everywhere(`ALTER TABLE ${database}.${table} ADD COLUMN ${name} String DEFAULT 'own'`)
        .catch((error: Error) => expect(error.message).toMatch(/already exists/));
  await store.append(many(3, 5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([8, 8]);
  expect(errors).toEqual([]);
});

test('while a view of an owner fails, hits wait, and an error names the view; after that each hit counts once', async () => {
  const { database, store, reports, nodes } = await started();
  await nodes.everywhere(
    `CREATE MATERIALIZED VIEW ${database}.of_owner ENGINE = MergeTree ORDER BY n AS SELECT throwIf(name = 'Came') AS n FROM ${database}.hits`,
  );
  await store.append(many(3, 5));
  await expect.poll(() => errors.length, PATIENT).toBe(1);
  expect((errors[0] as Error).message).toContain('of_owner');
  await nodes.everywhere(`DROP TABLE ${database}.of_owner SYNC`);
  await expect.poll(() => counts(reports), PATIENT).toEqual([8, 8]);
});

test('after the clock of ClickHouse was set back, reports do not wait for a collector that has ended', async () => {
  const { url, database, store, nodes } = await started();
  await store.close();
  // What this collector would have stored by a clock that was an hour fast, if it had been killed.
  await nodes.everywhere(`
    INSERT INTO ${database}.report_fillers (filler, since, at, as_of, progress)
    SELECT filler, 1 AS since, at + 3600000 AS at, as_of + 3600 AS as_of, progress FROM ${database}.report_fillers FINAL LIMIT 1`);
  const [next, reports] = [await collectorOn(url), reportsOn(url)];
  await next.append(many(3, 5));
  await expect.poll(() => counts(reports), PATIENT).toEqual([8, 8]);
  const rows = await nodes.rows<{ late: number }>(
    `SELECT countIf(at > toUnixTimestamp64Milli(now64(3)) + 60000) AS late FROM ${database}.report_fillers`,
  );
  expect(rows).toEqual([{ late: 0 }]);
  expect(errors).toEqual([]);
});
