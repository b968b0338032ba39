import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { event, focused, sharedKeyboardSite } from '../support/keyboard-site.js';
import { siteOf } from '../support/report-site.js';

useBrowser();

const site = sharedKeyboardSite();

const isInPage = (page: Page) =>
  page.evaluate<boolean>('document.querySelector("main").contains(document.activeElement)');

test('with the keyboard, a visitor skips the header, sets a filter, and keeps the focus in the page when conditions are removed', async () => {
  const { page, collector, errors } = await site();
  await page.goto(`${collector.origin}/?key=${KEY}`);
  await page.waitForSelector('.totals dd a');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Skip to the page');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('7 days');

  // If it were not empty, a screen reader would begin each page with it.
  expect(await page.textContent('.unseen[aria-live]')).toBe('');
  for (const name of ['Signed Up', 'Visited Site']) {
    await page.focus(`#events .narrow:has-text("${name}")`);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`.condition:has-text("${name}")`);
  }
  expect(await page.textContent('.unseen[aria-live]')).toBe('Only people who match 2 conditions are counted.');
  // The label of each button says which condition the button removes.
  await page.getByRole('button', { name: /Remove this condition .*Signed Up/ }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.$$('.condition')).toHaveLength(1);
  expect(await focused(page)).toBe('×');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.$$('.condition')).toHaveLength(0);
  expect(await isInPage(page)).toBe(true);
  expect(await focused(page)).toBe('No conditions.');
  expect(errors).toEqual([]);
});

test('fields for other days return the focus when they are applied or cancelled', async () => {
  const { page, collector } = await site();
  await page.goto(`${collector.origin}/trend?key=${KEY}`);
  await page.waitForSelector('.headline');
  for (const key of ['Escape', 'Enter']) {
    await page.focus('text=Other days');
    await page.keyboard.press('Enter');
    await page.focus('.days-form input');
    await page.keyboard.press(key);
    await expect.poll(() => page.$$('.days-form')).toHaveLength(0);
    expect(await focused(page)).toBe('Other days');
  }
});

test('what is chosen and how long a bar is can be seen in the colours of the system', async () => {
  const { page, collector } = await site();
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto(`${collector.origin}/funnel?key=${KEY}`);
  await page.waitForSelector('.funnel-bar');
  const ground = (selector: string) => page.$eval(selector, (element) => getComputedStyle(element).backgroundColor);
  expect(await ground('.funnel-bar span')).not.toBe(await ground('.funnel-bar'));
  // The system's colour for a selection, and not a shade of the background.
  const selected = await page.evaluate(`(() => {
    document.documentElement.style.setProperty('caret-color', 'SelectedItem');
    return getComputedStyle(document.documentElement).caretColor;
  })()`);
  expect(await ground('.choices [aria-pressed=true]')).toBe(selected);
});

test('if a button is removed by its own action, the focus stays near it', async () => {
  const { page, collector, errors } = await siteOf([
    ...['ann', 'bob'].map((person) => event(person, 'Visited Site', 3)),
    { ...event('kim', 'Visited Site', 3), properties: { Referrer: 'https://example.org/' } },
    ...['ann', 'bob'].map((person) => event(person, 'Signed Up', 2)),
  ]);
  const press = async (selector: string): Promise<void> => {
    // A focus that a script has set is visible only if a key was pressed before.
    await page.keyboard.press('Tab');
    await page.locator(selector).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator(selector).count()).toBe(0);
  };
  const see = async (path: string, said: Record<string, unknown>, ready: string): Promise<void> => {
    const parameters = Object.entries(said).map(([name, value]) => [name, JSON.stringify(value)]);
    await page.goto(`${collector.origin}${path}?${new URLSearchParams([['key', KEY], ...parameters]).toString()}`);
    await page.waitForSelector(ready);
  };
  await see('/', {}, '#referrers .narrow');
  await press('#referrers tr:nth-child(2) .narrow');
  expect(await focused(page)).toBe('1');

  const where = [{ property: 'Plan', is: 'any' }];
  await see('/trend', { where, split: { property: 'Plan', attribution: 'first ever' } }, '.empty');
  await press('[aria-label="Remove the split"]');
  expect(await focused(page)).toContain('and a property');
  await press('.empty button:has-text("Remove the conditions")');
  expect(await focused(page)).toContain('split by channel');

  await see('/people', { filter: [{ event: 'Canceled' }] }, '.empty');
  await press('.empty button');
  expect(await isInPage(page)).toBe(true);
  // After a click with the pointer there is no focus.
  await see('/people', { filter: [{ event: 'Canceled' }] }, '.empty');
  await page.click('.empty button');
  await page.waitForSelector('.people-list');
  expect(await isInPage(page)).toBe(false);
  expect(errors).toEqual([]);
});
