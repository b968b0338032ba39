import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHitId } from '../../src/protocol/hit-id.js';
import { createDelivery } from '../../src/tracker/delivery/delivery.js';

/** Requests in their order, each with what answers it. */
let requests: { lines: string[]; settle: (delivered: boolean) => void }[];
let beacons: string[][];
let pageEvents: Record<string, () => void>;
let storage: Record<string, string>;
let count = 0;

const request = (lines: string[], settle: (delivered: boolean) => void): void => void requests.push({ lines, settle });
const start = () => createDelivery(request, (lines) => void (lines.length && beacons.push(lines)));
const newId = (): string => createHitId(Date.now(), count++, '-random');
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
  // What the outbox and the visitor's permission look at: a page with a storage, and no cookie yet.
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('document', { cookie: '', hidden: false });
  vi.stubGlobal('location', { protocol: 'https:', hostname: 'shop.example.com' });
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
  const delivery = start();
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

test('a callback waits for two seconds, and is called once', async () => {
  const answers: boolean[] = [];
  start().deliver(newId(), '/e?_n=a', (delivered: boolean) => answers.push(delivered));
  await wait(1999);
  expect(answers).toEqual([]);
  await wait(1);
  expect(answers).toEqual([false]);
  await settle(true);
  expect(answers).toEqual([false]);
});

test('after a failure hits wait, and go together when the pause is over, with their age', async () => {
  const delivery = start();
  delivery.deliver(newId(), '/e?_n=a');
  await settle(false);
  delivery.deliver(newId(), '/e?_n=b');
  expect(requests).toHaveLength(1);
  // The first attempt after a failure is of a single hit, the next one a batch.
  await wait(2000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=a&_a=2']);
  await settle(false);
  await wait(4000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=a&_a=6', '/e?_n=b&_a=6']);
  await settle(true);
  expect(storage).toEqual({});
});

test('pauses double up to a minute', async () => {
  const delivery = start();
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

test('requests on their way at the same time fail as one', async () => {
  const delivery = start();
  delivery.deliver(newId(), '/e?_n=a');
  delivery.deliver(newId(), '/e?_n=b');
  for (const { settle } of requests) settle(false);
  await wait(1999);
  expect(requests).toHaveLength(2);
  await wait(1);
  expect(requests).toHaveLength(3);
});

test('six requests at a time; what comes on top goes together', async () => {
  const delivery = start();
  for (let index = 0; index < 9; index++) delivery.deliver(newId(), `/e?_n=${index}`);
  expect(requests).toHaveLength(6);
  requests[0]!.settle(true);
  await wait(1);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=6', '/e?_n=7', '/e?_n=8']);
});

test('a hit that another tab has leased is left to it until the lease is over', async () => {
  start().deliver(newId(), '/e?_n=a');
  await wait(1);
  start().flush();
  expect(requests).toHaveLength(1);
  await wait(20_000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=a&_a=20']);
  await settle(true);
  // The first tab's answer, which comes too late: nothing is put back.
  requests[0]!.settle(false);
  await wait(0);
  expect(storage).toEqual({});
});

test('without an answer of the visitor nothing is sent, and nothing stored', async () => {
  vi.stubGlobal('KM_CONSENT', 'denied');
  const delivery = start();
  delivery.deliver(newId(), '/e?_n=a');
  delivery.flush();
  expect(requests).toEqual([]);
  expect(storage).toEqual({});
  vi.stubGlobal('KM_CONSENT', 'granted');
  delivery.flush();
  await settle(true);
  expect(requests.map(({ lines }) => lines)).toEqual([['/e?_n=a']]);
});

test('what is on its way when the page is left leaves once more, by a beacon', async () => {
  const delivery = start();
  delivery.start();
  await wait(0);
  delivery.deliver(newId(), '/e?_n=a');
  pageEvents.pagehide!();
  pageEvents.pagehide!();
  expect(beacons).toEqual([['/e?_n=a']]);
  expect(Object.keys(storage)).toHaveLength(1);
});

test('another implementation gets one hit at a time, without an age', async () => {
  vi.stubGlobal('KM_PLAIN', true);
  const delivery = start();
  for (const name of 'abcdefgh') delivery.deliver(newId(), `/e?_n=${name}`);
  expect(requests).toHaveLength(6);
  requests[0]!.settle(true);
  await wait(3000);
  expect(requests.at(-1)!.lines).toEqual(['/e?_n=g']);
});
