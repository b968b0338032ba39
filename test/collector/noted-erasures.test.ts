import { expect, onTestFinished, test, vi } from 'vitest';
import { StoreRemovals, type StoreRemovalsParts } from '../../src/collector/store/clickhouse/store-removals.js';
import { StuckMutation } from '../../src/collector/store/clickhouse/stuck-mutation.js';
import { Unavailable } from '../../src/collector/store/clickhouse/unavailable.js';
import { Unfinished } from '../../src/collector/store/clickhouse/unfinished.js';

/** Erasures in a store of which the test says what fails, with a clock of the test; test/collector/clickhouse-failing.test.ts has a real one. */
function stand(failing: {
  ready?: () => Promise<void>;
  find?: (identity: string) => unknown;
  erase?: (identity: string) => unknown;
}) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const state = new Map<string, unknown>();
  const unfinished = new Unfinished({
    read: (name: string) => state.get(name),
    write: (name: string, value: unknown) => state.set(name, value),
  } as never);
  const [erased, said]: [string[], string[]] = [[], []];
  const attempts = new Map<string, number[]>();
  const done = () => Promise.resolve();
  const began = performance.now();
  const attempt = (identity: string, error: unknown): void => {
    attempts.set(identity, [...(attempts.get(identity) ?? []), Math.round((performance.now() - began) / 1000)]);
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (error) throw error;
  };
  const parts = {
    spool: { endOffset: 0, forwardedOffset: 0, batchesUpTo: () => [], log: { soon: () => Promise.resolve(true) } },
    forwarder: { flushed: done },
    filler: { alone: (work: () => Promise<void>) => work() },
    upkeep: { ended: done, large: { forget: () => undefined } },
    removal: {
      ready: failing.ready ?? done,
      stop: () => undefined,
      find: async (_: string, identity: string) => {
        const error = failing.find?.(identity);
        if (error) attempt(identity, error);
        return Promise.resolve({ identities: [identity], hits: 1 });
      },
      erase: async (_: string, [identity]: [string]) => {
        attempt(identity, failing.erase?.(identity));
        return Promise.resolve(erased.push(identity));
      },
    },
    unfinished,
    onError: (error: Error) => said.push(error.message),
    onNotice: () => undefined,
  };
  const removals = new StoreRemovals(parts as unknown as StoreRemovalsParts);
  onTestFinished(() => removals.stop());
  const seconds = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      await removals.ended();
      await vi.advanceTimersByTimeAsync(1000);
    }
    await removals.ended();
  };
  return { removals, unfinished, erased, said, attempts, seconds };
}

const refused = (amount: number): Error => new Error(`ClickHouse refuses this: ${amount} bytes are too many.`);

test('a noted request to erase that fails again and again does not stop the others', async () => {
  const { removals, unfinished, erased, seconds } = stand({
    find: (identity) => identity === 'large' && refused(1),
  });
  for (const identity of ['large', 'ann', 'bob']) unfinished.noteRequest({ key: 'site', identity });
  removals.resume();
  await seconds(1);
  expect(erased).toEqual(['ann', 'bob']);
  expect(unfinished.requests).toEqual([{ key: 'site', identity: 'large' }]);
});

test('an erasure that has begun and fails each time does not stop others, and is tried after pauses that grow', async () => {
  let isCured = false;
  const { removals, unfinished, erased, said, attempts, seconds } = stand({
    erase: (identity) => identity === 'large' && !isCured && refused(Math.random()),
  });
  unfinished.beginErasure({ key: 'site', identities: ['large'] });
  unfinished.beginErasure({ key: 'site', identities: ['ann'] });
  unfinished.noteRequest({ key: 'site', identity: 'bob' });
  removals.resume();
  await seconds(1);
  expect(erased).toEqual(['ann', 'bob']);
  expect(await removals.erase('site', 'eve')).toEqual({ identities: ['eve'], hits: 1 });
  await seconds(1200);
  expect(attempts.get('large')).toEqual([0, 5, 15, 35, 75, 155, 315, 615, 915]);
  expect(said).toEqual([expect.stringMatching(/^ClickHouse refuses this/)]);
  expect(unfinished.erasures).toEqual([{ key: 'site', identities: ['large'] }]);
  isCured = true;
  await seconds(300);
  expect(erased).toEqual(['ann', 'bob', 'eve', 'large']);
  expect(removals.unfinishedErasures).toBe(0);
});

test('why erasures fail is said once for all of them, and again when the reason changes', async () => {
  let reason = 'one';
  const causes = (identity: string): Error | undefined =>
    identity === 'ann' || identity === 'bob' ? new Error(`reason ${reason}, ${Math.random()}`) : undefined;
  const { removals, unfinished, said, seconds } = stand({
    find: causes,
    erase: (identity) => (identity === 'eve' ? new Error('another') : undefined),
  });
  for (const identity of ['ann', 'bob', 'eve']) unfinished.noteRequest({ key: 'site', identity });
  removals.resume();
  await seconds(400);
  const saidBriefly = (): string[] => said.map((message) => message.replace(/,.*/, ''));
  expect(saidBriefly()).toEqual(['reason one', 'another']);
  reason = 'two';
  await seconds(400);
  expect(saidBriefly()).toEqual(['reason one', 'another', 'reason two']);
});

test('after a mutation that does not end, others are tried before the erasure that has begun it', async () => {
  let isStuck = true;
  const { removals, unfinished, erased, said, attempts, seconds } = stand({
    erase: (identity) => isStuck && identity === 'large' && new StuckMutation('mutation_1 does not end', 'mutation_1'),
  });
  for (const identity of ['large', 'ann']) unfinished.beginErasure({ key: 'site', identities: [identity] });
  removals.resume();
  await seconds(1);
  expect([attempts.has('ann'), said]).toEqual([false, ['mutation_1 does not end']]);
  await seconds(5);
  expect(erased).toEqual(['ann']);
  isStuck = false;
  await seconds(10);
  expect(erased).toEqual(['ann', 'large']);
});

test('while ClickHouse cannot be reached, no erasure counts as one that fails, and nothing is said about it', async () => {
  let isDown = true;
  const unavailable = new Unavailable('ClickHouse does not answer.');
  const { removals, unfinished, erased, said, seconds } = stand({
    ready: () => (isDown ? Promise.reject(unavailable) : Promise.resolve()),
    find: () => isDown && unavailable,
  });
  unfinished.noteRequest({ key: 'site', identity: 'ann' });
  removals.resume();
  await seconds(100);
  isDown = false;
  await seconds(6);
  expect([erased, said]).toEqual([['ann'], []]);
});

test('an erasure that is asked for again while it fails is noted once', async () => {
  let isCured = false;
  const { removals, unfinished, erased, seconds } = stand({ erase: () => !isCured && refused(1) });
  for (let n = 0; n < 3; n++) await expect(removals.erase('site', 'ann')).rejects.toThrow('refuses');
  expect(unfinished.erasures).toEqual([{ key: 'site', identities: ['ann'] }]);
  isCured = true;
  await seconds(6);
  expect([erased, removals.unfinishedErasures]).toEqual([['ann'], 0]);
});
