import { expect, test } from 'vitest';
import type { LiveHit } from '../../src/protocol/api.js';
import { startCollector } from '../support/collector.js';

const T = 1400000000;

const event = (name: string, time = T): string => `/e?_k=site&_p=bob&_n=${name}&_t=${time}`;
const eventsOfASecond = (count: number): string[] => Array.from({ length: count }, (_, n) => event(`e${n}`));

/** The newest hit after some batches. */
async function newestAfter(batches: string[][]): Promise<LiveHit | undefined> {
  const collector = await startCollector();
  for (const lines of batches) {
    expect((await collector.send('/b', { method: 'POST', body: lines.join('\n') })).status).toBe(200);
  }
  // The latest hundred, the newest last.
  return (await collector.live(100)).hits.at(-1);
}

test.each([
  ['of a second of hundreds of events is found', 900, true],
  // To find it would cost more than to store it, and a stranger could send millions.
  ['of a second of thousands of events is not searched for', 1100, false],
])('a repeat that comes late, %s', async (_, size, isRepeat) => {
  const later = Array.from({ length: 2000 }, (__, n) => event('later', T + n));
  const events = [...eventsOfASecond(size), ...later, event('E7')];
  const batches = Array.from({ length: Math.ceil(events.length / 50) }, (__, n) => events.slice(50 * n, 50 * n + 50));
  expect(await newestAfter(batches)).toMatchObject({ name: 'E7', duplicate: isRepeat });
});

test.each([
  ['hundreds of events is found', 900, true],
  // To remember all of them would take as much memory as a stranger wants.
  ['thousands of events is not searched for', 1100, false],
])('a repeat in the latest second of %s', async (_, size, isRepeat) => {
  expect(await newestAfter([eventsOfASecond(size), [event('E7')]])).toMatchObject({ name: 'E7', duplicate: isRepeat });
});
