import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Download, Page } from 'playwright-core';
import { openSite, useBrowser } from '../support/browser.js';
import { KEY, startCollector } from '../support/collector.js';
import { eachNth } from '../support/long.js';

useBrowser();

const TOKEN = 'a-token-of-an-owner-1';
const SHORT = [{ event: 'Signed Up' }];
/** The address of its CSV is longer than proxies accept. */
const LONG = [
  ...SHORT,
  { not: { any: Array.from({ length: 12 }, (_, n) => ({ property: 'Plan', equals: `${n}`.padEnd(800, 'x') })) } },
];

async function openPeople(filter: object[], token?: string) {
  const collector = await startCollector(token === undefined ? {} : { token });
  const { page, context, errors } = await openSite({ collector });
  await collector.send(`/e?_k=${KEY}&_p=ann&_n=Signed+Up`);
  await page.goto(
    `${collector.origin}/people?${new URLSearchParams({ key: KEY, filter: JSON.stringify(filter) }).toString()}`,
  );
  if (token !== undefined) {
    await page.fill('#token', token);
    await page.keyboard.press('Enter');
  }
  await page.waitForSelector('.people-list, .empty');
  await expect.poll(() => page.textContent('.people-list h2').catch(() => page.reload())).toBe('1 person');
  return { collector, page, context, errors };
}

/** What the browser has saved after a click on the CSV, and where the page is then. */
async function saved(page: Page): Promise<string | undefined> {
  const downloads: Download[] = [];
  page.on('download', (one) => downloads.push(one));
  await page.click('.people-list .figure-ways :is(a, button)');
  await expect
    .poll(
      async () =>
        downloads.length > 0 ||
        page.url().includes('/login') ||
        (await page.$$('.figure-ways [role=alert]')).length > 0,
    )
    .toBe(true);
  const path = await downloads[0]?.path();
  return path && readFileSync(path, 'utf8');
}

test.each(
  eachNth(
    [
      ['short', SHORT],
      ['long', LONG],
    ],
    2,
  ),
)('the CSV of a %s question is saved', async (_, filter) => {
  const { page } = await openPeople(filter);
  expect(await saved(page)).toMatch(/^\uFEFFidentities,.*\r\nann,/);
});

/** https://github.com/gopaljilab/Clinical-Insight-Engine/issues/1182 */
test.each(
  eachNth(
    [
      ['short', SHORT],
      ['long', LONG],
    ],
    2,
  ),
)('if the session has ended, the CSV of a %s question leads to the login and back', async (_, filter) => {
  const { page, context } = await openPeople(filter, TOKEN);
  await context.clearCookies();
  expect(await saved(page)).toBeUndefined();
  await page.fill('#token', TOKEN);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.people-list');
});

test.each([
  ['short', SHORT],
  ['long', LONG],
])('if there is no answer, the page says so, and no error is saved as the CSV of a %s question', async (_, filter) => {
  const { page, collector, errors } = await openPeople(filter);
  await collector.close();
  expect(await saved(page)).toBeUndefined();
  expect(await page.textContent('.figure-ways [role=alert]')).toBe('The collector cannot be reached.');
  expect(errors).toEqual([]);
});

test.each([400, 500])('if HEAD is answered with %i, the page says what the collector says', async (status) => {
  const { page, errors } = await openPeople(SHORT);
  const error = 'Something went wrong; the log says what.';
  await page.route('**/reports/people?*format=csv*', (route) =>
    route.fulfill({
      status,
      ...(route.request().method() !== 'HEAD' && { json: { error, code: 'failed', member: '' } }),
    }),
  );
  expect(await saved(page)).toBeUndefined();
  expect(await page.textContent('.figure-ways [role=alert]')).toBe(error);
  expect(errors).toEqual([]);
});

test('if HEAD fails and GET does not, the CSV is saved', async () => {
  const { page } = await openPeople(SHORT);
  await page.route('**/reports/people?*format=csv*', (route) =>
    route.request().method() === 'HEAD' ? route.fulfill({ status: 500 }) : route.fallback(),
  );
  expect(await saved(page)).toMatch(/^\uFEFFidentities,.*\r\nann,/);
});

test('if a proxy answers with an error of its own, the page says that the collector cannot be reached', async () => {
  const { page } = await openPeople(SHORT);
  await page.route('**/reports/people?*format=csv*', (route) => route.fulfill({ status: 502, body: '<h1>502</h1>' }));
  expect(await saved(page)).toBeUndefined();
  expect(await page.textContent('.figure-ways [role=alert]')).toBe('The collector cannot be reached.');
});
