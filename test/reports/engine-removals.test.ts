import { describe, expect, test } from 'vitest';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY } from '../support/collector.js';
import { alias, bytes, event, many, NOW, open, people, poll } from './engine-stand.js';

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

describe('hits that were removed by age', () => {
  test('are in no answer and in no file, with the people who have no hits left', async () => {
    const store = await open();
    await store.store.append([event('old-secret', NOW - 90 * 86_400, [['Mail', 'old-secret-value']]), ...many(20)]);
    await poll(store).toBe(20);
    store.expired = NOW - 30 * 86_400;
    await store.remover.expire(KEY, store.expired);
    await expect.poll(() => bytes(store.folder)).not.toMatch(/old-secret/);
    expect((await store.ask('people', { limit: 1 })).total).toBe(20);
  });
});
