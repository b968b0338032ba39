import { describe, expect, test } from 'vitest';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { personOf } from '../support/answers.js';
import { arrived } from '../support/arrived-hits.js';
import { KEY, temporaryFolder } from '../support/collector.js';
import { undoToSchema5 } from '../support/old-schema.js';
import { destroyLeaf, middle } from '../support/sqlite-pages.js';
import { openUpgrading, upgraded, type OpenedStore } from '../support/schema-5.js';
import { inDatabase } from '../support/store-files.js';
import { storedHits } from '../support/transfer.js';
import { LONG } from '../support/long.js';

const T = 1_400_000_000;
const PEOPLE = 300;
const SENT = 2 * PEOPLE;

/** A hit of one of the people, with texts that are stored once: each value occurs in ten hits. */
function hit(n: number, more = ''): ArrivedHit {
  const properties: [string, string][] = [
    ['what', `value ${n % 250} ${'x'.repeat(60)}`],
    ['filler', `${n}${more} ${'y'.repeat(80)}`],
  ];
  return arrived({
    ...{ person: `p${n % PEOPLE}`, event: 'Visited', properties },
    ...{ id: `i${n}${more}`, time: T + n, received: T },
  });
}

/** A closed store. */
async function filled(): Promise<string> {
  const folder = await temporaryFolder();
  const { store } = openUpgrading(folder, { hitsOfARound: 100 });
  for (let n = 0; n < 2500; n += 50) await store.append(Array.from({ length: 50 }, (_, at) => hit(n + at)));
  await store.close();
  return folder;
}

async function filledBefore(): Promise<string> {
  const folder = await filled();
  inDatabase(folder, undoToSchema5);
  return folder;
}

const idsOf = async ({ store }: OpenedStore): Promise<string[]> => (await storedHits(store)).map(({ id }) => id!);

/** Sends two hits of each of the people, twice. @returns the ids of those that were acknowledged */
async function sendOfEach({ store }: OpenedStore, more: string): Promise<string[]> {
  const acknowledged = new Set<string>();
  for (let times = 0; times < 2; times++) {
    for (let n = 0; n < SENT; n++) {
      const one = hit(5000 + n, more);
      await store.append([one]).then(
        () => acknowledged.add(one.hit.id!),
        (error: unknown) => expect(String(error)).toContain('malformed'),
      );
    }
  }
  return [...acknowledged];
}

/** This must hold whatever is damaged: each acknowledged hit is stored once, also after a start. */
async function expectHits(folder: string, acknowledged: string[], left: { least: number }): Promise<void> {
  const opened = openUpgrading(folder);
  const ids = await idsOf(opened);
  expect(new Set(ids).size).toBe(ids.length);
  expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
  expect(ids.filter((id) => /^i\d+$/.test(id)).length).toBeGreaterThanOrEqual(left.least);
  await opened.close();
}

describe('in a store of schema 5, a page that cannot be read', () => {
  test.runIf(LONG)('of the index by identity leaves the store as it is, and the owner is told', async () => {
    const folder = await filledBefore();
    destroyLeaf(folder, 'hits_by_identity', middle);
    for (const more of ['a', 'b']) {
      const opened = openUpgrading(folder, { hitsPerStep: 100 });
      await expect
        .poll(() => opened.notices)
        .toEqual([expect.stringContaining('keeps the form of the previous version')]);
      const acknowledged = await sendOfEach(opened, more);
      // Hits of people with entries on this page are refused, as before.
      expect(acknowledged.length).toBeGreaterThan(SENT * 0.7);
      expect(acknowledged.length).toBeLessThan(SENT);
      expect((await personOf(opened.store, KEY, 'p0'))!.events).toHaveLength(more === 'a' ? 11 : 13);
      await opened.close();
      await expectHits(folder, acknowledged, { least: 2500 });
    }
  });

  test.each([
    ['in the middle', middle],
    ['at the beginning', (leaves: number[]) => leaves[0]!],
  ])('of hits %s is skipped', async (_, choose) => {
    const folder = await filledBefore();
    destroyLeaf(folder, 'hits', choose);
    const opened = openUpgrading(folder, { hitsPerStep: 100 });
    await upgraded(folder);
    const acknowledged = await sendOfEach(opened, 'a');
    expect(acknowledged).toHaveLength(SENT);
    expect(opened.notices).toEqual([expect.stringContaining('Some hits of the store cannot be read')]);
    expect((await personOf(opened.store, KEY, 'p299'))!.events.length).toBeGreaterThan(6);
    await opened.close();
    await expectHits(folder, acknowledged, { least: 2450 });
  });

  test('of the last hits does not prevent the start of a collector', async () => {
    const folder = await filledBefore();
    destroyLeaf(folder, 'hits', (leaves) => leaves.at(-1)!);
    const opened = openUpgrading(folder, { hitsPerStep: 100 });
    const acknowledged = await sendOfEach(opened, 'a');
    expect((await personOf(opened.store, KEY, 'p0'))!.events.length).toBeGreaterThan(6);
    await opened.close();
    await expectHits(folder, acknowledged, { least: 2450 });
  });
});

describe('a page that cannot be read', () => {
  test('of hits does not prevent a sender from sending one of them again', async () => {
    const folder = await filled();
    destroyLeaf(folder, 'hits', middle);
    const opened = openUpgrading(folder);
    for (let n = 0; n < 2500; n++) await opened.store.append([hit(n)]);
    await opened.close();
    await expectHits(folder, [], { least: 2450 });
  });

  test('of hits: people with hits on it are hidden but not erased, and everybody else is erased', async () => {
    const folder = await filled();
    destroyLeaf(folder, 'hits', middle);
    const opened = openUpgrading(folder);
    for (let n = 0; n < 20; n++) await opened.store.append([arrived({ person: `p${n}`, other: `mail${n}` })]);
    // The page has some hits in a row, those of people around p50.
    const outcomes: string[] = [];
    for (let n = 0; n < 20; n++) outcomes.push(await opened.store.erase(KEY, `p${n}`).then(() => 'erased', String));
    expect(outcomes.filter((outcome) => outcome !== 'erased').length).toBeGreaterThan(0);
    expect(new Set(outcomes.filter((outcome) => outcome !== 'erased'))).toEqual(
      new Set([expect.stringContaining('hits of an erased person could not be removed')]),
    );
    expect(await personOf(opened.store, KEY, 'p5')).toBeUndefined();
    // As long as something is left of a person, another request says so again, also by a name that has no hits.
    for (let n = 0; n < 20; n++) {
      for (const name of [`p${n}`, `mail${n}`]) {
        expect(await opened.store.erase(KEY, name).then(() => 'erased', String)).toBe(outcomes[n]);
      }
    }
    for (let n = 150; n < 170; n++)
      expect(await opened.store.erase(KEY, `p${n}`)).toEqual({ identities: [`p${n}`], hits: 8 });
    await opened.close();
  });

  test('of the index by identity: hits of some people are refused, no stored hit is lost, and the owner is told', async () => {
    const folder = await filled();
    destroyLeaf(folder, 'filed_hits', middle);
    const opened = openUpgrading(folder, { hitsOfARound: 50 });
    const acknowledged = await sendOfEach(opened, 'a');
    expect(acknowledged.length).toBeGreaterThan(SENT * 0.7);
    expect(opened.notices).toEqual([expect.stringContaining('index by identity cannot be read')]);
    expect((await personOf(opened.store, KEY, 'p0'))!.events.length).toBeGreaterThan(8);
    await opened.close();
    await expectHits(folder, acknowledged, { least: 2500 });
  });

  test.each(['texts', 'sqlite_autoindex_texts_1'])(
    'of %s: values on this page are lost, and every new hit is stored',
    async (table) => {
      const folder = await filled();
      destroyLeaf(folder, table, middle);
      const opened = openUpgrading(folder, { hitsOfARound: 50 });
      const acknowledged = await sendOfEach(opened, 'a');
      expect(acknowledged).toHaveLength(SENT);
      expect(opened.notices).toEqual([expect.stringContaining('table of texts cannot be read')]);
      expect((await personOf(opened.store, KEY, 'p0'))!.events.length).toBeGreaterThan(8);
      for (let n = 0; n < 30; n++)
        expect(await opened.store.erase(KEY, `p${n}`)).toMatchObject({ identities: [`p${n}`] });
      await opened.close();
      const stayed = acknowledged.filter((id) => parseInt(id.slice(1)) % PEOPLE >= 30);
      await expectHits(folder, stayed, { least: 1500 });
    },
  );
});
