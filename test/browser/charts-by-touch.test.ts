import { expect, test } from 'vitest';
import { newContext, openSite, useBrowser } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { moveFinger } from '../support/finger.js';

useBrowser();

const now = await nowForFile();

const visited = sharedCollector(async (collector) => {
  for (const age of [0, 1, 2, 9])
    await collector.send(`/e?_k=${KEY}&_p=ann@example.com&_n=Came&_d=1&_t=${now - age * 86_400}`);
});

async function openOnPhone(path: string) {
  const collector = await visited();
  const context = await newContext({ hasTouch: true, isMobile: true, viewport: { width: 375, height: 700 } });
  const site = await openSite({ collector, context });
  await site.page.goto(`${collector.origin}${path}key=${KEY}`);
  return site;
}

async function openTrend() {
  const { page, errors } = await openOnPhone('/trend?event=Came&days=28&');
  await page.waitForSelector('.foot');
  const plot = page.locator('.plot').first();
  await plot.evaluate((one) => one.scrollIntoView({ block: 'center' }));
  const { x, y, width, height } = (await plot.boundingBox())!;
  const at = (share: number) => [x + 44 + (width - 44) * share, y + height / 2] as const;
  const tapElsewhere = async () => {
    const note = (await page.locator('.figure .note').first().boundingBox())!;
    await page.touchscreen.tap(note.x + 5, note.y + 5);
  };
  return { page, errors, at, tapElsewhere, looked: () => page.textContent('.looked') };
}

/** https://github.com/chartjs/Chart.js/issues/7738 */
test('a tap elsewhere ends a selection, also one by a moved finger, which gives the chart no focus', async () => {
  const { page, at, looked, tapElsewhere, errors } = await openTrend();
  await page.touchscreen.tap(...at(0.5));
  await expect.poll(looked).not.toBe('');
  await tapElsewhere();
  await expect.poll(looked).toBe('');
  await moveFinger(page, at(0.2), at(0.7));
  await expect.poll(looked).not.toBe('');
  await tapElsewhere();
  await expect.poll(looked).toBe('');
  expect(errors).toEqual([]);
});

test('the values stay while the reader scrolls elsewhere to see them', async () => {
  const { page, at, looked } = await openTrend();
  await page.touchscreen.tap(...at(0.5));
  await expect.poll(looked).not.toBe('');
  const before = await page.evaluate('scrollY');
  await moveFinger(page, [100, 100], [100, 220]);
  await expect.poll(() => page.evaluate('scrollY')).not.toBe(before);
  expect(await looked()).not.toBe('');
});

test('a finger that scrolls the page from a chart selects nothing, so the next tap does not leave the page', async () => {
  const { page, at, looked } = await openTrend();
  const [x, y] = at(0.5);
  const before = await page.evaluate('scrollY');
  await moveFinger(page, [x, y], [x, y + 120]);
  await expect.poll(() => page.evaluate('scrollY')).not.toBe(before);
  expect(await looked()).toBe('');
});

test('on a phone a tap shows a day of the calendar, and another tap leads to it', async () => {
  const { page, errors } = await openOnPhone('/person?id=ann@example.com&');
  await page.waitForSelector('.calendar .active');
  const tapDay = async () => {
    const day = page.locator('.calendar .active').first();
    await day.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await day.boundingBox())!;
    await page.touchscreen.tap(x + width / 2, y + height / 2);
  };
  const said = () => page.getAttribute('.calendar [role=slider]', 'aria-valuetext');
  const focused = () => page.evaluate('document.activeElement.id');
  await tapDay();
  await expect.poll(said).toMatch(/: 1 event$/);
  expect(await focused()).not.toBe('timeline');
  await tapDay();
  await expect.poll(focused).toBe('timeline');
  await tapDay();
  await expect.poll(said).toMatch(/: 1 event$/);
  await page.keyboard.press('Escape');
  await expect.poll(said).toBe('No day is selected');
  await tapDay();
  await expect.poll(said).toMatch(/: 1 event$/);
  await page.locator('.person-head').scrollIntoViewIfNeeded();
  const head = (await page.locator('.person-head').boundingBox())!;
  await page.touchscreen.tap(head.x + 5, head.y + 5);
  await expect.poll(said).toBe('No day is selected');
  expect(errors).toEqual([]);
});
