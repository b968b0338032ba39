import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { sharedSite } from '../support/report-site.js';

// Playwright switches off the browser's back-forward cache, and browsers keep no page behind a login in it. So the page is loaded again.
useBrowser();

const DAY = 86_400;
const now = await nowForFile();
const people = Array.from({ length: 40 }, (_, n) => `person ${n}`);

const site = sharedSite(
  people.map((person, n) => ({
    person,
    event: `Event ${n % 10}`,
    time: now - 2 * DAY - n,
    properties: { Plan: person },
  })),
);

const seen = (page: Page) =>
  page.evaluate<{ y: number; focused: string }>('({ y: scrollY, focused: document.activeElement.textContent })');

/** Follows a link by the keyboard, and comes back. */
async function thereAndBack(page: Page, link: string, there: string) {
  // The keyboard is used, so that the focus is visible.
  await page.keyboard.press('Tab');
  await page.locator(link).focus();
  const before = await seen(page);
  await page.keyboard.press('Enter');
  await page.waitForSelector(there);
  await page.goBack({ waitUntil: 'commit' });
  return before;
}

test('the way back from a person leads to the place in the list, and what was typed is still there', async () => {
  const { page, collector, errors } = await site();
  await page.setViewportSize({ width: 900, height: 500 });
  await page.goto(`${collector.origin}/people?key=${KEY}`);
  await page.waitForSelector('.people-list');
  await page.click('text=Add a condition');
  await page.fill('.people-builder [role=combobox]', 'Event 3');
  await page.keyboard.press('Enter');
  const before = await thereAndBack(page, '.people-list tr:nth-child(35) a', '.timeline');
  expect(before.y).toBeGreaterThan(500);
  await expect.poll(() => seen(page)).toEqual(before);
  expect(await page.inputValue('.people-builder [role=combobox]')).toBe('Event 3');
  // What has been applied is no draft any more, and the way back undoes it.
  await page.click('text=Show people');
  await expect.poll(() => page.textContent('.people-list h2')).toBe('4 people');
  await page.goBack();
  await expect.poll(() => page.textContent('.people-list h2')).toBe('40 people');
  expect(await page.$$('.people-builder [role=combobox]')).toHaveLength(0);
  expect(errors).toEqual([]);
});

test('the way back from the people behind a number leads to the number, and a chart that was a table is one again', async () => {
  const { page, collector, errors } = await site();
  await page.setViewportSize({ width: 900, height: 500 });
  await page.goto(`${collector.origin}/?key=${KEY}`);
  await page.click('#by-day >> text=As table');
  const before = await thereAndBack(page, '#events tr:nth-child(7) td a', '.behind');
  expect(before.y).toBeGreaterThan(500);
  await expect.poll(() => seen(page)).toEqual(before);
  expect(await page.$$('#by-day table')).toHaveLength(1);
  // After a click with the pointer, the way back sets no focus.
  await page.mouse.click(5, 5);
  await page.click('#events tr:nth-child(7) td a');
  await page.waitForSelector('.behind');
  await page.goBack();
  await expect.poll(async () => (await seen(page)).y).toBeGreaterThan(500);
  expect(await page.evaluate('document.activeElement === document.body')).toBe(true);
  expect(errors).toEqual([]);
});

test('after the way back, a form with a tracking URL still has what was typed', async () => {
  const { page, collector, errors } = await site();
  await page.goto(`${collector.origin}/start?key=${KEY}`);
  await page.click('#url-builder summary');
  await page.fill('#builder-identity', 'ann');
  await page.click('text=Add another');
  await page.fill('#builder-name-1', 'Plan');
  await page.click('nav >> text=Live');
  await page.waitForSelector('.rows');
  await page.goBack();
  await expect.poll(() => page.inputValue('#builder-identity')).toBe('ann');
  expect(await page.inputValue('#builder-name-1')).toBe('Plan');
  await page.click('text=Add another');
  expect(await page.evaluate('document.activeElement.id')).toBe('builder-name-2');
  expect(errors).toEqual([]);
});

test('after a look at a person, links to reports still have the days and the filter', async () => {
  const { page, collector } = await site();
  const filter = JSON.stringify([{ event: 'Event 3' }]);
  const shared = new URLSearchParams({ days: '7', filter }).toString();
  await page.goto(`${collector.origin}/people?key=${KEY}&${shared}`);
  await page.click('.people-list tbody a');
  await page.waitForSelector('.timeline');
  for (const report of ['Overview', 'Trend', 'Funnel', 'People'])
    expect(await page.getAttribute(`nav >> text=${report}`, 'href')).toContain(shared);
});
