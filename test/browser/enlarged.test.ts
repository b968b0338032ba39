import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { OverviewQuestion } from '../../src/protocol/reports.js';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { sharedSite } from '../support/report-site.js';
import { eachNth } from '../support/long.js';

// What readers change: the size of text, the space between letters and lines (https://www.w3.org/TR/WCAG22/#text-spacing).
useBrowser();

const DAY = 86_400;
const now = await nowForFile();

const site = sharedSite(
  ['ann', 'bob', 'kim'].flatMap((person) => [
    { person, event: 'Visited Site', time: now - 3 * DAY, properties: { Plan: 'Pro' } },
    { person, event: 'Signed Up', time: now - 2 * DAY },
  ]),
);

const split = encodeURIComponent(JSON.stringify({ property: 'Plan', attribution: 'first ever' }));

/** Each page, and what is on it when it is complete. */
const PAGES: Record<string, string> = {
  [`/?key=${KEY}`]: '#events td',
  [`/trend?key=${KEY}&event=Visited+Site&split=${split}`]: '#split td',
  [`/funnel?key=${KEY}`]: '.funnel-bar',
  [`/people?key=${KEY}&filter=${encodeURIComponent('[{"event":"Signed Up"}]')}`]: '.people-list td',
  [`/person?key=${KEY}&id=ann`]: '.timeline li',
  [`/live?key=${KEY}`]: '.row',
  [`/start?key=${KEY}`]: '.steps .row',
};

/** Those that wait for answers of reports. */
const PAGES_OF_REPORTS = Object.keys(PAGES).slice(0, 3);

/** What is wider than the page, and buttons that are cut off. */
const cutIn = (page: Page) =>
  page.evaluate<string[]>(`[
    ...(document.documentElement.scrollWidth > innerWidth ? ['the page: ' + document.documentElement.scrollWidth] : []),
    ...[...document.querySelectorAll('.choices')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
      .map((one) => one.textContent),
  ]`);

/** What is cut off with text of twice the size, and at 320 pixels with much space between letters. */
async function cutWhenEnlarged(page: Page): Promise<string[]> {
  const sizeOf = () => page.$eval('main', (main) => parseFloat(getComputedStyle(main).fontSize));
  const usual = await sizeOf();
  // As in the browser's settings.
  await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
  expect(await sizeOf()).toBe(2 * usual);
  const cut = await cutIn(page);

  await page.evaluate(`document.documentElement.style.fontSize = ''`);
  await page.setViewportSize({ width: 320, height: 800 });
  await page.evaluate(`document.styleSheets[0].insertRule(
    '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }')`);
  return [...cut, ...(await cutIn(page))];
}

test.each(eachNth(Object.entries(PAGES), 2))(
  '%s: nothing is cut off, with large text and with much space between letters',
  async (path, ready) => {
    const { page, collector } = await site();
    await page.setViewportSize({ width: 375, height: 800 });
    await page.goto(collector.origin + path);
    await page.waitForSelector(ready);
    if (path.startsWith('/funnel')) await page.click('.fold');
    expect(await cutWhenEnlarged(page)).toEqual([]);
  },
);

test('nothing is cut off while reports are being built', async () => {
  const { page, collector } = await site();
  const error = 'Reports are being built: they include 40 % of the hits.';
  await page.route('**/api/v1/**', (route) =>
    route.fulfill({ status: 503, json: { error, code: 'building', progress: 0.4 } }),
  );
  for (const path of PAGES_OF_REPORTS) {
    await page.setViewportSize({ width: 375, height: 800 });
    await page.goto(collector.origin + path);
    await page.waitForSelector(`text=${error}`);
    expect(await cutWhenEnlarged(page), path).toEqual([]);
  }
});

test('nothing is cut off while the days before are compared', async () => {
  const { page, collector } = await site();
  await page.route('**/reports/overview**', async (route) => {
    const { to } = JSON.parse(new URL(route.request().url()).searchParams.get('q')!) as OverviewQuestion;
    if (to === new Date().toISOString().slice(0, 10)) await route.continue();
  });
  await page.setViewportSize({ width: 375, height: 800 });
  await page.goto(`${collector.origin}/?key=${KEY}`);
  await page.waitForSelector('text=Comparing with the days before…');
  expect(await cutWhenEnlarged(page)).toEqual([]);
});
