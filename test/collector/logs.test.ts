import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/collector/store/sqlite/database.js';
import { throttledErrors, type Log } from '../../src/collector/watch/log.js';
import { temporaryFolder } from '../support/collector.js';
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
