import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Buckets } from '../../src/collector/access/buckets.js';
import { TIMEOUTS } from '../../src/collector/http/listener.js';
import { startCollector, type TestCollector } from '../support/collector.js';
import { receivedFrom, exchange } from '../support/socket.js';

describe('a bucket', () => {
  test('accepts what the rate permits, never much more, and says correctly when to send again', () => {
    const arrivals = fc.array(fc.record({ after: fc.nat(3000), units: fc.integer({ min: 1, max: 30 }) }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 10 }), (all, rate, seconds) => {
        const buckets = new Buckets(rate, seconds);
        let [now, passed, largest] = [1000, 0, 0];
        for (const { after, units } of all) {
          now += after;
          const wait = buckets.take('a', units, now);
          if (wait === 0) passed += units;
          else expect(buckets.take('a', 0, now + wait * 1000)).toBe(0);
          largest = Math.max(largest, units);
          // The full bucket, the hits that the rate added since, and one batch that may overdraw it.
          expect(passed).toBeLessThanOrEqual(rate * (seconds + (now - 1000) / 1000) + largest);
        }
      }),
    );
  });

  test('a sender within the rate never waits', () => {
    const buckets = new Buckets(10, 1);
    for (let now = 0; now < 100_000; now += 100) expect(buckets.take('a', 1, now)).toBe(0);
  });

  test('of too many names the oldest is forgotten, and the others are kept', () => {
    const buckets = new Buckets(1, 1, 3);
    for (const name of ['a', 'b', 'c']) buckets.take(name, 100, 0);
    expect(buckets.take('a', 0, 0)).toBeGreaterThan(0);
    buckets.take('d', 100, 0);
    expect(['a', 'b', 'c', 'd'].map((name) => buckets.take(name, 0, 0) > 0)).toEqual([false, true, true, true]);
  });

  test('names that do not send any more are forgotten, and one that sends too much is not', () => {
    const buckets = new Buckets(10, 1);
    let passed = 0;
    for (let now = 0; now < 10_000; now += 10) {
      if (buckets.take('busy', 1, now) === 0) passed++;
      buckets.take(`visitor ${now}`, 1, now);
      expect(buckets.size).toBeLessThan(30);
    }
    // The full bucket, the hits of ten seconds, and one that may overdraw it.
    expect(passed).toBeLessThanOrEqual(111);
    for (let asked = 0; asked < 30; asked++) buckets.take('visitor 0', 0, 60_000);
    expect(buckets.size).toBe(0);
  });
});

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

/** The statuses of so many hits, one after the other. */
async function statuses(collector: TestCollector, count: number, init: RequestInit, key = 'site') {
  const found: number[] = [];
  for (let n = 0; n < count; n++) found.push((await collector.send(`/e?_k=${key}&_p=p&_n=n${n}`, init)).status);
  return found;
}

const batchOf = (count: number, init: RequestInit): RequestInit => ({
  ...init,
  method: 'POST',
  body: Array.from({ length: count }, (_, n) => `/e?_k=site&_p=p&_n=n${n}`).join('\n'),
});

/** How often the collector says that it refused a sender because of a rate. */
async function limited(collector: TestCollector, code: string): Promise<number> {
  const metrics = await (await collector.send('/metrics')).text();
  return Number(new RegExp(`^kmq_requests_limited_total\\{code="${code}"\\} (\\d+)$`, 'm').exec(metrics)?.[1]);
}

/** The clock of the buckets stands still: what they accept must not depend on the speed of the machine. */
function stopTheClock(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());
}

describe('the rate of an address', () => {
  stopTheClock();

  test('a sender that exceeds it gets an answer that says so and that a page can read, and other senders are not refused', async () => {
    const collector = await startCollector({ addressRate: 0.5, trustedProxies: ['loopback'] });
    const found = await statuses(collector, 12, from('203.0.113.7'));
    expect(found.slice(0, 5)).toEqual(Array(5).fill(200));
    expect(found.slice(-4)).toEqual(Array(4).fill(429));
    const refused = await collector.send('/e?_k=site&_p=p&_n=n', from('203.0.113.7'));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('content-type')).toBeNull();
    expect(await statuses(collector, 2, from('203.0.113.8'))).toEqual([200, 200]);
    expect(await collector.export()).toHaveLength(found.filter((status) => status === 200).length + 2);
    expect(await limited(collector, 'address-rate')).toBe(found.filter((status) => status === 429).length + 1);
  });

  test('a batch costs its number of hits, and one that exceeds the bucket is accepted if it is alone', async () => {
    const collector = await startCollector({ addressRate: 1, trustedProxies: ['loopback'] });
    const client = from('203.0.113.7');
    expect((await collector.send('/b', batchOf(50, client))).status).toBe(200);
    const refused = await collector.send('/b', batchOf(1, client));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
    expect((await collector.send('/e?_k=site&_p=p&_n=n', client)).status).toBe(429);
    expect(await collector.export()).toHaveLength(50);
  });

  test('a hit of a megabyte costs its kilobytes, in the address and in the body; a full batch costs its hits', async () => {
    const collector = await startCollector({ addressRate: 10, trustedProxies: ['loopback'] });
    const wait = async (client: string) => {
      const refused = await collector.send('/e?_k=site&_p=p&_n=n', from(client));
      return [refused.status, Number(refused.headers.get('retry-after'))];
    };
    const large = `v=${'x'.repeat(1_000_000)}`;
    const post = { method: 'POST', body: large, ...from('203.0.113.1') };
    expect((await collector.send('/s?_k=site&_p=p', post)).status).toBe(200);
    // 977 kilobytes at 10 a second, of which the bucket had ten seconds' worth.
    expect(await wait('203.0.113.1')).toEqual([429, 88]);
    expect((await collector.send(`/s?_k=site&_p=p&${large}`, from('203.0.113.2'))).status).toBe(200);
    expect(await wait('203.0.113.2')).toEqual([429, 88]);
    const full = batchOf(2000, from('203.0.113.3'));
    const padded = (full.body as string).split('\n').map((line) => line.padEnd(520, 'x'));
    expect((await collector.send('/b', { ...full, body: padded.join('\n') })).status).toBe(200);
    expect(await wait('203.0.113.3')).toEqual([429, 190]);
  });

  test('also counts the bytes of a request that was sent in part and then broken off', async () => {
    const collector = await startCollector({ addressRate: 10, trustedProxies: ['loopback'] });
    const head = 'POST /e HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.1\r\nContent-Length: 999999\r\n\r\n';
    const socket = connect(collector.port, '127.0.0.1', () => socket.write(`${head}${'v'.repeat(500_000)}`));
    socket.on('error', () => {});
    const bytes = async () => /^kmq_requests_bytes (\d+)$/m.exec(await (await collector.send('/metrics')).text())![1];
    await expect.poll(async () => Number(await bytes())).toBeGreaterThan(499_999);
    socket.destroy();
    await expect.poll(bytes).toBe('0');
    expect((await collector.send('/e?_k=site&_p=p&_n=n', from('203.0.113.1'))).status).toBe(429);
    expect(await limited(collector, 'address-rate')).toBe(1);
  });

  test('all addresses of an IPv6 network are one sender', async () => {
    const collector = await startCollector({ addressRate: 0.2, trustedProxies: ['loopback'] });
    const found: number[] = [];
    for (let n = 0; n < 8; n++) found.push(...(await statuses(collector, 1, from(`2001:db8::${n}`))));
    expect(found.slice(-3)).toEqual([429, 429, 429]);
    expect(await statuses(collector, 1, from('2001:db8:0:1::1'))).toEqual([200]);
  });

  test('does not apply to senders on this machine, nor with the setting 0', async () => {
    const limited = await startCollector({ addressRate: 0.1 });
    expect(new Set(await statuses(limited, 30, {}))).toEqual(new Set([200]));
    const unlimited = await startCollector({ addressRate: 0, trustedProxies: ['loopback'] });
    expect(new Set(await statuses(unlimited, 30, from('203.0.113.7')))).toEqual(new Set([200]));
  });
});

describe('the rate of a key', () => {
  stopTheClock();

  test('applies to all addresses together, for this key only', async () => {
    const collector = await startCollector({ keyRate: 0.5 });
    const found = await statuses(collector, 12, {});
    expect(found.slice(0, 5)).toEqual(Array(5).fill(200));
    expect(found.slice(-4)).toEqual(Array(4).fill(429));
    expect(await statuses(collector, 1, {}, 'other')).toEqual([200]);
    const mixed = { method: 'POST', body: '/e?_k=other&_p=p&_n=b1\n/e?_k=site&_p=p&_n=b2' };
    expect((await collector.send('/b', mixed)).status).toBe(429);
    expect(await collector.export('other')).toHaveLength(1);
    expect(await limited(collector, 'key-rate')).toBe(found.filter((status) => status === 429).length + 1);
  });

  test('is charged with the kilobytes of a large hit', async () => {
    const collector = await startCollector({ keyRate: 10 });
    const properties = Array.from({ length: 50 }, (_, n) => `v${n}=${'x'.repeat(8000)}`).join('&');
    const body = `/s?_k=site&_p=p&${properties}\n/e?_k=other&_p=p&_n=n`;
    expect((await collector.send('/b', { method: 'POST', body })).status).toBe(200);
    const refused = await collector.send('/e?_k=site&_p=p&_n=n');
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, 30]);
    expect((await collector.send('/e?_k=other&_p=p&_n=n')).status).toBe(200);
  });

  test('is charged with all hits of a batch', async () => {
    const collector = await startCollector({ keyRate: 1 });
    expect((await collector.send('/b', batchOf(50, {}))).status).toBe(200);
    const refused = await collector.send('/b', batchOf(1, {}));
    expect([refused.status, Number(refused.headers.get('retry-after')) > 30]).toEqual([429, true]);
  });
});

test.each([-1, NaN, Infinity])('a rate of %d prevents the start of the collector', async (addressRate) => {
  await expect(startCollector({ addressRate })).rejects.toThrow('addressRate must be a number of hits a second');
});

describe('slow senders', () => {
  // Longer than a request that is only slow because of the machine.
  const quick = { ...TIMEOUTS, headersTimeout: 3000, requestTimeout: 4000, connectionsCheckingInterval: 50 };

  /** A socket on which something is written from time to time; and all that came back, once the collector has closed it. */
  function trickle(port: number, head: string, drop: string): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head);
      // Not earlier: bytes that are written to a socket before it is connected would be sent in front of the head.
      timer = setInterval(() => socket.write(drop), 40);
    });
    return receivedFrom(socket).finally(() => clearInterval(timer));
  }

  test.each([
    ['with a head that never ends', 'GET /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n'],
    ['with an address that never ends', 'GET /e?_k=site&_p=bob&_n=', 'x'],
    [
      'with a body that never ends',
      'POST /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n',
      'v',
    ],
    ['with nothing at all', '', ''],
  ])('%s is disconnected, and nothing is stored', async (_, head, drop) => {
    const collector = await startCollector({}, quick);
    expect(await trickle(collector.port, head, drop)).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect(await collector.export()).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['a head that never ends', 'GET /e?_k=site&_p=bob&_n='],
    ['a body that never ends', 'POST /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n'],
  ])('of %s, who do not end their side of the connection, lose their places to others', async (_, sent) => {
    const collector = await startCollector({}, { ...quick, maxConnections: 5 });
    for (let place = 0; place < 5; place++) {
      const socket = connect({ port: collector.port, host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => {}).resume();
      await new Promise((resolve) => socket.write(sent, resolve));
    }
    const hit = 'GET /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    await expect.poll(() => exchange(collector.port, hit)).toMatch(/^HTTP\/1.1 200 /);
  });

  test('a sender that never reads the answers is disconnected, and one that reads them late is not', async () => {
    const collector = await startCollector({}, { ...TIMEOUTS, unreadTimeout: 1000 });
    const hits = 'GET /e?_k=site&_p=bob&_n=x&_i=same HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2000);
    const idle = connect(collector.port, '127.0.0.1', () => idle.write(hits.slice(0, hits.length / 2000)));
    const never = connect(collector.port, '127.0.0.1');
    never.on('error', () => {}).pause();
    const timer = setInterval(() => never.destroyed || never.writableLength > 1e6 || never.write(hits), 20);
    await expect.poll(() => never.destroyed).toBe(true);
    clearInterval(timer);
    expect([idle.destroyed, idle.bytesRead > 43]).toEqual([false, true]);
    idle.destroy();
    expect(await collector.export()).toHaveLength(1);
  });

  test('200 slow senders delay nobody else', async () => {
    const collector = await startCollector({}, quick);
    const slow = Array.from({ length: 200 }, () => trickle(collector.port, 'GET /e?_k=site&_n=', 'x'));
    expect(new Set(await statuses(collector, 50, {}))).toEqual(new Set([200]));
    await Promise.all(slow);
    expect(await collector.export()).toHaveLength(50);
  });

  test('a sender that arrives when all places are used is disconnected, until there is a free place', async () => {
    const collector = await startCollector({}, { ...TIMEOUTS, maxConnections: 5 });
    const idle = Array.from({ length: 5 }, () => connect(collector.port, '127.0.0.1'));
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    const hit = 'GET /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    await expect.poll(() => exchange(collector.port, hit)).toBe('');
    for (const socket of idle) socket.destroy();
    await expect.poll(() => exchange(collector.port, hit)).toMatch(/^HTTP\/1.1 200 /);
  });
});
