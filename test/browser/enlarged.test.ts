import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { sharedSite } from '../support/report-site.js';
import { eachNth } from '../support/long.js';

// What readers change: the size of text, the space between letters and lines (https://www.w3.org/TR/WCAG22/#text-spacing).
useBrowser();

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);

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

/** What is wider than the page, and buttons that are cut off. */
const cutIn = (page: Page) =>
  page.evaluate<string[]>(`[
    ...(document.documentElement.scrollWidth > innerWidth ? ['the page: ' + document.documentElement.scrollWidth] : []),
    ...[...document.querySelectorAll('.choices')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
      .map((one) => one.textContent),
  ]`);

test.each(eachNth(Object.entries(PAGES), 2))(
  '%s: nothing is cut off, with large text and with much space between letters',
  async (path, ready) => {
    const { page, collector } = await site();
    await page.setViewportSize({ width: 375, height: 800 });
    await page.goto(collector.origin + path);
    await page.waitForSelector(ready);
    if (path.startsWith('/funnel')) await page.click('.fold');
    const sizeOf = () => page.$eval('main', (main) => parseFloat(getComputedStyle(main).fontSize));
    const usual = await sizeOf();
    // As in the browser's settings.
    await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
    expect(await sizeOf()).toBe(2 * usual);
    expect(await cutIn(page)).toEqual([]);

    await page.evaluate(`document.documentElement.style.fontSize = ''`);
    await page.setViewportSize({ width: 320, height: 800 });
    await page.evaluate(`document.styleSheets[0].insertRule(
    '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }')`);
    expect(await cutIn(page)).toEqual([]);
  },
);
