import { appendFileSync, copyFileSync, cpSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openEmbeddedSource } from '../../src/collector/store/embedded/export-source.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { smallDisk, startCollector, temporaryFolder } from '../support/collector.js';

/** A store with ten commits in its write-ahead log, as a killed collector leaves it: the folder of a copy. */
async function killedStore(): Promise<string> {
  const data = await temporaryFolder();
  const copy = await temporaryFolder();
  // No work begins after a time: the search index would add a commit if this takes more than a second.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const collector = await startCollector({ data });
  for (let n = 0; n < 10; n++) await collector.send(`/e?_k=site&_p=bob&_n=n${n}`);
  cpSync(data, copy, { recursive: true });
  vi.useRealTimers();
  return copy;
}

/** Opens a store, and returns its hits and its notices. */
async function open(folder: string): Promise<{ names: unknown[]; notices: string[] }> {
  const notices: string[] = [];
  const store = new EmbeddedStore({ folder, counting: () => 'reference', onNotice: (text) => notices.push(text) });
  const names: unknown[] = [];
  for await (const { name } of store.export('site')) names.push(name);
  await store.close();
  return { names, notices };
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`);
const logOf = (folder: string) => join(folder, 'kmq.db-wal');
/** A frame of the write-ahead log: its header and a page. */
const FRAME = 24 + 4096;

describe('the write-ahead log of a killed collector', () => {
  test('is read completely and not reported, if it is undamaged', async () => {
    expect(await open(await killedStore())).toEqual({ names: upTo(10), notices: [] });
  });

  test('that was cut off in the middle of the last commit is read up to that commit, and reported', async () => {
    const folder = await killedStore();
    truncateSync(logOf(folder), statSync(logOf(folder)).size - 100);
    const { names, notices } = await open(folder);
    expect(names).toEqual(upTo(9));
    expect(notices).toEqual([expect.stringMatching(/cut off.*unless durability is fast/) as string]);
    expect((await open(folder)).notices).toEqual([]);
  });

  test('with a flipped bit is read up to the commit with this bit, and new hits are stored after it', async () => {
    const folder = await killedStore();
    const log = readFileSync(logOf(folder));
    log[log.length - FRAME * 2]! ^= 1;
    writeFileSync(logOf(folder), log);
    const collector = await startCollector({ data: folder });
    await collector.send('/e?_k=site&_p=bob&_n=after');
    const names = (await collector.export()).map(({ _n }) => _n);
    expect(names).toEqual([...upTo(names.length - 1), 'after']);
    expect(names.length).toBeGreaterThan(7);
  });

  test('that ends between two pages of a commit is read up to that commit, and reported', async () => {
    const folder = await killedStore();
    // The last commit has several pages: all but the last one are complete, and no commit ends with them.
    truncateSync(logOf(folder), statSync(logOf(folder)).size - FRAME);
    const { names, notices } = await open(folder);
    expect(names).toEqual(upTo(9));
    expect(notices).toEqual([expect.stringMatching(/^The last \d+ bytes .*\(pages: [1-9].*cut off/) as string]);
    expect((await open(folder)).notices).toEqual([]);
  });

  /** Flips a bit of the log, and returns how many frames begin at that place or after it. */
  function damage(folder: string, placeOf: (size: number) => number): number {
    const log = readFileSync(logOf(folder));
    const place = placeOf(log.length);
    log[place]! ^= 1;
    writeFileSync(logOf(folder), log);
    return Math.ceil((log.length - place) / FRAME);
  }

  test.each([
    ['a page', 24 + 100],
    ['the first salt of a page', 8],
    ['the second salt of a page', 12],
    ['the checksum of a page', 20],
  ])('with damage in %s in the middle is reported once, with what was cut off', async (_, place) => {
    const folder = await killedStore();
    const frames = damage(folder, (size) => 32 + Math.floor((size - 32) / FRAME / 2) * FRAME + place);
    const { names, notices } = await open(folder);
    expect(names).toEqual(upTo(names.length));
    const lost = 10 - names.length;
    expect(lost).toBeGreaterThan(2);
    const sentence =
      /kmq\.db-wal is damaged\..* (\d+) bytes were cut off, with at least (\d+) commits \(pages: (\d+)\)/;
    expect(notices).toEqual([expect.stringMatching(sentence) as string]);
    const [bytes, commits, pages] = sentence.exec(notices[0]!)!.slice(1).map(Number);
    expect(bytes).toBe(pages! * FRAME);
    expect(pages).toBeGreaterThanOrEqual(frames);
    // The damaged page may be the end of its commit.
    expect([lost, lost - 1]).toContain(commits);
    expect((await open(folder)).notices).toEqual([]);
  });

  test('with damage is reported by a command that only reads, such as an export, but not while a collector runs', async () => {
    const folder = await killedStore();
    const beside = await startCollector({ data: folder });
    await beside.send('/e?_k=site&_p=bob&_n=running');
    damage(folder, (size) => Math.floor(size / 2));
    const notices: string[] = [];
    const tell = (sentence: string): void => void notices.push(sentence);
    await openEmbeddedSource(folder, tell).close();
    expect(notices).toEqual([]);
    const killed = await temporaryFolder();
    cpSync(folder, killed, { recursive: true });
    const source = openEmbeddedSource(killed, tell);
    await source.keys();
    await source.close();
    expect(notices).toEqual([expect.stringContaining(`${killed}/kmq.db-wal is damaged`) as string]);
  });

  test.each([
    ['the magic number', 0],
    ['the size of a page', 9],
    ['the salts', 16],
    ['the checksum', 24],
  ])('with damage in %s of its header is reported once, with what was cut off', async (_, place) => {
    const folder = await killedStore();
    const frames = (statSync(logOf(folder)).size - 32) / FRAME;
    damage(folder, () => place);
    const { names, notices } = await open(folder);
    expect(names.length).toBeLessThan(10);
    const what = `${32 + frames * FRAME} bytes were cut off, with at least`;
    expect(notices).toEqual([expect.stringContaining(`The header of ${folder}/kmq.db-wal is damaged`) as string]);
    expect(notices[0]).toContain(what);
    expect(notices[0]).toContain(`(pages: ${frames})`);
    expect((await open(folder)).notices).toEqual([]);
  });

  test('in which the last page has another salt than the others is reported', async () => {
    const folder = await killedStore();
    damage(folder, (size) => size - FRAME + 12);
    const { names, notices } = await open(folder);
    expect(names).toEqual(upTo(9));
    expect(notices).toEqual([expect.stringContaining('are not a complete commit') as string]);
  });

  test('with garbage after it is read completely', async () => {
    const folder = await killedStore();
    appendFileSync(logOf(folder), Buffer.alloc(FRAME * 3, 'garbage'));
    expect(await open(folder)).toEqual({ names: upTo(10), notices: [] });
  });
});

describe('a migration', () => {
  /** The store as the first version of kmq made it, with one hit. */
  async function firstVersion(): Promise<string> {
    const folder = await temporaryFolder();
    copyFileSync('test/collector/data/schema-1.db', join(folder, 'kmq.db'));
    return folder;
  }

  test('of the first version keeps people and hits, and the search still finds them', async () => {
    const collector = await startCollector({ data: await firstVersion() });
    expect((await collector.person('bob@example.com'))!.events.map(({ name }) => name)).toEqual([
      'Visited',
      'Signed Up',
    ]);
    expect((await collector.people('EXAMPLE')).map(({ identities }) => identities)).toEqual([
      ['cookie-1', 'bob@example.com'],
    ]);
    await collector.send('/e?_k=site&_p=bob@example.com&_n=Signed+Up&_t=1400000001&_d=1&_i=h2');
    expect(await collector.export()).toHaveLength(3);
  });

  test('that was interrupted has changed nothing, and the next start runs it', async () => {
    const folder = await firstVersion();
    const db = openDatabase(join(folder, 'kmq.db'));
    // The last table that the migration makes exists already.
    db.exec('CREATE TABLE bookmarks (x)');
    await expect(startCollector({ data: folder })).rejects.toThrow('bookmarks');
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(db.prepare("SELECT name FROM sqlite_master WHERE name = 'trigrams'").all()).toEqual([]);
    db.exec('DROP TABLE bookmarks');
    db.close();
    const collector = await startCollector({ data: folder });
    expect(await collector.export()).toHaveLength(3);
  });
});

describe('a full disk', () => {
  test('is answered with 503, loses no acknowledged hit, and ends when there is space', async (context) => {
    const data = await smallDisk(8);
    if (!data) return context.skip('no file system can be mounted here');
    const ballast = join(data, 'ballast');
    writeFileSync(ballast, Buffer.alloc(4 * 2 ** 20));
    const collector = await startCollector({ data });
    const acknowledged = new Set<number>();
    let full = 0;
    for (let n = 0; full < 20 && n < 5000; n++) {
      const response = await collector.send(`/e?_k=site&_p=bob&_n=n${n}&_i=i${n}&filler=${'x'.repeat(4000)}`);
      if (response.status === 200) acknowledged.add(n);
      else {
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
        full++;
      }
    }
    expect(full).toBe(20);
    truncateSync(ballast, 0);
    expect((await collector.send('/e?_k=site&_p=bob&_n=room&_i=room')).status).toBe(200);
    const stored = (await collector.export()).map(({ _i }) => _i);
    expect(stored).toEqual([...[...acknowledged].map((n) => `i${n}`), 'room']);
    return undefined;
  });
});
