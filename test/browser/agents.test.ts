import { expect, test } from 'vitest';
import { newContext, openSite, script, snippets, useBrowser } from '../support/browser.js';
import { startCollector, storedIn, temporaryFolder } from '../support/collector.js';

useBrowser();

test('the browser of a person is stored as a browser, and headless Chromium, by its header, as a bot', async () => {
  const data = await temporaryFolder();
  const collector = await startCollector({ data });
  const visit = async (name: string, userAgent?: string): Promise<void> => {
    const context = await newContext(userAgent === undefined ? {} : { userAgent });
    const site = await openSite({ collector, context });
    await site.open(script(`_kmq.push(['record', '${name}'])`) + snippets.loader(collector));
    await expect.poll(async () => (await collector.export()).some(({ _n }) => _n === name)).toBe(true);
  };
  await visit('without a window');
  await visit('with one', 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0');
  await collector.close();
  expect((await storedIn(data)).map(({ name, agent }) => [name, agent])).toEqual([
    ['without a window', 'bot'],
    ['with one', 'browser'],
  ]);
});
