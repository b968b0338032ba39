import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { clientOf, storedIn, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { LONG } from '../support/long.js';

/** Four processes that answer, and the primary that writes, once all of them are running. */
async function serveWithFour(data: string) {
  const command = await serve(['--data', data, '--processes', '4', '--log-level', 'info']);
  const listening = () => command.log.filter((line) => line.includes('Server listening')).length;
  await expect.poll(listening).toBe(4);
  return { ...command, collector: clientOf(command.origin) };
}

const workersOf = (pid: number): number[] =>
  execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);

describe('several processes on one port', () => {
  test('are one collector: people, counts, Live and erasures are the same in each process', async () => {
    const { collector } = await serveWithFour(await temporaryFolder());
    const names = Array.from({ length: 200 }, (_, n) => `n${n}`);
    // Each request uses a new connection, so that all processes get some.
    const send = (address: string) => collector.send(address, { headers: { connection: 'close' } });
    await Promise.all(names.map((name, n) => send(`/e?_k=site&_p=id${n % 10}&_n=${name}&_i=i${n}`)));
    for (let n = 1; n < 10; n++) await send(`/a?_k=site&_p=id${n - 1}&_n=id${n}`);
    await Promise.all(names.map((name, n) => send(`/e?_k=site&_p=id${n % 10}&_n=${name}&_i=i${n}`)));
    for (let n = 0; n < 8; n++) expect((await collector.person(`id${n}`))!.events).toHaveLength(200);
    expect((await collector.live(100)).hits).toHaveLength(100);
    expect(await collector.erase('id3')).toMatchObject({ hits: 209 });
    await send('/e?_k=site&_p=id3&_n=back');
    for (let n = 0; n < 8; n++) expect(await collector.export()).toMatchObject([{ _p: 'id3', _n: 'back' }]);
  });

  test('the kind of sender is stored with a hit, whichever process accepted it', async () => {
    const data = await temporaryFolder();
    const { collector, process: child, exited } = await serveWithFour(data);
    const agents = [
      'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
      'Mozilla/5.0 (compatible; bot)',
      'curl',
    ];
    const marks = ['browser', 'bot', 'server'];
    for (let n = 0; n < 60; n++) {
      const headers = { connection: 'close', 'User-Agent': agents[n % 3]! };
      await collector.send(`/e?_k=site&_p=bob&_n=n${n}`, { headers });
    }
    child.kill('SIGTERM');
    await exited;
    expect((await storedIn(data)).map(({ agent }) => agent)).toEqual(
      Array.from({ length: 60 }, (_, n) => marks[n % 3]),
    );
  });

  test('a hit that is sent after another was acknowledged is stored after it', async () => {
    const { collector } = await serveWithFour(await temporaryFolder());
    for (let n = 0; n < 100; n++) {
      const init = { headers: { connection: 'close' } };
      await collector.send(`/e?_k=site&_p=bob&_n=n${n}`, init);
    }
    expect((await collector.export()).map(({ _n }) => _n)).toEqual(Array.from({ length: 100 }, (_, n) => `n${n}`));
  });

  test.runIf(LONG)('a process that is killed loses no acknowledged hit, and is replaced', async () => {
    const { collector, process: child, log } = await serveWithFour(await temporaryFolder());
    const acknowledged: string[] = [];
    let sending = true;
    const senders = Array.from({ length: 20 }, async (_, sender) => {
      for (let n = 0; sending; n++) {
        // A request that is given to a process while it is killed is never answered: trackers wait for as long as this.
        const init = { signal: AbortSignal.timeout(15_000) };
        const hit = `/e?_k=site&_p=p${sender}&_n=n&_i=${sender}-${n}`;
        const response = await collector.send(hit, init).catch(() => undefined);
        if (response?.status === 200) acknowledged.push(`${sender}-${n}`);
        await response?.arrayBuffer().catch(() => undefined);
      }
    });
    await expect.poll(() => acknowledged.length).toBeGreaterThan(100);
    const before = workersOf(child.pid!);
    process.kill(before[0]!, 'SIGKILL');
    await expect.poll(() => log.join('\n')).toContain('another one replaces it');
    await expect.poll(() => workersOf(child.pid!).length).toBe(4);
    const then = acknowledged.length;
    await expect.poll(() => acknowledged.length).toBeGreaterThan(then + 100);
    sending = false;
    await Promise.all(senders);
    const stored = new Set((await collector.export()).map(({ _i }) => _i));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  });

  test('stop together, with the hits that they have accepted, and end with the primary when that is killed', async () => {
    const data = await temporaryFolder();
    const first = await serveWithFour(data);
    const workers = workersOf(first.process.pid!);
    await Promise.all(Array.from({ length: 100 }, (_, n) => first.collector.send(`/e?_k=site&_p=bob&_n=n${n}`)));
    first.process.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    const second = await serveWithFour(data);
    expect(await second.collector.export()).toHaveLength(100);
    const others = workersOf(second.process.pid!);
    second.process.kill('SIGKILL');
    await second.exited;
    const isRunning = (pid: number) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(() => [...workers, ...others].filter(isRunning)).toEqual([]);
  });

  test('stop also while some of them are starting', async () => {
    // All workers but the first one need more time for their start than a stop may take, as on a machine that is busy.
    const wait = 'if (cluster.worker?.id > 1) await new Promise((resolve) => setTimeout(resolve, 60_000))';
    const slow = `data:text/javascript,import cluster from 'node:cluster'; ${wait}`;
    const parameters = ['--data', await temporaryFolder(), '--processes', '4', '--log-level', 'info'];
    const { process: child, exited, log } = await serve(parameters, { NODE_OPTIONS: `--import "${slow}"` });
    child.kill('SIGTERM');
    expect([await exited, log.at(-1)]).toEqual([0, expect.stringContaining('"stopped"')]);
  });

  test('a process that replaces another has the settings with which the collector was started', async () => {
    const config = join(await temporaryFolder(), 'kmq.config.json');
    const write = (consent: string) => writeFile(config, `{ "sites": { "shop": { "consent": "${consent}" } } }`);
    await write('denied');
    const parameters = ['--processes', '2', '--config', config, '--log-level', 'info'];
    const { process: child, origin, log } = await serve(['--data', await temporaryFolder(), ...parameters]);
    const listening = () => log.filter((line) => line.includes('Server listening')).length;
    await expect.poll(listening).toBe(2);
    const replace = async (worker: number) => {
      const before = listening();
      process.kill(worker, 'SIGKILL');
      await expect.poll(listening).toBe(before + 1);
    };
    const [first, second] = workersOf(child.pid!);
    await write('granted');
    await replace(first!);
    // A worker that reads this file cannot start.
    await write('perhaps');
    await replace(second!);
    const trackers = await Promise.all(
      Array.from({ length: 20 }, async () =>
        (await fetch(`${origin}/shop.js`, { headers: { connection: 'close' } })).text(),
      ),
    );
    expect(trackers.filter((script) => !script.includes('"KM_CONSENT":"denied"'))).toEqual([]);
  });

  test('add up their metrics', async () => {
    const { collector } = await serveWithFour(await temporaryFolder());
    const init = { headers: { connection: 'close' } };
    await Promise.all(Array.from({ length: 40 }, (_, n) => collector.send(`/e?_k=site&_p=bob&_n=n${n}`, init)));
    const text = await (await collector.send('/metrics')).text();
    expect(text).toMatch(/^kmq_hits_accepted_total\{kind="event"\} 40$/m);
    expect(text).toMatch(/^kmq_build_info\{version="[\d.]+"\} 1$/m);
  });

  test('keep the counts of a process that does not answer, or that has ended, and not its gauges', async () => {
    const { collector, process: child, log } = await serveWithFour(await temporaryFolder());
    const init = { headers: { connection: 'close' } };
    const sendHits = (count: number) =>
      Promise.all(Array.from({ length: count }, () => collector.send('/e?_k=site&_p=bob&_n=n', init)));
    const metrics = async (): Promise<Map<string, number>> => {
      // A request that the stopped process got is never answered.
      const timeout = { signal: AbortSignal.timeout(8000) };
      const response = await collector.send('/metrics', { ...init, ...timeout }).catch(() => undefined);
      if (!response) return metrics();
      return new Map(
        (await response.text())
          .split('\n')
          .filter((line) => line && !line.startsWith('#'))
          .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
      );
    };
    const accepted = 'kmq_hits_accepted_total{kind="event"}';
    // Some gauges of Node have the ending of a counter.
    const counts = /^(?!nodejs_active).*_(total|bucket|sum|count)\b/;
    await sendHits(40);
    const before = await metrics();
    expect(before.get(accepted)).toBe(40);
    const expectNoFall = (after: Map<string, number>) => {
      const fallen = [...before].filter(([name, value]) => counts.test(name) && !(after.get(name)! >= value));
      expect(fallen).toEqual([]);
    };

    const [stopped] = workersOf(child.pid!);
    process.kill(stopped!, 'SIGSTOP');
    const meanwhile = await metrics();
    expectNoFall(meanwhile);
    expect(meanwhile.get('process_resident_memory_bytes')).toBeLessThan(
      before.get('process_resident_memory_bytes')! * 0.9,
    );

    process.kill(stopped!, 'SIGKILL');
    await expect.poll(() => log.join('\n')).toContain('another one replaces it');
    const after = await metrics();
    expectNoFall(after);
    expect(after.get(accepted)).toBe(40);
    // A second one, so that counts of two processes have ended.
    process.kill(workersOf(child.pid!)[0]!, 'SIGKILL');
    await expect.poll(() => log.filter((line) => line.includes('another one replaces it')).length).toBe(2);
    expectNoFall(await metrics());
    await sendHits(10);
    expect((await metrics()).get(accepted)).toBe(50);
  });

  test('log commits that fail once a minute, and not for every hit', async () => {
    const data = await temporaryFolder();
    const { collector, process: child, log } = await serveWithFour(data);
    const other = openDatabase(join(data, 'kmq.db'));
    other.exec('BEGIN IMMEDIATE');
    for (let n = 0; n < 4; n++) expect((await collector.send(`/e?_k=site&_p=bob&_n=n${n}`)).status).toBe(503);
    other.exec('ROLLBACK');
    other.close();
    const lines = log.map((line) => JSON.parse(line) as { pid: number; err?: { stack: string } });
    const ofCommits = lines.filter(({ pid, err }) => pid === child.pid && err?.stack.includes('GroupCommit'));
    expect(ofCommits).toMatchObject([{ msg: expect.stringMatching(/^a commit failed: /) as string, times: 1 }]);
  });

  test('say why they do not start', async () => {
    const running = await serve(['--data', await temporaryFolder()]);
    const port = new URL(running.origin).port;
    const second = serve(['--data', await temporaryFolder(), '--processes', '2', '--port', port]);
    await expect(second).rejects.toThrow('EADDRINUSE');
  });
});
