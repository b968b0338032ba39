import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { chmod, chown, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ClickHouseStore } from '../../src/collector/store/clickhouse/store.js';
import { openEmbeddedSource } from '../../src/collector/store/embedded/export-source.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import type { Store } from '../../src/collector/store/store.js';
import { smallDisk, startCollector, temporaryFolder } from '../support/collector.js';
import { eachNth } from '../support/long.js';

const counting = () => 'reference' as const;

/** A copy of a folder at this moment, as a kill leaves it. */
async function copyOf(folder: string): Promise<string> {
  const copy = await temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** The folder of a store with some hits, most of which are in its write-ahead log. */
async function killedStore(hits = 300): Promise<string> {
  const data = await temporaryFolder();
  const first = await startCollector({ data });
  await first.send('/e?_k=site&_p=bob&_n=first');
  await first.close();
  const collector = await startCollector({ data });
  const filler = 'x'.repeat(2000);
  const lines = Array.from({ length: hits }, (_, n) => `/e?_k=site&_p=p${n}&_n=n&filler=${filler}`);
  await collector.send('/b', { method: 'POST', body: lines.join('\n') });
  return copyOf(data);
}

async function countHits(folder: string): Promise<number> {
  const store = new EmbeddedStore({ folder, counting });
  let count = 0;
  for await (const _ of store.export('site')) count += 1;
  await store.close();
  return count;
}

const file = (folder: string, end = '') => join(folder, `kmq.db${end}`);

describe('a database that is missing while its write-ahead log exists', () => {
  const PAGE = 4096;
  const losses: [string, (folder: string) => void][] = [
    ['removed', (folder) => rmSync(file(folder))],
    ['removed with the index of the log', (folder) => (rmSync(file(folder)), rmSync(file(folder, '-shm')))],
    ['emptied', (folder) => truncateSync(file(folder))],
    ['cut to half a page', (folder) => truncateSync(file(folder), PAGE / 2)],
    ['cut to half of it', (folder) => truncateSync(file(folder), 4 * PAGE)],
    ['overwritten with zeros', (folder) => writeFileSync(file(folder), Buffer.alloc(statSync(file(folder)).size))],
    ['overwritten with something else', (folder) => writeFileSync(file(folder), 'x'.repeat(10 * PAGE))],
    [
      'another store',
      (folder) => {
        const other = `${folder}-other`;
        mkdirSync(other);
        const store = new EmbeddedStore({ folder: other, counting });
        const bob = { kind: 'event', key: 'site', person: 'bob', name: 'n', time: 1, sent: 1, id: null } as const;
        void store.append([
          { received: 1, agent: 'browser', hit: { ...bob, properties: [['x', 'x'.repeat(2_000_000)]], warnings: [] } },
        ]);
        const db = openDatabase(file(other));
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        db.close();
        copyFileSync(file(other), file(folder));
        void store.close().then(() => rmSync(other, { recursive: true }));
      },
    ],
    [
      'another one, as from a backup',
      (folder) => {
        const backup = join(folder, 'backup.db');
        cpSync(folder, `${folder}-other`, { recursive: true });
        const db = openDatabase(file(`${folder}-other`));
        db.exec(`VACUUM INTO '${backup}'`);
        db.close();
        rmSync(`${folder}-other`, { recursive: true });
        copyFileSync(backup, file(folder));
      },
    ],
  ];

  test.each(eachNth(losses, 3))('%s: the error says what to do, and nothing is changed', async (_, lose) => {
    const folder = await killedStore();
    lose(folder);
    const before = existsSync(file(folder)) && readFileSync(file(folder));
    const log = readFileSync(file(folder, '-wal'));
    for (let start = 0; start < 2; start++) {
      expect(() => new EmbeddedStore({ folder, counting })).toThrow(/kmq\.db .*Nothing was changed.*backup/s);
      expect(() => openEmbeddedSource(folder)).toThrow(file(folder));
    }
    expect(existsSync(file(folder)) && readFileSync(file(folder))).toEqual(before);
    expect(readFileSync(file(folder, '-wal')).equals(log)).toBe(true);
  });

  test('is read as before after it is restored', async () => {
    const folder = await killedStore();
    const kept = readFileSync(file(folder));
    truncateSync(file(folder));
    expect(() => new EmbeddedStore({ folder, counting })).toThrow('empty');
    writeFileSync(file(folder), kept);
    expect(await countHits(folder)).toBe(301);
  });

  test('ends the command with 1 and the sentence', async () => {
    const folder = await killedStore();
    rmSync(file(folder));
    const child = spawn(process.execPath, ['server/bin/kmq.js', 'serve', '--port', '0', '--data', folder]);
    let error = '';
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, error]).toEqual([1, expect.stringContaining('kmq.db is missing')]);
    expect(existsSync(file(folder))).toBe(false);
  });

  test('that was cut off and has no log is not taken for complete', async () => {
    const data = await temporaryFolder();
    const collector = await startCollector({ data });
    await collector.send('/e?_k=site&_p=bob&_n=first');
    await collector.close();
    truncateSync(file(data), 4 * PAGE);
    expect(() => new EmbeddedStore({ folder: data, counting })).toThrow('truncated');
  });

  test('is also found for the spool of ClickHouse', async () => {
    const folder = await temporaryFolder();
    const open = (): Store => new ClickHouseStore({ folder, counting, url: 'clickhouse://127.0.0.1:1/none' });
    const store = open();
    await store.append([{ refusal: { key: null, received: 1, reason: ['no-key'], request: '/e' } }]);
    const killed = await copyOf(folder);
    await store.close();
    truncateSync(join(killed, 'spool.db'));
    const again = { folder: killed, counting, url: 'clickhouse://127.0.0.1:1/none' };
    expect(() => new ClickHouseStore(again)).toThrow(/spool\.db is empty/);
  });
});

describe('a store that a kill has left', () => {
  test('at any step of its first start, or with nothing but its first page in the database, starts', async () => {
    const data = await temporaryFolder();
    const killed: string[] = [];
    const db = openDatabase(file(data));
    killed.push(await copyOf(data));
    db.exec('PRAGMA journal_mode = WAL');
    killed.push(await copyOf(data));
    db.exec('PRAGMA user_version');
    killed.push(await copyOf(data));
    db.exec('CREATE TABLE sites (x); DROP TABLE sites');
    killed.push(await copyOf(data));
    db.close();
    for (const folder of killed) expect(await countHits(folder)).toBe(0);
  });

  test('in the middle of a checkpoint has part of its log in the database, and starts', async () => {
    const folder = await killedStore();
    const log = readFileSync(file(folder, '-wal'));
    // The pages of the log by number, in the order in which a checkpoint writes them.
    const pages = new Map<number, Buffer>();
    for (let at = 32; at + 24 + 4096 <= log.length; at += 24 + 4096) {
      pages.set(log.readUInt32BE(at), log.subarray(at + 24, at + 24 + 4096));
    }
    const database = readFileSync(file(folder));
    const parts = [...pages].sort(([a], [b]) => a - b).filter(([page]) => page <= database.length / 4096 + 3);
    for (const count of [1, parts.length - 2, parts.length]) {
      const copy = await copyOf(folder);
      const size = Math.max(database.length, ...parts.slice(0, count).map(([page]) => page * 4096));
      const half = Buffer.alloc(size);
      database.copy(half);
      for (const [page, content] of parts.slice(0, count)) content.copy(half, (page - 1) * 4096);
      writeFileSync(file(copy), half);
      expect(await countHits(copy)).toBe(301);
    }
  });
});

describe('a data folder that cannot be written', () => {
  const asNobody = { uid: 65534, gid: 65534 };

  /** The output of the command for a user without permissions. */
  async function startedByNobody(data: string, ...parameters: string[]): Promise<string> {
    const child = spawn(
      process.execPath,
      ['server/bin/kmq.js', 'serve', '--port', '0', '--data', data, ...parameters],
      {
        ...asNobody,
      },
    );
    let error = '';
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    return error;
  }

  test.skipIf(process.geteuid?.() !== 0)('is named, with its owner and the user of the process', async () => {
    const data = await temporaryFolder();
    await chmod(data, 0o755);
    const said = [
      expect.stringContaining(`The data folder ${data} cannot be written (EACCES). It belongs to user 0 (root)`),
    ];
    expect([await startedByNobody(data)]).toEqual(said);
    expect(await startedByNobody(data)).toMatch(/mode 0755.*this process runs as user 65534/);
    // A token is made before the store is opened.
    expect([await startedByNobody(data, '--trust-proxy', 'loopback')]).toEqual(said);
    // The parent of the folder.
    expect(await startedByNobody(join(data, 'new'))).toContain(`${data} belongs to user 0 (root)`);
  });

  test.skipIf(process.geteuid?.() !== 0)('because of one of its files is reported with that file', async () => {
    const data = await temporaryFolder();
    const collector = await startCollector({ data });
    await collector.close();
    await chown(data, asNobody.uid, asNobody.gid);
    await chmod(join(data, 'kmq.lock'), 0o666);
    expect(await startedByNobody(data)).toContain(`${join(data, 'kmq.db')} belongs to user 0 (root), group 0, mode 06`);
  });

  test('on a read-only file system is reported as such', async (context) => {
    const data = await smallDisk(8);
    if (!data) return context.skip('no file system can be mounted here');
    await (await startCollector({ data })).close();
    execFileSync('mount', ['-o', 'remount,ro', data]);
    const said = new RegExp(`${data} cannot be written \\(EROFS\\).*mounted for reading only`);
    expect(() => new EmbeddedStore({ folder: data, counting })).toThrow(said);
    execFileSync('mount', ['-o', 'remount,rw', data]);
    await (await startCollector({ data })).close();
    return undefined;
  });

  // In another process, which can be ended: mkdir of Node, which makes the folders above as well, never ended there.
  test.skipIf(!existsSync('/proc/self'))('since no folder can be made there is named', async () => {
    const child = spawn(process.execPath, ['server/bin/kmq.js', 'serve', '--port', '0', '--data', '/proc/kmq/data'], {
      timeout: 120_000,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let error = '';
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(error).toContain('The data folder /proc/kmq/data cannot be written (ENOENT). /proc belongs to user 0');
  });

  test.each(['', '/kmq'])('that is behind a broken link, as of a disk that is not mounted: …%s', async (below) => {
    const folder = await temporaryFolder();
    const [link, target] = [join(folder, 'link'), join(folder, 'disk')];
    await symlink(target, link);
    const data = link + below;
    expect(() => new EmbeddedStore({ folder: data, counting })).toThrow(
      `The data folder ${data} cannot be written (EEXIST). ${link} is a link to ${target}, which does not exist.`,
    );
  });

  test('that is a file is reported as such', async () => {
    const data = join(await temporaryFolder(), 'file');
    writeFileSync(data, '');
    expect(() => new EmbeddedStore({ folder: data, counting })).toThrow(
      /cannot be written \(EEXIST\).* is not a folder/,
    );
    expect(() => new EmbeddedStore({ folder: join(data, 'below'), counting })).toThrow(/cannot be written/);
    await mkdir(`${data}2`);
    await new EmbeddedStore({ folder: `${data}2`, counting }).close();
  });

  test('is closed to other users if kmq makes it, and keeps its permissions if it was there before', async () => {
    const above = join(await temporaryFolder(), 'above');
    const [made, given] = [join(above, 'data'), join(above, 'given')];
    await (await startCollector({ data: made })).close();
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    expect(modeOf(made)).toBe(0o700);
    // The folders above it may be for others as well.
    expect(modeOf(above)).toBe(0o777 & ~process.umask());
    await mkdir(given, { mode: 0o750 });
    await (await startCollector({ data: given })).close();
    expect(modeOf(given)).toBe(0o750);
  });
});
