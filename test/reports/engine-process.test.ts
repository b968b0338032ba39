import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { KEY, smallDisk, temporaryFolder } from '../support/collector.js';
import { bytes, event, many, open, people, poll } from './engine-stand.js';
import { LONG } from '../support/long.js';

describe('the process of reports', () => {
  test.runIf(LONG)('continues after a kill while it builds, at any point', async () => {
    const folder = await temporaryFolder();
    const filled = new EmbeddedStore({ folder, counting: () => 'auto' });
    for (let n = 0; n < 30; n++) await filled.append(many(1000, n * 1000));
    await filled.close();
    const store = await open(folder);
    for (let kills = 0; kills < 3; kills++) {
      const file = join(folder, 'reports.duckdb');
      await people(store);
      await expect.poll(() => existsSync(file)).toBe(true);
      store.kill();
    }
    await poll(store).toBe(30_000);
  });

  test('says after a start which part of the hits it has, while it copies those that it missed', async () => {
    const store = await open();
    await store.store.append(many(8000));
    await poll(store).toBe(8000);
    await store.reports.close();
    for (let n = 1; n < 4; n++) await store.store.append(many(8000, n * 8000));
    await store.restart();
    const said = new Set<number | undefined>();
    for (let isComplete = false; !isComplete; await turn()) {
      const { progress, asOf } = store.reports.readings!;
      said.add(progress);
      isComplete = asOf > 0;
    }
    expect([...said]).toContain(0.25);
    expect([...said].at(-1)).toBe(1);
    expect(await people(store)).toBe(32_000);
  });

  test('is restarted if it uses too much memory, and says so', async () => {
    const store = await open();
    await store.store.append(many(5));
    await store.restart({ limits: { memory: 64, threads: 1 } });
    await people(store);
    await expect
      .poll(() => store.notices.join())
      .toMatch(/The process of reports is started again: it used \d+ MiB of memory, and its limit is 64 MiB/);
    // Hits were not affected.
    await store.store.append(many(5, 5));
    await store.restart();
    await poll(store).toBe(10);
  });

  test('ends a question after its time limit, and when its client disconnects', async () => {
    const store = await open();
    await store.store.append(many(2000));
    await poll(store).toBe(2000);
    await store.restart({ timeLimit: 0.0001 });
    await expect.poll(() => people(store)).toMatch(/took longer than/);
    await store.restart();
    const gone = new AbortController();
    const asking = store.reports.ask('names', KEY, {}, gone.signal);
    gone.abort(new Error('gone'));
    await expect(asking).rejects.toThrow('gone');
    await poll(store).toBe(2000);
    const late = store.reports.ask('names', KEY, {}, AbortSignal.abort(new Error('gone before')));
    await expect(late).rejects.toThrow('gone before');
  });

  test('repeats an answer until something of its site has changed', async () => {
    const store = await open();
    const asOf = async (): Promise<number> => (await store.ask('names', {})).asOf;
    const comes = (key: string): Promise<unknown> => {
      const arrived = event('somebody');
      return store.store.append([{ ...arrived, hit: { ...arrived.hit, key } }]);
    };
    const ofOther = async (): Promise<number> => {
      const answer = await store.reports.ask('names', 'other', {}, new AbortController().signal);
      return (JSON.parse(Buffer.from(answer).toString()) as { events: { times: number }[] }).events[0]?.times ?? 0;
    };
    await comes(KEY);
    await poll(store).toBe(1);
    const first = await asOf();
    expect(await ofOther()).toBe(0);
    await wait(1100);
    await comes('other');
    await expect.poll(ofOther).toBe(1);
    expect(await asOf()).toBe(first);
    await comes(KEY);
    await expect.poll(asOf).toBeGreaterThan(first);
  });

  test('writes nothing to a disk with little free space, and hits are stored', async (context) => {
    const folder = (await smallDisk(64)) ?? context.skip('no file system can be mounted here');
    const store = await open(folder);
    await store.store.append(many(5));
    // Reports would need space that is not free.
    const waits = 'The disk of the data folder has little space left: reports continue when 257 MiB are free.';
    expect(await people(store)).toBe(`Reports are being built: they include 0 % of the hits. ${waits}`);
    expect(store.notices).toEqual([waits]);
    await store.store.append(many(5, 5));
    expect(bytes(folder).length).toBeLessThan(2_000_000);
  });
});

test('a collector does not load the library of DuckDB', () => {
  const program = JSON.stringify(new URL('../../server/lib/cli/program.js', import.meta.url).href);
  const script = `import(${program}).then(() => console.log(process.report.getReport().sharedObjects.join()))`;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(loaded).toContain('libc');
  expect(loaded).not.toContain('duckdb');
});

test('a collector without questions has no process of reports and no file', async () => {
  const store = await open();
  await store.store.append(many(5));
  await store.remover.erase(KEY, 'p1');
  expect(store.reports.readings).toBe(undefined);
  expect(bytes(store.folder)).toBe('');
});
