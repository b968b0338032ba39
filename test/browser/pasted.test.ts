import { expect, test } from 'vitest';
import { openSite, useBrowser } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';

useBrowser();

/** As copied from a mail, a spreadsheet, or a page: a byte order mark, a zero-width space, a no-break space, marks of direction. */
const pasted = (text: string): string => `\ufeff\u200b${text} \u00a0\u2060\u2069\u200e`;

const visited = sharedCollector(async (collector) => {
  const sent = { _k: KEY, _p: 'ann@example.com', _n: 'Signed Up', Plan: 'Pro', Seats: '7' };
  await collector.send(`/e?${new URLSearchParams(sent).toString()}`);
  // What the tracker has sent is a value as it is, whatever is around it.
  await collector.send(`/e?${new URLSearchParams({ ...sent, _p: 'bob@example.com', Plan: 'Pro\u00a0' }).toString()}`);
});

async function opened(path: string, parameters: Record<string, string> = {}) {
  const { page, collector, errors } = await openSite({ collector: await visited() });
  await page.goto(`${collector.origin}${path}?${new URLSearchParams({ key: KEY, ...parameters }).toString()}`);
  page.setDefaultTimeout(10_000);
  return { page, collector, errors };
}

const PEOPLE = '.people-list tbody a';

test('a pasted identity is found', async () => {
  const { page, errors } = await opened('/people');
  await page.fill('[aria-label="Search people"]', pasted('ann@example.com'));
  await expect.poll(() => page.locator('.people a').allTextContents()).toEqual(['ann@example.com']);
  expect(new URL(page.url()).searchParams.get('q')).toBe('ann@example.com');
  expect(errors).toEqual([]);
});

test('an identity in a link is found, too', async () => {
  const { page } = await opened('/people', { q: pasted('ann@example.com') });
  await expect.poll(() => page.locator('.people a').allTextContents()).toEqual(['ann@example.com']);
});

test('a space at the end of what is searched stays, so a reader who goes on after a pause has two words', async () => {
  const { page } = await opened('/people');
  await page.fill('[aria-label="Search people"]', 'ann ');
  await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('ann');
  await expect.poll(() => page.locator('.people a').count()).toBe(1);
  expect(await page.inputValue('[aria-label="Search people"]')).toBe('ann ');
});

test('Live finds what is pasted', async () => {
  const { page } = await opened('/live');
  await page.waitForSelector('.row');
  await page.fill('[type=search]', pasted('ann@example.com'));
  await expect.poll(() => page.locator('.row:visible').count()).toBe(1);
});

test('a pasted value is compared without what is around it, and a value that was sent like that can be chosen', async () => {
  const { page, errors } = await opened('/people', { filter: '[{"property":"Plan","equals":"Free"}]' });
  const value = page.getByRole('combobox', { name: 'Value' });
  await value.fill(pasted('Pro'));
  await value.press('Enter');
  await expect.poll(() => page.inputValue('input[aria-label=Value]')).toBe('Pro');
  await page.click('text=Show people');
  await expect.poll(() => page.locator(PEOPLE).allTextContents()).toEqual(['ann@example.com']);
  await value.fill('Pro');
  await page.locator('li[role=option]').nth(1).click();
  await page.click('text=Show people');
  await expect.poll(() => page.locator(PEOPLE).allTextContents()).toEqual(['bob@example.com']);
  expect(errors).toEqual([]);
});

test('pasted names and numbers of a trend', async () => {
  const { page, errors } = await opened('/trend', {
    event: 'Signed Up',
    where: JSON.stringify([{ property: 'Plan', greater: 4 }]),
  });
  await page.waitForSelector('.foot');
  const property = page.getByRole('combobox', { name: 'Property' });
  await property.fill(pasted('seats'));
  await property.press('Enter');
  await expect.poll(() => page.textContent('.headline strong').catch(() => '')).toBe('2');
  const amount = page.locator('input.amount');
  await amount.fill(pasted('8'));
  await amount.press('Enter');
  await expect.poll(() => new URL(page.url()).searchParams.get('where')).toBe('[{"property":"Seats","greater":8}]');
  const event = page.getByRole('combobox', { name: 'who did' });
  await event.fill(pasted('No Such Event'));
  await event.press('Enter');
  await expect.poll(() => new URL(page.url()).searchParams.get('event')).toBe('No Such Event');
  expect(errors).toEqual([]);
});

test('a pasted key leads to its site', async () => {
  const { page } = await opened('/trend', { event: 'Signed Up' });
  await page.waitForSelector('.foot');
  await page.fill('#key', pasted('another-site'));
  await page.press('#key', 'Enter');
  await page.waitForURL((url) => url.searchParams.get('key') !== KEY);
  expect(new URL(page.url()).searchParams.get('key')).toBe('another-site');
});

test('a tracking URL has what was meant', async () => {
  const { page, collector } = await opened('/start');
  await page.click('text=Build a tracking URL');
  await page.fill('#builder-identity', pasted('ann@example.com'));
  await page.fill('#builder-event', pasted('Opened Mail'));
  await page.click('text=Generate URL');
  const url = new URL((await page.textContent('.built pre'))!);
  expect(url.origin).toBe(collector.origin);
  expect([url.searchParams.get('_p'), url.searchParams.get('_n')]).toEqual(['ann@example.com', 'Opened Mail']);
});
