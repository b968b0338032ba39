import { expect, test } from 'vitest';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { sharedCollector } from '../support/collector.js';
import { eachNth } from '../support/long.js';

useBrowser();

/** Two sites, each with an event of its own. */
const two = sharedCollector((collector) =>
  Promise.all(
    ['one', 'two'].map((key) => collector.send(`/e?_k=${key}&_p=ann&_n=${encodeURIComponent(`Done on ${key}`)}`)),
  ),
);

const see = async ({ collector, page }: Site, address: string): Promise<void> => {
  await page.goto(collector.origin + address);
  await page.waitForSelector('.headline, .totals');
};

/** https://github.com/lightdash/lightdash/issues/16394 */
test.each(eachNth(['/trend', '/'], 2))('a tab of %s keeps its site, whatever site another tab opens', async (path) => {
  const collector = await two();
  const site = await openSite({ collector });
  const { page, context } = site;
  await expect
    .poll(async () => (await collector.send('/api/v1/reports/names?key=two')).status, { timeout: 20_000 })
    .toBe(200);
  // A bookmark without a site leads to the last one.
  await see(site, '/trend?key=one');
  await see(site, path);
  const other = await context.newPage();
  await see({ ...site, page: other }, '/trend?key=two');
  await page.getByRole('button', { name: '91 days' }).click();
  await expect.poll(() => page.$$('[aria-busy=true]')).toEqual([]);
  const names = () => page.innerText('main');
  expect(await page.inputValue('#key')).toBe('one');
  await expect.poll(names).toContain('Done on one');
  expect(await names()).not.toContain('Done on two');
  // The address can be given to others, and opened again.
  await page.reload();
  await page.waitForSelector('.headline, .totals');
  expect(await page.inputValue('#key')).toBe('one');
  expect(new URL(page.url()).searchParams.get('key')).toBe('one');
});
