import { expect, test } from 'vitest';
import { startCollector } from '../support/collector.js';

const T = 1400000000;

test.each([
  ['of a second of hundreds of events is found', 900, true],
  // To find out would cost more than the repeat: a stranger could send millions.
  ['of a second of thousands is not looked for', 1100, false],
])('a repeat that comes late, %s', async (_, size, isRepeat) => {
  const collector = await startCollector();
  const events = Array.from({ length: size }, (__, n) => `/e?_k=site&_p=bob&_n=e${n}&_t=${T}`);
  for (let n = 0; n < 2000; n++) events.push(`/e?_k=site&_p=bob&_n=later&_t=${T + n}`);
  events.push(`/e?_k=site&_p=bob&_n=E7&_t=${T}`);
  for (let at = 0; at < events.length; at += 50) {
    const body = events.slice(at, at + 50).join('\n');
    expect((await collector.send('/b', { method: 'POST', body })).status).toBe(200);
  }
  // The latest hundred, the newest last.
  const { hits } = await collector.live(100);
  expect(hits.at(-1)).toMatchObject({ name: 'E7', duplicate: isRepeat });
});

test.each([
  ['hundreds of events is found', 900, true],
  // To remember them all would take as much memory as a stranger sends.
  ['thousands is not looked for', 1100, false],
])('a repeat in the latest second of %s', async (_, size, isRepeat) => {
  const collector = await startCollector();
  const events = Array.from({ length: size }, (__, n) => `/e?_k=site&_p=bob&_n=e${n}&_t=${T}`);
  for (const body of [events.join('\n'), `/e?_k=site&_p=bob&_n=E7&_t=${T}`]) {
    expect((await collector.send('/b', { method: 'POST', body })).status).toBe(200);
  }
  const { hits } = await collector.live(100);
  expect(hits.at(-1)).toMatchObject({ name: 'E7', duplicate: isRepeat });
});
