import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { Retention } from '../../src/collector/retention.js';
import type { ArrivedRefusal } from '../../src/collector/store/store.js';
import type { Log } from '../../src/collector/watch/log.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import { KEY, startCollector } from '../support/collector.js';
import { folderWith, openUpgrading, type OpenedStore } from '../support/schema-5.js';
import { destroyLeaf, destroyPage, leavesOf, loseRows } from '../support/sqlite-pages.js';
import { bytesOf, inDatabase } from '../support/store-files.js';
import { storedHits } from '../support/transfer.js';

const DAY = 86_400;
const YOUNG = NOON + DAY;

const refused = (request: string, received: number, key: string | null = KEY): ArrivedRefusal => ({
  refusal: { key, received, reason: ['no-name'], request },
});

/** About ten of them are on a page. */
const many = (count: number, name: string, received: number): ArrivedRefusal[] =>
  Array.from({ length: count }, (_, n) => refused(`/e?_p=${name}-${n}-&filler=${'x'.repeat(300)}`, received));

const requestsIn = (folder: string): string[] =>
  inDatabase(
    folder,
    (db) => db.prepare('SELECT request FROM refusals NOT INDEXED ORDER BY id').all() as { request: string }[],
  ).map(({ request }) => request);

/** The people who are named in requests of a site that Live shows. */
async function shownBy({ store }: OpenedStore, key = KEY): Promise<string[]> {
  const { events } = await store.live(key, undefined, 5000);
  const requests = events.map(({ data }) => (JSON.parse(data) as { request?: string }).request ?? '');
  return requests.map((request) => /_p=([^&]*)/.exec(request)?.[1] ?? '').filter(Boolean);
}

describe('refused requests', () => {
  test('that are older than the retention of their site are removed at the next start', async () => {
    const now = Math.floor(Date.now() / 1000);
    const old = now - 31 * DAY;
    const folder = await folderWith([
      refused('/e?_p=old', old),
      refused('/e?_p=nowhere-old', old, null),
      refused('/e?_p=other-old', old, 'other'),
      refused('/e?_p=kept-old', old, 'kept'),
      refused('/e?_p=strict-young', now - 20 * DAY, 'strict'),
      refused('/e?_p=young', now - 20 * DAY),
      refused('/e?_p=nowhere-older', now - 15 * DAY, null),
      refused('/e?_p=nowhere-young', now - 5 * DAY, null),
      // The clock was wrong.
      refused('/e?_p=old', old),
    ]);
    const sites = { [KEY]: { retention: 30 }, strict: { retention: 10 }, kept: {} };
    const collector = await startCollector({ data: folder, config: parseConfig({ sites }) });
    await expect
      .poll(() => requestsIn(folder))
      .toEqual(['/e?_p=other-old', '/e?_p=kept-old', '/e?_p=young', '/e?_p=nowhere-young']);
    await collector.send('/e?_k=site&_p=new&_n=');
    expect((await collector.live(3)).refusals.map(({ request }) => request).sort()).toEqual([
      '/e?_k=site&_p=new&_n=',
      '/e?_p=nowhere-young',
      '/e?_p=young',
    ]);
  });

  test('are removed even if hits cannot be removed', async () => {
    const config = parseConfig({ sites: { a: { retention: 10 }, b: { retention: 30 }, c: {} } });
    const expired: (string | null)[] = [];
    const errors: unknown[] = [];
    const store = {
      expire: () => Promise.reject(new Error('hits')),
      expireRefusals: (key: string | null) =>
        key === 'a' ? Promise.reject(new Error('refusals')) : Promise.resolve(expired.push(key)),
    };
    const log = { info: () => undefined, error: ({ err }: { err: Error }) => errors.push(err.message) };
    const clock = { read: () => ({ seconds: Math.floor(Date.now() / 1000), isDoubted: false }) };
    const retention = new Retention(store, store, config, log as unknown as Log, clock);
    await expect.poll(() => expired).toEqual(['b', null]);
    await retention.close();
    expect(errors).toEqual(['hits', 'refusals', 'hits']);
  });

  test('are nowhere in the files afterwards', async () => {
    const mixed = Array.from({ length: 600 }, (_, n) => {
      const request = `/e?_p=${n % 3 ? 'young' : 'secret'}-${n}&filler=${'x'.repeat((n * 37) % 700)}`;
      return refused(request, n % 3 ? YOUNG : NOON);
    });
    const folder = await folderWith(mixed);
    const opened = openUpgrading(folder);
    expect(bytesOf(folder)).toContain('secret-');
    expect(await opened.store.expireRefusals(KEY, YOUNG)).toBe(200);
    expect(bytesOf(folder)).not.toContain('secret-');
    expect(await shownBy(opened)).toHaveLength(400);
    expect(await opened.store.expireRefusals(KEY, YOUNG)).toBe(0);
    await opened.close();
    expect(inDatabase(folder, (db) => db.prepare('SELECT * FROM remains').get())).toBeUndefined();
  });

  test('that are removed do not hide the next ones from a reader who comes back', async () => {
    const seen = [
      refused('/e?_p=a', YOUNG),
      refused('/e?_p=b', NOON),
      refused('/e?_p=c', NOON),
      refused('/e?_p=d', NOON),
    ];
    const folder = await folderWith(seen);
    const first = openUpgrading(folder);
    const { cursor } = await first.store.live(KEY, undefined, 10);
    const since = async ({ store }: OpenedStore) =>
      (await store.live(KEY, cursor, 10)).events.map(({ data }) => (JSON.parse(data) as { request: string }).request);
    expect(await first.store.expireRefusals(KEY, YOUNG)).toBe(3);
    await first.store.append([refused('/e?_p=e', YOUNG)]);
    expect(await since(first)).toEqual(['/e?_p=e']);
    // All are removed, also those of the start before.
    expect(await first.store.expireRefusals(KEY, YOUNG + 1)).toBe(2);
    await first.close();
    const second = openUpgrading(folder);
    await second.store.append([refused('/e?_p=f', YOUNG), refused('/e?_p=g', YOUNG)]);
    expect(await since(second)).toEqual(['/e?_p=f', '/e?_p=g']);
    await second.close();
  });

  test('are removed in small steps, and hits are stored meanwhile', async () => {
    const folder = await folderWith(many(5000, 'old', NOON));
    const opened = openUpgrading(folder);
    let left = 5000;
    let stored = 0;
    const expired = opened.store.expireRefusals(KEY, YOUNG).finally(() => (left = 0));
    while (left) {
      await opened.store.append([arrived({ person: 'ada', event: 'Visited', time: NOON + stored })]);
      stored += 1;
      await turn();
    }
    expect(await expired).toBe(5000);
    expect(stored).toBeGreaterThan(20);
    expect(await storedHits(opened.store)).toHaveLength(stored);
    await opened.close();
  });

  test('stay when the collector stops meanwhile, and are removed later', async () => {
    const folder = await folderWith(many(5000, 'old', NOON));
    const first = openUpgrading(folder);
    const expired = first.store.expireRefusals(KEY, YOUNG).catch(() => 'stopped');
    await first.close();
    expect(await expired).toBe('stopped');
    const second = openUpgrading(folder);
    expect(await second.store.expireRefusals(KEY, YOUNG)).toBeGreaterThan(4000);
    await second.close();
    expect(requestsIn(folder)).toEqual([]);
  });
});

const isYoung = (text: string): boolean => text.includes('young-');

describe('beside a page that cannot be read, all other refused requests that are too old are removed, and the owner is told once:', () => {
  const first = (leaves: number[]): number => leaves[0]!;
  /** Neither it nor the pages beside it have young ones. */
  const inner = (leaves: number[]): number => leaves[Math.floor(leaves.length / 5)]!;
  const last = (leaves: number[]): number => leaves.at(-1)!;

  test.each([
    ['refusals', first, 60],
    ['refusals', inner, 60],
    ['refusals', last, 60],
    ['refusals_by_key', first, 900],
    ['refusals_by_key', inner, 900],
    ['refusals_by_key', last, 900],
  ])('a page of %s', async (table, choose, most) => {
    const folder = await folderWith([
      ...many(1000, 'old', NOON),
      ...many(500, 'young', YOUNG),
      ...many(1000, 'old', NOON),
    ]);
    destroyLeaf(folder, table, choose);
    const opened = openUpgrading(folder);
    const removed = await opened.store.expireRefusals(KEY, YOUNG);
    expect(removed).toBeGreaterThanOrEqual(2000 - most);
    expect(removed).toBeLessThan(2000);
    // The first time, SQLite needed the page to remove some of the requests on the pages beside it. Now it does not.
    expect(await opened.store.expireRefusals(KEY, YOUNG)).toBeLessThan(most);
    expect(opened.notices).toEqual([expect.stringContaining('table of refused requests cannot be read')]);
    if (table === 'refusals') expect((await shownBy(opened)).filter(isYoung)).toHaveLength(500);
    else expect(requestsIn(folder).filter(isYoung)).toHaveLength(500);
    await opened.store.append([arrived({ person: 'ada', event: 'Visited' })]);
    expect(await opened.store.expire(KEY, NOON + 1)).toBe(1);
    await opened.close();
  });

  test('a page that has lost its rows', async () => {
    const folder = await folderWith([
      ...many(500, 'old', NOON),
      ...many(500, 'young', YOUNG),
      ...many(500, 'old', NOON),
    ]);
    const leaves = leavesOf(folder, 'refusals');
    loseRows(folder, leaves[10]!);
    destroyPage(folder, leaves[11]!);
    const opened = openUpgrading(folder);
    expect(await opened.store.expireRefusals(KEY, YOUNG)).toBeGreaterThan(900);
    await opened.close();
  });

  test('pages of both', async () => {
    const folder = await folderWith(many(3000, 'old', NOON));
    for (const table of ['refusals', 'refusals_by_key']) destroyLeaf(folder, table, inner);
    const opened = openUpgrading(folder);
    await opened.store.expireRefusals(KEY, YOUNG);
    expect(opened.notices).toEqual([expect.stringContaining('table of refused requests cannot be read')]);
    await opened.close();
  });
});
