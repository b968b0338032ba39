import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/collector/store/store.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { openUpgrading, type OpenedStore } from '../support/schema-5.js';
import { destroyPage, leavesOf } from '../support/sqlite-pages.js';
import { inDatabase } from '../support/store-files.js';
import { storedHits } from '../support/transfer.js';

/** Old hits, and then as many young ones. */
const HITS = 20_000;
const YOUNG = NOON + 1_000_000;

/** Each person has ten hits in a row, all old or all young. */
const hit = (n: number): Entry =>
  arrived({
    person: `p${Math.floor(n / 10)}`,
    event: 'Visited',
    time: (n < HITS ? NOON : YOUNG) + n,
    properties: [['filler', `${n} ${'y'.repeat(80)}`]],
  });

async function filled(): Promise<string> {
  const folder = await temporaryFolder();
  const { store, close } = openUpgrading(folder, { hitsOfARound: 1000 });
  for (let n = 0; n < 2 * HITS; n += 1000) await store.append(Array.from({ length: 1000 }, (_, at) => hit(n + at)));
  await close();
  return folder;
}

/** How many entries of the index by site there are, with hits that can be read and those that cannot. */
const countIn = (folder: string): number =>
  inDatabase(
    folder,
    (db) =>
      db.prepare('SELECT count(*) AS count FROM hits INDEXED BY hits_by_site WHERE site = 1').get() as {
        count: number;
      },
  ).count;

const expire = ({ store }: OpenedStore): Promise<number> => store.expire(KEY, YOUNG);

describe('although a page cannot be read, retention removes everything else that is too old, and the owner is told once:', () => {
  test.each([
    ['hits', 300],
    ['hits_by_site', 3000],
    ['filed_hits', 3000],
    ['identities', 3000],
    ['hit_ages', 0],
  ])('a page of %s', async (table, most) => {
    const folder = await filled();
    if (table === 'hit_ages') {
      // Retention stores the ages of young hits.
      const before = openUpgrading(folder);
      await before.store.expire(KEY, NOON);
      await before.close();
    }
    const leaves = leavesOf(folder, table);
    destroyPage(folder, leaves[Math.floor(leaves.length / 3)]!);
    const opened = openUpgrading(folder);
    let removed = await expire(opened);
    expect(removed).toBeGreaterThanOrEqual(HITS - most);
    removed += await expire(opened);
    expect(opened.notices.filter((notice) => notice.includes('retention'))).toHaveLength(1);
    expect(await storedHits(opened.store).then((hits) => hits.filter(({ time }) => time >= YOUNG))).toHaveLength(HITS);
    await opened.close();
    if (table !== 'hits_by_site') expect(countIn(folder)).toBe(2 * HITS - removed);
  });

  test('a page of hit_ages, of a store with so many hits that it has others', async () => {
    const folder = await filled();
    inDatabase(folder, (db) =>
      db.exec(`
        INSERT INTO hit_ages SELECT 1, id - 10, id, ${NOON} FROM hits WHERE id % 10 = 0 AND id <= ${HITS};
        INSERT INTO hit_ages SELECT 1, id - 10, id, ${YOUNG} FROM hits WHERE id % 10 = 0 AND id > ${HITS}`),
    );
    const leaves = leavesOf(folder, 'hit_ages');
    expect(leaves.length).toBeGreaterThan(5);
    destroyPage(folder, leaves[Math.floor(leaves.length / 3)]!);
    const opened = openUpgrading(folder);
    expect(await expire(opened)).toBe(HITS);
    expect(await expire(opened)).toBe(0);
    expect(opened.notices.filter((notice) => notice.includes('retention'))).toHaveLength(1);
    await opened.close();
  });
});
