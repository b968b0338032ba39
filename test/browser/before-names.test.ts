import { expect, test } from 'vitest';
import { openSite, useBrowser } from '../support/browser.js';
import { KEY, reportsOpen, sharedCollector } from '../support/collector.js';
import { recordShifts, shiftsOf } from '../support/shifts.js';
import { eachNth } from '../support/long.js';

useBrowser();

const visited = sharedCollector(async (collector) => {
  for (const event of ['Visited Site', 'Added to Cart', 'Signed Up', 'Paid'])
    await collector.send(`/e?${new URLSearchParams({ _k: KEY, _p: 'ann', _n: event }).toString()}`);
  await reportsOpen(collector);
});

/** A page whose requests for reports wait, as for a store of many millions of hits. */
async function openWaiting(path: string) {
  const collector = await visited();
  const site = await openSite({ collector });
  const { page } = site;
  let end = (_way: 'answered' | 'failed'): void => {};
  const ended = new Promise<'answered' | 'failed'>((resolve) => (end = resolve));
  await page.route('**/api/v1/reports/**', async (route) => {
    await ((await ended) === 'failed' ? route.abort() : route.continue());
  });
  await recordShifts(page);
  await page.goto(`${collector.origin}${path}?key=${KEY}`);
  const answer = (): void => end('answered');
  const fail = (): void => end('failed');
  return { ...site, answer, fail, first: page.locator('.question [role=combobox]').first() };
}

const chosen = (url: string) => new URL(url).searchParams;

test.each(eachNth([375, 1280], 2))(
  'on a window of %i px the first question appears, and nothing moves',
  async (width) => {
    for (const path of ['/trend', '/funnel']) {
      const { page, answer } = await openWaiting(path);
      await page.setViewportSize({ width, height: 800 });
      await page.waitForSelector('.question input, .question .fold');
      // The page says that it is waiting.
      await page.waitForSelector('progress');
      answer();
      await page.waitForSelector('.foot');
      expect([path, await shiftsOf(page)]).toEqual([path, []]);
    }
  },
);

test.each(['/trend', '/funnel'])('what is typed on %s before the names are there stays', async (path) => {
  const { page, answer, first } = await openWaiting(path);
  await first.fill('Sign');
  answer();
  await page.waitForSelector('[role=option]');
  expect(await first.inputValue()).toBe('Sign');
  expect(await first.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toMatch(/Signed(\+|%20)Up/);
});

test.each(['/trend', '/funnel'])('what is typed on %s stays if the names cannot be read', async (path) => {
  const { page, fail, first } = await openWaiting(path);
  await first.fill('Sign');
  fail();
  await page.waitForSelector('main .fault');
  expect(await first.inputValue()).toBe('Sign');
});

test('an event that is chosen on Trend before the names are there is the question', async () => {
  const { page, answer, first } = await openWaiting('/trend');
  await first.fill('Paid');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  answer();
  await page.waitForSelector('.foot');
  expect(chosen(page.url()).get('event')).toBe('Paid');
  expect(await page.textContent('.headline .large')).toBe('1');
});

test('steps that are chosen on Funnel before the names are there are the question', async () => {
  const { page, answer, first } = await openWaiting('/funnel');
  const second = page.locator('.question [role=combobox]').nth(1);
  for (const [field, event] of [
    [first, 'Signed Up'],
    [second, 'Paid'],
  ] as const) {
    await field.fill(event);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
  }
  answer();
  await page.waitForSelector('.foot');
  expect(JSON.parse(chosen(page.url()).get('steps')!)).toEqual([{ event: 'Signed Up' }, { event: 'Paid' }]);
});
