import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SearchIndex } from '../../src/collector/store/embedded/search-index.js';
import type { EmbeddedWriter } from '../../src/collector/store/embedded/writer.js';
import type { DiskSpace } from '../../src/collector/store/sqlite/disk-space.js';
import { peopleOf } from '../support/answers.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';
import { openUpgrading, type OpenedStore } from '../support/schema-5.js';
import { destroyLeaf, destroyRows, middle } from '../support/sqlite-pages.js';
import { inDatabase } from '../support/store-files.js';
import { storedHits } from '../support/transfer.js';

const PEOPLE = 1000;
const nameOf = (n: number): string => `person ${n} with a long name@example.com`;

/** A closed store, each of whose people has a hit. The index of the search has all of them. */
async function filled(): Promise<string> {
  const folder = await temporaryFolder();
  const { store, close } = openUpgrading(folder);
  await store.append(
    Array.from({ length: PEOPLE }, (_, n) => arrived({ person: nameOf(n), event: 'Visited', time: NOON + n })),
  );
  const indexed = (): unknown => inDatabase(folder, (db) => db.prepare('SELECT identity FROM indexed').get());
  await expect.poll(indexed).toEqual({ identity: PEOPLE });
  await close();
  return folder;
}

async function damaged(name: string, choose: (leaves: number[]) => number): Promise<string> {
  const folder = await filled();
  destroyLeaf(folder, name, choose);
  return folder;
}

const last = (leaves: number[]): number => leaves.at(-1)!;

/** The people that a search finds. */
const found = async ({ store }: OpenedStore, text: string): Promise<string[]> =>
  (await peopleOf(store, KEY, text, 100)).flatMap(({ identities }) => identities);

describe('beside a page of people that cannot be read,', () => {
  test('the search finds the others', async () => {
    const opened = openUpgrading(await damaged('identities', middle));
    expect(await found(opened, 'person 7 with')).toEqual([nameOf(7)]);
    expect(await found(opened, '')).toHaveLength(100);
    await opened.close();
  });

  test('everybody can be erased who is not on this page, and the answer about the others says so', async () => {
    const opened = openUpgrading(await damaged('identities', middle));
    const outcomes = new Map<string, number>();
    for (let n = 0; n < PEOPLE; n += 10) {
      const outcome = await opened.store.erase(KEY, nameOf(n)).then(() => 'erased', String);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect([...outcomes.keys()].toSorted()).toEqual([expect.stringContaining('could not be hidden'), 'erased']);
    expect(outcomes.get('erased')).toBeGreaterThan(80);
    await opened.close();
  });

  test('a second request to erase somebody on this page is answered as the first one was', async () => {
    const folder = await filled();
    // An earlier request has hidden the person, and the page was damaged after that.
    inDatabase(folder, (db) =>
      db.exec(`INSERT INTO erasing SELECT id, '${KEY}', 'gone' FROM identities WHERE identity = '${nameOf(500)}'`),
    );
    destroyRows(folder, [nameOf(500)]);
    const opened = openUpgrading(folder);
    await expect(opened.store.erase(KEY, 'gone')).rejects.toMatchObject({
      statusCode: 503,
      message: expect.stringContaining('could not be hidden') as string,
    });
    await opened.close();
  });

  test('a collector starts, and stores hits of people who are known', async () => {
    const opened = openUpgrading(await damaged('identities', last));
    await opened.store.append([arrived({ person: nameOf(7), event: 'Came back', time: NOON + PEOPLE })]);
    expect((await storedHits(opened.store)).map(({ name }) => name)).toContain('Came back');
    await opened.close();
  });

  test.each([
    ['in the middle', middle],
    ['the last one', last],
  ])('%s, reports count the others', async (_, choose) => {
    const site = new ReportStore(await damaged('identities', choose));
    const asked = async (): Promise<number> => {
      const question = { event: 'Visited', count: 'people', by: 'day', from: '2026-01-01', to: '2026-01-01' } as const;
      return (await site.ask('trend', question).catch(() => undefined))?.total ?? 0;
    };
    await expect.poll(asked, { interval: 500 }).toBeGreaterThan(PEOPLE - 200);
    await site.restart();
    await expect.poll(asked, { interval: 500 }).toBeGreaterThan(PEOPLE - 200);
    await site.close();
  });
});

test('people on a page that cannot be read are not added to the index of the search, and the owner is told once', async () => {
  const folder = await filled();
  // The index is filled again.
  inDatabase(folder, (db) => db.exec('UPDATE indexed SET identity = 0'));
  destroyLeaf(folder, 'identities', middle);
  const opened = openUpgrading(folder);
  await expect.poll(() => opened.notices).toEqual([expect.stringContaining('are not added to the index')]);
  await opened.store.append([arrived({ person: nameOf(7), event: 'Came back', time: NOON + PEOPLE })]);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect([opened.notices.length, opened.errors]).toEqual([1, []]);
  expect(await found(opened, 'person 7 with')).toEqual([nameOf(7)]);
  await opened.close();
});

test('adding people that fails is tried at most once a minute, since it makes the writer forget what it has in memory', async () => {
  const folder = await filled();
  inDatabase(folder, (db) => {
    db.exec('UPDATE indexed SET identity = 0');
    const transaction = vi.fn(() => {
      throw Object.assign(new Error('database disk image is malformed'), { errcode: 11 });
    });
    const writer = { transaction, onDamage: () => undefined } as unknown as EmbeddedWriter;
    const diskSpace = { take: (work: () => void) => work() } as unknown as DiskSpace;
    const onError = vi.fn();
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const index = new SearchIndex(db, writer, diskSpace, onError);
    for (let second = 0; second < 60; second++) {
      index.wake();
      vi.advanceTimersByTime(1000);
    }
    expect(transaction).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(transaction).toHaveBeenCalledTimes(2);
    expect(onError).not.toHaveBeenCalled();
    index.close();
  });
});

test('beside a page of the index of the search that cannot be read, everybody can be erased, and the owner is told', async () => {
  const folder = await filled();
  destroyLeaf(folder, 'trigrams_data', middle);
  const opened = openUpgrading(folder);
  for (let n = 0; n < 100; n++) {
    expect(await opened.store.erase(KEY, nameOf(n))).toEqual({ identities: [nameOf(n)], hits: 1 });
  }
  expect(opened.notices).toEqual([expect.stringContaining('index of the search cannot be read')]);
  expect(await found(opened, '')).toHaveLength(100);
  await opened.close();
});
