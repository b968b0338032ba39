import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';
import { ALL, alias, event, many, NOW, open, poll } from './engine-stand.js';
import { eachNth, LONG } from '../support/long.js';

describe('the file of reports', () => {
  const spoil: Record<string, (file: string) => void | Promise<void>> = {
    'that was deleted': (file) => rmSync(file),
    'that is no database': (file) => writeFileSync(file, 'nonsense'.repeat(10_000)),
    'that is empty': (file) => writeFileSync(file, ''),
    'that is damaged in the middle': (file) => {
      const content = readFileSync(file);
      content.fill(0xaa, 4096, content.length - 1);
      writeFileSync(file, content);
    },
    'with a log of nonsense beside it': (file) => appendFileSync(`${file}.wal`, 'nonsense'.repeat(1000)),
    'of another program': async (file) => {
      rmSync(file);
      const instance = await DuckDBInstance.create(file);
      const connection = await instance.connect();
      await connection.run('CREATE TABLE hits (a INTEGER); CREATE TABLE state (version INTEGER)');
      connection.closeSync();
      instance.closeSync();
    },
    'of another version': async (file) => {
      const instance = await DuckDBInstance.create(file);
      const connection = await instance.connect();
      await connection.run('UPDATE state SET version = 0');
      connection.closeSync();
      instance.closeSync();
    },
    'of another store': async (file) => {
      const other = await open();
      await other.store.append(many(7, 1000));
      await poll(other).toBe(7);
      await other.reports.close();
      copyFileSync(join(other.folder, 'reports.duckdb'), file);
    },
  };
  test.each(eachNth(Object.keys(spoil), 3))('%s is built again', async (what) => {
    const store = await open();
    await store.store.append([...many(30), alias('p1', 'p2')]);
    await poll(store).toBe(29);
    await store.reports.close();
    await spoil[what]!(join(store.folder, 'reports.duckdb'));
    await store.restart();
    await poll(store).toBe(29);
    await store.store.append(many(1, 500));
    await poll(store).toBe(30);
  });

  test('that another program has open stays, and reports wait for it', async () => {
    const store = await open();
    await store.store.append(many(5));
    await poll(store).toBe(5);
    await store.reports.close();
    const instance = await DuckDBInstance.create(join(store.folder, 'reports.duckdb'));
    await store.restart();
    await expect.poll(() => store.notices.join()).toMatch(/The process of reports is started again: .*lock/);
    instance.closeSync();
    await poll(store).toBe(5);
    expect(store.notices.join()).not.toMatch(/built again/);
  });

  test.runIf(LONG)(
    'that cannot be opened after it was written again: another process starts, and builds it',
    async () => {
      const store = await open();
      await store.store.append(many(5));
      await poll(store).toBe(5);
      const file = join(store.folder, 'reports.duckdb');
      rmSync(file);
      mkdirSync(join(file, 'in the way'), { recursive: true });
      await store.remover.erase(KEY, 'p0');
      await expect.poll(() => store.notices.join()).toMatch(/The process of reports is started again: /);
      await poll(store).toBe(4);
    },
  );

  test('that cannot be written again gets new hits all the same', async () => {
    const store = await open();
    await store.store.append(many(6));
    await poll(store).toBe(6);
    mkdirSync(join(store.folder, 'reports.duckdb.new', 'in the way'), { recursive: true });
    await store.remover.erase(KEY, 'p0');
    // It is tried again every 20 ms.
    await expect.poll(() => store.notices.length, { timeout: 60_000 }).toBeGreaterThan(100);
    await store.store.append(many(1, 500));
    await poll(store).toBe(6);
    expect(store.notices.join()).not.toMatch(/Conversion Error/);
  });

  test('is only a copy: it follows a store that was restored from a backup', async () => {
    const folder = await temporaryFolder();
    const first = new ReportStore(folder);
    await first.store.append(many(10));
    await poll(first).toBe(10);
    await first.close();
    copyFileSync(join(folder, 'kmq.db'), join(folder, 'backup'));
    const second = new ReportStore(folder);
    await second.store.append(many(20, 10));
    await poll(second).toBe(30);
    await second.close();
    copyFileSync(join(folder, 'backup'), join(folder, 'kmq.db'));
    const third = await open(folder);
    await third.store.append(many(3, 700));
    await poll(third).toBe(13);
  });

  test('counts the first hits of a site by the rule of this site', async () => {
    const store = new ReportStore(await temporaryFolder(), 'UTC', 'reference');
    onTestFinished(() => store.close());
    await store.store.append([event('p'), event('p')]);
    const times = async (): Promise<number | null> =>
      (await store.ask('trend', { ...ALL, event: 'Came', count: 'times', by: 'month' })).total;
    await expect.poll(() => times().catch(() => 0)).toBe(1);
  });

  test.runIf(LONG)('is counted again after the setting "counting" of a site has changed', async () => {
    const folder = await temporaryFolder();
    const first = new ReportStore(folder);
    const twice = [event('p'), event('p')];
    await first.store.append(twice);
    const times = async (store: ReportStore): Promise<number | null> =>
      (await store.ask('trend', { ...ALL, event: 'Came', count: 'times', by: 'month' })).total;
    await expect.poll(() => times(first).catch(() => 0)).toBe(2);
    await first.close();
    const second = new ReportStore(folder, 'UTC', 'reference');
    onTestFinished(() => second.close());
    await expect.poll(() => times(second).catch(() => 0)).toBe(1);
  });
});

describe('the engine', () => {
  test('knows thousands of merges, before and after they are written into the rows', async () => {
    const store = await open();
    await store.store.append(many(100));
    await poll(store).toBe(100);
    const aliases = Array.from({ length: 6000 }, (_, n) => alias(`p${n % 50}`, `other ${n}`));
    for (let n = 0; n < aliases.length; n += 1000) await store.store.append(aliases.slice(n, n + 1000));
    // The first fifty people become 25.
    await store.store.append(Array.from({ length: 25 }, (_, n) => alias(`other ${n}`, `p${n + 25}`)));
    await store.store.append([event('other 0'), event('other 25')]);
    await poll(store).toBe(75);
  });

  test('gives a column to a property of a question, when the file is written again', async () => {
    const store = await open();
    const names = Array.from({ length: 40 }, (_, n) => `P${n}`);
    const said = (n: number): [string, string][] => names.map((name, index) => [name, `${index} of ${n % 3}`]);
    await store.store.append(Array.from({ length: 9 }, (_, n) => event(`p${n}`, NOW, said(n))));
    await poll(store).toBe(9);
    const all = async (): Promise<unknown[]> => {
      const answers = names.map((property) => store.ask('breakdown', { ...ALL, property }));
      return (await Promise.all(answers)).map(({ values }) => values.map(({ value, people }) => [value, people]));
    };
    const before = await all();
    expect(before[39]).toEqual([0, 1, 2].map((n) => [`39 of ${n}`, 3]));
    await store.ask('breakdown', { ...ALL, property: 'P39' });
    await store.store.append([event('other')]);
    await poll(store).toBe(10);
    await store.remover.erase(KEY, 'other');
    await store.reports.rewritten();
    expect(await all()).toEqual(before);
    expect((await store.ask('names', {})).properties.map(({ people }) => people)).toEqual(names.map(() => 9));
    await store.reports.close();
    const instance = await DuckDBInstance.create(join(store.folder, 'reports.duckdb'));
    const connection = await instance.connect();
    const columns = await connection.runAndReadAll(`SELECT name FROM properties WHERE "column" IS NOT NULL`);
    expect(columns.getRows().flat()).toContain('P39');
    expect(columns.getRows().length).toBe(30);
    connection.closeSync();
    instance.closeSync();
  });

  test('answers questions although it has hits with impossible times', async () => {
    const store = await open();
    const [seconds, milli, micro] = [NOW, NOW * 1000, NOW * 1e6].map((time) =>
      event('p', time, [['At', String(time)]]),
    );
    await store.store.append([micro!, milli!, seconds!]);
    await poll(store).toBe(1);
    const columns = [{ property: 'At', show: 'first value' as const }];
    const first = { columns: [String(NOW)], lastSeen: 2 ** 32 - 1 };
    expect((await store.ask('people', { columns, limit: 1 })).people).toMatchObject([first]);
    const filter = { inOrder: [{ event: 'Came' }, { event: 'Came' }] };
    expect((await store.ask('people', { filter, limit: 1 })).total).toBe(1);
    await store.restart();
    await poll(store).toBe(1);
    expect(store.notices.join()).not.toMatch(/built again/);
  });

  test('counts hits that arrive after a restart if the newest ones were removed before it', async () => {
    const folder = await temporaryFolder();
    const first = new ReportStore(folder);
    await first.store.append([...many(5), event('last')]);
    await poll(first).toBe(6);
    await first.remover.erase(KEY, 'last');
    await first.close();
    const second = await open(folder);
    await second.store.append(many(2, 50));
    await poll(second).toBe(7);
  });
});
