import { expect, test } from 'vitest';
import { afterLoad, openSite, snippets, useBrowser } from '../support/browser.js';
import { startCollector } from '../support/collector.js';
import { LONG } from '../support/long.js';

useBrowser();

test.runIf(LONG)('hits above a rate are kept by the tracker, and delivered once', async () => {
  const site = await openSite({ collector: await startCollector({ keyRate: 10 }) });
  const answers: number[] = [];
  site.page.on('response', (response) => answers.push(response.status()));
  await site.open(snippets.bare(site.collector));
  const record = (from: number, to: number) =>
    site.page.evaluate(`for (let n = ${from}; n < ${to}; n++) KM.record('event ' + n)`);
  const stored = (count: number) => expect.poll(async () => (await site.collector.export()).length).toBe(count);
  await afterLoad(site.page, '');
  await record(0, 200);
  await stored(200);
  expect(answers).not.toContain(429);
  // On a slow machine the first of them may be accepted in time, but not the later ones.
  let count = 200;
  const more = async () => {
    await record(count, (count += 20));
    return answers;
  };
  await expect.poll(more, { interval: 500 }).toContain(429);
  await stored(count);
  const names = (await site.collector.export()).map(({ _n }) => _n);
  expect(new Set(names).size).toBe(count);
  await expect.poll(() => site.page.evaluate(`Object.keys(localStorage).length`)).toBe(0);
});
