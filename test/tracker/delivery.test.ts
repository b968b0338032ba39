import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHitId } from '../../src/protocol/hit-id.js';
import type { Way } from '../../src/tracker/delivery/ways.js';

/** The requests in their order, each with a function that answers it. */
let requests: { lines: string[]; settle: (delivered: boolean) => void }[];
let beacons: string[][];
let pageEvents: Record<string, () => void>;
let storage: Record<string, string>;
let count = 0;

const request = (lines: string[], _way: Way, settle: (delivered: boolean) => void): void =>
  void requests.push({ lines, settle });
/** A new page: its modules are loaded again, since they contain the state of the tracker. */
async function create() {
  vi.resetModules();
  vi.doMock('../../src/tracker/delivery/network.js', () => ({
    request,
    beacon: (lines: string[]) => beacons.push(lines) > 0,
  }));
  const { startDelivery } = await import('../../src/tracker/delivery/page-life.js');
  return { startDelivery, ...(await import('../../src/tracker/delivery/delivery.js')) };
}
/** A new page that has been painted, so it copies hits to localStorage. */
async function start() {
  const delivery = await create();
  delivery.startDelivery();
  await wait(1000);
  return delivery;
}
const newId = (): string => createHitId(Date.now(), count++, '-at-random');
const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** Answers the latest request. */
async function settle(delivered: boolean): Promise<void> {
  requests.at(-1)!.settle(delivered);
  await wait(0);
}

beforeEach(() => {
  requests = [];
  beacons = [];
  pageEvents = {};
  storage = {};
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  // The globals that the outbox and the visitor's permission read: a page with storage, and no cookie yet.
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('document', { cookie: '', hidden: false });
  vi.stubGlobal('location', { protocol: 'https:', hostname: 'shop.example.com' });
  vi.stubGlobal('origin', 'https://shop.example.com');
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('addEventListener', (type: string, listener: () => void) => (pageEvents[type] = listener));
  vi.stubGlobal('KM_CONSENT', undefined);
  vi.stubGlobal('KM_PLAIN', undefined);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a hit is sent at once, and kept until it is acknowledged', async () => {
  const delivery = await start();
  const answers: boolean[] = [];
  delivery.deliver(newId(), '/e?_n=a', (delivered: boolean) => answers.push(delivered));
  expect(requests.map(({ lines }) => lines)).toEqual([['/e?_n=a']]);
  expect(Object.keys(storage)).toHaveLength(1);
  await settle(true);
  expect(Object.keys(storage)).toHaveLength(0);
  expect(answers).toEqual([true]);
  await wait(2000);
  expect(answers).toEqual([true]);
});

test('what is sent when the page is left fits into 64 KiB, however small and old the hits are', async () => {
  const month = 30 * 86_400_000;
  for (let index = 0; index < 1200; index++) {
    const id = createHitId(Date.now() - month, index, '-at-random');
    storage[`km_uq${id}`] = `1000000000000/e?_k=site&_n=Read&_p=7&_t=1764547200&_i=${id}`;
  }
  (await create()).startDelivery();
  pageEvents.pagehide!();
  expect(beacons).toHaveLength(1);
  expect(beacons[0]!.length).toBeGreaterThan(500);
  expect(beacons[0]!.join('\n').length).toBeLessThanOrEqual(65_536);
});

test('once everything is acknowledged no timer is left, for which an application of Angular would wait until it is stable', async () => {
  const delivery = await start();
  delivery.deliver(newId(), '/e?_n=a');
  await settle(true);
  await wait(1);
  expect(vi.getTimerCount()).toBe(0);
  // While another tab has a lease on a hit, the page looks after it.
  storage[`km_uq${newId()}`] = `${Date.now() + 10_000}/e?_n=b`;
  delivery.deliver(newId(), '/e?_n=c');
  await settle(true);
  await wait(11_000);
  expect(requests.at(-1)!.lines).toEqual([expect.stringContaining('/e?_n=b')]);
});

test('a callback is called after two seconds without an answer, and only once', async () => {
  const answers: boolean[] = [];
  (await start()).deliver(newId(), '/e?_n=a', (delivered: boolean) => answers.push(delivered));
  await wait(1999);
  expect(answers).toEqual([]);
  await wait(1);
  expect(answers).toEqual([false]);
  await settle(true);
  expect(answers).toEqual([false]);
});

test('after a failure all hits wait, then the hits that have not failed are sent first', async () => {
  const delivery = await start();
  delivery.deliver(newId(), '/e?_n=a');
  await settle(false);
  delivery.deliver(newId(), '/e?_n=b');
  delivery.deliver(newId(), '/e?_n=c');
  expect(requests).toHaveLength(1);
  // With their age. The hit that has failed is sent in its own request, after them.
  await wait(2000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=b&_a=2', '/e?_n=c&_a=2']);
  await settle(true);
  await wait(1);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=a&_a=2']);
  // Others were acknowledged since it first failed, so it counts as blocked (the second `&`), and only it waits.
  await settle(false);
  await wait(2000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=a&&_a=4']);
  await settle(true);
  expect(storage).toEqual({});
});

test('a batch that fails is split, and grows again after acknowledgements', async () => {
  const delivery = await start();
  for (let index = 0; index < 46; index++) delivery.deliver(newId(), `/e?_n=${index}`);
  for (const { settle } of requests) settle(true);
  await wait(1);
  expect(requests.at(-1)!.lines).toHaveLength(40);
  await settle(false);
  const sizes: number[] = [];
  while (Object.keys(storage).length > 0) {
    await wait(4000);
    for (const { settle, lines } of requests.splice(0)) {
      if (lines.length) sizes.push(lines.length);
      settle(true);
    }
  }
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(40);
  expect(sizes.at(0)).toBe(1);
  expect(sizes.length).toBeLessThan(20);
});

test('a hit that is blocked six times while others are acknowledged is given up, and the next hit has the number of lost hits', async () => {
  const delivery = await start();
  delivery.deliver(newId(), '/e?_n=bad');
  await settle(false);
  let attempts = 0;
  const reports: string[] = [];
  for (let index = 0; index < 60; index++) {
    await wait(30_000);
    for (const { lines, settle } of requests.splice(0)) {
      if (lines[0]!.includes('bad')) attempts++;
      settle(!lines[0]!.includes('bad'));
    }
    delivery.deliver(newId(), `/e?_n=${index}`);
    for (const { lines, settle } of requests.splice(0)) {
      reports.push(...lines.filter((line) => line.includes('Dropped')));
      settle(!lines[0]!.includes('bad'));
    }
  }
  // Attempts in a batch with others, or with nothing acknowledged since the last one, are not counted as blocked.
  expect(attempts).toBeGreaterThanOrEqual(6);
  expect(attempts).toBeLessThan(12);
  expect(reports).toEqual([expect.stringMatching(/^\/e\?_n=\d+&Dropped%20Hits=1$/)]);
  expect(Object.keys(storage)).toEqual([]);
  delivery.deliver(newId(), '/e?_n=last');
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=last']);
});

test('after each failure the pause is twice as long, up to a minute', async () => {
  const delivery = await start();
  delivery.deliver(newId(), '/e?_n=a');
  for (const pauseMs of [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
    const sent = requests.length;
    await settle(false);
    await wait(pauseMs - 1);
    expect(requests).toHaveLength(sent);
    await wait(1);
    expect(requests).toHaveLength(sent + 1);
  }
});

test('requests that run at the same time count as one failure', async () => {
  const delivery = await start();
  delivery.deliver(newId(), '/e?_n=a');
  delivery.deliver(newId(), '/e?_n=b');
  for (const { settle } of requests) settle(false);
  await wait(1999);
  expect(requests).toHaveLength(2);
  await wait(1);
  expect(requests).toHaveLength(3);
});

test('at most six requests run at a time; further hits are sent together after them', async () => {
  const delivery = await start();
  for (let index = 0; index < 9; index++) delivery.deliver(newId(), `/e?_n=${index}`);
  expect(requests).toHaveLength(6);
  requests[0]!.settle(true);
  await wait(1);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=6', '/e?_n=7', '/e?_n=8']);
});

test('a hit that another tab has leased is left to that tab until the lease ends', async () => {
  const [one, other] = [await start(), await start()];
  one.deliver(newId(), '/e?_n=a');
  await wait(1);
  other.flush();
  expect(requests).toHaveLength(1);
  await wait(20_000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=a&_a=20']);
  await settle(true);
  expect(storage).toEqual({});
  // The first tab gets its answer after its lease has ended, and sends the hit again, although its copy is missing: the page itself may have
  // removed the copy.
  requests[0]!.settle(false);
  await wait(2000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=a&_a=22']);
  await settle(true);
  expect(storage).toEqual({});
});

test('before the visitor has consented nothing is sent or stored; then the hits so far are sent', async () => {
  vi.stubGlobal('KM_CONSENT', 'denied');
  const delivery = await start();
  delivery.deliver(newId(), '/e?_n=a');
  delivery.flush();
  expect(requests).toEqual([]);
  expect(storage).toEqual({});
  vi.stubGlobal('KM_CONSENT', 'granted');
  delivery.flush();
  await settle(true);
  expect(requests.map(({ lines }) => lines)).toEqual([['/e?_n=a']]);
});

test('when the page is left, a hit whose request still runs is sent again, in one beacon', async () => {
  const delivery = await start();
  delivery.deliver(newId(), '/e?_n=a');
  pageEvents.pagehide!();
  pageEvents.pagehide!();
  expect(beacons).toEqual([['/e?_n=a']]);
  expect(Object.keys(storage)).toHaveLength(1);
});

test('before the first paint no hit is copied to localStorage, unless the page is left', async () => {
  const delivery = await create();
  delivery.startDelivery();
  delivery.deliver(newId(), '/e?_n=a');
  await settle(false);
  expect(storage).toEqual({});
  pageEvents.pagehide!();
  expect(Object.values(storage)).toEqual(['1000000000000/e?_n=a']);
});

test('another implementation gets one hit in each request, without an age', async () => {
  vi.stubGlobal('KM_PLAIN', true);
  const delivery = await start();
  for (const name of 'abcdefgh') delivery.deliver(newId(), `/e?_n=${name}`);
  expect(requests).toHaveLength(6);
  requests[0]!.settle(true);
  await wait(3000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=g']);
});
