import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { throttledErrors, type Log } from '../../src/collector/watch/log.js';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';

/** A separate process, which writes nothing but its log. A page of it fails when a client requests it. */
const PROGRAM = `
  const { createCollector } = await import('./server/lib/collector/server.js');
  const app = await createCollector({ data: process.argv[1], token: 'secret-token-of-it', trustedProxies: ['loopback'] });
  app.get('/api/v1/fails/:identity', async (request) => {
    // As the framework does it where its own levels let it.
    request.log.error({ req: request }, 'asked');
    throw new Error('It has failed.');
  });
  const origin = await app.listen({ port: 0 });
  const headers = { 'x-forwarded-for': '198.51.100.77', cookie: 'km_ni=ann@example.com' };
  const ask = (path, more) => fetch(origin + path, { headers: { ...headers, ...more } });
  await ask('/api/v1/fails/bob@example.com?key=site', { authorization: 'Bearer secret-token-of-it' });
  await ask('/live?key=site&id=bob@example.com');
  await ask('/e?_k=site&_p=bob@example.com&_n=x');
  await ask('/api/v1/people/bob@example.com?key=site', { authorization: 'Bearer secret-wrong-one' });
  await app.close();
`;

test('the log says what failed, and nothing about the client: no address, identity, cookie or token', async () => {
  const run = await promisify(execFile)('node', ['--input-type=module', '-e', PROGRAM, await temporaryFolder()]);
  const log = run.stdout + run.stderr;
  expect(log).toContain('It has failed.');
  expect(log).toContain('/api/v1/fails/:identity');
  for (const secret of ['bob', 'ann', 'example.com', '198.51', '127.0.0.1', 'secret', 'kmq_session']) {
    expect(log).not.toContain(secret);
  }
});

test('work that fails at each try is logged once a minute, and not at each try', async () => {
  const data = await temporaryFolder();
  const { origin, log } = await serve(['--data', data]);
  // Live cannot be read any more, and its pages reconnect.
  const db = openDatabase(join(data, 'kmq.db'));
  db.exec('DROP TABLE refusals');
  db.close();
  for (let n = 0; n < 5; n++) await (await fetch(`${origin}/api/v1/live?key=site`)).text();
  const lines = () => log.filter((line) => line.includes('refusals')).map((line) => JSON.parse(line) as object);
  await expect.poll(lines).not.toEqual([]);
  expect(lines()).toEqual([
    expect.objectContaining({ level: 'error', times: 1, msg: expect.stringContaining('refusals') as string }),
  ]);
});

test('errors of different kinds do not hide each other, and none fills the log', () => {
  vi.useFakeTimers();
  const lines: [message: string, times: number][] = [];
  const log = { error: ({ times }: { times: number }, message: string) => lines.push([message, times]) };
  const onError = throttledErrors(log as unknown as Log);
  for (let second = 0; second < 60; second++) {
    onError(new Error(`no memory: ${second} bytes, query 7f${second}-a1`));
    onError(new Error('no such table'));
    onError('a text');
    vi.advanceTimersByTime(1000);
  }
  expect(lines).toEqual([
    ['no memory: 0 bytes, query 7f0-a1', 1],
    ['no such table', 1],
    ['a text', 1],
    ['no memory: 59 bytes, query 7f59-a1', 59],
    ['no such table', 59],
    ['a text', 59],
  ]);
  lines.length = 0;
  // Messages in which every word is another: most of them are counted together.
  const word = (n: number): string =>
    String.fromCharCode(97 + (n % 26), 97 + (Math.trunc(n / 26) % 26), 97 + Math.trunc(n / 676));
  for (let n = 0; n < 5000; n++) onError(new Error(word(n)));
  expect(lines.length).toBeLessThan(110);
});

test('of a long message, such as one that quotes a statement, only the beginning says of which kind an error is', () => {
  vi.useFakeTimers();
  const error = vi.fn();
  const onError = throttledErrors({ error } as unknown as Log);
  const statement = 'insert '.repeat(50);
  for (const end of ['ada', 'bob']) onError(new Error(statement + end));
  expect(error.mock.calls).toEqual([[{ err: expect.any(Error) as Error, times: 1 }, `${statement}ada`]]);
});

describe('a program that keeps the pipe of the log open and does not read it', () => {
  /**
   * A collector that logs so many lines of so many characters when it starts. `read` reads what is in the pipe.
   * @param clock `slow`: its second lasts a minute, so that this process, too, may get no time for a second
   */
  async function serveIntoPipe(lines: number, characters: number, clock: 'slow' | 'real' = 'real') {
    const pipe = join(await temporaryFolder(), 'log');
    execFileSync('mkfifo', [pipe]);
    const reading = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reading));
    const writing = openSync(pipe, constants.O_WRONLY);
    // Each unknown name is logged.
    const names = Array.from({ length: lines }, (_, n) => `KMQ_${n}_`.padEnd(characters, 'X'));
    const child = spawn(
      process.execPath,
      ['server/bin/kmq.js', 'serve', '--port', '0', '--data', await temporaryFolder()],
      {
        env: {
          ...{ PATH: process.env.PATH, KMQ_LOG_LEVEL: 'info' },
          ...Object.fromEntries(names.map((name) => [name, ''])),
          ...(clock === 'slow' && { NODE_OPTIONS: `--import "data:text/javascript,${SLOW_CLOCK}"` }),
        },
        stdio: ['ignore', 'pipe', writing],
      },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    closeSync(writing);
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    let origin = '';
    for await (const line of createInterface(child.stdout!)) {
      origin = /^Overview +(http:\/\/[^/]+)/.exec(line)?.[1] ?? '';
      if (origin) break;
    }
    let text = '';
    const buffer = Buffer.alloc(1024 * 1024);
    const read = (): string[] => {
      try {
        for (let length; (length = readSync(reading, buffer)) > 0;) text += buffer.toString('utf8', 0, length);
      } catch (error) {
        expect(error).toMatchObject({ code: 'EAGAIN' });
      }
      return text.split('\n').slice(0, -1);
    };
    return { collector: clientOf(origin), child, exited, read };
  }

  /** Of the time that `performance.now()` measures. */
  const SLOW_CLOCK = 'const now = performance.now.bind(performance); performance.now = () => now() / 60;';

  const messageOf = (line: string) => (JSON.parse(line) as { msg: string }).msg;

  test('does not stop the collector; lines that do not fit into its memory are lost and counted', async () => {
    const { collector, child, exited, read } = await serveIntoPipe(30, 50_000);
    expect((await collector.send('/e?_k=site&_p=bob&_n=kept')).status).toBe(200);
    await expect.poll(() => read().at(-1)).toContain('could not be written');
    const messages = read().map(messageOf);
    const lost = Number(/^\d+/.exec(messages.at(-1)!)![0]);
    expect(lost).toBeGreaterThan(1);
    // One line for each name, one about the file of settings, and one that says where the collector listens.
    expect(messages.length - 1 + lost).toBe(30 + 2);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(read().slice(-2).map(messageOf)).toEqual(['stopping, on SIGTERM', 'stopped']);
  });

  test('does not stop the end, and gets the last lines if it reads them within a second', async () => {
    const [unread, late] = await Promise.all([serveIntoPipe(4, 50_000), serveIntoPipe(4, 50_000, 'slow')]);
    unread.child.kill('SIGTERM');
    expect(await unread.exited).toBe(0);
    late.child.kill('SIGTERM');
    await expect.poll(() => late.read().length).toBe(4 + 4);
    expect(late.read().slice(-2).map(messageOf)).toEqual(['stopping, on SIGTERM', 'stopped']);
    expect(await late.exited).toBe(0);
  });
});
