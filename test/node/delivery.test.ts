import { createServer, type AddressInfo } from 'node:net';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { Folder } from '../../src/node/folder.js';
import { startProxy, type Fault } from '../support/faults.js';
import { expectStored, filesIn, numbered, openClient } from './support.js';
import { eachNth } from '../support/long.js';

async function openBehindProxy(options: object = {}) {
  const collector = await startCollector();
  const proxy = await startProxy(collector.origin);
  const kmq = await openClient({ collector: proxy.origin, ...options });
  // Hits of many people, as usual: hits of one person in one second have to be compared with each other.
  const record = (count: number, from = 0, properties = {}): void =>
    numbered(count, from).forEach((name, n) => kmq.record(n % 500, name, properties));
  return { collector, proxy, kmq, record };
}

/** About a kilobyte, so that a few hits fill a queue. */
const LONG = { text: 'x'.repeat(1000) };

/** From now on the clock for pauses moves only when the test moves it, so the test decides what may be sent. */
function holdClock(): (milliseconds: number) => void {
  let now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  return (milliseconds) => void (now += milliseconds);
}

/** Like an application that calls flush again and again, and does not wait for the pauses after failures. */
const flushed = (kmq: { flush: () => Promise<boolean> }) => expect.poll(() => kmq.flush()).toBe(true);

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a collector that for some time', () => {
  test.each<[string, Fault]>([
    ['answers with 500', 500],
    ['answers with 503', 503],
    ['answers with 404, as a proxy without it', 404],
    ['is behind a login', { status: 302, headers: { location: 'https://login.example.com/' } }],
    [
      'is behind a page that says 200',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Hello</h1>' },
    ],
    ['answers with an empty 200', { status: 200 }],
    ['refuses connections', 'refused'],
    ['stores, and resets the connection', 'reset'],
    ['stores, and breaks off in its answer', 'half'],
    ['is too slow for the application to wait', { after: 700 }],
  ])('%s: every hit once, and one line in the log', async (_, fault) => {
    const { collector, proxy, kmq, record } = await openBehindProxy();
    proxy.fault = () => fault;
    record(50);
    if (typeof fault == 'object' && 'after' in fault) expect(await kmq.flush(100)).toBe(false);
    else {
      expect(await kmq.flush()).toBe(false);
      record(50, 50);
      expect(await kmq.flush()).toBe(false);
      expect(kmq.errors).toEqual([expect.stringContaining('the collector has not acknowledged them')]);
      expect(filesIn(kmq.queue).length).toBeGreaterThan(0);
    }
    proxy.fault = () => undefined;
    if (!kmq.errors.length) record(50, 50);
    else await kmq.flush();
    await expectStored(collector, numbered(100));
    await expect.poll(() => filesIn(kmq.queue)).toEqual([]);
  });

  test('does not answer in HTTP: the log says so', async () => {
    const garbage = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void garbage.close());
    const kmq = await openClient({ collector: `http://127.0.0.1:${(garbage.address() as AddressInfo).port}` });
    kmq.record('ada', 'a');
    expect(await kmq.flush()).toBe(false);
    expect(kmq.errors).toEqual([expect.stringContaining('Parse Error')]);
  });

  test('does not answer at all: every hit once', async () => {
    // The client waits 0.3 seconds for an answer instead of 15.
    const wait = setTimeout;
    vi.stubGlobal('setTimeout', (run: () => void, after?: number, ...rest: []) =>
      wait(run, after === 15_000 ? 300 : after, ...rest),
    );
    onTestFinished(() => void vi.unstubAllGlobals());
    const { collector, proxy, kmq, record } = await openBehindProxy();
    proxy.fault = () => 'nothing';
    record(20);
    await expect.poll(() => kmq.errors).toEqual([expect.stringContaining('no answer within 15 seconds')]);
    expect(proxy.requests).toHaveLength(1);
    proxy.fault = () => undefined;
    await expectStored(collector, numbered(20));
  });

  test('says 429 or 503 and when to come again: no request is sent until then', async () => {
    // Longer than any pause after a first failure. Both statuses are tried at the same time.
    const SECONDS = 4;
    const isLeftAlone = async (status: number): Promise<void> => {
      const { collector, proxy, kmq, record } = await openBehindProxy();
      let asked = 0;
      proxy.fault = () => {
        asked ||= Date.now();
        return { status, headers: { 'retry-after': String(SECONDS) } };
      };
      record(10);
      expect(await kmq.flush()).toBe(false);
      let came = 0;
      proxy.fault = () => void (came ||= Date.now());
      record(10, 10);
      expect(await kmq.flush()).toBe(false);
      await expectStored(collector, numbered(20));
      expect(came - asked, String(status)).toBeGreaterThan(SECONDS * 1000 - 100);
    };
    await Promise.all([429, 503].map(isLeftAlone));
  });
});

test('every hit counts once behind a proxy that sends each request twice', async () => {
  const { collector, proxy, record } = await openBehindProxy();
  proxy.fault = () => 'replayed';
  for (let n = 0; n < 10; n++) {
    record(20, n * 20);
    await sleep(50);
  }
  await expectStored(collector, numbered(200));
});

describe('hits that are not acknowledged while others are', () => {
  const BLOCKED = '<!doctype html><title>Request rejected</title>';
  const isEvil = (body: string): boolean => body.includes('%3Cscript');

  test.each(
    eachNth<[string, Fault]>(
      [
        ['with 403', 403],
        ['with 403 and a page of 200 KB', { status: 403, body: BLOCKED.padEnd(200_000) }],
        ['with 406', 406],
        ['with 400, as by a proxy', 400],
      ],
      2,
    ),
  )('a hit that is refused %s is found, stops no other hit, and is given up', async (_, fault) => {
    const goOn = holdClock();
    const { collector, proxy, kmq } = await openBehindProxy();
    const timesAlone = () => proxy.requests.filter(({ body }) => isEvil(body) && !body.includes('\n')).length;
    proxy.fault = (_, body) => (isEvil(body) ? fault : undefined);
    for (const [n, name] of numbered(200).entries()) kmq.record('ada', n === 77 ? '<script>' : name);
    expect(await kmq.flush()).toBe(false);
    const others = numbered(200).filter((name) => name !== 'hit 77');
    await expectStored(collector, others);
    for (let refusals = 1; refusals < 5; refusals++) {
      // The pause is random, between half and one and a half of its length.
      const pause = 1000 * 2 ** refusals;
      goOn(0.49 * pause);
      // Hits that are added while it waits do not wait.
      for (const name of numbered(5, 195 + 5 * refusals)) {
        kmq.record('ada', name);
        expect(await kmq.flush()).toBe(false);
      }
      await expectStored(collector, [...others, ...numbered(5 * refusals, 200)]);
      expect([timesAlone(), kmq.dropped]).toEqual([refusals, 0]);
      goOn(1.02 * pause);
      await expect.poll(async () => [await kmq.flush(), timesAlone()][1]).toBe(refusals + 1);
    }
    await flushed(kmq);
    expect([timesAlone(), kmq.dropped]).toEqual([5, 1]);
    expect(kmq.errors).toEqual([
      expect.stringMatching(/1 hits wait.*4\d\d while others were acknowledged/),
      expect.stringMatching(/1 hits dropped.*4\d\d while others were acknowledged/),
    ]);
    expect(filesIn(kmq.queue)).toEqual([]);
  });

  test.each(
    eachNth<[string, Fault]>(
      [
        ['with a page that says 200', { status: 200, headers: { 'content-type': 'text/html' }, body: BLOCKED }],
        ['with 500', 500],
        ['with 404', 404],
        ['by a reset', 'refused'],
      ],
      2,
    ),
  )('a hit that is not acknowledged, %s, waits after the others, and arrives when it is accepted', async (_, fault) => {
    const { collector, proxy, kmq } = await openBehindProxy();
    proxy.fault = (_, body) => (isEvil(body) ? fault : undefined);
    for (const [n, name] of numbered(20).entries()) kmq.record('ada', n === 7 ? '<script>' : name);
    for (let n = 20; n < 30; n++) {
      kmq.record('ada', `hit ${n}`);
      await kmq.flush();
    }
    const others = numbered(30).filter((name) => name !== 'hit 7');
    await expectStored(collector, others);
    expect(kmq.errors).toContainEqual(expect.stringMatching(/1 hits wait.*while others were acknowledged/));
    // Its file contains only this hit.
    await expect
      .poll(() => filesIn(kmq.queue).map((file) => readFileSync(file, 'utf8').split('\n').length))
      .toEqual([2]);
    proxy.fault = () => undefined;
    await expectStored(collector, [...others, '<script>']);
    expect(kmq.dropped).toBe(0);
    await expect.poll(() => filesIn(kmq.queue)).toEqual([]);
  });

  test('a hit that is refused alone lets the others be sent first', async () => {
    const { collector, proxy, kmq } = await openBehindProxy();
    proxy.fault = (_, body) => (isEvil(body) ? 403 : undefined);
    kmq.record('ada', '<script>');
    expect(await kmq.flush()).toBe(false);
    for (const name of numbered(20)) kmq.record('ada', name);
    await expectStored(collector, numbered(20));
    expect(kmq.dropped).toBe(0);
  });

  test.each([403, 500])('a proxy that answers every other request with %i causes no loss', async (status) => {
    const goOn = holdClock();
    const { collector, proxy, kmq } = await openBehindProxy();
    let count = 0;
    proxy.fault = () => (count++ % 2 ? undefined : status);
    for (let n = 0; n < 100; n++) {
      kmq.record('ada', `hit ${n}`);
      if (n % 10 === 0) await kmq.flush();
    }
    await expect
      .poll(() => {
        goOn(1000);
        return kmq.flush();
      })
      .toBe(true);
    await expectStored(collector, numbered(100));
    expect(kmq.dropped).toBe(0);
  });

  test('after one refused hit, no hit is given up while all requests are refused', async () => {
    const { collector, proxy, kmq, record } = await openBehindProxy();
    proxy.fault = (_, body) => (isEvil(body) ? 403 : undefined);
    kmq.record('ada', '<script>');
    record(20);
    await kmq.flush();
    await expectStored(collector, numbered(20));
    proxy.fault = () => 403;
    record(20, 20);
    for (let n = 0; n < 4; n++) await kmq.flush();
    expect(kmq.dropped).toBe(0);
    proxy.fault = () => undefined;
    await flushed(kmq);
    await expectStored(collector, [...numbered(40), '<script>']);
  });

  test('a proxy that accepts only short bodies gets short bodies', async () => {
    const { collector, proxy, kmq, record } = await openBehindProxy();
    proxy.fault = (_, body) => (body.length > 2000 ? 413 : undefined);
    record(100);
    expect(await kmq.flush()).toBe(true);
    await expectStored(collector, numbered(100));
  });

  test('without a disk, a hit that is not acknowledged waits in memory, and stops no other hit', async () => {
    const { collector, proxy, kmq } = await openBehindProxy({ queue: '/dev/null/queue' });
    proxy.fault = (_, body) => (isEvil(body) ? { status: 200, body: BLOCKED } : undefined);
    for (const [n, name] of numbered(20).entries()) kmq.record('ada', n === 7 ? '<script>' : name);
    for (let n = 0; n < 4; n++) await kmq.flush();
    kmq.record('ada', 'hit 20');
    for (let n = 0; n < 4; n++) await kmq.flush();
    proxy.fault = () => undefined;
    await flushed(kmq);
    await expectStored(collector, [...numbered(21).filter((name) => name !== 'hit 7'), '<script>']);
    expect(kmq.dropped).toBe(0);
  });
});

test('if all requests are refused, few are sent, and no hit is given up', async () => {
  const { collector, proxy, kmq, record } = await openBehindProxy();
  proxy.fault = () => 400;
  record(500);
  expect(await kmq.flush()).toBe(false);
  expect(await kmq.flush()).toBe(false);
  // The client sends smaller batches to find the hit that is the cause.
  expect(proxy.requests.length).toBeLessThan(80);
  proxy.fault = () => undefined;
  expect(await kmq.flush()).toBe(true);
  await expectStored(collector, numbered(500));
  expect(kmq.dropped).toBe(0);
});

test('the oldest hits are evicted when the queue is full, and are counted', async () => {
  const { collector, proxy, kmq, record } = await openBehindProxy({ maxBytes: 1_000_000 });
  proxy.fault = () => 'refused';
  const names = numbered(2000);
  record(2000, 0, LONG);
  await expect.poll(() => kmq.dropped).toBeGreaterThan(500);
  const kept = filesIn(kmq.queue);
  expect(kept.length).toBeGreaterThan(2);
  proxy.fault = () => undefined;
  await kmq.flush();
  await expect.poll(async () => (await collector.export()).length + kmq.dropped).toBe(2000);
  await expectStored(collector, names.slice(kmq.dropped));
  expect(kmq.errors).toContainEqual(expect.stringContaining(`${kmq.dropped} so far: the queue is full`));
});

test('hits that wait for too long are given up, and counted', async () => {
  const { collector, proxy, kmq, record } = await openBehindProxy({ maxAge: 3600 });
  proxy.fault = () => 'refused';
  record(10);
  expect(await kmq.flush()).toBe(false);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 });
  onTestFinished(() => void vi.useRealTimers());
  proxy.fault = () => undefined;
  record(10, 10);
  expect(await kmq.flush()).toBe(true);
  await expectStored(collector, numbered(10, 10));
  await expect.poll(() => kmq.dropped).toBe(10);
});

test('without a disk hits are kept in memory, up to a limit, and are written to the disk once there is one', async () => {
  const goOn = holdClock();
  const { collector, proxy, kmq, record } = await openBehindProxy();
  proxy.fault = () => 'refused';
  // No folder can be made below a file.
  rmSync(kmq.queue, { recursive: true, force: true });
  writeFileSync(kmq.queue, '');
  record(4000, 0, LONG);
  expect(kmq.errors[0]).toMatch('hits are kept in memory');
  expect(kmq.dropped).toBeGreaterThan(1000);
  const { dropped } = kmq;

  rmSync(kmq.queue);
  goOn(1100);
  record(10, 4000);
  const [file] = filesIn(kmq.queue);
  expect(file).toBeDefined();
  proxy.fault = () => undefined;
  await flushed(kmq);
  await expectStored(collector, numbered(4010).slice(dropped));
  expect(kmq.dropped).toBe(dropped);
});

test('without a disk hits are sent all the same', async () => {
  const collector = await startCollector();
  const kmq = await openClient({ collector: collector.origin, queue: '/dev/null/queue' });
  for (const name of numbered(100)) kmq.record('ada', name);
  expect(await kmq.flush()).toBe(true);
  await expectStored(collector, numbered(100));
  expect(kmq.errors).toEqual([expect.stringContaining('hits are kept in memory')]);
});

test('a file that cannot be read for some time is sent later', async () => {
  const goOn = holdClock();
  const { collector, proxy, kmq, record } = await openBehindProxy();
  proxy.fault = () => 'refused';
  record(10);
  expect(await kmq.flush()).toBe(false);
  const [file] = filesIn(kmq.queue);
  renameSync(file!, `${file}.away`);
  mkdirSync(file!);
  proxy.fault = () => undefined;
  goOn(5000);
  record(10, 10);
  for (let n = 0; n < 3; n++) expect(await kmq.flush()).toBe(false);
  expect(kmq.errors).toEqual([
    expect.stringContaining('the collector has not acknowledged them'),
    expect.stringMatching(/hits cannot be read.*EISDIR/),
  ]);
  rmdirSync(file!);
  renameSync(`${file}.away`, file!);
  goOn(61_000);
  expect(await kmq.flush()).toBe(true);
  expect((await collector.export()).length).toBe(20);
  expect(kmq.dropped).toBe(0);
});

test('a full queue reports a file that it drops and cannot read', async () => {
  const { proxy, kmq, record } = await openBehindProxy({ maxBytes: 20_000 });
  proxy.fault = () => 'refused';
  record(10, 0, LONG);
  expect(await kmq.flush()).toBe(false);
  const [file] = filesIn(kmq.queue);
  rmSync(file!);
  mkdirSync(file!);
  record(20, 10, LONG);
  await expect
    .poll(() => kmq.errors)
    .toContainEqual(expect.stringMatching(/\d+ bytes of hits dropped: the queue is full/));
});

test('hits in memory are written to the disk when it works again, also without another call', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { proxy, kmq, record } = await openBehindProxy();
  proxy.fault = () => 'refused';
  rmSync(kmq.queue, { recursive: true, force: true });
  writeFileSync(kmq.queue, '');
  record(10);
  expect(await kmq.flush()).toBe(false);
  rmSync(kmq.queue);
  vi.advanceTimersByTime(20_000);
  await expect.poll(() => existsSync(kmq.queue) && filesIn(kmq.queue).length).toBe(1);
});

test('a process whose file was taken, since another clock is ahead, continues with a new file', async () => {
  const first = await openClient({});
  first.record('ada', 'hit 0');
  const [file] = filesIn(first.queue);
  utimesSync(dirname(file!), new Date(), new Date(Date.now() - 100_000));
  const collector = await startCollector();
  const second = await openClient({ collector: collector.origin, queue: first.queue });
  expect(await second.flush()).toBe(true);
  for (const name of numbered(10, 1)) first.record('ada', name);
  await first.close();
  const third = await openClient({ collector: collector.origin, queue: first.queue });
  expect(await third.flush()).toBe(true);
  expect((await collector.export()).length).toBe(11);
});

describe('hits that other processes have left', () => {
  test('are sent by the next client with the folder, without incomplete or damaged ones', async () => {
    const first = await openClient({});
    for (const name of numbered(100)) first.record('ada', name);
    expect(await first.close()).toBe(false);
    const [file] = filesIn(first.queue);
    appendFileSync(file!, `${'\0'.repeat(100)}\nGET / HTTP/1.1\n/e?_k=site&_p=ada&_n=half`);

    const collector = await startCollector();
    const second = await openClient({ collector: collector.origin, queue: first.queue });
    expect(await second.flush()).toBe(true);
    await expectStored(collector, numbered(100));
    expect(filesIn(first.queue)).toEqual([]);
    expect(second.errors).toEqual([expect.stringMatching(/2 hits dropped.*damaged/)]);
  });

  test.each(['999999999999', '86400000', '0', '-1000', '1764000000000'])(
    'are sent if the clock showed %s milliseconds, in the order of their files',
    async (moment) => {
      const first = await openClient({});
      for (const name of numbered(10)) first.record('ada', name);
      await first.close();
      const [file] = filesIn(first.queue);
      // With this last name the file is like one that an earlier version has left.
      renameSync(file!, join(dirname(file!), basename(file!).replace(/^\d+/, moment)));
      const collector = await startCollector();
      const second = await openClient({ collector: collector.origin, queue: first.queue, maxAge: 1e10 });
      expect(await second.flush()).toBe(true);
      await expectStored(collector, numbered(10));
      expect(filesIn(first.queue)).toEqual([]);
    },
  );

  test('are not too old if the clock was not set when they were recorded', async () => {
    const first = await openClient({});
    for (const name of numbered(10)) first.record('ada', name);
    await first.close();
    const [file] = filesIn(first.queue);
    renameSync(file!, join(dirname(file!), basename(file!).replace(/^\d+/, '86400000')));
    const collector = await startCollector();
    const second = await openClient({ collector: collector.origin, queue: first.queue });
    expect(await second.flush()).toBe(true);
    expect((await collector.export()).length).toBe(10);
    expect(second.errors).toEqual([]);
  });

  test('are reported once if they cannot be listed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const queue = await temporaryFolder();
    writeFileSync(join(queue, 'left-1'), '');
    const kmq = await openClient({ queue });
    for (let n = 0; n < 3; n++) {
      expect(await kmq.flush()).toBe(true);
      vi.advanceTimersByTime(20_000);
    }
    expect(kmq.errors).toEqual([
      expect.stringMatching(/hits that another process left cannot be taken from .*left-1.*ENOTDIR/),
    ]);
  });

  test('are removed if they are an incomplete file that should have replaced another', async () => {
    const first = await openClient({});
    for (const name of numbered(10)) first.record('ada', name);
    await first.close();
    const [file] = filesIn(first.queue);
    writeFileSync(`${file}.new`, '/e?_k=site&_p=ada&_n=half');
    const collector = await startCollector();
    const second = await openClient({ collector: collector.origin, queue: first.queue });
    expect(await second.flush()).toBe(true);
    await expectStored(collector, numbered(10));
    expect(filesIn(first.queue)).toEqual([]);
  });

  test('stay with a running process, and other files stay where they are', async () => {
    const first = await openClient({});
    for (const name of numbered(10)) first.record('ada', name);
    const stranger = join(first.queue, 'left-alone');
    mkdirSync(stranger);
    writeFileSync(join(stranger, 'notes.txt'), '');
    const before = filesIn(first.queue);
    const collector = await startCollector();
    const second = await openClient({ collector: collector.origin, queue: first.queue });
    expect(await second.flush()).toBe(true);
    expect(await collector.export()).toEqual([]);
    expect(filesIn(first.queue)).toEqual(before);
  });

  test('are taken as far as they fit into maxBytes; the others wait on the disk, and none is dropped', async () => {
    const first = await openClient({});
    for (const [n, name] of numbered(3000).entries()) first.record(n % 500, name, LONG);
    await first.close();
    const files = filesIn(first.queue).length;
    const { collector, proxy, kmq } = await openBehindProxy({ queue: first.queue, maxBytes: 1_000_000 });
    proxy.fault = () => 'refused';
    expect(await kmq.flush()).toBe(false);
    expect([kmq.dropped, filesIn(first.queue).length]).toEqual([0, files]);
    proxy.fault = () => undefined;
    await flushed(kmq);
    await expectStored(collector, numbered(3000));
    expect(kmq.dropped).toBe(0);
    expect(filesIn(first.queue)).toEqual([]);
  });

  test('are left to the next client if this one is closed before it has taken all of them', async () => {
    const first = await openClient({});
    for (const [n, name] of numbered(3000).entries()) first.record(n % 500, name, LONG);
    await first.close();
    const collector = await startCollector();
    const orphans = vi.spyOn(Folder.prototype, 'orphans');
    onTestFinished(() => orphans.mockRestore());
    const second = await openClient({ queue: first.queue });
    await second.close(0);
    // It has begun to look for them.
    await expect.poll(() => orphans.mock.results.length).toBe(1);
    await orphans.mock.results[0]!.value;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const third = await openClient({ collector: collector.origin, queue: first.queue });
    expect(await third.flush()).toBe(true);
    expect((await collector.export()).length).toBe(3000);
  });

  test('are sent even if one file has more than maxBytes', async () => {
    const first = await openClient({});
    for (const name of numbered(100)) first.record('ada', name, LONG);
    await first.close();
    const { collector, kmq } = await openBehindProxy({ queue: first.queue, maxBytes: 50_000 });
    expect(await kmq.flush()).toBe(true);
    await expectStored(collector, numbered(100));
    expect(kmq.dropped).toBe(0);
  });

  test('are sent once, however many clients start at the same time', async () => {
    const first = await openClient({});
    for (const [n, name] of numbered(5000).entries()) first.record(n % 500, name);
    await first.close();
    const collector = await startCollector();
    const others = await Promise.all(
      Array.from({ length: 5 }, () => openClient({ collector: collector.origin, queue: first.queue })),
    );
    await Promise.all(others.map((other) => other.flush()));
    await expectStored(collector, numbered(5000));
    expect(filesIn(first.queue)).toEqual([]);
  });
});
