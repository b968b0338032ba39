import { describe, expect, test } from 'vitest';
import { StoreThread } from '../../src/collector/store/model/thread.js';

/** From the folder with the built stores. */
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
    'that %s leaves no question without an answer, and is replaced',
    async (failing) => {
      const thread = new StoreThread<FailingJobs>(FAILING, undefined);
      expect(await Promise.allSettled([thread.call(failing), thread.call(failing)])).toEqual([refused, refused]);
      expect(await thread.call('ok')).toBe('ok');
      const last = thread.call(failing).catch((error: unknown) => error);
      await thread.close();
      expect(await last).toMatchObject({ statusCode: 503 });
    },
  );

  test('that never ends is terminated, and is replaced', async () => {
    const thread = new StoreThread<FailingJobs>(FAILING, undefined, 500);
    expect(await Promise.allSettled([thread.call('neverEnds'), thread.call('ok')])).toEqual([refused, refused]);
    expect(await thread.call('ok')).toBe('ok');
    const last = thread.call('neverEnds').catch((error: unknown) => error);
    await thread.close();
    expect(await last).toMatchObject({ statusCode: 503 });
  });
});
