import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
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

  describe.each([
    ['before kmq’s own code runs', 'waits(); await new Promise(() => setInterval(() => undefined, 1e6))'],
    [
      'before its settings arrive',
      `const { emit } = process;
       process.emit = (name, ...rest) => rest[0]?.kind === 'settings' ? waits() : emit.call(process, name, ...rest)`,
    ],
  ])('stop also while one is starting, %s:', (_, waitsForEver) => {
    /** @param condition for the numbers of the workers that wait */
    const waiting = (condition: string) => ({
      NODE_OPTIONS: `--import "data:text/javascript,import cluster from 'node:cluster';
        const waits = () => console.error('it waits');
        if (cluster.worker?.id ${condition}) { ${waitsForEver} }"`.replace(/\s+/g, ' '),
    });

    test('the first one', async () => {
      const parameters = ['--data', await temporaryFolder(), '--processes', '4', '--log-level', 'info'];
      const child = spawn(process.execPath, ['server/bin/kmq.js', 'serve', '--port', '0', ...parameters], {
        env: { PATH: process.env.PATH, ...waiting('> 0') },
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const exited = once(child, 'close');
      let logged = '';
      child.stderr.on('data', (chunk: Buffer) => (logged += chunk.toString()));
      await expect.poll(() => logged).toContain('it waits');
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      expect(logged).toContain('"stopped"');
      expect(logged).not.toContain('listening');
    });

    test('others', async () => {
      const parameters = ['--data', await temporaryFolder(), '--processes', '4', '--log-level', 'info'];
      const { process: child, exited, log } = await serve(parameters, waiting('> 1'));
      await expect.poll(() => log.filter((line) => line === 'it waits').length).toBe(3);
      child.kill('SIGTERM');
      expect([await exited, log.at(-1)]).toEqual([0, expect.stringContaining('"stopped"')]);
    });
  });

  test.runIf(process.platform === 'linux')('are not ended by one that is killed when it begins to listen', async () => {
    // The primary answers the second worker only when that has ended: Node then has an error of which it tells the primary.
    const preload = join(await temporaryFolder(), 'preload.mjs');
    await writeFile(
      preload,
      `import cluster from 'node:cluster';
       import { readFileSync } from 'node:fs';
       const hasEnded = (pid) => readFileSync(\`/proc/\${pid}/stat\`, 'utf8').includes(') Z');
       cluster.on('fork', ({ id, process: child }) => {
         if (id !== 2) return;
         child.prependListener('internalMessage', ({ act }) => {
           if (act !== 'queryServer') return;
           child.kill('SIGKILL');
           while (!hasEnded(child.pid));
         });
       });`,
    );
    const parameters = ['--data', await temporaryFolder(), '--processes', '2', '--log-level', 'info'];
    const environment = { NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` };
    const { process: child, exited, log } = await serve(parameters, environment);
    await expect.poll(() => log.filter((line) => line.includes('Server listening')).length).toBe(2);
    expect(log.filter((line) => line.includes('(SIGKILL); another one replaces it'))).toHaveLength(1);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  test('end without an error if the primary is killed while they are starting', async () => {
    // It does nothing until it is sure that the primary is gone.
    const slow = `import cluster from 'node:cluster';
      if (cluster.worker?.id > 1) {
        console.error('it waits');
        const { ppid } = process;
        while (process.ppid === ppid) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      }`.replace(/\s+/g, ' ');
    const parameters = ['--data', await temporaryFolder(), '--processes', '2', '--log-level', 'info'];
    const environment = { NODE_OPTIONS: `--import "data:text/javascript,${slow}"` };
    const { process: child, exited, log } = await serve(parameters, environment);
    await expect.poll(() => log).toContain('it waits');
    child.kill('SIGKILL');
    // The workers have the same standard error, which is closed when they have ended, too.
    expect(await exited).toBe('SIGKILL');
    expect(log.at(-1)).toBe('it waits');
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
    const metrics = async () => (await collector.send('/metrics')).text();
    // A process that has too much to do to answer within two seconds is left out.
    await expect.poll(metrics).toMatch(/^kmq_hits_accepted_total\{kind="event"\} 40$/m);
    expect(await metrics()).toMatch(/^kmq_build_info\{version="[\d.]+"\} 1$/m);
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
    const memory = 'process_resident_memory_bytes';
    await sendHits(40);
    // Until all four have answered within two seconds: each has more than a tenth of the memory.
    const processes = workersOf(child.pid!).join();
    const ofSystem = (): number => {
      const sizes = execFileSync('ps', ['-o', 'rss=', '-p', processes], { encoding: 'utf8' });
      return (
        1024 *
        sizes
          .trim()
          .split('\n')
          .map(Number)
          .reduce((sum, size) => sum + size)
      );
    };
    let before = new Map<string, number>();
    await expect
      .poll(async () => {
        before = await metrics();
        return [before.get(accepted), before.get(memory)! > ofSystem() * 0.9];
      })
      .toEqual([40, true]);
    const expectNoFall = (after: Map<string, number>) => {
      const fallen = [...before].filter(([name, value]) => counts.test(name) && !(after.get(name)! >= value));
      expect(fallen).toEqual([]);
    };

    const [stopped] = workersOf(child.pid!);
    process.kill(stopped!, 'SIGSTOP');
    const meanwhile = await metrics();
    expectNoFall(meanwhile);
    expect(meanwhile.get(memory)).toBeLessThan(before.get(memory)! * 0.9);

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
    await expect.poll(async () => (await metrics()).get(accepted)).toBe(50);
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
