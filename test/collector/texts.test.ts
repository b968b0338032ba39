import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import type { ArrivedHit, ExportedHit } from '../../src/collector/store/store.js';
import { personOf } from '../support/answers.js';
import { temporaryFolder } from '../support/collector.js';
import { LONG } from '../support/long.js';

const T = 1_700_000_000;
let count = 0;

function hit(person: string, properties: [string, string][], name = 'Viewed Product'): ArrivedHit {
  const n = count++;
  return {
    received: T + n,
    agent: 'browser',
    hit: {
      ...({ kind: 'event', key: 'site', person, name, time: T + n, sent: T + n, id: `i${n}` } as const),
      ...{ properties, warnings: [] },
    },
  };
}

const open = (folder: string): EmbeddedStore => new EmbeddedStore({ folder, counting: () => 'reference' });

async function exported(store: EmbeddedStore): Promise<ExportedHit[]> {
  const hits: ExportedHit[] = [];
  for await (const one of store.export('site')) hits.push(one);
  return hits;
}

/** Files the waiting hits, so that all uses are counted, as after a moment without hits. */
async function settled(store: EmbeddedStore, db: Database): Promise<void> {
  await expect
    .poll(() => db.prepare('SELECT max(id) <= filed AS done FROM hits, filing').get())
    .toMatchObject({ done: 1 });
  expect(store.backlog()).toBe(0);
}

describe('repeated texts', () => {
  test('are numbers in their hits from the second occurrence on, and are read as they were sent', async () => {
    const folder = await temporaryFolder();
    const store = open(folder);
    const hits = Array.from({ length: 5 }, (_, n) =>
      hit(`p${n}`, [
        ['Plan Name', 'Professional'],
        ['Order', `once${n}`],
        ['id', 'x'],
      ]),
    );
    for (const one of hits) await store.append([one]);
    const db = openDatabase(join(folder, 'kmq.db'));
    const rows = db.prepare('SELECT name, event, properties FROM hits ORDER BY id').all() as { properties: string }[];
    expect(rows[0]).toMatchObject({
      ...{ name: 'Viewed Product', event: null },
      properties: '[["Plan Name","Professional"],["Order","once0"],["id","x"]]',
    });
    expect(rows[4]).toMatchObject({ name: null, event: 1, properties: '[[2,3],[4,"once4"],["id","x"]]' });
    expect((await exported(store)).map(({ name, properties }) => [name, properties])).toEqual(
      hits.map(({ hit: { name, properties } }) => [name, properties]),
    );
    expect((await personOf(store, 'site', 'p4'))!.events).toMatchObject([
      { name: 'Viewed Product', properties: { 'Plan Name': 'Professional', Order: 'once4', id: 'x' } },
    ]);
    db.close();
    await store.close();
  });

  test('that SQLite would change stay in their hits', async () => {
    const folder = await temporaryFolder();
    const store = open(folder);
    const odd = [
      'half \ud83d',
      'zero \0 in it',
      'both \0 \udc00',
      '[1,2],[3,4]',
      '"],["',
      '12345',
      'İstanbul',
      '   ',
      'x'.repeat(201),
    ];
    const hits = Array.from({ length: 4 }, () =>
      hit(
        'bob',
        odd.map((text, n): [string, string] => [`odd ${n}`, text]),
      ),
    );
    for (const one of hits) await store.append([one]);
    for (const { properties } of await exported(store)) expect(properties).toEqual(hits[0]!.hit.properties);
    await store.close();
    const db = openDatabase(join(folder, 'kmq.db'));
    const texts = (db.prepare('SELECT text FROM texts').all() as { text: string }[]).map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(['[1,2],[3,4]', '"],["', '12345', 'İstanbul']));
    expect(texts.filter((text) => text.includes('half') || text.includes('zero') || text.length > 200)).toEqual([]);
    db.close();
  });

  test.runIf(LONG)('are removed from the file with the last person who used them, and stay for others', async () => {
    const folder = await temporaryFolder();
    const store = open(folder);
    const db = openDatabase(join(folder, 'kmq.db'));
    for (let round = 0; round < 3; round++) {
      await store.append([hit('ann', [['Employer', 'Secret Agency']]), hit('ben', [['Employer', 'Secret Agency']])]);
      await store.append([hit('ann', [['Passport Of', 'Ann Onymous']], 'Told Us Of Ann')]);
      // Hits that wait, and filed hits: both are removed.
      if (round === 1) await settled(store, db);
    }
    const texts = (): string[] =>
      (db.prepare('SELECT text FROM texts').all() as { text: string }[]).map(({ text }) => text);
    expect(texts()).toEqual(expect.arrayContaining(['Secret Agency', 'Ann Onymous', 'Told Us Of Ann']));
    await store.erase('site', 'ann');
    expect(texts().sort()).toEqual(['Employer', 'Secret Agency', 'Viewed Product']);
    expect(await exported(store)).toHaveLength(3);
    await settled(store, db);
    expect(db.prepare('SELECT text, uses FROM texts ORDER BY text').all()).toMatchObject([
      { text: 'Employer', uses: 3 },
      { text: 'Secret Agency', uses: 3 },
      { text: 'Viewed Product', uses: 3 },
    ]);
    await store.erase('site', 'ben');
    db.close();
    await store.close();
    const bytes = readFileSync(join(folder, 'kmq.db')).toString('latin1');
    for (const secret of ['Secret Agency', 'Ann Onymous', 'Told Us Of Ann', 'Passport'])
      expect(bytes).not.toContain(secret);
  });

  test('count with their full length if a person is read up to a limit', async () => {
    const folder = await temporaryFolder();
    const store = open(folder);
    const long = Array.from({ length: 140 }, (_, n): [string, string] => [
      `property ${n}`.padEnd(30, '.'),
      `${n}`.padEnd(190, 'x'),
    ]);
    // About 30 KB each with texts, and much less in the store.
    const hits = Array.from({ length: 700 }, () => hit('bob', long));
    for (let at = 0; at < hits.length; at += 20) await store.append(hits.slice(at, at + 20));
    const person = (await personOf(store, 'site', 'bob'))!;
    expect(person.partial).toBe(true);
    const characters = person.events.length * JSON.stringify(long).length;
    expect(characters).toBeLessThan(17 * 2 ** 20);
    expect(characters).toBeGreaterThan(14 * 2 ** 20);
    await store.close();
  });
});

describe('the schema of the store can be read', () => {
  /** The SQL of all that the database has. */
  function schemaOf(folder: string): string {
    const db = openDatabase(join(folder, 'kmq.db'));
    const rows = db.prepare('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL').all() as { sql: string }[];
    db.close();
    return rows.map(({ sql }) => sql).join(';\n');
  }
  // A program that does not know one word of the schema opens nothing of the file, and makes no backup.
  const newer =
    /->|\bSTRICT\b|\bGENERATED\b|\bAS \(|unixepoch\(|\bjsonb|\bDISTINCT FROM\b|\bFILTER\b|\bNULLS (FIRST|LAST)\b/i;

  test('by SQLite of 2019, with which owners make backups', async () => {
    const folder = await temporaryFolder();
    await open(folder).close();
    const schema = schemaOf(folder);
    expect(schema).toContain('CREATE VIEW readable_hits');
    expect(schema).not.toMatch(newer);
  });

  test('after the migration of a view that an earlier version has made with ->>', async () => {
    const folder = await temporaryFolder();
    const store = open(folder);
    await store.append([hit('bob', [['Plan Name', 'Professional']])]);
    await store.close();
    const db = openDatabase(join(folder, 'kmq.db'));
    db.exec(`DROP VIEW readable_hits; PRAGMA user_version = 7;
      CREATE VIEW readable_hits AS SELECT id, properties ->> '$[0]' AS properties FROM hits`);
    db.close();
    await open(folder).close();
    expect(schemaOf(folder)).not.toMatch(newer);
    const after = openDatabase(join(folder, 'kmq.db'));
    expect(after.prepare('SELECT properties FROM readable_hits').all()).toEqual([
      { properties: '{"Plan Name":"Professional"}' },
    ]);
    after.close();
  });
});

test('an owner sees hits with their texts in a view', async () => {
  const folder = await temporaryFolder();
  const store = open(folder);
  for (let n = 0; n < 3; n++)
    await store.append([
      hit('bob', [
        ['Plan Name', 'Professional'],
        ['Seats', String(n)],
      ]),
    ]);
  await store.append([
    { ...hit('bob', []), received: T, hit: { ...hit('bob', []).hit, kind: 'alias', name: 'bob@example.com' } },
  ]);
  const db = openDatabase(join(folder, 'kmq.db'));
  const rows = db.prepare('SELECT * FROM readable_hits ORDER BY id').all() as Record<string, unknown>[];
  expect(rows[2]).toMatchObject({
    site: 'site',
    identity: 'bob',
    kind: 'event',
    name: 'Viewed Product',
    agent: 'browser',
  });
  expect(rows[2]!.properties).toBe('{"Plan Name":"Professional","Seats":"2"}');
  expect(rows[3]).toMatchObject({
    kind: 'alias',
    name: 'bob@example.com',
    received: '2023-11-14 22:13:20',
    properties: '{}',
  });
  db.close();
  await store.close();
});
