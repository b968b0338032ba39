import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serve, type Command } from '../support/command.js';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { LONG } from '../support/long.js';

/** Sends a request; undefined if no complete answer came. */
function ask(agent: Agent, address: string): Promise<{ status: number; connection: string } | undefined> {
  return new Promise((resolve) => {
    const request = get(address, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode!, connection: response.headers.connection! }));
      response.on('error', () => resolve(undefined));
    });
    request.on('error', () => resolve(undefined));
  });
}

/** Waits until a number is the same after the answers that have arrived are read. */
async function nothingChanges(read: () => number): Promise<void> {
  let before: number;
  do {
    before = read();
    await pause(100);
  } while (read() !== before);
}

/** A client that asks for an export which fits into no buffer, and reads nothing of it. */
async function slowReader({ origin }: Command): Promise<Socket> {
  for (let batch = 0; batch < 40; batch++) {
    const hit = (n: number) => `/e?_k=site&_p=p&_n=n&_i=i${batch}.${n}&text=${'x'.repeat(7000)}`;
    const body = Array.from({ length: 100 }, (_, n) => hit(n)).join('\n');
    const { status } = await fetch(`${origin}/b`, { method: 'POST', body });
    expect(status).toBe(200);
  }
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET /api/v1/export?key=site HTTP/1.1\r\nHost: localhost\r\n\r\n');
  // The answer has begun when its first bytes have arrived.
  await once(socket, 'readable');
  return socket;
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s under load: acknowledged hits are stored, and the exit code is 0',
  async (signal) => {
    const data = await temporaryFolder();
    const first = await serve(['--data', data]);
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    onTestFinished(() => agent.destroy());
    const acknowledged: number[] = [];
    const connections = new Set<string>();
    let next = 0;
    let running = true;
    const senders = Array.from({ length: 50 }, async () => {
      while (running) {
        const n = next++;
        const answer = await ask(agent, `${first.origin}/e?_k=site&_p=p${n}&_n=n&_i=i${n}`);
        if (answer?.status === 200) acknowledged.push(n);
        if (answer) connections.add(answer.connection);
        else if (first.process.exitCode !== null) running = false;
      }
    });
    await expect.poll(() => acknowledged.length, { interval: 5 }).toBeGreaterThan(300);
    // The collector stands still until it has 50 requests without an answer: otherwise it may have answered all of them when it gets
    // the signal, and then no answer closes its connection.
    first.process.kill('SIGSTOP');
    await nothingChanges(() => next);
    first.process.kill(signal);
    first.process.kill('SIGCONT');
    expect(await first.exited).toBe(0);
    running = false;
    await Promise.all(senders);
    expect([...connections].sort()).toEqual(['close', 'keep-alive']);

    const second = await serve(['--data', data]);
    const stored = (await clientOf(second.origin).export()).map(({ _i }) => Number((_i as string).slice(1)));
    const kept = new Set(stored);
    expect(kept.size).toBe(stored.length);
    expect(acknowledged.filter((n) => !kept.has(n))).toEqual([]);
    second.process.kill('SIGTERM');
    expect(await second.exited).toBe(0);
  },
);

test('connections that send nothing, a Live feed and a reader that stops reading do not prevent the end', async () => {
  const command = await serve(['--data', await temporaryFolder()]);
  const silent = connect(Number(new URL(command.origin).port), '127.0.0.1');
  silent.on('error', () => {});
  await once(silent, 'connect');
  const feed = await fetch(`${command.origin}/api/v1/live?key=site`);
  await slowReader(command);
  command.process.kill('SIGTERM');
  // New connections are refused, while the existing ones are waited for.
  const knock = () => fetch(`${command.origin}/healthz`).then(String, (error: Error) => String(error.cause));
  await expect.poll(knock).toContain('ECONNREFUSED');
  expect(command.process.exitCode).toBeNull();
  expect(await command.exited).toBe(0);
  await feed.body!.cancel().catch(() => {});
  silent.destroy();
});

test('a process of reports that does not end does not prevent the end', async () => {
  const command = await serve(['--data', await temporaryFolder()]);
  const question = { event: 'n', count: 'people', by: 'day', from: '2026-01-01', to: '2026-01-02' };
  const address = `${command.origin}/api/v1/reports/trend?key=site&q=${encodeURIComponent(JSON.stringify(question))}`;
  await expect.poll(async () => (await fetch(address)).status).toBe(200);
  const reports = Number(execFileSync('pgrep', ['-P', String(command.process.pid)], { encoding: 'utf8' }));
  // The process has the lowest priority: a busy machine may give it no time, as here.
  process.kill(reports, 'SIGSTOP');
  onTestFinished(() => {
    // Nothing else would end this process.
    if (command.process.exitCode !== 0) process.kill(reports, 'SIGKILL');
  });
  const exited = once(command.process, 'exit');
  command.process.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(() => process.kill(reports, 0)).toThrow('ESRCH');
});

test('a second signal ends the process at once, with the exit code of that signal', async () => {
  const command = await serve(['--data', await temporaryFolder()]);
  await slowReader(command);
  command.process.kill('SIGTERM');
  await expect.poll(() => command.log.join('\n')).toContain('stopping, on SIGTERM');
  command.process.kill('SIGINT');
  expect(await command.exited).toBe(130);
  expect(command.log.join('\n')).not.toContain('"stopped"');
});

describe('a process that is too new to have listeners for signals is replaced without an error, after', () => {
  const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

  test.runIf(process.platform === 'linux').each(SIGNALS)('%s of a worker', async (signal) => {
    // The first and the third worker never get further than Node's own start: the signal ends them, and the second and the fourth replace
    // them.
    const held = 'if (cluster.worker?.id % 2) await new Promise(() => setInterval(() => undefined, 1e6))';
    const child = spawn(process.execPath, ['server/bin/kmq.js', 'serve', '--port', '0', '--processes', '2'], {
      env: {
        ...{ PATH: process.env.PATH, KMQ_DATA: await temporaryFolder() },
        NODE_OPTIONS: `--import "data:text/javascript,import cluster from 'node:cluster'; ${held}"`,
      },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    let logged = '';
    child.stderr.on('data', (chunk: Buffer) => (logged += chunk.toString()));
    const children = () =>
      readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').slice(0, -1);
    const numberOf = (worker: string) =>
      /\bNODE_UNIQUE_ID=(\d+)/.exec(readFileSync(`/proc/${worker}/environ`, 'utf8'))?.[1];
    const numbers = () => children().map(numberOf);
    for (const number of ['1', '3']) {
      await expect.poll(numbers).toContain(number);
      process.kill(Number(children().find((worker) => numberOf(worker) === number)), signal);
    }
    await expect.poll(() => printed).toContain('Overview');
    await expect.poll(numbers).toEqual(['2', '4']);
    await expect.poll(() => logged.match(/Server listening/g)?.length).toBe(2);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
    expect(logged).not.toContain('ended');
  });

  test.each(SIGNALS)('%s of the process of reports', async (signal) => {
    const data = await temporaryFolder();
    // The first process of reports never gets further than Node's own start.
    const preload = join(data, 'preload.mjs');
    const held = join(data, 'held');
    writeFileSync(
      preload,
      `import { existsSync, writeFileSync } from 'node:fs';
       if (process.argv[1].endsWith('process.js') && !existsSync(${JSON.stringify(held)})) {
         writeFileSync(${JSON.stringify(held)}, String(process.pid));
         await new Promise(() => setInterval(() => undefined, 1e6));
       }`,
    );
    const environment = { NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` };
    const command = await serve(['--data', data], environment);
    const status = () => fetch(`${command.origin}/api/v1/reports/names?key=site`).then((answer) => answer.status);
    const first = status();
    await expect.poll(() => existsSync(held) && readFileSync(held, 'utf8')).toMatch(/^\d+$/);
    process.kill(Number(readFileSync(held, 'utf8')), signal);
    expect(await first).toBe(503);
    await expect.poll(status).toBe(200);
    command.process.kill('SIGTERM');
    expect(await command.exited).toBe(0);
    expect(command.log.join('\n')).not.toContain('ended');
  });
});

describe('SIGHUP', () => {
  /** The names of events are a report, so this starts the process of reports. */
  const reports = (origin: string) => fetch(`${origin}/api/v1/reports/names?key=site`).then(({ status }) => status);

  test.each([
    ['of one process', []],
    ['of several processes', ['--processes', '2']],
  ])('without a terminal, as after nohup, ends no process of a collector %s', async (_, flags) => {
    // Detached: the signal is for all processes of the group, as that of a shell whose terminal is closed.
    const command = await serve(['--data', await temporaryFolder(), ...flags], {}, process.execPath, {
      detached: true,
    });
    await expect.poll(() => reports(command.origin)).toBe(200);
    const running = () => execFileSync('pgrep', ['-g', String(command.process.pid)], { encoding: 'utf8' });
    const before = running();
    expect(before.trim().split('\n').length).toBeGreaterThan(1);
    process.kill(-command.process.pid!, 'SIGHUP');
    expect((await fetch(`${command.origin}/e?_k=site&_p=p&_n=n`)).status).toBe(200);
    expect(await reports(command.origin)).toBe(200);
    command.process.kill('SIGTERM');
    expect(await command.exited).toBe(0);
    expect(command.log.filter((line) => line.includes('ended'))).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('of a terminal that is closed stops the collector in order', async () => {
    const data = await temporaryFolder();
    const program = `echo $$; exec ${process.execPath} server/bin/kmq.js serve --port 0 --data ${data}`;
    // A terminal is closed when the program that made it is killed.
    const terminal = spawn('script', ['--quiet', '--command', program, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void terminal.kill('SIGKILL'));
    let shown = '';
    terminal.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    await expect.poll(() => shown).toContain('Overview');
    const collector = parseInt(shown);
    onTestFinished(() => {
      if (existsSync(`/proc/${collector}`)) process.kill(collector, 'SIGKILL');
    });
    expect((await fetch(`${/http:[^ ]+(?=\/live)/.exec(shown)![0]}/e?_k=site&_p=p&_n=n`)).status).toBe(200);
    expect(existsSync(join(data, 'kmq.db-wal'))).toBe(true);
    terminal.kill('SIGKILL');
    await expect.poll(() => existsSync(`/proc/${collector}`)).toBe(false);
    // Only a store that was closed has no log.
    expect(existsSync(join(data, 'kmq.db-wal'))).toBe(false);
  });
});

test.runIf(LONG)('a collector that cannot finish ends with 1, and the log says so', async () => {
  // A collector made for this test: the real one has no wait without a limit any more.
  const script = `
    import { stopOnSignals } from ${JSON.stringify(new URL('../../server/lib/cli/signals.js', import.meta.url).href)};
    const say = (...words) => console.error(words.at(-1));
    stopOnSignals().start({ close: () => new Promise(() => {}), log: { info: say, error: say, fatal: say } });
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(((await once(child, 'close')) as [number])[0]).toBe(1);
  expect(said).toMatch(/^stopping, on SIGTERM\nnot stopped within 10 seconds/);
});
