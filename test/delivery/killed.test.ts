import { expect, test } from 'vitest';
import { afterLoad, openSite, snippets, useBrowser } from '../support/browser.js';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { startProxy, type Fault } from '../support/faults.js';

useBrowser();

/** Printed, so that a failing run can be repeated: KMQ_SEED=… npx vitest run test/delivery/killed.test.ts */
const seed = Number(process.env.KMQ_SEED ?? Date.now() % 1_000_000);

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test(`a collector that is killed and restarted while hits are sent, and a network with every fault (seed ${seed})`, async () => {
  const HITS = 5000;
  const chance = random(seed);
  const data = await temporaryFolder();
  let running = await serve(['--data', data]);
  const proxy = await startProxy(running.origin);
  const faults: (Fault | undefined)[] = ['reset', 'half', 'refused', 'replayed', 500, 503, { after: 200 }];
  proxy.fault = () => (chance() < 0.1 ? faults[Math.floor(chance() * faults.length)] : undefined);
  const collector = { ...clientOf(proxy.origin), port: 0, close: async () => {} };
  const site = await openSite({ collector });
  await site.page.clock.install();
  await site.open(snippets.loader(collector));
  await afterLoad(
    site.page,
    `{ let n = 0; const push = () => { for (let i = 0; i < 25 && n < ${HITS}; i++) KM.record('hit ' + n++);
       if (n < ${HITS}) setTimeout(push, 50); }; push(); }`,
  );
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1500 + chance() * 1500));
    running.process.kill('SIGKILL');
    await running.exited;
    await new Promise((resolve) => setTimeout(resolve, 500));
    running = await serve(['--data', data]);
    proxy.target = running.origin;
  }
  const stored = async () => (await clientOf(running.origin).export()).map(({ _n }) => Number(String(_n).slice(4)));
  let before = 0;
  const count = async () => {
    const { size } = new Set(await stored());
    // After several faults in a row, the tracker pauses for up to 90 seconds.
    if (size === before && size < HITS) await site.page.clock.fastForward(30_000);
    before = size;
    return size;
  };
  await expect.poll(count, { interval: 500 }).toBe(HITS);
  expect((await stored()).sort((a, b) => a - b)).toEqual(Array.from({ length: HITS }, (_, n) => n));
});
