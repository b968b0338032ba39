import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FOLDING } from '../../src/collector/store/embedded/folding.js';
import { migrate } from '../../src/collector/store/embedded/schema.js';
import { EmbeddedSearch } from '../../src/collector/store/embedded/search.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { openDatabase, type Database } from '../../src/collector/store/sqlite/database.js';
import type { Entry } from '../../src/collector/store/store.js';
import { peopleOf, personOf } from '../support/answers.js';
import { temporaryFolder } from '../support/collector.js';

async function openStore(): Promise<EmbeddedStore> {
  const store = new EmbeddedStore({ folder: await temporaryFolder(), counting: () => 'reference' });
  onTestFinished(() => store.close());
  return store;
}

function hit(person: string, time: number, name: string | null = 'Visited', kind: 'event' | 'alias' = 'event'): Entry {
  const properties: [string, string][] = [];
  return {
    hit: { kind, key: 'site', person, name, time, sent: time, id: null, properties, warnings: [] },
    received: time,
    agent: 'browser',
  };
}

/** Twice: at first identities are compared one by one, and a second later by the index. */
async function twice(check: () => Promise<void>): Promise<void> {
  await check();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await check();
}

describe('the search for a part of an identity', () => {
  test('finds the right people after the latest one was erased, and after a start', async () => {
    const folder = await temporaryFolder();
    const first = new EmbeddedStore({ folder, counting: () => 'reference' });
    await first.append([hit('somebody', 1_400_000_000), hit('the latest', 1_400_000_000)]);
    await twice(async () => expect(await peopleOf(first, 'site', 'latest', 50)).toHaveLength(1));
    await first.erase('site', 'the latest');
    await first.close();
    const store = new EmbeddedStore({ folder, counting: () => 'reference' });
    onTestFinished(() => store.close());
    await store.append([hit('newcomer', 1_400_000_000)]);
    await twice(async () => expect(await peopleOf(store, 'site', 'newcomer', 50)).toHaveLength(1));
  });

  test('finds the same before and after it is indexed, whatever the characters', async () => {
    const store = await openStore();
    const identities = [
      'Ada@Example.com',
      'a"b"c',
      'a%b_c',
      'a\\b',
      "o'hara",
      '日本語の人',
      '😀😀😀😀',
      'ab',
      '-- x',
      '"" OR ""',
    ];
    await store.append(identities.map((identity, n) => hit(identity, 1_400_000_000 + n)));
    await twice(async () => {
      for (const identity of identities) {
        const [found, ...others] = await peopleOf(store, 'site', identity, 50);
        expect([found?.identities, others]).toEqual([[identity], []]);
      }
      expect((await peopleOf(store, 'site', 'EXAMPLE', 50)).length).toBe(1);
      expect((await peopleOf(store, 'site', '本語の', 50)).length).toBe(1);
      expect(await peopleOf(store, 'site', 'exmaple', 50)).toEqual([]);
      expect(await peopleOf(store, 'other', 'Ada', 50)).toEqual([]);
    });
  });

  test('finds texts after a NUL', async () => {
    const store = await openStore();
    const identities = ['\0МЮЛЛЕР', 'Bo\0Bä', 'x\0YZ'];
    await store.append(identities.map((identity, n) => hit(identity, 1_400_000_000 + n)));
    await twice(async () => {
      for (const [text, identity] of [
        ['мю', '\0МЮЛЛЕР'],
        ['мюллер', '\0МЮЛЛЕР'],
        ['BÄ', 'Bo\0Bä'],
        ['o\0b', 'Bo\0Bä'],
        ['yz', 'x\0YZ'],
      ]) {
        const found = await peopleOf(store, 'site', text!, 50);
        expect([text, found.flatMap(({ identities }) => identities)]).toEqual([text, [identity]]);
      }
    });
  });

  test('shows those who were seen last, if more people match than are shown', async () => {
    const store = await openStore();
    const people = Array.from({ length: 5000 }, (_, n) => hit(`person-${n}`, 1_400_000_000 + ((n * 7919) % 5000) * 60));
    await store.append(people);
    const last = Array.from({ length: 50 }, (_, n) => 1_400_000_000 + (4999 - n) * 60);
    await twice(async () => {
      for (const text of ['', 'p', 'person-']) {
        expect((await peopleOf(store, 'site', text, 50)).map(({ lastSeen }) => lastSeen)).toEqual(last);
      }
    });
  });

  test('shows a person once, whichever of their identities match', async () => {
    const store = await openStore();
    await store.append([hit('bob-1', 1_400_000_000), hit('bob-2', 1_500_000_000), hit('bob-1', 1, 'bob-2', 'alias')]);
    await twice(async () => {
      expect((await peopleOf(store, 'site', 'bob', 50)).map(({ identities }) => identities)).toEqual([
        ['bob-1', 'bob-2'],
      ]);
    });
  });
});

describe('the search among many people', () => {
  const MANY = 120_000;
  /** How many identities the search may read: those seen last, and those that the index found. */
  const MOST_LOOKED_AT = 110_000;

  /**
   * A search in a database of people, and the number of identities that it read. No identity is pure ASCII: such ones are not
   * counted.
   */
  async function searching(people: { site: number; name: string; count: number }[], indexed?: number) {
    const db = openDatabase(join(await temporaryFolder(), 'kmq.db'));
    onTestFinished(() => db.close());
    migrate(db);
    let lookedAt = 0;
    const counted: Database = {
      ...{ exec: db.exec.bind(db), prepare: db.prepare.bind(db), close: db.close.bind(db) },
      function: (name, options, of) => db.function(name, options, (value) => (lookedAt++, of(value))),
    };
    const search = new EmbeddedSearch(counted);
    let id = 0;
    for (const { site, name, count } of people) {
      db.prepare(
        `
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
        INSERT INTO identities (id, site, identity, person, last_seen, period)
        SELECT ?2 + n, ?3, ?4 || n, ?2 + n, 600 * (?2 + n), ?2 + n FROM n`,
      ).run(count, id, site, name);
      id += count;
    }
    db.exec('INSERT INTO trigrams (rowid, identity) SELECT id, identity FROM identities');
    db.prepare('UPDATE indexed SET identity = ?, folding = ?').run(indexed ?? id, FOLDING);
    return (site: number, text: string) => {
      lookedAt = 0;
      const found = search.people(site, text, 50);
      return { found, lookedAt };
    };
  }

  const last = (newest: number): number[] => Array.from({ length: 50 }, (_, n) => newest - n);

  test('reads a limited number of them, and finds people of long ago by the index', async () => {
    const search = await searching([
      { site: 1, name: 'alté-', count: 3000 },
      { site: 1, name: 'neué-', count: MANY },
    ]);
    const old = search(1, 'alté-');
    expect(old.found).toEqual(last(3000));
    expect(old.lookedAt).toBeLessThan(MOST_LOOKED_AT);
    expect(search(1, 'neué-1')).toMatchObject({ found: last(MANY + 3000) });
    // For one or two characters, only the people who were seen last are read.
    const none = search(1, '~#');
    expect(none.found).toEqual([]);
    expect(none.lookedAt).toBeLessThan(MOST_LOOKED_AT);
    expect(search(1, 'é-').found).toEqual(last(MANY + 3000));
  });

  test('of a smaller site does not read all of them', async () => {
    const search = await searching([
      { site: 1, name: 'né-', count: 100 },
      { site: 2, name: 'né-', count: MANY },
    ]);
    const { found, lookedAt } = search(1, 'né-');
    expect([found, lookedAt < MOST_LOOKED_AT]).toEqual([last(100), true]);
  });

  test('does not read all identities that are not in the index yet', async () => {
    const search = await searching([{ site: 1, name: 'né-', count: MANY }], 0);
    const { found, lookedAt } = search(1, 'nobody');
    expect([found, lookedAt < MOST_LOOKED_AT]).toEqual([[], true]);
    expect(search(1, 'né-').found).toEqual(last(MANY));
  });
});

describe('a large person', () => {
  test('with 1,000 identities and 3,000 hits is one person, also after a merge with another as large', async () => {
    const store = await openStore();
    for (const side of ['a', 'b']) {
      const ids = Array.from({ length: 1000 }, (_, n) => `${side}${n}`);
      await store.append(ids.slice(1).map((id, n) => hit(ids[n]!, 1_400_000_000, id, 'alias')));
      await store.append(ids.flatMap((id, n) => [1, 2, 3].map((k) => hit(id, 1_400_000_000 + n, `n${k}`))));
    }
    expect((await personOf(store, 'site', 'a999'))!.identities).toHaveLength(1000);
    await store.append([hit('a500', 1_400_000_000, 'b500', 'alias')]);
    const merged = (await personOf(store, 'site', 'b0'))!;
    expect([merged.identities.length, merged.events.length]).toEqual([2000, 3000]);
  });

  test('with more hits than are read has the latest, whether they have a time of the sender or not', async () => {
    for (const dated of [true, false]) {
      const store = await openStore();
      const entries = Array.from({ length: 101_000 }, (_, n) => {
        const { hit: one, ...arrival } = hit('bot', 1_400_000_000 + n, 'Beat') as Extract<Entry, { hit: unknown }>;
        return { hit: { ...one, sent: dated ? one.sent : null }, ...arrival };
      });
      for (let at = 0; at < entries.length; at += 10_000) await store.append(entries.slice(at, at + 10_000));
      const { events, partial } = (await personOf(store, 'site', 'bot'))!;
      expect([events.length, events.at(-1)!.time, partial]).toEqual([1000, 1_400_000_000 + 100_999, true]);
    }
  });
});

describe('the index of the search', () => {
  const NAMES = ['Анна Müller', 'Jose\u0301', 'Straße', 'bob@example.com', '日本語の人'];

  /** The last identity in the index, and the rules of its folding. */
  const stateOf = (db: Database) =>
    db.prepare('SELECT identity, folding FROM indexed').get() as {
      identity: number;
      folding: string;
    };

  async function filled(): Promise<{ folder: string; state: () => ReturnType<typeof stateOf>; db: Database }> {
    const folder = await temporaryFolder();
    const store = new EmbeddedStore({ folder, counting: () => 'reference' });
    await store.append(NAMES.map((name, n) => hit(name, 1_400_000_000 + n)));
    const db = openDatabase(join(folder, 'kmq.db'));
    onTestFinished(() => db.close());
    await expect.poll(() => stateOf(db).identity).toBe(NAMES.length);
    await store.close();
    return { folder, state: () => stateOf(db), db };
  }

  const found = async (store: EmbeddedStore, text: string) =>
    (await peopleOf(store, 'site', text)).flatMap(({ identities }) => identities);

  const open = (folder: string): EmbeddedStore => {
    const store = new EmbeddedStore({ folder, counting: () => 'reference' });
    onTestFinished(() => store.close());
    return store;
  };

  test('that was made by other rules is not used, and is made again', async () => {
    const { folder, state, db } = await filled();
    db.exec("UPDATE indexed SET folding = 'another'; INSERT INTO trigrams (trigrams) VALUES ('delete-all')");
    const store = open(folder);
    expect(await found(store, 'АННА MÜLLER')).toEqual([NAMES[0]]);
    await expect.poll(() => state().folding).not.toBe('another');
    await expect.poll(() => state().identity).toBe(NAMES.length);
    expect(await found(store, 'АННА MÜLLER')).toEqual([NAMES[0]]);
    expect(await found(store, 'STRASSE')).toEqual(['Straße']);
  });

  test('contains nothing of erased people, whatever rules it was made by', async () => {
    for (const folding of [undefined, 'another']) {
      const { folder, state, db } = await filled();
      if (folding) db.prepare('UPDATE indexed SET folding = ?').run(folding);
      const store = open(folder);
      for (const name of NAMES.slice(0, 3)) await store.erase('site', name);
      await store.append([hit('carl', 1_500_000_000)]);
      await expect.poll(() => state().identity).toBeGreaterThan(NAMES.length);
      for (const trigram of ['анн', 'jos', 'str', 'ülл', 'mül']) {
        expect(db.prepare('SELECT rowid FROM trigrams WHERE trigrams MATCH ?').all(`"${trigram}"`)).toEqual([]);
      }
      expect(await found(store, 'Bob@')).toEqual(['bob@example.com']);
      expect(await found(store, 'анна')).toEqual([]);
      db.exec("INSERT INTO trigrams (trigrams) VALUES ('integrity-check')");
    }
  });
});
