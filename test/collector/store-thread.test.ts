import { describe, expect, test } from 'vitest';
import { StoreThread } from '../../src/collector/store/model/thread.js';

/** From the folder of the stores that were built. */
const FAILING = '../../../../test/collector/data/failing-thread.mjs';

interface FailingJobs {
  ok: () => 'ok';
  throws: () => void;
  throwsNothing: () => void;
  rejects: () => void;
  exits: () => void;
  neverEnds: () => void;
}

const refused = { status: 'rejected', reason: expect.objectContaining({ statusCode: 503 }) as Error };

describe('a thread of a store', () => {
  test.each(['throws', 'throwsNothing', 'rejects', 'exits'] as const)(
    'that %s leaves nobody waiting, and another one takes its place',
    async (failing) => {
      const thread = new StoreThread<FailingJobs>(FAILING, undefined);
      expect(await Promise.allSettled([thread.call(failing), thread.call(failing)])).toEqual([refused, refused]);
      expect(await thread.call('ok')).toBe('ok');
      const last = thread.call(failing).catch((error: unknown) => error);
      await thread.close();
      expect(await last).toMatchObject({ statusCode: 503 });
    },
  );

  test('that never comes to an end is given up, and another one takes its place', async () => {
    const thread = new StoreThread<FailingJobs>(FAILING, undefined, 500);
    expect(await Promise.allSettled([thread.call('neverEnds'), thread.call('ok')])).toEqual([refused, refused]);
    expect(await thread.call('ok')).toBe('ok');
    const last = thread.call('neverEnds').catch((error: unknown) => error);
    await thread.close();
    expect(await last).toMatchObject({ statusCode: 503 });
  });
});
