import { expect, test } from 'vitest';
import { afterLoad, openSite, snippets, useBrowser } from '../support/browser.js';
import { startCollector } from '../support/collector.js';

useBrowser();

test('what is over a rate is kept by the tracker, and delivered once', async () => {
  const site = await openSite({ collector: await startCollector({ keyRate: 10 }) });
  const answers: number[] = [];
  site.page.on('response', (response) => answers.push(response.status()));
  await site.open(snippets.bare(site.collector));
  const stored = (count: number) =>
    expect.poll(async () => (await site.collector.export()).length, { timeout: 50_000 }).toBe(count);
  await afterLoad(site.page, `for (let n = 0; n < 200; n++) KM.record('event ' + n)`);
  await stored(200);
  expect(answers).not.toContain(429);
  await site.page.evaluate(`for (let n = 200; n < 220; n++) KM.record('event ' + n)`);
  await expect.poll(() => answers).toContain(429);
  await stored(220);
  const names = (await site.collector.export()).map(({ _n }) => _n);
  expect(new Set(names).size).toBe(220);
  await expect.poll(() => site.page.evaluate(`Object.keys(localStorage).length`)).toBe(0);
});
