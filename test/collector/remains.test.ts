import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { temporaryFolder } from '../support/collector.js';
import { failDisk } from '../support/failing-disk.js';
import { bytesOf, inDatabase } from '../support/store-files.js';

const T = 1_500_000_000;
const PEOPLE = 150;

/** The same numbers in each run: which copies SQLite leaves depends on the sizes and the order of rows. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

interface Person {
  identity: string;
  /** The beginning of the identity, and of each text of this person. */
  trace: string;
}

function hitOf({ identity, trace }: Person, time: number, characters: number): ArrivedHit {
  const properties: [string, string][] = [['what', `${trace} ${'v'.repeat(characters)}`]];
  const said = { kind: 'event', key: 'site', person: identity, name: `Of ${trace}`, time, sent: time } as const;
  return { received: time, agent: 'browser', hit: { ...said, id: `i${time}`, properties, warnings: [] } };
}

/** People, and a store with four hits of each, in rows of many sizes; each hit is a second older than the one before. */
async function filled(
  seed: number,
  count = PEOPLE,
): Promise<{ folder: string; store: EmbeddedStore; people: Person[] }> {
  const random = numbers(seed);
  const people = Array.from({ length: count }, (_, n) => {
    const trace = `p${random(10_000)}-${n}-`;
    return { trace, identity: trace + 'x'.repeat(random(150)) };
  });
  const folder = await temporaryFolder();
  const store = open(folder);
  let time = T;
  const hit = (person: Person): ArrivedHit => hitOf(person, (time += 1), random(1000));
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < count; n += 20) await store.append(people.slice(n, n + 20).map(hit));
  }
  const place = new Map(people.map((person) => [person, random(1_000_000)]));
  return { folder, store, people: people.sort((a, b) => place.get(a)! - place.get(b)!) };
}

const open = (folder: string): EmbeddedStore =>
  new EmbeddedStore({ folder, counting: () => 'auto' }, { hitsOfARound: 20 });

function tracesIn(folder: string, people: readonly Person[]): string[] {
  const bytes = bytesOf(folder);
  return people.map(({ trace }) => trace).filter((trace) => bytes.includes(trace));
}

const remains = (folder: string): unknown => inDatabase(folder, (db) => db.prepare('SELECT * FROM remains').get());

function expectWhole(folder: string): void {
  const check = inDatabase(folder, (db) => db.prepare('PRAGMA integrity_check').all());
  expect(check).toEqual([{ integrity_check: 'ok' }]);
}

/** Removes people like a collector that is killed before it has looked for copies. */
function removedAndKilled(folder: string, people: readonly Person[]): void {
  inDatabase(folder, (db) => {
    db.exec('PRAGMA secure_delete = ON; INSERT INTO remains VALUES (1)');
    for (const { identity, trace } of people) {
      db.prepare('DELETE FROM hits WHERE identity = (SELECT id FROM identities WHERE identity = ?)').run(identity);
      db.prepare('DELETE FROM identities WHERE identity = ?').run(identity);
      db.prepare('DELETE FROM texts WHERE text = ?').run(`Of ${trace}`);
    }
    db.exec('DELETE FROM filed_hits');
  });
}

describe('no page has a copy of removed people', () => {
  test('if they are erased one after the other', async () => {
    const { folder, store, people } = await filled(1);
    const found: string[] = [];
    for (const person of people) {
      await store.erase('site', person.identity);
      found.push(...tracesIn(folder, [person]));
    }
    expect(found).toEqual([]);
    expect(remains(folder)).toBeUndefined();
    await store.close();
    expectWhole(folder);
  });

  test('once the next person is erased, if the disk could not write a page', async () => {
    const { folder, store, people } = await filled(1, 600);
    let fails = true;
    failDisk('writeSync', () => fails);
    const erased = people.slice(0, 400);
    let failed = 0;
    for (const { identity } of erased) await store.erase('site', identity).catch(() => failed++);
    expect(failed).toBeGreaterThan(10);
    expect(tracesIn(folder, erased)).not.toEqual([]);
    fails = false;
    await store.erase('site', people.at(-1)!.identity);
    expect(tracesIn(folder, erased)).toEqual([]);
    expect(remains(folder)).toBeUndefined();
    await store.close();
    expectWhole(folder);
  });

  test('if their hits are too old', async () => {
    const { folder, store, people } = await filled(4);
    for (const person of people.slice(0, 50)) await store.erase('site', person.identity);
    for (let second = 0; second < 4 * PEOPLE; second += 40) {
      await store.expire('site', T + second);
      const left = inDatabase(folder, (db) => db.prepare('SELECT identity FROM identities').all());
      const isThere = new Set((left as { identity: string }[]).map(({ identity }) => identity));
      expect(
        tracesIn(
          folder,
          people.filter(({ identity }) => !isThere.has(identity)),
        ),
      ).toEqual([]);
    }
    await store.close();
    expectWhole(folder);
  });

  test('if a collector was killed meanwhile: the next start checks all pages', async () => {
    const { folder, store, people } = await filled(5, 300);
    await store.close();
    const gone = people.slice(0, 200);
    removedAndKilled(folder, gone);
    expect(tracesIn(folder, gone)).not.toEqual([]);
    const second = open(folder);
    await expect.poll(() => remains(folder)).toBeUndefined();
    expect(tracesIn(folder, gone)).toEqual([]);
    expect(tracesIn(folder, people)).toHaveLength(people.length - gone.length);
    await second.close();
    expectWhole(folder);
  });

  test('when another program, which reads the store meanwhile, has finished', async () => {
    const { folder, store, people } = await filled(6);
    const gone = people.slice(0, 1);
    const db = openDatabase(join(folder, 'kmq.db'));
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM hits').get();
    for (const { identity } of gone) expect(await store.erase('site', identity)).toMatchObject({ pending: ['log'] });
    expect(remains(folder)).toBeDefined();
    db.exec('COMMIT');
    await expect.poll(() => remains(folder)).toBeUndefined();
    db.close();
    expect(tracesIn(folder, gone)).toEqual([]);
    await store.close();
    expectWhole(folder);
  });

  test('when another program, which reads the store since before the start, has finished', async () => {
    const { folder, store, people } = await filled(7);
    const gone = people.slice(0, 1);
    const db = openDatabase(join(folder, 'kmq.db'));
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM hits').get();
    await store.close();
    const second = open(folder);
    for (const { identity } of gone) expect(await second.erase('site', identity)).toMatchObject({ pending: ['log'] });
    db.exec('COMMIT');
    await expect.poll(() => remains(folder)).toBeUndefined();
    db.close();
    expect(tracesIn(folder, gone)).toEqual([]);
    await second.close();
    expectWhole(folder);
  });
});
