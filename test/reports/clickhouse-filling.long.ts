import { beforeAll, expect, test } from 'vitest';
import { parseAddress } from '../../src/collector/store/clickhouse/address.js';
import { Unavailable } from '../../src/collector/store/clickhouse/unavailable.js';
import { ReportProgress } from '../../src/collector/store/clickhouse/report-progress.js';
import { columnOf, REPORT_TABLES } from '../../src/collector/store/clickhouse/report-tables.js';
import { ReportRemoval } from '../../src/collector/store/clickhouse/report-removal.js';
import { text } from '../../src/collector/store/clickhouse/sql.js';
import { toInsertLines } from '../../src/collector/store/clickhouse/rows.js';
import { NO_NOTES } from '../../src/collector/store/clickhouse/unfinished.js';
import { FillerElection } from '../../src/collector/store/clickhouse/filler-election.js';
import { HIT_COLUMNS, Tables } from '../../src/collector/store/clickhouse/tables.js';
import type { Entry } from '../../src/collector/store/store.js';
import type { PeopleAnswer } from '../../src/protocol/reports.js';
import { arrived } from '../support/arrived-hits.js';
import { newDatabase } from '../support/clickhouse.js';
import { KEY } from '../support/collector.js';
import { chdbOfTests } from '../support/chdb-of-tests.js';
import { ask, collectorOn, counts, errors, fillerOn, nodesOf, reportsOn } from './clickhouse-stand.js';
import { alias, event, many, NOW } from './engine-stand.js';

// How several collectors fill the tables of reports in ClickHouse, and what happens when hits arrive again.

let server: string;
beforeAll(async () => {
  server = await chdbOfTests();
});

test('a hit that reached two collectors counts once, and a merge holds whichever collector received the alias', async () => {
  const url = `${server}/${newDatabase()}`;
  const [one, other] = [await collectorOn(url), await collectorOn(url)];
  const reports = reportsOn(url);
  const again: Entry[] = many(20);
  await one.append(again);
  await other.append([...again, event('late', NOW), ...many(5, 100)]);
  await expect.poll(() => counts(reports)).toEqual([26, 26]);
  await one.append([alias('p1', 'p2')]);
  await other.append([alias('p100', 'p2'), alias('late', 'nobody yet')]);
  await expect.poll(() => counts(reports)).toEqual([24, 26]);
  // If the collector that fills reports stops, another one continues at once; if it was killed, after 35 s.
  await one.close();
  await other.append([event('nobody yet'), event('new')]);
  await expect.poll(() => counts(reports), { timeout: 25_000 }).toEqual([25, 28]);
  const { people, total } = await ask<PeopleAnswer>(reports, 'people', {
    filter: { property: 'Customer ID', equals: 'p2' },
  });
  expect([total, people[0]!.identities.toSorted()]).toEqual([1, ['p1', 'p100', 'p2']]);
  expect(errors).toEqual([]);
});

test('an existing store is copied into reports, also after its reports were lost, and nothing counts twice', async () => {
  const url = `${server}/${newDatabase()}`;
  const address = parseAddress(url);
  const nodes = nodesOf(url);
  // The table as an earlier version created it: its newer columns are missing.
  const removals = `${address.database}.report_removals`;
  await nodes.everywhere(`CREATE DATABASE ${address.database}`);
  await nodes.everywhere(`CREATE TABLE ${removals} (removal UInt64) ENGINE = MergeTree ORDER BY removal`);
  const store = await collectorOn(url);
  await store.append([...many(50), alias('p1', 'p2'), event('gone', NOW - 10 * 86_400)]);
  const reports = reportsOn(url);
  await expect.poll(() => counts(reports)).toEqual([50, 51]);
  await store.expire(KEY, NOW - 86_400);
  await expect.poll(() => counts(reports)).toEqual([49, 50]);
  await store.close();
  // The column that was missing was added.
  expect(await nodes.rows(`SELECT DISTINCT one FROM ${removals}`)).toEqual([{ one: 0 }]);
  // First the progress is lost, then all of the reports.
  const losses = [['report_progress'], Object.keys(REPORT_TABLES)];
  for (const [index, tables] of losses.entries()) {
    for (const table of tables) await nodes.everywhere(`TRUNCATE TABLE ${address.database}.${table}`);
    const next = await collectorOn(url);
    await next.append([event(`after loss ${index}`)]);
    await expect.poll(() => counts(reports)).toEqual([50 + index, 51 + index]);
    await next.close();
  }
  expect(errors).toEqual([]);
});

test('reports answer while a collector that has started again reads their progress', async () => {
  const url = `${server}/${newDatabase()}`;
  const [store, reports, nodes] = [await collectorOn(url), reportsOn(url), nodesOf(url)];
  await store.append(many(5));
  await expect.poll(() => counts(reports)).toEqual([5, 5]);
  await store.close();
  const address = parseAddress(url);
  const fillers = `${address.database}.report_fillers`;
  const [{ filler }] = (await nodes.rows<{ filler: number }>(`SELECT filler FROM ${fillers} LIMIT 1`)) as [
    { filler: number },
  ];
  await new FillerElection(nodes, new Tables(address), filler, () => ({ asOf: 0, progress: 0 })).join();
  // ClickHouse keeps only the newest row of a collector.
  await nodes.execute(`OPTIMIZE TABLE ${fillers} FINAL`);
  expect(await nodes.rows(`SELECT count() AS rows FROM ${fillers}`)).toEqual([{ rows: 1 }]);
  expect(await counts(reports)).toEqual([5, 5]);
});

test('once an erasure is answered, no report contains the person, and the tables contain nothing of the person except numbers', async () => {
  const url = `${server}/${newDatabase()}`;
  const store = await collectorOn(url);
  const secret = event('secret@example.com', NOW, [['Secret Plan', 'hidden value']]);
  await store.append([...many(5), secret, alias('secret@example.com', 'hidden friend')]);
  const reports = reportsOn(url);
  await expect.poll(() => counts(reports)).toEqual([6, 6]);
  expect((await store.erase(KEY, 'hidden friend'))!.hits).toBe(2);
  expect(await counts(reports)).toEqual([5, 5]);
  const address = parseAddress(url);
  const nodes = nodesOf(url);
  for (const table of Object.keys(REPORT_TABLES)) {
    const rows = await nodes.rows(`SELECT * FROM ${address.database}.${table}`);
    expect(JSON.stringify(rows).toLowerCase(), table).not.toMatch(/secret|hidden/);
  }
  // A person who comes back is new, and the same hit counts again.
  await store.append([secret, event('hidden friend')]);
  await expect.poll(() => counts(reports)).toEqual([7, 7]);
  expect(errors).toEqual([]);
});

test.each([
  ['goes on', false],
  ['breaks off', true],
])('nothing is left of a person who is erased in the middle of a step: the step %s', async (_, breaks) => {
  const url = `${server}/${newDatabase()}`;
  let isErased = false;
  const before = async (statement: string): Promise<void> => {
    if (isErased || !/INTO \S*report_hits/.test(statement)) return;
    isErased = true;
    expect(await seen()).toBe(3);
    await store.erase(KEY, 'secret');
    if (breaks) throw new Unavailable('of the test');
  };
  const { database } = parseAddress(url);
  const nodes = nodesOf(url);
  const seen = async () => (await nodes.rows<{ n: number }>(`SELECT count() AS n FROM ${database}.report_seen`))[0]!.n;
  const filler = fillerOn(url, { before });
  const reports = reportsOn(url);
  await expect.poll(() => counts(reports)).toEqual([0, 0]);
  // The filler of this collector waits, since the filler above was first.
  const store = await collectorOn(url);
  const secret = [event('secret', NOW), event('secret', NOW - 1)];
  await store.append([...secret, event('ann')]);
  await expect.poll(() => counts(reports)).toEqual([1, 1]);
  expect([isErased, await seen()]).toEqual([true, 1]);
  // The hits are not repeats of hits that were erased.
  await store.append(secret);
  await expect.poll(() => counts(reports)).toEqual([2, 3]);
  await filler.close();
  expect(errors).toEqual([]);
});

test('names that only an erased person had are removed with the person; retention keeps names', async () => {
  const url = `${server}/${newDatabase()}`;
  const store = await collectorOn(url);
  const reports = reportsOn(url);
  const LONG_AGO = NOW - 10 * 86_400;
  const named = (person: string, event: string, time: number, properties: [string, string][] = []) =>
    arrived({ person, event, time, properties });
  await store.append([
    named('ann', 'Came', NOW, [['Kept', 'v']]),
    named('ann', 'Seen Once', LONG_AGO, [
      ['Kept', 'v'],
      ['Old Plan', 'v'],
      ['', 'v'],
    ]),
    named('bob', 'seen by bob', NOW, [['of bob', 'v']]),
    named('bob', 'Came', NOW, [['', 'v']]),
    arrived({ person: 'bob', time: LONG_AGO, properties: [["it's \\ old", 'v']] }),
    ...['Told Once', 'Told Again'].map((name) =>
      arrived({ person: 'ann', event: 'Came', time: NOW, id: 'the same', properties: [[name, 'v']] }),
    ),
  ]);
  await expect.poll(() => counts(reports)).toEqual([2, 3]);
  const nodes = nodesOf(url);
  const names = async (): Promise<string[]> => {
    const table = `${parseAddress(url).database}.report_names`;
    const rows = await nodes.rows<{ name: string }>(`SELECT name FROM ${table} ORDER BY kind, name`);
    return rows.map(({ name }) => name);
  };
  const ofAll = ['Came', 'Seen Once', 'seen by bob', '', 'Kept', 'Old Plan', 'Told Once', "it's \\ old", 'of bob'];
  expect(await names()).toEqual(ofAll);
  expect(await store.expire(KEY, NOW - 86_400)).toBe(2);
  expect(await names()).toEqual(ofAll);
  await store.erase(KEY, 'bob');
  expect(await names()).toEqual(['Came', 'Seen Once', 'Kept', 'Old Plan', 'Told Once', "it's \\ old"]);
  expect(await counts(reports)).toEqual([1, 2]);
  expect(errors).toEqual([]);
});

test('a name of an erased person stays if a hit with it arrives meanwhile', async () => {
  const url = `${server}/${newDatabase()}`;
  const store = await collectorOn(url);
  const both: [string, string][] = [
    ['Shared', 'v'],
    ['Theirs Alone', 'v'],
  ];
  await store.append([arrived({ person: 'bob', event: 'Came', time: NOW, properties: both })]);
  await expect.poll(() => counts(reportsOn(url))).toEqual([1, 1]);
  await store.close();
  const address = parseAddress(url);
  const nodes = nodesOf(url);
  const of = (table: string): string => `${address.database}.${table}`;
  // What another collector inserts at the moment when the names to remove are chosen.
  const fill = async (): Promise<void> => {
    await nodes.execute(`INSERT INTO ${of('report_hits')} (site, event, time, hit, identity, person, ${columnOf('shared')})
      SELECT ${text(KEY)}, 'came', ${NOW}, 1, 1, 1, map('shared', 'v')`);
    await nodes.execute(
      `INSERT INTO ${of('report_names')} (site, kind, folded, name, version) SELECT ${text(KEY)}, 1, 'shared', 'SHARED', 1`,
    );
  };
  const removal = new ReportRemoval({
    ...{ nodes, tables: new Tables(address), notes: NO_NOTES },
    remove: async (table, condition) => {
      if (table === 'report_names') await fill();
      await nodes.everywhere(`ALTER TABLE ${of(table)} DELETE WHERE ${condition} SETTINGS mutations_sync = 1`);
    },
  });
  await removal.erase(KEY, ['bob']);
  const names = await nodes.rows<{ folded: string }>(
    `SELECT DISTINCT folded FROM ${of('report_names')} ORDER BY folded`,
  );
  expect(names.map(({ folded }) => folded)).toEqual(['came', 'shared']);
});

test.each([
  ['goes on', false],
  ['breaks off', true],
])(
  'a person who is erased while one of their aliases is copied comes back as two people: the step %s',
  async (_, breaks) => {
    const url = `${server}/${newDatabase()}`;
    let erased = false;
    let broken = false;
    const before = async (statement: string): Promise<void> => {
      if (!statement.includes('INTO')) return;
      if (!erased && statement.includes('report_merges')) {
        erased = true;
        await store.erase(KEY, 'robert');
      } else if (breaks && erased && !broken && statement.includes('report_hits')) {
        broken = true;
        throw new Unavailable('of the test');
      }
    };
    const other = fillerOn(url, { before });
    const reports = reportsOn(url);
    await expect.poll(() => counts(reports)).toEqual([0, 0]);
    // The filler of this collector waits, since the filler above was first.
    const store = await collectorOn(url);
    await store.append([event('bob'), event('robert'), alias('bob', 'robert'), event('ann')]);
    await expect.poll(() => counts(reports)).toEqual([1, 1]);
    expect([erased, broken]).toEqual([true, breaks]);
    const [nodes, { database }] = [nodesOf(url), parseAddress(url)];
    for (const table of ['people', 'merges']) {
      const rows = () => nodes.rows(`SELECT * FROM ${database}.report_${table}`);
      await expect.poll(rows, { message: table }).toEqual([]);
    }
    await store.append([event('bob'), event('robert')]);
    await expect.poll(() => counts(reports)).toEqual([3, 3]);
    await other.close();
    expect(errors).toEqual([]);
  },
);

test('hits that ClickHouse has lost, and that are sent again after later ones, are copied', async () => {
  const url = `${server}/${newDatabase()}`;
  const { database } = parseAddress(url);
  // As if ClickHouse had been started 90 seconds ago.
  const started = Math.floor(Date.now() / 1000) - 90;
  const filler = fillerOn(url, { started });
  const reports = reportsOn(url);
  await expect.poll(() => counts(reports)).toEqual([0, 0]);
  const nodes = nodesOf(url);
  const insert = async (entries: Entry[], first: number): Promise<void> => {
    const { hits } = toInsertLines(entries, 7, first);
    await nodes.insert(`${database}.hits`, HIT_COLUMNS, hits);
    await nodes.insert(`${database}.progress`, 'source, stamp', `{"source":7,"stamp":${first + entries.length - 1}}\n`);
  };
  await insert(many(3), 200);
  await expect.poll(() => counts(reports)).toEqual([3, 3]);
  await insert(many(2, 10), 100);
  await expect.poll(() => counts(reports)).toEqual([5, 5]);
  await filler.close();
  expect(errors).toEqual([]);
});

test('the progress of each spool is stored in few rows, and is known whenever ClickHouse was started', async () => {
  const url = `${server}/${newDatabase()}`;
  const store = await collectorOn(url);
  await store.append(many(3));
  await expect.poll(() => counts(reportsOn(url))).toEqual([3, 3]);
  await store.close();
  const address = parseAddress(url);
  const nodes = nodesOf(url);
  const [table, tables] = [`${address.database}.report_progress`, new Tables(address)];
  const minute = Math.floor(Date.now() / 60_000);
  await nodes.everywhere(`TRUNCATE TABLE ${table}`);
  // Spool 1 got hits for three hours until now, with minutes as stamps. The last hit of spool 2 is 65 minutes old.
  await nodes.execute(`INSERT INTO ${table} (source, minute, stamp)
    SELECT 1, ${minute} - number, ${minute} - number FROM numbers(180)
    UNION ALL SELECT 2, ${minute} - 65 - number, 1000 - number FROM numbers(500)`);
  const started = (minutesAgo: number): number => (minute - minutesAgo) * 60;
  const recalled = () =>
    Promise.all([70, 62, 30, 8, 0, -8, -15, -60].map((ago) => new ReportProgress(nodes, tables).recall(started(ago))));
  const before = await recalled();
  expect(before.map((spools) => [spools.get(1), spools.get(2)])).toEqual([
    [minute, 1000],
    ...[992, 1000, 1000].map((stamp) => [minute, stamp]),
    ...[minute - 11, minute - 3, minute, minute].map((stamp) => [stamp, 1000]),
  ]);
  const rows = async (): Promise<number[]> => {
    const all = await nodes.rows<{ rows: number }>(
      `SELECT count() AS rows FROM ${table} GROUP BY source ORDER BY source`,
    );
    return all.map(({ rows }) => rows);
  };
  await new ReportProgress(nodes, tables).trimIfDue(started(62));
  // The rows of an hour, and the newest row before that hour. A minute may have ended meanwhile.
  const kept = async (): Promise<unknown> => {
    const [filled, idle] = await rows();
    return [filled! >= 60 && filled! <= 62, idle];
  };
  await expect.poll(kept).toEqual([true, 500]);
  expect(await recalled()).toEqual(before);
  await new ReportProgress(nodes, tables).trimIfDue(started(70));
  await expect.poll(async () => (await rows())[1]).toBe(1);
  expect((await new ReportProgress(nodes, tables).recall(started(-60))).get(2)).toBe(1000);
});
