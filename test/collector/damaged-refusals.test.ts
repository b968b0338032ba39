import { describe, expect, test } from 'vitest';
import { MOST_REFUSALS } from '../../src/collector/store/model/limits.js';
import type { ArrivedRefusal } from '../../src/collector/store/store.js';
import { arrived, NOON } from '../support/arrived-hits.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { openUpgrading } from '../support/schema-5.js';
import { destroyPage, leavesOf } from '../support/sqlite-pages.js';
import { inDatabase } from '../support/store-files.js';
import { storedHits } from '../support/transfer.js';

/** A refused request; about ten of them are on a page. */
const refused = (n: number, request = `/e?_n=${n}`, key: string | null = KEY): ArrivedRefusal => ({
  refusal: { key, received: NOON, reason: ['no-name'], request: `${request}&filler=${'x'.repeat(300)}` },
});

/** A closed store with refused requests. */
async function filled(refusals: ArrivedRefusal[]): Promise<string> {
  const folder = await temporaryFolder();
  const { store, close } = openUpgrading(folder);
  await store.append(refusals);
  await close();
  return folder;
}

const many = (count: number, from = 0): ArrivedRefusal[] => Array.from({ length: count }, (_, n) => refused(from + n));

function destroyLeaf(folder: string, name: string, choose: (leaves: number[]) => number): void {
  const leaves = leavesOf(folder, name);
  expect(leaves.length).toBeGreaterThan(2);
  destroyPage(folder, choose(leaves));
}

const first = (leaves: number[]): number => leaves[0]!;
const last = (leaves: number[]): number => leaves.at(-1)!;

describe('a page of refused requests that cannot be read', () => {
  test.each([
    ['the oldest', 'refusals', first],
    ['the newest', 'refusals', last],
    ['the newest of the index', 'refusals_by_key', last],
  ])(
    'is %s: each hit that arrives together with refused requests is stored, and the owner is told once',
    async (_, table, choose) => {
      const folder = await filled(many(MOST_REFUSALS));
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

  test('does not prevent that others are removed when there are too many', async () => {
    const folder = await filled(many(MOST_REFUSALS));
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
});
