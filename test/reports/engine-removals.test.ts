import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ReportDatabase } from '../../src/collector/reports/engine/database.js';
import { Engine } from '../../src/collector/reports/engine/engine.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY, smallDisk } from '../support/collector.js';
import type { ReportStore } from '../support/report-store.js';
import { ALL, alias, bytes, event, many, NOW, open, people, poll } from './engine-stand.js';

describe('a person who was erased', () => {
  const secret = (n: number): ArrivedHit =>
    event(`secret-identity-${n}`, NOW, [
      ['Mail', `secret-value-${n}@example.com`],
      [`secret-name-${n}`, 'x'],
    ]);

  test('is in no file of the reports when the request is answered', async () => {
    const store = await open();
    await store.store.append([secret(1), ...many(50), alias('secret-identity-1', 'secret-identity-1b')]);
    await poll(store).toBe(51);
    expect(bytes(store.folder)).toContain('secret-value-1');
    const erased = await store.remover.erase(KEY, 'secret-identity-1');
    expect(erased).toMatchObject({ hits: 2 });
    // On a busy machine the request may be answered before the file is written, and then the answer says so.
    if (erased!.pending) await store.reports.rewritten();
    expect(await people(store)).toBe(50);
    expect(bytes(store.folder)).not.toMatch(/secret-/);
  });

  test('is in no answer of a process that starts after a kill, and soon in no file', async () => {
    const store = await open();
    await store.store.append([secret(2), ...many(50)]);
    await poll(store).toBe(51);
    const erasing = store.remover.erase(KEY, 'secret-identity-2');
    store.kill();
    await erasing;
    for (let n = 0; n < 5; n++) expect(await people(store)).not.toBe(51);
    await poll(store).toBe(50);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/secret-/);
  });

  test('while there was no process is in no answer either', async () => {
    const store = await open();
    await store.store.append([secret(3), ...many(50)]);
    await poll(store).toBe(51);
    await store.reports.close();
    await store.store.erase(KEY, 'secret-identity-3');
    await store.restart();
    const answers = new Set<number | string>();
    await expect.poll(async () => answers.add(await people(store)).has(50)).toBe(true);
    expect(answers).not.toContain(51);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/secret-/);
  });

  test('is another person when they come back', async () => {
    const store = await open();
    await store.store.append([secret(4), ...many(3)]);
    await poll(store).toBe(4);
    await Promise.all([store.remover.erase(KEY, 'secret-identity-4'), store.store.append(many(2, 100))]);
    await store.store.append([event('secret-identity-4')]);
    await poll(store).toBe(6);
    const { properties } = await store.ask('names', {});
    expect(properties).toEqual([]);
  });
});

/** A count from an engine in this process, and the engine. */
async function engineOn(store: ReportStore): Promise<{ engine: Engine; count: () => Promise<number> }> {
  await store.reports.close();
  const engine = await Engine.open({
    ...{ folder: store.folder, limits: { memory: 1024, threads: 1 }, timeLimit: 30, intervalMs: 20, expired: {} },
    settings: () => ({ counting: 'auto', timeZone: 'UTC', domains: [] }),
    onError: () => undefined,
    onStuck: () => undefined,
    onNotice: () => undefined,
  });
  onTestFinished(() => engine.close());
  await engine.built;
  const count = async (): Promise<number> => {
    const question = { ...ALL, event: 'Came', count: 'people', by: 'month' };
    const answer = await engine.ask('trend', KEY, question, new AbortController().signal);
    return (JSON.parse(Buffer.from(answer).toString()) as { total: number }).total;
  };
  return { engine, count };
}

describe('a removal that failed, as without memory', () => {
  // Memory that is too small for one statement, and large enough for the others, cannot be had for certain.
  const failNext = (): void => {
    const write = vi.spyOn(ReportDatabase.prototype, 'write').mockRejectedValueOnce(new Error('Out of Memory Error'));
    onTestFinished(() => write.mockRestore());
  };

  test('of a person is made before the next answer', async () => {
    const store = await open();
    await store.store.append([event('secret-identity'), ...many(20)]);
    await poll(store).toBe(21);
    const { engine, count } = await engineOn(store);
    expect(await count()).toBe(21);
    await store.store.erase(KEY, 'secret-identity');
    failNext();
    await expect(engine.forget(KEY, ['secret-identity'])).rejects.toThrow('Out of Memory');
    expect(await Promise.all([count(), count()])).toEqual([20, 20]);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/secret-identity/);
  });

  test('of old hits, too, and without a question some time later', async () => {
    const store = await open();
    await store.store.append([event('p1', NOW - 10 * 86_400), ...many(3)]);
    await poll(store).toBe(3);
    const { engine, count } = await engineOn(store);
    await store.store.expire(KEY, NOW - 86_400);
    failNext();
    await expect(engine.expire(KEY, NOW - 86_400)).rejects.toThrow('Out of Memory');
    await expect.poll(async () => (engine as unknown as { removals: { count: number } }).removals.count).toBe(1);
    expect(await count()).toBe(3);
  });
});

describe('hits that were removed by age', () => {
  const old = event('old-secret', NOW - 90 * 86_400, [['Mail', 'old-secret-value']]);
  const expireOld = async (store: ReportStore): Promise<void> => {
    store.expired = NOW - 30 * 86_400;
    await store.remover.expire(KEY, store.expired);
    expect((await store.ask('people', { limit: 1 })).total).toBe(20);
  };

  test('are in no answer, and some time later in no file, with the people who have no hits left', async () => {
    const store = await open();
    await store.restart({ expiredStayMs: 300 });
    await store.store.append([old, ...many(20)]);
    await poll(store).toBe(20);
    await expireOld(store);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/old-secret/);
    expect((await store.ask('people', { limit: 1 })).total).toBe(20);
  });

  test('have the file written again once a day, since that costs time for all hits, and at once with an erased person', async () => {
    const store = await open();
    await store.store.append([old, ...many(20)]);
    await poll(store).toBe(20);
    await expireOld(store);
    // Some rounds in which the file could be written again.
    await store.store.append(many(1, 20));
    await poll(store).toBe(21);
    await store.reports.compare();
    expect(bytes(store.folder).includes('old-secret-value')).toBe(true);
    await store.remover.erase(KEY, 'p20');
    await expect.poll(() => bytes(store.folder)).not.toMatch(/old-secret/);
    await poll(store).toBe(20);
  });

  test('leave the file after a restart, which does not know whose values they are', async () => {
    const store = await open();
    await store.store.append([old, ...many(20)]);
    await poll(store).toBe(20);
    await expireOld(store);
    await store.restart();
    await expect.poll(() => bytes(store.folder)).not.toMatch(/old-secret/);
    await poll(store).toBe(20);
  });

  test('wait for space on the disk, for which the file is not deleted', async ({ skip }) => {
    // With less than 256 MiB free, reports write nothing.
    const disk = (await smallDisk(320)) ?? skip('no file system can be mounted here');
    const store = await open(disk);
    await store.restart({ expiredStayMs: 100 });
    await store.store.append([old, ...many(20)]);
    await poll(store).toBe(20);
    const free = (): number => statfsSync(disk).bavail * statfsSync(disk).bsize;
    const filler = join(disk, 'filler');
    writeFileSync(filler, Buffer.alloc(free() - 250 * 2 ** 20));
    await expireOld(store);
    await wait(500);
    expect(bytes(store.folder).includes('old-secret-value')).toBe(true);
    expect(store.notices.join()).not.toMatch(/built again|without an erased person/);
    rmSync(filler);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/old-secret/);
    await poll(store).toBe(20);
  });
});
