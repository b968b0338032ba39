import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { clientOf, startCollector, temporaryFolder } from '../support/collector.js';
import { startProxy } from '../support/faults.js';
import { expectStored, filesIn, numbered, numbersOf, openClient, startSender } from './support.js';

/** Nothing listens at this address. */
const NOWHERE = 'http://127.0.0.1:1';

test('hits that were recorded before SIGKILL are sent by the next process, each once', async () => {
  const collector = await startCollector();
  const queue = await temporaryFolder();
  const options = { collector: collector.origin, queue };
  const recorded: number[] = [];
  for (let round = 0; round < 5; round++) {
    const sender = startSender({ options, from: round * 1_000_000, pause: 1 });
    // Long enough for some hits to be sent and for some to be in a request.
    await expect.poll(() => sender.lines.length, { interval: 5 }).toBeGreaterThan(300 + round * 150);
    sender.child.kill('SIGKILL');
    await sender.ended;
    recorded.push(...numbersOf(sender.lines));
  }
  const last = await openClient(options);
  expect(await last.flush()).toBe(true);
  expect(filesIn(queue)).toEqual([]);
  const stored = (await collector.export()).map(({ _n }) => Number(String(_n).slice(4)));
  expect(new Set(stored).size).toBe(stored.length);
  const kept = new Set(stored);
  expect(recorded.filter((n) => !kept.has(n))).toEqual([]);
  // The hit of a call that had not returned may have been recorded, at most one in each process.
  expect(stored.length - recorded.length).toBeLessThanOrEqual(5);
});

test('four processes with one folder, two of them killed, and a killed collector: every hit once', async () => {
  const data = await temporaryFolder();
  const queue = await temporaryFolder();
  let running = await startCollectorProcess(data);
  const proxy = await startProxy(running.origin);
  const options = { collector: proxy.origin, queue };
  const senders = Array.from({ length: 4 }, (_, n) =>
    startSender({ options, prefix: `sender ${n} hit `, count: n < 2 ? undefined : 2000, pause: 2, then: 'close' }),
  );
  for (let round = 0; round < 2; round++) {
    await expect.poll(() => senders[round]!.lines.length, { interval: 5 }).toBeGreaterThan(300);
    await end(running.process, 'SIGKILL');
    senders[round]!.child.kill('SIGKILL');
    await senders[round]!.ended;
    running = await startCollectorProcess(data);
    proxy.target = running.origin;
  }
  await Promise.all(senders.map(({ ended }) => ended));
  const last = await openClient(options);
  await expect.poll(() => last.flush()).toBe(true);
  const stored = new Set<string>();
  const hits = await clientOf(running.origin).export();
  for (const { _n } of hits) stored.add(String(_n));
  expect(stored.size).toBe(hits.length);
  for (const [n, { lines }] of senders.entries())
    expect(numbersOf(lines).filter((number) => !stored.has(`sender ${n} hit ${number}`))).toEqual([]);
  expect(filesIn(queue)).toEqual([]);
});

test('a process ends by itself only when it has sent its hits', async () => {
  const collector = await startCollector();
  const queue = await temporaryFolder();
  const { ended, lines } = startSender({ options: { collector: collector.origin, queue }, count: 100 });
  expect(await ended).toBe(0);
  expect((await collector.export()).length).toBe(100);
  expect(numbersOf(lines).length).toBe(lines.length);
  expect(readdirSync(queue)).toEqual([]);
});

test('a process that ends by itself does not wait for a collector that cannot be reached; the next process sends its hits', async () => {
  const collector = await startCollector();
  const queue = await temporaryFolder();
  const { ended, lines } = startSender({ options: { collector: NOWHERE, queue }, count: 100 });
  expect(await ended).toBe(0);
  expect(lines.filter((line) => line.startsWith('kmq: '))).toEqual([expect.stringContaining('ECONNREFUSED')]);
  expect(await startSender({ options: { collector: collector.origin, queue }, from: 100, count: 10 }).ended).toBe(0);
  await expectStored(collector, numbered(110));
  expect(readdirSync(queue)).toEqual([]);
});

/** An application for which ten seconds are one, and so on. */
const HASTY = [
  process.execPath,
  '--import',
  'data:text/javascript,const wait=setTimeout;globalThis.setTimeout=(run,ms,...rest)=>wait(run,ms>=5000?ms/10:ms,...rest)',
];

test('a process that ends by itself waits ten seconds at most, also if a request is on its way', async () => {
  const collector = await startCollector();
  const proxy = await startProxy(collector.origin);
  proxy.fault = () => 'nothing';
  const queue = await temporaryFolder();
  const sender = startSender({ options: { collector: proxy.origin, queue }, count: 10, pause: 150 }, HASTY);
  await expect.poll(() => proxy.requests.length, { interval: 5 }).toBe(1);
  expect(await sender.ended).toBe(0);
  expect(sender.lines.filter((line) => line.startsWith('kmq: '))).toEqual([expect.stringContaining('was aborted')]);
  proxy.fault = () => undefined;
  const next = await openClient({ collector: collector.origin, queue });
  expect(await next.flush()).toBe(true);
  await expectStored(collector, numbered(10));
});

test('a process that ends by itself sends what is on its way', async () => {
  const collector = await startCollector();
  const proxy = await startProxy(collector.origin);
  proxy.fault = () => ({ after: 500 });
  const queue = await temporaryFolder();
  expect(await startSender({ options: { collector: proxy.origin, queue }, count: 5, pause: 400 }).ended).toBe(0);
  expect((await collector.export()).length).toBe(5);
});

test('hits in memory that are on their way when the process exits are written to the disk if it works again', async () => {
  const collector = await startCollector();
  const proxy = await startProxy(collector.origin);
  proxy.fault = () => 'nothing';
  const queue = join(await temporaryFolder(), 'queue');
  writeFileSync(queue, '');
  const sender = startSender({ options: { collector: proxy.origin, queue }, count: 5, pause: 1500, then: 'exit' });
  await expect.poll(() => proxy.requests.length, { interval: 5 }).toBe(1);
  rmSync(queue);
  await sender.ended;
  expect(existsSync(queue) && filesIn(queue).length).toBe(1);
});

test('process.exit() right after a call loses nothing: the next process sends the hit', async () => {
  const collector = await startCollector();
  const options = { collector: collector.origin, queue: await temporaryFolder() };
  expect(await startSender({ options, count: 100, then: 'exit' }).ended).toBe(0);
  expect(await collector.export()).toEqual([]);
  const next = await openClient(options);
  expect(await next.flush()).toBe(true);
  await expectStored(collector, numbered(100));
});

test('SIGTERM ends an application at once, as without a client', async () => {
  const options = { collector: NOWHERE, queue: await temporaryFolder() };
  const { child, ended, lines } = startSender({ options, count: 10, then: 'stay' });
  await expect.poll(() => numbersOf(lines).length).toBe(10);
  child.kill('SIGTERM');
  expect([await ended, child.signalCode]).toEqual([null, 'SIGTERM']);
});

test('an application is not stopped by a queue in a file system that accepts no folders', async () => {
  const collector = await startCollector();
  // The application is another process: it would stand still in a call of Node.
  const sender = startSender({ options: { collector: collector.origin, queue: '/proc/queue' }, from: 0, pause: 1 });
  await expect.poll(() => sender.lines.length).toBeGreaterThan(10);
  await expect.poll(async () => (await collector.export()).length).toBeGreaterThan(0);
});

test('with a full disk hits are kept in memory and sent, and the disk is used again when it has space', async ({
  skip,
}) => {
  const mounted = ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o size=100k none "$0" && exec "$@"'];
  const queue = await temporaryFolder();
  try {
    execFileSync(mounted[0]!, [...mounted.slice(1), queue, 'true'], { stdio: 'ignore' });
  } catch {
    return skip('This machine lets nobody mount a small disk.');
  }
  const collector = await startCollector();
  const proxy = await startProxy(collector.origin);
  proxy.fault = () => 'refused';
  const options = { collector: proxy.origin, queue };
  // Three times as many hits as the disk can store; the last ones when the collector has acknowledged the others and there is space again.
  const sender = startSender({ options, count: 3000, pause: 1, then: 'close' }, [...mounted, queue, process.execPath]);
  await expect.poll(() => sender.lines.join()).toMatch(/kept in memory.*(the disk is full|ENOSPC)/);
  proxy.fault = () => undefined;
  await expectStored(collector, numbered(3000));
  expect(await sender.ended).toBe(0);
  expect(sender.lines.at(-1)).toBe('closed true');
});

test('hits that a process of another machine has left are taken when its folder was not touched for a long time', async () => {
  const collector = await startCollector();
  const queue = await temporaryFolder();
  const foreign = join(queue, '0123456789-1-abcdefgh');
  mkdirSync(foreign);
  const hit = '/e?_k=site&_p=ada&_n=hit%200&_t=1700000000&_d=1&_i=1700000000000000abcdefghij\n';
  writeFileSync(join(foreign, '1700000000000-abcdefgh.hits'), hit);
  const first = await openClient({ collector: collector.origin, queue, maxAge: 1e9 });
  expect(await first.flush()).toBe(true);
  expect(await collector.export()).toEqual([]);
  utimesSync(foreign, new Date(), new Date(Date.now() - 100_000));
  const second = await openClient({ collector: collector.origin, queue, maxAge: 1e9 });
  expect(await second.flush()).toBe(true);
  await expectStored(collector, ['hit 0']);
  expect(filesIn(queue)).toEqual([]);
});

test('of these hits, those without room are taken as soon as there is some, although the folder was just changed', async () => {
  const collector = await startCollector();
  const queue = await temporaryFolder();
  const foreign = join(queue, '0123456789-1-abcdefgh');
  mkdirSync(foreign);
  for (let n = 0; n < 3; n++) {
    const hit = `/e?_k=site&_p=ada&_n=hit%20${n}&_t=1700000000&_d=1&_i=170000000000000${n}abcdefghij\n`;
    writeFileSync(join(foreign, `170000000000${n}-abcdefgh.hits`), hit);
  }
  utimesSync(foreign, new Date(), new Date(Date.now() - 100_000));
  const kmq = await openClient({ collector: collector.origin, queue, maxAge: 1e9, maxBytes: 100 });
  expect(await kmq.flush()).toBe(true);
  await expectStored(collector, numbered(3));
  expect(kmq.dropped).toBe(0);
  expect(filesIn(queue)).toEqual([]);
});

test('a process that was suspended, and whose hits were taken, continues with a new file', async () => {
  const collector = await startCollector();
  const sleeper = await openClient({});
  for (const name of numbered(10)) sleeper.record('ada', name);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 100_000 });
  onTestFinished(() => void vi.useRealTimers());
  const other = await openClient({ collector: collector.origin, queue: sleeper.queue });
  expect(await other.flush()).toBe(true);
  await expectStored(collector, numbered(10));
  for (const name of numbered(10, 10)) sleeper.record('ada', name);
  await sleeper.close();
  const next = await openClient({ collector: collector.origin, queue: sleeper.queue });
  expect(await next.flush()).toBe(true);
  await expectStored(collector, numbered(20));
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** The collector as it is installed, in its own process. */
async function startCollectorProcess(data: string): Promise<{ process: ChildProcess; origin: string }> {
  const child = spawn(process.execPath, ['server/bin/kmq.js', 'serve', '--port', '0', '--data', data]);
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface(child.stdout)) {
    const origin = /^Overview\s+(http:\/\/[^/]+)/.exec(line)?.[1];
    if (origin) return { process: child, origin };
  }
  throw new Error('The collector did not start.');
}
