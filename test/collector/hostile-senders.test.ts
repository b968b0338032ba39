import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { beHostile, HOSTILE } from '../support/hostile.js';
import { eachNth } from '../support/long.js';

/** How long the tracker and `kmq/node` wait for an answer. */
const PATIENCE_MS = 15_000;
const ROUNDS = 12;
/** A smaller request never waits for others. */
const SMALL_BYTES = 64 * 1024;
const SETTINGS = ['--trust-proxy', 'loopback', '--token', 'a-token-of-mine-alone', '--log-level', 'error'];

/** Sends requests one after the other, so that the hostile senders, which were connected before, can delay each of them. */
async function sendPolitely(origin: string): Promise<number[]> {
  const statuses: number[] = [];
  const send = async (address: string, body?: string): Promise<void> => {
    const init = body === undefined ? {} : { method: 'POST', body };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const { status } = await fetch(origin + address, { ...init, signal });
      // If memory is short, a large batch may be refused for the moment; all other requests must be answered.
      if (status !== 503 || (body?.length ?? 0) < SMALL_BYTES) return void statuses.push(status);
      await pause(500, undefined, { signal });
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    const hit = (name: string) => `/e?_k=site&_p=ann&_n=${name}${round}`;
    await send(hit('get'));
    await send(hit('post'), 'v=1');
    await send('/b', Array.from({ length: 20 }, (_, n) => `${hit('batch')}-${n}`).join('\n'));
    await send('/b', Array.from({ length: 20 }, (_, n) => `${hit('large')}-${n}&v=`.padEnd(5000, 'x')).join('\n'));
    await send('/healthz');
  }
  return statuses;
}

const kinds = eachNth(Object.keys(HOSTILE), 4);

test.each(kinds)('every hit of a polite client is answered while others send: %s', async (kind) => {
  const { origin } = await serve(['--data', await temporaryFolder(), ...SETTINGS]);
  const hostile = beHostile(Number(new URL(origin).port), kind);
  onTestFinished(hostile.stop);
  // All senders are connected, or their connections have been ended already.
  await expect.poll(() => hostile.open + hostile.ended).toBeGreaterThanOrEqual(HOSTILE[kind]!.connections);
  expect(await sendPolitely(origin)).toEqual(Array(ROUNDS * 5).fill(200));
  const authorization = { headers: { authorization: 'Bearer a-token-of-mine-alone' } };
  const lines = await (await clientOf(origin).send('/api/v1/export?key=site', authorization)).text();
  expect(lines.split('\n').filter(Boolean)).toHaveLength(ROUNDS * 42);
  const metrics = await (await clientOf(origin).send('/metrics', authorization)).text();
  const bytes = /^kmq_requests_bytes (\d+)$/m.exec(metrics)![1];
  expect(Number(bytes)).toBeLessThanOrEqual(16 * 2 ** 20);
});
