import { expect, onTestFinished, test, vi } from 'vitest';
import { StoreRemovals, type StoreRemovalsParts } from '../../src/collector/store/clickhouse/store-removals.js';
import { Unavailable } from '../../src/collector/store/clickhouse/unavailable.js';
import { Unfinished } from '../../src/collector/store/clickhouse/unfinished.js';

test('a noted request to erase that fails again and again does not stop the others', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const state = new Map<string, unknown>();
  const unfinished = new Unfinished({
    read: (name: string) => state.get(name),
    write: (name: string, value: unknown) => state.set(name, value),
  } as never);
  const erased: string[] = [];
  const done = () => Promise.resolve();
  const parts = {
    spool: { endOffset: 0, forwardedOffset: 0, batchesUpTo: () => [], log: { soon: () => Promise.resolve(true) } },
    forwarder: { flushed: done },
    filler: { alone: (work: () => Promise<void>) => work() },
    upkeep: { ended: done, large: { forget: () => undefined } },
    removal: {
      ready: done,
      stop: () => undefined,
      find: (_: string, identity: string) =>
        identity === 'large'
          ? Promise.reject(new Unavailable('ClickHouse has too little memory for this.'))
          : Promise.resolve({ identities: [identity], hits: 1 }),
      erase: (_: string, identities: string[]) => Promise.resolve(erased.push(...identities)),
    },
    unfinished,
    onError: () => undefined,
    onNotice: () => undefined,
  };
  const removals = new StoreRemovals(parts as unknown as StoreRemovalsParts);
  for (const identity of ['large', 'ann', 'bob']) unfinished.noteRequest({ key: 'site', identity });
  removals.resume();
  for (let n = 0; n < 3; n++) {
    await removals.ended();
    await vi.advanceTimersByTimeAsync(5000);
  }
  expect(erased).toEqual(['ann', 'bob']);
  expect(unfinished.requests).toEqual([{ key: 'site', identity: 'large' }]);
  removals.stop();
});
