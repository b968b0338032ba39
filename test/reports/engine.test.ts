import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY, smallDisk, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';

const NOW = 1_790_000_000;
const ALL = { from: '2026-09-01', to: '2026-09-30' };

let ids = 0;
function event(person: string, time = NOW, properties: [string, string][] = []): ArrivedHit {
  const hit = {
    kind: 'event' as const,
    key: KEY,
    person,
    name: 'Came',
    time,
    sent: time,
    id: `id ${++ids}`,
    properties,
    warnings: [],
  };
  return { hit, received: time, agent: 'browser' };
}

function alias(person: string, name: string): ArrivedHit {
  const hit = {
    kind: 'alias' as const,
    key: KEY,
    person,
    name,
    time: NOW,
    sent: NOW,
    id: `id ${++ids}`,
    properties: [],
    warnings: [],
  };
  return { hit, received: NOW, agent: 'browser' };
}

const many = (count: number, from = 0): ArrivedHit[] => Array.from({ length: count }, (_, n) => event(`p${from + n}`));

async function open(folder?: string): Promise<ReportStore> {
  const store = new ReportStore(folder ?? (await temporaryFolder()));
  onTestFinished(() => store.close());
  return store;
}

/** How many people came. */
async function people(store: ReportStore): Promise<number | string> {
  try {
    return (await store.ask('trend', { ...ALL, event: 'Came', count: 'people', by: 'month' })).total!;
  } catch (error) {
    return (error as Error).message;
  }
}

const poll = (store: ReportStore) => expect.poll(() => people(store));

/** What is in any file of reports. */
function bytes(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.startsWith('reports.'),
  );
  return files
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'))
    .join('');
}

describe('who was erased', () => {
  const secret = (n: number): ArrivedHit =>
    event(`secret-identity-${n}`, NOW, [
      ['Mail', `secret-value-${n}@example.com`],
      [`secret-name-${n}`, 'x'],
    ]);

  test('is in no file of the reports when the request is answered', async () => {
    const store = await open();
    await store.store.append([secret(1), ...many(50), alias('secret-identity-1', 'secret-identity-1b')]);
    await poll(store).toBe(51);
    expect(bytes(store.folder)).toContain('secret-value-1');
    const erased = await store.remover.erase(KEY, 'secret-identity-1');
    expect(erased).toMatchObject({ hits: 2 });
    // On a busy machine the file is written when the request is answered already, and the answer says so.
    if (erased!.pending) await store.reports.rewritten();
    expect(await people(store)).toBe(50);
    expect(bytes(store.folder)).not.toMatch(/secret-/);
  });

  test('is in no answer of a process that begins after it was killed, and soon in no file', async () => {
    const store = await open();
    await store.store.append([secret(2), ...many(50)]);
    await poll(store).toBe(51);
    const erasing = store.remover.erase(KEY, 'secret-identity-2');
    store.kill();
    await erasing;
    for (let n = 0; n < 5; n++) expect(await people(store)).not.toBe(51);
    await poll(store).toBe(50);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/secret-/);
  });

  test('while there was no process is in no answer either', async () => {
    const store = await open();
    await store.store.append([secret(3), ...many(50)]);
    await poll(store).toBe(51);
    await store.reports.close();
    await store.store.erase(KEY, 'secret-identity-3');
    await store.restart();
    const answers = new Set<number | string>();
    await expect.poll(async () => answers.add(await people(store)).has(50)).toBe(true);
    expect(answers).not.toContain(51);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/secret-/);
  });

  test('comes back as somebody else', async () => {
    const store = await open();
    await store.store.append([secret(4), ...many(3)]);
    await poll(store).toBe(4);
    await Promise.all([store.remover.erase(KEY, 'secret-identity-4'), store.store.append(many(2, 100))]);
    await store.store.append([event('secret-identity-4')]);
    await poll(store).toBe(6);
    const { properties } = await store.ask('names', {});
    expect(properties).toEqual([]);
  });
});

describe('what was removed by age', () => {
  test('is in no answer and in no file, with the people of whom nothing is left', async () => {
    const store = await open();
    await store.store.append([event('old-secret', NOW - 90 * 86_400, [['Mail', 'old-secret-value']]), ...many(20)]);
    await poll(store).toBe(20);
    store.expired = NOW - 30 * 86_400;
    await store.remover.expire(KEY, store.expired);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/old-secret/);
    expect((await store.ask('people', { limit: 1 })).total).toBe(20);
  });
});

describe('a file', () => {
  const spoil: Record<string, (file: string) => void | Promise<void>> = {
    'that is gone': (file) => rmSync(file),
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
  test.each(Object.keys(spoil))('%s is built anew', async (what) => {
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

  test('is no more than a copy: it follows a store that was restored from a backup', async () => {
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

  test('counts again after the site counts in another way', async () => {
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

describe('the process', () => {
  test('goes on after a kill while it builds, wherever it was', async () => {
    const folder = await temporaryFolder();
    const filled = new EmbeddedStore({ folder, counting: () => 'auto' });
    for (let n = 0; n < 30; n++) await filled.append(many(1000, n * 1000));
    await filled.close();
    const store = await open(folder);
    for (let kills = 0; kills < 3; kills++) {
      const file = join(folder, 'reports.duckdb');
      await people(store);
      await expect.poll(() => existsSync(file)).toBe(true);
      store.kill();
    }
    await poll(store).toBe(30_000);
  });

  test('knows merges by the thousand, before and after they are folded into the rows', async () => {
    const store = await open();
    await store.store.append(many(100));
    await poll(store).toBe(100);
    const aliases = Array.from({ length: 6000 }, (_, n) => alias(`p${n % 50}`, `other ${n}`));
    for (let n = 0; n < aliases.length; n += 1000) await store.store.append(aliases.slice(n, n + 1000));
    // Of each pair of the first fifty one is left.
    await store.store.append(Array.from({ length: 25 }, (_, n) => alias(`other ${n}`, `p${n + 25}`)));
    await store.store.append([event('other 0'), event('other 25')]);
    await poll(store).toBe(75);
  });

  test('gives a column to a property that is asked for, when the file is written anew', async () => {
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

  test('has hits of times that nobody can have meant, and answers', async () => {
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
    expect(store.notices.join()).not.toMatch(/built anew/);
  });

  test('counts hits that have the numbers of others that were removed', async () => {
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

  test('begins anew where it takes more memory than it may, and says so', async () => {
    const store = await open();
    await store.store.append(many(5));
    await store.restart({ limits: { memory: 64, threads: 1 } });
    await people(store);
    await expect
      .poll(() => store.notices.join())
      .toMatch(/Reports begin anew. They took \d+ MiB of memory, and may take 64/);
    // Hits have noticed nothing.
    await store.store.append(many(5, 5));
    await store.restart();
    await poll(store).toBe(10);
  });

  test('ends a question after its time, and one that nobody waits for', async () => {
    const store = await open();
    await store.store.append(many(2000));
    await poll(store).toBe(2000);
    await store.restart({ timeLimit: 0.0001 });
    await expect.poll(() => people(store)).toMatch(/took longer than/);
    await store.restart();
    const gone = new AbortController();
    const asking = store.reports.ask('names', KEY, {}, gone.signal);
    gone.abort(new Error('gone'));
    await expect(asking).rejects.toThrow('gone');
    await poll(store).toBe(2000);
  });

  test('leaves the disk to hits', async (context) => {
    const folder = (await smallDisk(64)) ?? context.skip('no file system can be mounted here');
    const store = await open(folder);
    await store.store.append(many(5));
    // Reports need room that is not there.
    expect(await people(store)).toMatch(/Reports are being built/);
    expect(store.notices.join()).toMatch(/little room/);
    await store.store.append(many(5, 5));
    expect(bytes(folder).length).toBeLessThan(2_000_000);
  });
});

test('a collector has no library of DuckDB in its memory', () => {
  const program = JSON.stringify(new URL('../../server/lib/cli/program.js', import.meta.url).href);
  const script = `import(${program}).then(() => console.log(process.report.getReport().sharedObjects.join()))`;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(loaded).toContain('libc');
  expect(loaded).not.toContain('duckdb');
});

test('who never asks has no process and no file', async () => {
  const store = await open();
  await store.store.append(many(5));
  await store.remover.erase(KEY, 'p1');
  expect(store.reports.readings).toBe(undefined);
  expect(bytes(store.folder)).toBe('');
});
