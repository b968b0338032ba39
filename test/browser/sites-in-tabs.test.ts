import { expect, test } from 'vitest';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { reportsOpen, KEY, sharedCollector, startCollector } from '../support/collector.js';
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
  await reportsOpen(collector, 'two');
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

/** A relative of https://github.com/grafana/grafana/issues/4974: paths of one host share what a browser stores. */
test('a collector below another path of the host has its own last site', async () => {
  const [first, second] = await Promise.all(['/first', '/second'].map((basePath) => startCollector({ basePath })));
  const { page } = await openSite({ collector: first! });
  await page.route(`${first!.origin}/second/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: second!.origin + pathname + search }) });
  });
  const see = async (address: string) => {
    await page.goto(first!.origin + address);
    await page.waitForSelector('main h1', { state: 'attached' });
    return page.inputValue('#key');
  };
  await see(`/first/start?key=${KEY}`);
  expect(await see('/second/start?key=another')).toBe('another');
  expect(await see('/first/start')).toBe(KEY);
  expect(await see('/second/start')).toBe('another');
  // The feed of the page never ends.
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});
