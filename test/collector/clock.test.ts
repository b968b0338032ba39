import { afterEach, describe, expect, test, vi } from 'vitest';
import { startCollector, type TestCollector } from '../support/collector.js';
import { exchange } from '../support/socket.js';

const HIT = '/e?_k=site&_p=bob&_n=';

/** The clock of a machine without a battery: only the time of day is wrong, so timers work. */
function startIn1970(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: 5_000 });
}

async function health(collector: TestCollector): Promise<[number, unknown]> {
  const response = await collector.send('/healthz');
  return [response.status, await response.json()];
}

describe('a clock that is not set', () => {
  afterEach(() => void vi.useRealTimers());

  test('no hit is accepted, none is refused for good, /healthz says so, and all of them are stored once the clock is set', async () => {
    startIn1970();
    const collector = await startCollector();
    const requests: [string, RequestInit?][] = [
      [`${HIT}x`],
      [`${HIT}dated&_t=1790000000&_d=1`],
      ['/s?_k=site', { method: 'POST', body: '_p=bob&v=1' }],
      ['/b', { method: 'POST', body: `${HIT}x\n${HIT}y` }],
    ];
    for (const [address, init] of requests) {
      const response = await collector.send(address, init);
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const raw = Buffer.from(`GET ${HIT}böb HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(await exchange(collector.port, raw)).toMatch(/^HTTP\/1.1 503 /);
    const long = Buffer.from(`GET /e?v=${'x'.repeat(2 ** 21)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await exchange(collector.port, long)).toMatch(/^HTTP\/1.1 503 /);
    expect(await health(collector)).toEqual([
      503,
      { status: 'failing', reason: 'The clock of this machine is not set (clock).' },
    ]);

    vi.setSystemTime(new Date('2026-11-26T12:00:00Z'));
    for (const [address, init] of requests) expect((await collector.send(address, init)).status).toBe(200);
    expect(await health(collector)).toEqual([200, { status: 'ok' }]);
    expect(await collector.export()).toHaveLength(5);
    const { refusals } = await collector.live(5);
    expect(refusals).toEqual([]);
  });

  test('is a clock before 2009, to the second', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2009, 0, 1) - 1 });
    const collector = await startCollector();
    expect((await collector.send(`${HIT}x`)).status).toBe(503);
    vi.setSystemTime(Date.UTC(2009, 0, 1));
    expect((await collector.send(`${HIT}x`)).status).toBe(200);
    expect(await collector.export()).toHaveLength(1);
  });
});
