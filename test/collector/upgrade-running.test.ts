import { appendFileSync, rmSync, statSync, truncateSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { arrived } from '../support/arrived-hits.js';
import { clientOf, smallDisk, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { undoToSchema5 } from '../support/old-schema.js';
import { expectWhole, folderOfSchema5, openUpgrading, upgraded } from '../support/schema-5.js';
import { inDatabase } from '../support/store-files.js';
import { storedHits } from '../support/transfer.js';
import { LONG } from '../support/long.js';

const T = 1_400_000_000;
const PEOPLE = 2000;
const MEGABYTE = 2 ** 20;

/** Hits of many people, some with an id, one second apart. */
function oldHit(n: number): ArrivedHit {
  const properties: [string, string][] = [
    ['Viewed URL', `https://shop.example/${n % 50}`],
    ['number', `${n}`],
  ];
  const said = { person: `p${n % PEOPLE}`, event: 'Visited', properties, time: T + Math.floor(n / 10) };
  return arrived({ ...said, ...(n % 4 && { id: `old-${n}` }) });
}

/** Fills a folder with a store of schema 5. */
async function fillBefore(folder: string, count: number): Promise<void> {
  const { store } = openUpgrading(folder);
  for (let n = 0; n < count; n += 1000) {
    await store.append(Array.from({ length: Math.min(1000, count - n) }, (_, at) => oldHit(n + at)));
  }
  await store.close();
  inDatabase(folder, (db) => {
    undoToSchema5(db);
    db.exec('VACUUM');
  });
}

interface State {
  step: string;
  upto: number;
  identity: number;
  hit: number;
}

const stateOf = (folder: string): State | undefined =>
  inDatabase(folder, (db) => db.prepare('SELECT step, upto, identity, hit FROM upgrade').get() as State | undefined);

/** How far the upgrade is, from 0 to 1: the index is the first half, the texts are the second. */
function progressOf(folder: string): number {
  const state = stateOf(folder);
  if (!state) return 1;
  return state.step === 'index' ? state.identity / PEOPLE / 2 : 0.5 + state.hit / state.upto / 2;
}

describe('an upgrade', () => {
  const count = 50_000;
  const rounds = process.env.KMQ_LONG ? 20 : 1;

  test.each(Array.from({ length: rounds }, (_, n) => n))(
    'that is killed three times while hits arrive loses no hit and stores none twice (%i)',
    async () => {
      const data = await temporaryFolder();
      await fillBefore(data, count);
      // Printed in a failure, with the times of the kills.
      const moments = Array.from({ length: 3 }, () => Math.random()).sort();
      const acknowledged = new Set<string>();
      let next = 0;
      for (const moment of [...moments, undefined]) {
        const { process: child, origin, exited } = await serve(['--data', data]);
        const collector = clientOf(origin);
        let isSending = true;
        const senders = Array.from({ length: 8 }, async (_, sender) => {
          while (isSending) {
            const ids = Array.from({ length: sender % 2 ? 1 : 20 }, () => `new-${next++}`);
            const news = ids.map(
              (id, n) => `/e?_k=site&_p=p${(next * 7 + n) % (PEOPLE + 100)}&_n=New&_t=${T + next}&_i=${id}`,
            );
            // A hit that was stored long ago is sent again.
            const { hit } = oldHit((next * 13) % count);
            const again = hit.id === null ? [] : [`/e?_k=site&_p=${hit.person}&_n=Visited&_t=${hit.time}&_i=${hit.id}`];
            const body = [...news, ...again].join('\n');
            const response = await collector.send('/b', { method: 'POST', body }).catch(() => undefined);
            if (response?.status === 200) for (const id of ids) acknowledged.add(id);
            await response?.arrayBuffer().catch(() => undefined);
          }
        });
        if (moment === undefined) await upgraded(data);
        else await expect.poll(() => progressOf(data), { interval: 2 }).toBeGreaterThanOrEqual(moment);
        child.kill(moment === undefined ? 'SIGTERM' : 'SIGKILL');
        isSending = false;
        await Promise.all([exited, ...senders]);
      }
      const opened = openUpgrading(data);
      const hits = await storedHits(opened.store);
      await opened.close();
      const numbers = hits.filter(({ name }) => name === 'Visited').map(({ properties }) => properties[1]?.[1]);
      expect([moments, numbers]).toEqual([moments, Array.from({ length: count }, (_, n) => `${n}`)]);
      const ids = hits.map(({ id }) => id).filter((id) => id?.startsWith('new-'));
      expect([moments, new Set(ids).size]).toEqual([moments, ids.length]);
      const stored = new Set(ids);
      expect([moments, ...[...acknowledged].filter((id) => !stored.has(id))]).toEqual([moments]);
      expect(acknowledged.size).toBeGreaterThan(100);
      expectWhole(data);
    },
  );

  test.runIf(LONG)('continues when another program has released the store', async () => {
    const folder = await folderOfSchema5();
    const { store, errors, close } = openUpgrading(folder, { hitsPerStep: 5 });
    await inDatabaseLocked(folder, async () => {
      await expect.poll(() => errors.length).toBeGreaterThan(0);
      expect(stateOf(folder)).toBeDefined();
    });
    await upgraded(folder);
    expect(errors.map(String)).toEqual([expect.stringContaining('locked')]);
    expect(await storedHits(store)).not.toEqual([]);
    await close();
    expectWhole(folder);
  });

  test.skipIf(process.platform !== 'linux')('writes hits to no temporary file', async () => {
    const [data, temporary] = [await temporaryFolder(), await temporaryFolder()];
    await fillBefore(data, 3000);
    const made: (string | null)[] = [];
    const watcher = watch(temporary, (_, name) => made.push(name));
    const { process: child, exited } = await serve(['--data', data], { SQLITE_TMPDIR: temporary });
    await upgraded(data);
    writeFileSync(join(temporary, 'end'), '');
    await expect.poll(() => made).toContain('end');
    watcher.close();
    expect(made.filter((name) => name !== 'end')).toEqual([]);
    child.kill('SIGTERM');
    await exited;
  });
});

/** Runs code while another connection wants to write. */
async function inDatabaseLocked(folder: string, work: () => Promise<void>): Promise<void> {
  const db = openDatabase(join(folder, 'kmq.db'));
  db.exec('BEGIN IMMEDIATE');
  await work();
  db.exec('ROLLBACK');
  db.close();
}

describe('on a disk that is nearly full, an upgrade', () => {
  /** Uses all the space except for some. */
  function fill(folder: string, left: number): void {
    const ballast = join(folder, 'ballast');
    try {
      for (;;) appendFileSync(ballast, Buffer.alloc(MEGABYTE / 16));
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
    if (left) {
      truncateSync(ballast, Math.max(0, statSync(ballast).size - left));
    }
  }

  test.runIf(LONG)('waits, and hits do not', async (context) => {
    const folder = await smallDisk(48);
    if (!folder) return context.skip('no file system can be mounted here');
    await fillBefore(folder, 30_000);
    fill(folder, 6.5 * MEGABYTE);
    const opened = openUpgrading(folder);
    await expect.poll(() => opened.notices).toEqual([expect.stringContaining('MiB more are free')]);
    expect(stateOf(folder)).toMatchObject({ step: 'index', identity: 0 });
    for (let n = 0; n < 50; n++) await opened.store.append([oldHit(100_000 + n)]);
    rmSync(join(folder, 'ballast'));
    await upgraded(folder);
    expect(await storedHits(opened.store)).toHaveLength(30_050);
    await opened.close();
    expect(opened.errors).toEqual([]);
    expectWhole(folder);
    return undefined;
  });

  test.runIf(LONG)(
    'loses nothing if the disk becomes full meanwhile, and continues when there is space',
    async (context) => {
      const folder = await smallDisk(48);
      if (!folder) return context.skip('no file system can be mounted here');
      await fillBefore(folder, 20_000);
      const opened = openUpgrading(folder, { hitsPerStep: 100 });
      const acknowledged: string[] = [];
      const send = async (from: number, most: number): Promise<void> => {
        for (let n = from, refused = 0; n < from + most && refused < 10; n++) {
          const one = oldHit(n);
          one.hit = { ...one.hit, id: `new-${n}`, properties: [...one.hit.properties, ['filler', 'x'.repeat(8000)]] };
          await opened.store.append([one]).then(
            () => acknowledged.push(`new-${n}`),
            (error: unknown) => {
              expect(error).toMatchObject({ code: 'ENOSPC', statusCode: 503 });
              refused += 1;
            },
          );
        }
      };
      await send(100_000, 10);
      expect(stateOf(folder)).toBeDefined();
      fill(folder, 0);
      await send(200_000, 10_000);
      expect(await opened.answers()).toBeDefined();
      expect(stateOf(folder)).toBeDefined();
      rmSync(join(folder, 'ballast'));
      await expect
        .poll(() =>
          opened.store.append([oldHit(0)]).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      await upgraded(folder);
      const hits = await storedHits(opened.store);
      expect(hits.flatMap(({ id }) => (id?.startsWith('new-') ? [id] : []))).toEqual(acknowledged);
      const old = hits.filter(({ id }) => !id?.startsWith('new-'));
      expect(old.slice(0, 20_000).map(({ properties }) => properties[1]?.[1])).toEqual(
        Array.from({ length: 20_000 }, (_, n) => `${n}`),
      );
      await opened.close();
      expectWhole(folder);
      return undefined;
    },
  );
});
