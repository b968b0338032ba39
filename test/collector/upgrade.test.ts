import { describe, expect, test } from 'vitest';
import type { ArrivedHit, ExportedHit } from '../../src/collector/store/store.js';
import { hasMoment } from '../../src/protocol/hit-id.js';
import {
  BEFORE,
  expectWhole,
  folderOfSchema5,
  killedAtEachStep,
  openUpgrading,
  upgraded,
  type OpenedStore,
} from '../support/schema-5.js';
import { bytesOf, inDatabase } from '../support/store-files.js';
import { eachNth } from '../support/long.js';

const T = 1_400_000_000;

function event(person: string, name: string, second: number, id: string | null): ArrivedHit {
  const time = T + second;
  const hit = { kind: 'event' as const, key: 'site', person, name, time, sent: time, id, properties: [], warnings: [] };
  return { received: time, agent: 'browser', hit };
}

describe('a store of schema 5', () => {
  test('has the same answers during its upgrade, after it, and after a start', async () => {
    const folder = await folderOfSchema5();
    const first = openUpgrading(folder, { hitsPerStep: 10, pagesPerStep: 2 });
    expect(await first.answers()).toEqual(BEFORE);
    await upgraded(folder);
    expect(await first.answers()).toEqual(BEFORE);
    await first.close();
    expectWhole(folder);
    const second = openUpgrading(folder);
    expect(await second.answers()).toEqual(BEFORE);
    await second.close();
    expect([...first.notices, ...first.errors, ...second.notices, ...second.errors]).toEqual([]);
    expectWhole(folder);
  });

  test('has browsers as senders of hits with a tracker’s id, and servers as senders of others', async () => {
    const { store, close } = openUpgrading(await folderOfSchema5());
    const agents = new Set((await hitsOf(store)).map(({ id, agent }) => `${hasMoment(id ?? undefined)} ${agent}`));
    expect([...agents].sort()).toEqual(['false server', 'true browser']);
    await close();
  });
});

async function hitsOf(store: OpenedStore['store']): Promise<ExportedHit[]> {
  const hits: ExportedHit[] = [];
  for (const key of ['site', 'other']) for await (const hit of store.export(key)) hits.push(hit);
  return hits;
}

const PAGE = 4096;
const LEAF_OF_TABLE = 13;

/** Ids of hits on pages that do not contain rows of hits, such as a free page of the old index. */
function idsOutsideOfRows(folder: string): string[] {
  const bytes = bytesOf(folder);
  const pages = Array.from({ length: Math.floor(bytes.length / PAGE) }, (_, n) =>
    bytes.slice(n * PAGE, (n + 1) * PAGE),
  );
  const others = pages.filter((page) => page.charCodeAt(0) !== LEAF_OF_TABLE).join('');
  return /1400000\d{9}AbCdEfGh\d\d/.exec(others) ?? [];
}

describe('a kill after any step of the upgrade', async () => {
  // How many hits are copied at a time, stored again at a time, and how many pages are overwritten at a time.
  const portions = { hitsPerStep: process.env.KMQ_LONG ? 3 : 25, pagesPerStep: 3 };
  const killed = await killedAtEachStep(portions);
  const copies = killed.map((folder, step): [number, string] => [step, folder]);

  const reference = openUpgrading(await folderOfSchema5());
  const old = await hitsOf(reference.store);
  await reference.close();
  const repeats = old.filter(({ id }) => id !== null).map(({ received, agent, ...hit }) => ({ received, agent, hit }));

  test('leaves steps of each kind', () => {
    const steps = killed.map((folder) => inDatabase(folder, (db) => db.prepare('SELECT step FROM upgrade').get()));
    const kinds = new Set(steps.map((row) => (row as { step: string } | undefined)?.step));
    expect([...kinds]).toEqual(['index', 'overwrite', 'release', 'texts', undefined]);
    expect(killed.length).toBeGreaterThan(20);
  });

  test('leaves nothing of the old index on free pages, once they are overwritten', () => {
    let done = 0;
    for (const folder of killed) {
      const step = inDatabase(folder, (db) => {
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        return (db.prepare('SELECT step FROM upgrade').get() as { step: string } | undefined)?.step;
      });
      if (step === 'index') continue;
      if (step === 'overwrite') expect(idsOutsideOfRows(folder)).not.toEqual([]);
      else {
        expect(idsOutsideOfRows(folder)).toEqual([]);
        done += 1;
      }
    }
    expect(done).toBeGreaterThan(5);
  });

  test.each(eachNth(copies, 8))(
    '(%i) changes no answer, and the next start finishes the upgrade',
    async (_, folder) => {
      const opened = openUpgrading(folder, portions);
      expect(await opened.answers()).toEqual(BEFORE);
      await upgraded(folder);
      expect(await opened.answers()).toEqual(BEFORE);
      await opened.close();
      expect([...opened.notices, ...opened.errors]).toEqual([]);
      expectWhole(folder);
    },
  );

  test.each(eachNth(copies, 6))(
    '(%i) can be followed by repeats, hits, an erasure and a retention',
    async (_, folder) => {
      // Slowly, so that all of these happen before the next steps have advanced far.
      const opened = openUpgrading(folder, { hitsPerStep: 5, pagesPerStep: 3 });
      const { store } = opened;
      // Each hit with an id is sent again, twice.
      await store.append(repeats);
      await store.append(repeats);
      // An event that repeats another one of its second is stored, and does not count.
      await store.append([event('marks', 'SOLD', 2, null), event('marks', 'sold', 2, null)]);
      await store.append([event('marks', 'Bought', 1, 'order-9')]);
      // New hits of a known person, in an earlier second and in a new one.
      const late = event('p1@example.com', 'Earlier', -500, 'new-2');
      for (let times = 0; times < 2; times++)
        await store.append([event('p1@example.com', 'Later', 1000, 'new-1'), late]);
      const of = (person: RegExp) => old.filter((hit) => person.test(hit.person)).length;
      expect(await store.erase('site', 'secret-identity')).toMatchObject({ hits: of(/^secret/) });
      expect(await store.erase('site', 'wide-69')).toMatchObject({ hits: of(/^wide/) });
      const erased = bytesOf(folder);
      for (const trace of ['secret-identity', 'Secret Event', 'secret-value', 'secret-name', 'wide-']) {
        expect(erased).not.toContain(trace);
      }
      expect(await store.expire('site', T - 1_000_000)).toBe(of(/^old/));
      await upgraded(folder);

      const gone = /^\{"_p":"(wide|secret|old)/;
      const left = BEFORE.raw.site!.filter((line) => !gone.test(line) && line !== '');
      const { raw, people } = await opened.answers();
      expect(raw.site!.slice(0, left.length)).toEqual(left);
      // By the reference's rule the same events count as before; by hit id the one with its own id counts as well.
      const marks = (counting: string) => [people, BEFORE.people].map((all) => all[`site ${counting} marks`]);
      expect(marks('reference')[0]).toBe(marks('reference')[1]);
      expect(marks('auto')[0]).not.toBe(marks('auto')[1]);
      expect(raw.site!.slice(left.length, -1).map((line) => /"_n":"(\w+)/.exec(line)?.[1])).toEqual([
        'SOLD',
        'sold',
        'Bought',
        'Later',
        'Earlier',
      ]);
      expect(raw.other).toEqual(BEFORE.raw.other);
      const changed = /^site \S+ (wide|secret|old|marks|p1@)/;
      expect(Object.entries(people).filter(([of]) => !changed.test(of))).toEqual(
        Object.entries(BEFORE.people).filter(([of]) => !changed.test(of)),
      );
      const bytes = bytesOf(folder);
      for (const trace of ['secret-identity', 'Secret Event', 'secret-', 'wide-', 'Of wide'])
        expect(bytes).not.toContain(trace);
      await opened.close();
      expect([...opened.notices, ...opened.errors]).toEqual([]);
      expectWhole(folder);
    },
  );
});
