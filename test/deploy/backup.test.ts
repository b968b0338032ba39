import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { serve } from '../support/command.js';
import { clientOf, startCollector, temporaryFolder } from '../support/collector.js';

test('a copy by VACUUM INTO that is made while hits arrive contains all hits that were acknowledged before, and stops no hit', async () => {
  const data = await temporaryFolder();
  const { origin } = await serve(['--data', data]);
  const collector = clientOf(origin);
  const acknowledged: number[] = [];
  const others: number[] = [];
  let next = 0;
  let running = true;
  const senders = Array.from({ length: 8 }, async () => {
    while (running) {
      const n = next++;
      const { status } = await collector.send(`/e?_k=site&_p=p${n % 50}&_n=n${n}&_i=i${n}`);
      if (status === 200) acknowledged.push(n);
      else others.push(status);
    }
  });
  await expect.poll(() => acknowledged.length, { interval: 5 }).toBeGreaterThan(500);

  const copy = join(await temporaryFolder(), 'restored');
  await mkdir(copy);
  const before = [...acknowledged];
  const db = openDatabase(join(data, 'kmq.db'));
  db.exec(`VACUUM INTO '${join(copy, 'kmq.db')}'`);
  db.close();
  const enough = acknowledged.length + 100;
  await expect.poll(() => acknowledged.length, { interval: 5 }).toBeGreaterThan(enough);
  running = false;
  await Promise.all(senders);
  expect(others).toEqual([]);

  const restored = await startCollector({ data: copy });
  const stored = new Set((await restored.export()).map(({ _i }) => Number((_i as string).slice(1))));
  expect(before.filter((n) => !stored.has(n))).toEqual([]);
  expect((await restored.send('/e?_k=site&_p=p1&_n=after')).status).toBe(200);
  expect((await restored.person('p1'))!.events.at(-1)).toMatchObject({ name: 'after' });
});
