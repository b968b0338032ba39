import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Room } from '../../src/collector/tracking/room.js';
import { startCollector, type TestCollector } from '../support/collector.js';

const MIB = 2 ** 20;

/** A value of the collector's metrics. */
async function metric(collector: TestCollector, name: string): Promise<number> {
  const text = await (await collector.send('/metrics')).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)![1]);
}

/** A batch of almost a megabyte, 100 hits with names of their own. */
function batch(n: number): string {
  const line = (hit: number) => `/e?_k=site&_p=bob&_n=${n}-${hit}&filler=`;
  return Array.from({ length: 100 }, (_, hit) => line(hit).padEnd(8000, 'x')).join('\n');
}

test('what has no room in memory waits with its sender, and is kept when there is', async () => {
  const collector = await startCollector();
  const SENDERS = 40;
  const requests: ClientRequest[] = [];
  for (let n = 0; n < SENDERS; n++) {
    const body = batch(n);
    const headers = { 'content-type': 'text/plain', 'content-length': body.length };
    const sent = request(`${collector.origin}/b`, { method: 'POST', agent: false, headers });
    sent.write(body.slice(0, 1000));
    requests.push(sent);
  }
  await expect.poll(() => metric(collector, 'kmq_requests_held')).toBe(20);
  expect(await metric(collector, 'kmq_requests_bytes')).toBeLessThanOrEqual(16 * MIB);
  // Hits of others wait their turn as well, and get it.
  const other = collector.send('/e?_k=site&_p=ann&_n=small');
  const answers = requests.map(async (sent, n) => {
    sent.end(batch(n).slice(1000));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  });
  expect(await Promise.all(answers)).toEqual(Array(SENDERS).fill(200));
  expect((await other).status).toBe(200);
  expect(await metric(collector, 'kmq_requests_held')).toBe(0);
  expect(await metric(collector, 'kmq_requests_bytes')).toBe(0);
  expect(await collector.export()).toHaveLength(SENDERS * 100 + 1);
});

test('a sender that goes away in the middle gives its room back', async () => {
  const collector = await startCollector();
  const requests = Array.from({ length: 30 }, () => {
    const headers = { 'content-type': 'text/plain', 'content-length': MIB };
    const sent = request(`${collector.origin}/b`, { method: 'POST', agent: false, headers });
    sent.on('error', () => {});
    sent.write('/e?_k=site');
    return sent;
  });
  await expect.poll(() => metric(collector, 'kmq_requests_held')).toBeGreaterThan(10);
  for (const sent of requests) sent.destroy();
  await expect.poll(() => metric(collector, 'kmq_requests_bytes')).toBe(0);
  expect((await collector.send('/e?_k=site&_p=ann&_n=x')).status).toBe(200);
  expect(await collector.export()).toHaveLength(1);
});

test('who waits for room is charged before, and is told at once when over the rate', async () => {
  const collector = await startCollector({ addressRate: 1, trustedProxies: ['loopback'] });
  const held = Array.from({ length: 16 }, () => {
    const headers = { 'content-type': 'text/plain', 'content-length': MIB };
    const sent = request(`${collector.origin}/b`, { method: 'POST', agent: false, headers });
    sent.on('error', () => {});
    sent.write('/e?_k=site');
    return sent;
  });
  await expect.poll(() => metric(collector, 'kmq_requests_bytes')).toBeGreaterThan(15 * MIB);
  const client = { headers: { 'x-forwarded-for': '203.0.113.7' } };
  // As many as a bucket has room for wait; those behind them are answered although there is no room.
  const waiting = Array.from({ length: 40 }, (_, n) => collector.send(`/e?_k=site&_p=p&_n=n${n}`, client));
  const limited = () => metric(collector, 'kmq_requests_limited_total\\{code="address-rate"\\}');
  await expect.poll(limited).toBeGreaterThan(20);
  for (const sent of held) sent.destroy();
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(await collector.export()).toHaveLength(statuses.filter((status) => status === 200).length);
});

test('of 20,000 requests that wait for room, each may be answered as it begins', () => {
  const room = new Room();
  const waiting = { destroyed: false, socket: { pause: () => {}, resume: () => {} } } as unknown as IncomingMessage;
  let answered = 0;
  room.enter(16 * MIB, waiting, () => {});
  for (let n = 0; n < 20_000; n++) {
    room.enter(100, waiting, () => {
      answered++;
      room.leave(100);
    });
  }
  expect(room.held).toBe(20_000);
  room.leave(16 * MIB);
  expect([answered, room.held, room.taken]).toEqual([20_000, 0, 0]);
});
