import { describe, expect, test } from 'vitest';
import { MOST_REFUSALS } from '../../src/collector/store/model/limits.js';
import type { ArrivedRefusal, LivePage } from '../../src/collector/store/store.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import { KEY } from '../support/collector.js';
import { folderWith, openUpgrading } from '../support/schema-5.js';
import { copyPage, destroyLeaf, destroyPage, loseRows, leavesOf } from '../support/sqlite-pages.js';
import { inDatabase } from '../support/store-files.js';
import { storedHits } from '../support/transfer.js';

/** A refused request; about ten of them are on a page. */
const refused = (n: number, request = `/e?_n=${n}`, key: string | null = KEY): ArrivedRefusal => ({
  refusal: { key, received: NOON, reason: ['no-name'], request: `${request}&filler=${'x'.repeat(300)}` },
});

const many = (count: number, from = 0): ArrivedRefusal[] => Array.from({ length: count }, (_, n) => refused(from + n));

const first = (leaves: number[]): number => leaves[0]!;
const last = (leaves: number[]): number => leaves.at(-1)!;

/** The numbers of the refused requests of a page of Live. */
const numbersIn = ({ events }: LivePage): number[] =>
  events
    .filter(({ event }) => event === 'refused')
    .map(({ data }) => Number(/_n=(\d+)/.exec((JSON.parse(data) as { request: string }).request)![1]));

describe('a page of refused requests that cannot be read', () => {
  test.each([
    ['the oldest', 'refusals', first],
    ['the newest', 'refusals', last],
    ['the newest of the index', 'refusals_by_key', last],
  ])(
    'is %s: each hit that arrives together with refused requests is stored, and the owner is told once',
    async (_, table, choose) => {
      const folder = await folderWith(many(MOST_REFUSALS));
      destroyLeaf(folder, table, choose);
      const opened = openUpgrading(folder);
      for (let n = 0; n < 300; n++) {
        await opened.store.append([
          arrived({ person: 'ada', event: `n${n}`, time: NOON + n }),
          refused(MOST_REFUSALS + n),
        ]);
      }
      expect((await storedHits(opened.store)).map(({ name }) => name)).toEqual(
        Array.from({ length: 300 }, (_, n) => `n${n}`),
      );
      expect(opened.notices).toEqual([expect.stringContaining('table of refused requests cannot be read')]);
      await opened.close();
    },
  );

  test.each([
    ['the newest', 'refusals', last],
    ['the newest of the index', 'refusals_by_key', last],
  ])('is %s: a commit with very many refused requests is stored as well', async (_, table, choose) => {
    const folder = await folderWith(many(MOST_REFUSALS));
    destroyLeaf(folder, table, choose);
    const opened = openUpgrading(folder);
    await opened.store.append([arrived({ person: 'ada', event: 'Visited' }), ...many(500, MOST_REFUSALS)]);
    expect(await storedHits(opened.store)).toHaveLength(1);
    await opened.close();
  });

  test('does not prevent that others are removed when there are too many', async () => {
    const folder = await folderWith(many(MOST_REFUSALS));
    destroyLeaf(folder, 'refusals', first);
    const opened = openUpgrading(folder);
    for (let n = 0; n < 20; n++) await opened.store.append(many(100, MOST_REFUSALS + n * 100));
    await opened.close();
    const { count } = inDatabase(
      folder,
      (db) =>
        db.prepare("SELECT count(*) AS count FROM refusals INDEXED BY refusals_by_key WHERE key = 'site'").get() as {
          count: number;
        },
    );
    expect(count).toBeLessThan(MOST_REFUSALS + 150);
  });

  test.each([
    ['the newest', last],
    ['others', (leaves: number[]) => leaves.at(-3)!],
  ])('has %s: Live shows hits and the other refused requests, and goes on', async (_, choose) => {
    const folder = await folderWith(many(500));
    destroyLeaf(folder, 'refusals', choose);
    const opened = openUpgrading(folder);
    await opened.store.append([arrived({ person: 'ada', event: 'Visited' })]);
    const page = await opened.store.live(KEY, undefined, 100);
    expect(page.events.filter(({ event }) => event === 'hit')).toHaveLength(1);
    const numbers = numbersIn(page);
    expect(numbers.length).toBeGreaterThan(70);
    expect(numbers.length).toBeLessThan(100);
    await opened.store.append([
      arrived({ person: 'ada', event: 'Came back', received: Math.floor(Date.now() / 1000) }),
    ]);
    expect((await opened.store.live(KEY, page.cursor, 100)).events).toHaveLength(1);
    await opened.close();
  });

  test('of the index: Live shows hits', async () => {
    const folder = await folderWith(many(1000));
    destroyLeaf(folder, 'refusals_by_key', last);
    const opened = openUpgrading(folder);
    await opened.store.append([arrived({ person: 'ada', event: 'Visited' })]);
    expect((await opened.store.live(KEY, undefined, 100)).events.map(({ event }) => event)).toContain('hit');
    await opened.close();
  });
});

describe('beside a page of refused requests that cannot be read,', () => {
  const IN_REFUSALS = 'refused requests that may name an erased person could not be removed. The person is hidden';

  /** A store with people of two sites, with a refused request for each of them. */
  async function withPeople(count = 200): Promise<string> {
    const folder = await folderWith([]);
    const { store, close } = openUpgrading(folder);
    for (const key of [KEY, 'other']) {
      for (let n = 0; n < count; n++) {
        const one = arrived({ person: `p${n}@example.com`, event: 'Visited', time: NOON + n });
        await store.append([{ ...one, hit: { ...one.hit, key } }, refused(n, `/e?_p=p${n}%40example.com`, key)]);
      }
    }
    await close();
    return folder;
  }

  test('the hits of every person are erased, but the answer says that a refused request may name the person', async () => {
    const folder = await withPeople();
    // The first half of the table has the requests of the first site.
    destroyLeaf(folder, 'refusals', (leaves) => leaves[4]!);
    const opened = openUpgrading(folder);
    const { store } = opened;
    expect(store.unfinishedErasures()).toBe(0);
    for (const n of [5, 150, 5]) await expect(store.erase(KEY, `p${n}@example.com`)).rejects.toThrow(IN_REFUSALS);
    expect(store.unfinishedErasures()).toBe(2);
    expect(await storedHits(store)).toHaveLength(198);
    expect(
      await store.live(KEY, undefined, 400).then(({ events }) => events.map(({ data }) => data).join()),
    ).not.toMatch(/p(5|150)%40/);
    expect(await store.erase('other', 'p7@example.com')).toEqual({ identities: ['p7@example.com'], hits: 1 });
    expect(await store.erase('other', 'p7@example.com')).toBeUndefined();
    await store.append([refused(1, '/e?_p=nobody%40example.com'), refused(2, '/e?_p=p7%40example.com', 'other')]);
    await expect(store.erase(KEY, 'nobody@example.com')).rejects.toThrow(
      /refused requests that may name .* removed\. Ex/,
    );
    expect(await store.erase('other', 'p7@example.com')).toEqual({ identities: [], hits: 0, refusals: 1 });
    // A request on that page may still name them, or somebody of whom nothing else was ever stored.
    for (const name of ['nobody@example.com', 'unknown@example.com'])
      await expect(store.erase(KEY, name)).rejects.toThrow(/refused requests that may name .* removed\. Ex/);
    await opened.close();
    // It is tried again after each start.
    const again = openUpgrading(folder);
    await expect.poll(() => again.errors.map(String)).toEqual([expect.stringContaining(IN_REFUSALS)]);
    expect(again.store.unfinishedErasures()).toBe(2);
    await expect(again.store.erase(KEY, 'p150@example.com')).rejects.toThrow(IN_REFUSALS);
    await again.close();
  });

  test('and beside a page that has lost its rows, refused requests that come later are found and removed', async () => {
    const short = (request: string): ArrivedRefusal => ({
      refusal: { key: KEY, received: NOON, reason: ['no-name'], request },
    });
    const folder = await folderWith([
      ...Array.from({ length: 600 }, (_, n) => short(`/e?${n}`)),
      short('/e?_p=ada%40example.com'),
    ]);
    const leaves = leavesOf(folder, 'refusals');
    expect(leaves.length).toBeGreaterThan(3);
    // It had more rows than one query reads.
    loseRows(folder, leaves[1]!);
    destroyPage(folder, leaves[2]!);
    const opened = openUpgrading(folder);
    await opened.store.append([arrived({ person: 'ada@example.com', event: 'Visited' })]);
    await expect(opened.store.erase(KEY, 'ada@example.com')).rejects.toThrow(IN_REFUSALS);
    const { events } = await opened.store.live(KEY, undefined, 40);
    expect(events.map(({ data }) => data).join()).not.toContain('ada%40');
    await opened.close();
  });

  test('and beside a page of the index with the rows of an earlier one, an erasure comes to its end', async () => {
    const short = (n: number): ArrivedRefusal => ({
      refusal: { key: KEY, received: NOON, reason: ['no-name'], request: `/e?${n}` },
    });
    const requests = Array.from({ length: 1900 }, (_, n) => short(n));
    const folder = await folderWith([...requests, refused(1900, '/e?_p=ada%40example.com')]);
    const leaves = leavesOf(folder, 'refusals_by_key');
    expect(leaves.length).toBeGreaterThan(2);
    copyPage(folder, leaves[0]!, leaves[1]!);
    destroyLeaf(folder, 'refusals', (all) => all[2]!);
    const opened = openUpgrading(folder);
    await expect(opened.store.erase(KEY, 'ada@example.com')).rejects.toThrow(/refused requests that may name/);
    const { events } = await opened.store.live(KEY, undefined, 40);
    expect(events.map(({ data }) => data).join()).not.toContain('ada%40');
    await opened.close();
  });

  test('and beside such a page of the index alone, nobody is told that all refused requests are removed', async () => {
    const request = (n: number): string => (n % 50 ? `/e?${n}` : '/e?_p=ada%40example.com');
    const folder = await folderWith(
      Array.from({ length: 2000 }, (_, n) => ({
        refusal: { key: KEY, received: NOON, reason: ['no-name'], request: request(n) },
      })),
    );
    const leaves = leavesOf(folder, 'refusals_by_key');
    expect(leaves.length).toBeGreaterThan(2);
    copyPage(folder, leaves[0]!, leaves[1]!);
    const opened = openUpgrading(folder);
    // SQLite removes no row that the index does not have.
    await expect(opened.store.erase(KEY, 'ada@example.com')).rejects.toThrow(/refused requests that may name/);
    await opened.close();
  });

  test('if it is one of their index, refused requests on other pages are found and removed', async () => {
    const folder = await withPeople(1000);
    destroyLeaf(folder, 'refusals_by_key', last);
    const opened = openUpgrading(folder);
    const outcomes = new Set<string>();
    for (let n = 0; n < 1000; n += 50) {
      outcomes.add(await opened.store.erase(KEY, `p${n}@example.com`).then(() => 'erased', String));
    }
    expect(outcomes).toEqual(new Set(['erased', expect.stringContaining(IN_REFUSALS)]));
    await opened.close();
  });

  test('if it is one of their index, the answer says that a refused request stays, also if nothing else is stored of the person', async () => {
    const folder = await folderWith(Array.from({ length: 1000 }, (_, n) => refused(n, `/e?_p=q${n}%40example.com`)));
    destroyLeaf(folder, 'refusals_by_key', last);
    const opened = openUpgrading(folder);
    const { store } = opened;
    expect(await store.erase(KEY, 'q0@example.com')).toEqual({ identities: [], hits: 0, refusals: 1 });
    for (let n = 0; n < 2; n++)
      await expect(store.erase(KEY, 'q999@example.com')).rejects.toThrow(
        /refused requests that may name .* removed\. Ex/,
      );
    await opened.close();
  });
});
