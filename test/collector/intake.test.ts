import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Gate } from '../../src/collector/http/gate.js';
import { Arrivals } from '../../src/collector/tracking/arrivals.js';
import { LargeArrivals } from '../../src/collector/tracking/large-arrivals.js';
import { RequestMemory } from '../../src/collector/tracking/request-memory.js';
import { startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { serve } from '../support/command.js';
import { receivedFrom } from '../support/socket.js';
import { stallStore } from '../support/stalled-store.js';
import { LONG } from '../support/long.js';

const MIB = 2 ** 20;

/** A value of the collector's metrics. */
async function metric(collector: TestCollector, name: string): Promise<number> {
  const text = await (await collector.send('/metrics')).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)![1]);
}

/** A batch of almost a megabyte: 100 hits with different names. */
function batch(n: number): string {
  const line = (hit: number) => `/e?_k=site&_p=bob&_n=${n}-${hit}&filler=`;
  return Array.from({ length: 100 }, (_, hit) => line(hit).padEnd(8000, 'x')).join('\n');
}

/** A large request, of which so many bytes have been sent. */
function begin(collector: TestCollector, body: string, bytes: number): ClientRequest {
  const headers = { 'content-type': 'text/plain', 'content-length': body.length };
  const sent = request(`${collector.origin}/b`, { method: 'POST', agent: false, headers });
  sent.on('error', () => {});
  sent.write(body.slice(0, bytes));
  return sent;
}

test('large requests above the limit wait with their senders, and all are stored', async () => {
  const collector = await startCollector();
  const SENDERS = 40;
  const requests = Array.from({ length: SENDERS }, (_, n) => begin(collector, batch(n), 100_000));
  // Six are read; the others stop before much of them is in memory.
  await expect.poll(() => metric(collector, 'kmq_requests_held')).toBe(34);
  expect(await metric(collector, 'kmq_requests_bytes')).toBeLessThanOrEqual(16 * MIB);
  // Hits of other senders do not wait.
  expect((await collector.send('/e?_k=site&_p=ann&_n=small')).status).toBe(200);
  expect(await metric(collector, 'kmq_requests_held')).toBe(34);
  const answers = requests.map(async (sent, n) => {
    sent.end(batch(n).slice(100_000));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  });
  expect(await Promise.all(answers)).toEqual(Array(SENDERS).fill(200));
  expect(await metric(collector, 'kmq_requests_held')).toBe(0);
  expect(await metric(collector, 'kmq_requests_bytes')).toBe(0);
  expect(await collector.export()).toHaveLength(SENDERS * 100 + 1);
});

describe('the head of a request that arrives in several packets counts as an incomplete request', () => {
  const HEAD = 'HTTP/1.1\r\nHost: localhost\r\n';
  const hit = (name: string) => `GET /e?_k=site&_p=bob&_n=${name} `;

  const post = (...headers: string[]) => `POST /e?_k=site&_p=bob&_n=x ${HEAD}${headers.join('\r\n')}\r\n\r\n`;
  const CHUNKED = 'Transfer-Encoding: chunked';
  /** Packets of which the last one ends with the beginning of a head, after the end of other requests. */
  const BEGUN: [string, string[]][] = (
    [
      ['a request without a body', [`${hit('x')}${HEAD}\r\n`]],
      ['a body', [`${post('Content-Length: 3')}v=1`]],
      ['a body in chunks', [`${post(CHUNKED)}3\r\nv=1\r\n0\r\n\r\n`]],
      ['a body that comes in two packets', [`${post('Content-Length: 7')}v=`, '\r\n\r\n1']],
      ['chunks in two packets', [`${post(CHUNKED)}3\r\nv=`, '1\r\n0\r\nX: y\r\n\r\n']],
      ['chunks of which only the end comes in the last packet', [`${post(CHUNKED)}3\r\nv=1\r\n0\r\n`, '\r\n']],
      ['a body in two packets, and a request', [`${post('Content-Length: 3')}v=`, `1${hit('y')}${HEAD}\r\n`]],
      [
        'chunks in two packets, and a body',
        [`${post(CHUNKED)}3\r\nv=`, `1\r\n0\r\n\r\n${post('Content-Length: 3')}v=1`],
      ],
    ] as [string, string[]][]
  ).map(([name, packets]) => [
    `after ${name}`,
    [...packets.slice(0, -1), packets.at(-1)! + hit('z'.repeat(5000)).trim()],
  ]);

  /** A connection that sends each packet after the collector has read the previous one. */
  async function sendInPackets(collector: TestCollector, packets: string[]) {
    const socket = connect(collector.port, '127.0.0.1').setNoDelay(true);
    onTestFinished(() => void socket.destroy());
    let answers = '';
    socket.on('data', (data) => (answers += data.toString('latin1')));
    for (const packet of packets) {
      socket.write(packet, 'latin1');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return () => answers.split('200 OK').length - 1;
  }

  test.each([
    [
      'a form whose body comes with the end of the head',
      [`POST /e?_k=site&_p=bob&_n=x ${HEAD}Content-`, 'Length: 3\r\n\r\nv=1'],
    ],
    ['an unencoded letter in the second packet', ['GET /e?_k=site&_p=bob&_n=', `\xf6 ${HEAD}\r\n`]],
    [
      'a request line with an unencoded letter in three packets',
      ['GET /e?_k=site&_p=bob&_n=\xf6', 'x', ` ${HEAD}\r\n`],
    ],
    ['headers in two packets after an unencoded letter', [hit('\xf6') + HEAD, 'X: y\r\n', '\r\n']],
    [
      'an unencoded letter after another one',
      [`${hit('\xf6')}${HEAD}\r\n`, 'GET /e?_k=site&_p=bob&_n=', `\xf6 ${HEAD}\r\n`],
    ],
    [
      'an unencoded letter after another one, in the next packet of the same request',
      [`${hit('\xf6')}${HEAD}\r\nGET /e?_k=site&_p=bob&_n=`, `\xf6 ${HEAD}\r\n`],
    ],
    ...BEGUN.map(([name, packets]): [string, string[]] => [name, [...packets, ` ${HEAD}\r\n`]]),
    ...BEGUN.map(([name, packets]): [string, string[]] => [
      `${name}, with an unencoded letter`,
      [...packets, `\xf6 ${HEAD}\r\n`],
    ]),
  ])('until its end: %s', async (_, packets) => {
    const collector = await startCollector();
    const answered = await sendInPackets(collector, packets);
    const requests = packets.join('').split('HTTP/1.1').length - 1;
    await expect.poll(answered).toBe(requests);
    // The connection stays open, and nothing on it is incomplete: else it would be ended after ten seconds, with a 408 that answers nothing.
    expect(await metric(collector, 'kmq_requests_unfilled')).toBe(0);
    expect(await metric(collector, 'kmq_requests_bytes')).toBe(0);
  });

  test.each([
    ['a request line with an unencoded letter', [`${hit('\xf6')}`.trim().padEnd(5000, 'x')], 5000],
    ['headers after a request line with an unencoded letter', [`${hit('\xf6')}${HEAD}X: `, 'x'.repeat(5000)], 5000],
    [
      'a request line that was long before its unencoded letter came',
      [hit('x').trim().padEnd(5000, 'x'), '\xf6x'],
      5000,
    ],
    ...BEGUN.map(([name, packets]): [string, string[], number] => [name, packets, 5000]),
  ])('as long as it has no end: %s', async (_, packets, bytes) => {
    const collector = await startCollector();
    await sendInPackets(collector, packets);
    const counted = () => metric(collector, 'kmq_requests_bytes');
    await expect.poll(counted).toBeGreaterThanOrEqual(bytes);
    expect(await counted()).toBeLessThan(1.5 * bytes);
    expect(await metric(collector, 'kmq_requests_unfilled')).toBe(1);
  });
});

test('announced bytes take no memory before they are sent, and sent bytes are freed when the sender disconnects', async () => {
  const collector = await startCollector();
  const requests = Array.from({ length: 30 }, () => begin(collector, 'x'.repeat(MIB), 1000));
  await expect.poll(() => metric(collector, 'kmq_requests_unfilled')).toBe(30);
  await expect.poll(() => metric(collector, 'kmq_requests_bytes')).toBe(30 * (1000 + '/b'.length));
  for (const sent of requests) sent.destroy();
  await expect.poll(() => metric(collector, 'kmq_requests_unfilled')).toBe(0);
  expect(await metric(collector, 'kmq_requests_bytes')).toBe(0);
  expect((await collector.send('/e?_k=site&_p=ann&_n=x')).status).toBe(200);
  expect(await collector.export()).toHaveLength(1);
});

test('a body that arrives byte by byte is read completely', async () => {
  const collector = await startCollector();
  const body = `/e?_k=site&_p=bob&_n=x&v=${'v'.repeat(3000)}`;
  const sent = begin(collector, body, 1);
  sent.setNoDelay(true);
  for (const letter of body.slice(1)) await new Promise((resolve) => sent.write(letter, resolve));
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.resume().statusCode).toBe(200);
  expect(await collector.export()).toMatchObject([{ v: 'v'.repeat(3000) }]);
});

test('a body that never arrives does not block other requests of its address', async () => {
  const collector = await startCollector();
  const headers = { 'content-length': 1000 };
  for (let n = 0; n < 6; n++) {
    const address = `${collector.origin}/e?_k=site&_p=bob&_n=x&v=`.padEnd(900_000, 'x');
    const sent = request(address, { method: 'POST', agent: false, headers });
    sent.on('error', () => {});
    sent.write('w=');
    onTestFinished(() => void sent.destroy());
  }
  await expect.poll(() => metric(collector, 'kmq_requests_unfilled')).toBe(6);
  await expect.poll(() => metric(collector, 'kmq_requests_bytes')).toBeGreaterThan(5_000_000);
  const signal = AbortSignal.timeout(3000);
  expect((await collector.send('/e?_k=site&_p=ann&_n=get', { signal })).status).toBe(200);
  expect((await collector.send('/e?_k=site&_p=ann', { method: 'POST', body: '_n=post', signal })).status).toBe(200);
  expect(await collector.export()).toHaveLength(2);
});

test.runIf(LONG)(
  'of many hits in one write on each of many connections, no more are read than the store can store',
  async () => {
    const { origin } = await serve(['--data', await temporaryFolder(), '--log-level', 'error']);
    const hit = 'GET /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\n\r\n';
    for (let n = 0; n < 150; n++) {
      const socket = connect({ port: Number(new URL(origin).port), host: '127.0.0.1' });
      socket.on('error', () => {}).write(hit.repeat(1000));
      // The test reads no answer.
      socket.pause();
      onTestFinished(() => void socket.destroy());
    }
    let held = 0;
    let memory = 0;
    for (let taken = 0; taken < 150_000; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const text = await (await fetch(`${origin}/metrics`)).text();
      const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)![1]);
      held = Math.max(held, value('kmq_requests_held'));
      memory = Math.max(memory, value('nodejs_heap_size_used_bytes'));
      taken = value('kmq_hits_accepted_total\\{kind="event"\\}');
    }
    // A packet of 64 KiB has 1,300 of them, and each takes kilobytes.
    expect(held).toBeLessThan(4000);
    expect(memory / MIB).toBeLessThan(250);
  },
  60_000,
);

test('a request is not ended for a pause in which kmq itself has read nothing', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const collector = await startCollector();
  const body = batch(0);
  const sent = begin(collector, body, 1000);
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  await expect.poll(() => metric(collector, 'kmq_requests_unfilled')).toBe(1);
  // The disk stalls while more hits arrive than may wait for it.
  const goOn = stallStore();
  const closing = vi.spyOn(Gate.prototype, 'close');
  const judging = vi.spyOn(LargeArrivals.prototype, 'judge');
  onTestFinished(() => [closing, judging].forEach((spy) => spy.mockRestore()));
  for (let n = 0; n < 6; n++) {
    const flood = connect(collector.port, '127.0.0.1');
    onTestFinished(() => void flood.destroy());
    flood.on('error', () => {}).resume();
    flood.write('GET /e?_k=site&_p=ann&_n=x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
  }
  await expect.poll(() => closing.mock.calls.length).toBeGreaterThan(0);
  vi.advanceTimersByTime(11_000);
  const judged = judging.mock.calls.length;
  await expect.poll(() => judging.mock.calls.length).toBeGreaterThan(judged);
  goOn();
  sent.end(body.slice(1000));
  const [response] = await answered;
  expect(response.resume().statusCode).toBe(200);
});

test('a sender that has sent everything and closes its side is answered', async () => {
  const collector = await startCollector();
  for (const head of [
    'GET /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 19\r\n\r\n_k=site&_p=bob&_n=y',
  ]) {
    const socket = connect({ port: collector.port, host: '127.0.0.1', allowHalfOpen: true });
    const answer = receivedFrom(socket);
    socket.end(head);
    expect(await answer).toMatch(/^HTTP\/1.1 200 OK[^]*GIF89a/);
  }
  expect((await collector.export()).map(({ _n }) => _n)).toEqual(['x', 'y']);
});

describe('requests that are not complete', () => {
  const conversation = (ended: string[], name: string, log: string[] = []) => ({
    pause: () => log.push(`${name} waits`),
    resume: () => log.push(`${name} goes on`),
    end: (code: string) => ended.push(`${name} ${code}`),
  });
  /** Arrivals with a clock of the test. */
  function arrivalsAt(): { arrivals: Arrivals; wait: (seconds: number) => void } {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    return { arrivals: new Arrivals(), wait: (seconds) => vi.advanceTimersByTime(seconds * 1000) };
  }

  test('are ended if nothing arrives for seconds, or too little, and not earlier', () => {
    const { arrivals, wait } = arrivalsAt();
    const ended: string[] = [];
    arrivals.begin(undefined, conversation(ended, 'silent'));
    const [slow, good] = ['slow', 'good'].map((name) => arrivals.begin(undefined, conversation(ended, name)));
    for (let second = 0; second < 9; second++) {
      arrivals.grow(slow!, 1, second);
      arrivals.grow(good!, 600, second * 600);
      wait(1);
    }
    expect(ended).toEqual([]);
    for (let second = 9; second < 30; second++) {
      arrivals.grow(slow!, 1, second);
      arrivals.grow(good!, 600, second * 600);
      wait(1);
    }
    expect(ended).toEqual(['silent quiet', 'slow slow']);
    expect(arrivals.ended).toEqual({ quiet: 1, slow: 1, crowded: 0, many: 0 });
    arrivals.finish(good!);
    expect([arrivals.bytes, arrivals.size]).toEqual([0, 0]);
  });

  test('never use more memory than the limit: the slowest are ended', () => {
    const { arrivals, wait } = arrivalsAt();
    const ended: string[] = [];
    for (let n = 0; n < 280; n++) {
      arrivals.grow(arrivals.begin(undefined, conversation(ended, `slow ${n}`)), 40_000, 40_000);
      if (n % 40 === 39) wait(1);
    }
    const polite = arrivals.begin(undefined, conversation(ended, 'polite'));
    for (let part = 1; part <= 40; part++) {
      arrivals.grow(polite, 50_000, part * 50_000);
      expect(arrivals.bytes).toBeLessThanOrEqual(12 * MIB);
    }
    expect(ended.length).toBeGreaterThan(0);
    expect(ended).not.toContain('polite crowded');
    expect(arrivals.ended.crowded).toBe(ended.length);
  });

  test('of one sender are limited, and the slowest is ended for one too many; a shared address has no such limit', () => {
    const { arrivals, wait } = arrivalsAt();
    const ended: string[] = [];
    arrivals.begin('other', conversation(ended, 'other'));
    for (let n = 0; n < 200; n++) arrivals.begin('one', conversation(ended, `one ${n}`));
    for (let n = 0; n < 1000; n++) arrivals.begin(undefined, conversation(ended, 'proxy'));
    wait(3);
    expect(ended).toEqual([]);
    arrivals.grow(arrivals.begin('one', conversation(ended, 'new')), 1, 1);
    expect(ended).toEqual(['one 0 many']);
  });

  test('that are large and stall lose their place to waiting ones, and no sender has more than half of the places', () => {
    const { arrivals, wait } = arrivalsAt();
    const ended: string[] = [];
    const log: string[] = [];
    const large = (name: string, sender?: string) => {
      const arrival = arrivals.begin(sender, conversation(ended, name, log));
      arrivals.grow(arrival, 70_000, 70_000);
      return arrival;
    };
    const own = [0, 1, 2, 3, 4].map((n) => large(`a${n}`, 'a'));
    expect(log).toEqual(['a3 waits', 'a4 waits']);
    const others = ['b', 'c', 'd'].map((name) => large(name, name));
    large('e', 'e');
    expect(log.slice(2)).toEqual(['e waits']);
    const progress = () => others.forEach((other) => arrivals.grow(other, 20_000, 100_000));
    wait(0.2);
    progress();
    wait(0.1);
    // A stalled request frees its place and waits; the next request of the same sender may take the place, and so may another.
    expect(log.slice(3, 6)).toEqual(['a0 waits', 'a1 waits', 'a2 waits']);
    expect(log.slice(6).sort()).toEqual(['a3 goes on', 'a4 goes on', 'e goes on']);
    expect(ended).toEqual([]);
    for (let times = 0; times < 40; times++) {
      progress();
      wait(0.1);
    }
    // Only while others wait: when none waits, the last ones may be slow.
    expect(ended.length).toBe(3);
    expect(ended.filter((line) => /^[bcd]/.test(line))).toEqual([]);
    expect(arrivals.held).toBe(0);
    expect(own.map(({ arrived }) => arrived)).toEqual(Array(5).fill(70_000));
    for (const other of others) arrivals.finish(other);
    expect(arrivals.held).toBe(0);
  });

  test('that stall are ended, and lose their place, also while further large ones arrive all the time', () => {
    const { arrivals, wait } = arrivalsAt();
    const ended: string[] = [];
    const log: string[] = [];
    arrivals.begin(undefined, conversation(ended, 'silent'));
    const large = (name: string) => {
      const arrival = arrivals.begin(undefined, conversation(ended, name, log));
      arrivals.grow(arrival, 70_000, 70_000);
    };
    for (let n = 0; n < 6; n++) large(`stalled ${n}`);
    for (let n = 0; n < 3; n++) {
      large(`later ${n}`);
      wait(0.2);
    }
    expect(log).toContain('later 0 goes on');
    for (let n = 3; n < 60; n++) {
      large(`later ${n}`);
      wait(0.2);
    }
    expect(ended).toContain('silent quiet');
    expect(ended).toContain('stalled 0 crowded');
  });

  test('a batch of a hundred kilobytes does not wait for a megabyte that stalls, and is not ended because of it', () => {
    const { arrivals, wait } = arrivalsAt();
    const ended: string[] = [];
    const log: string[] = [];
    for (let n = 0; n < 170; n++) {
      arrivals.grow(arrivals.begin(undefined, conversation(ended, 'stalling'), MIB), 70_000, 70_000);
    }
    for (let round = 0; round < 20; round++) {
      const polite = arrivals.begin(undefined, conversation(ended, 'polite', log), 100_000);
      arrivals.grow(polite, 70_000, 70_000);
      // Other requests arrive, and memory is short.
      for (let n = 0; n < 10; n++) {
        arrivals.grow(arrivals.begin(undefined, conversation(ended, 'stalling'), MIB), 70_000, 140_000);
      }
      wait(0.2);
      arrivals.grow(polite, 30_000, 100_000);
      arrivals.finish(polite);
    }
    expect([log, ended.includes('polite crowded')]).toEqual([[], false]);
    expect(arrivals.ended.crowded).toBeGreaterThan(0);
    expect(arrivals.bytes).toBeLessThanOrEqual(12 * MIB);
  });

  test('short ones have their own limit, and stalled ones let others be read', () => {
    const { arrivals, wait } = arrivalsAt();
    const ended: string[] = [];
    const log: string[] = [];
    const short = (name: string, sender?: string) => {
      const arrival = arrivals.begin(sender, conversation(ended, name, log), 250_000);
      arrivals.grow(arrival, 70_000, 70_000);
      return arrival;
    };
    // 180,000 bytes of each are missing: 3 MiB are 17 of them, and half of that is 8.
    for (let n = 0; n < 9; n++) short(`one ${n}`, 'one');
    expect(log).toEqual(['one 8 waits']);
    const others = Array.from({ length: 10 }, (_, n) => short(`other ${n}`));
    expect(log.slice(1)).toEqual(['other 9 waits']);
    for (let times = 0; times < 4; times++) {
      wait(0.1);
      // A byte from time to time does not count as progress.
      for (const other of others) arrivals.grow(other, 1, 70_000);
    }
    expect(log).toContain('other 9 goes on');
    expect(log).toContain('one 8 goes on');
    expect(ended).toEqual([]);
  });
});

test('of 20,000 requests that wait for memory, each can be answered as soon as it is read', () => {
  const memory = new RequestMemory({ close: () => {}, open: () => {} });
  const waiting = { socket: { destroyed: false } } as unknown as IncomingMessage;
  let answered = 0;
  memory.enter(16 * MIB, waiting, () => {});
  for (let n = 0; n < 20_000; n++) {
    memory.enter(100, waiting, () => {
      answered++;
      memory.leave(100);
    });
  }
  expect(memory.held).toBe(20_000);
  memory.leave(16 * MIB);
  expect([answered, memory.held, memory.taken]).toEqual([20_000, 0, 0]);
});
