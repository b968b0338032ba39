import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { Slices } from '../../src/collector/store/model/slices.js';
import type { Entry } from '../../src/collector/store/store.js';
import { KEY, storeOfProject } from '../support/collector.js';

const T = 1_400_000_000;

afterEach(() => vi.restoreAllMocks());

/** The clock advances by so much each time it is read. */
function clockThatGoesOnBy(milliseconds: number): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += milliseconds));
}

/** How many turns of the event loop other code had during some work. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let done = false;
  const ended = work.finally(() => (done = true));
  let turns = 0;
  while (!done) {
    await turn();
    turns += 1;
  }
  await ended;
  return turns;
}

test('long work lets others run when its time is used up, whatever one step of it costs', async () => {
  const piecesIn = async (slices: Slices): Promise<void> => {
    for (let piece = 0; piece < 100; piece++) await slices.next();
  };
  clockThatGoesOnBy(0.01);
  expect(await turnsDuring(piecesIn(new Slices()))).toBeLessThan(5);
  clockThatGoesOnBy(20);
  expect(await turnsDuring(piecesIn(new Slices()))).toBeGreaterThanOrEqual(100);
});

test('refused requests that take long to read delay no hit while a person is erased', async () => {
  const store = await storeOfProject();
  const refused = Array.from({ length: 100 }, (_, n): Entry => {
    return {
      refusal: { key: KEY, received: T, reason: ['no-name'], request: `/e?_p=${n}${'%252B+%5Cu0025'.repeat(100)}` },
    };
  });
  const bob = { kind: 'event', key: KEY, person: 'bob', name: 'x', time: T, sent: T, id: null } as const;
  await store.append([{ received: T, agent: 'browser', hit: { ...bob, properties: [], warnings: [] } }, ...refused]);
  await store.person(KEY, 'bob');
  clockThatGoesOnBy(20);
  expect(await turnsDuring(store.erase(KEY, 'bob'))).toBeGreaterThanOrEqual(100);
});
