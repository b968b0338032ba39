import { expect, test } from 'vitest';
import type { Site } from '../support/browser.js';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { sharedSite, type SentEvent } from '../support/report-site.js';

useBrowser();

const DAY = 86_400;
const now = await nowForFile();

const event = (person: string, event: string, daysAgo: number, more: Partial<SentEvent> = {}): SentEvent => ({
  ...{ person, event, time: now - daysAgo * DAY, ...more },
});
const by = (medium: string): Partial<SentEvent> => ({ properties: { 'Campaign Medium': medium } });

/** Ann and Bob came by e-mail and returned, Eve came by an advertisement; nobody knows how Max came. */
const shop = sharedSite(
  [
    ...['ann', 'bob'].flatMap((who) => [event(who, 'Visited Site', 6, by('email')), event(who, 'Visited Site', 3)]),
    ...[event('ann', 'Signed Up', 3), event('eve', 'Visited Site', 2, by('cpc')), event('eve', 'Signed Up', 2)],
    event('max', 'Signed Up', 1, { agent: 'server' }),
    // Without hits from before, days could not be compared.
    event('ann', 'Visited Site', 200, by('cpc')),
  ].sort((one, other) => one.time - other.time),
);

const see = async ({ collector, page }: Site, path: string, parameters: Record<string, string>): Promise<void> => {
  await page.goto(
    `${collector.origin}${path}?${new URLSearchParams({ key: KEY, days: '30', ...parameters }).toString()}`,
  );
  await page.waitForSelector('.foot');
};

/** The names and the numbers of the rows. */
const rowsOf = ({ page }: Site) =>
  page.$$eval('.split-table tbody tr', (all) =>
    all.map((row) => [
      row.querySelector('bdi, .none, .part-name')!.textContent,
      ...[...row.querySelectorAll('td a')].map((one) => one.textContent),
    ]),
  );

test('a trend is split by channel with one click, and the people of a channel lead back to it', async () => {
  const site = await shop();
  const { page } = site;
  await see(site, '/trend', { event: 'Signed Up', compare: 'no' });
  await page.click('text=+ split by channel');
  await expect
    .poll(() => rowsOf(site))
    .toEqual([
      ['Email', '1'],
      ['Paid', '1'],
      ['(not set)', '1'],
    ]);
  expect(await page.textContent('.split-table h2')).toBe('By Channel');
  expect(await page.textContent('#by-time .note')).toContain(
    'Each person counts under the channel of the first visit in these days, as in the overview; without such a visit it is not set.',
  );
  expect(await page.getByRole('combobox', { name: 'How values are read' }).count()).toBe(0);

  const which = page.getByRole('combobox', { name: 'Which value counts' });
  await which.selectOption({ label: 'the channel of the first visit ever' });
  await expect
    .poll(() => rowsOf(site))
    .toEqual([
      ['Paid', '2'],
      ['(not set)', '1'],
    ]);
  // The overview counts the first visit in its days, and not the first one ever.
  expect(await page.textContent('#by-time .note')).toContain(
    'Each person counts under the channel of the first visit ever; without such a visit it is not set.',
  );
  const address = page.url();
  await page.click('.split-table tbody tr:first-child td a');
  await page.waitForSelector('.people-list');
  expect(await page.textContent('.behind p')).toContain('who did Signed Up, with Channel: Paid');
  expect(await page.textContent('.people-list h2')).toBe('2 people');
  await page.click('text=← Back to the trend');
  await page.waitForSelector('.split-table tbody tr');
  expect(new URL(page.url()).searchParams.get('split')).toBe(new URL(address).searchParams.get('split'));

  await page.click('[aria-label="Remove the split"]');
  await expect.poll(() => new URL(page.url()).searchParams.get('split')).toBeNull();
  await page.click('text=+ split by a property');
  expect(await page.getByRole('combobox', { name: 'Split by' }).inputValue()).toBe('');
  expect(site.errors).toEqual([]);
});

test('a funnel that is split by channel compares the channels', async () => {
  const site = await shop();
  await see(site, '/funnel', { steps: JSON.stringify([{ event: 'Visited Site' }, { event: 'Signed Up' }]) });
  await site.page.click('text=+ split by channel');
  await expect
    .poll(() => rowsOf(site))
    .toEqual([
      ['Email', '2', '1'],
      ['Paid', '1', '1'],
    ]);
  expect(await site.page.textContent('.split-table .note')).toContain('the channel of the first visit in these days');
  const csv = (await site.page.getAttribute('#steps a[download]', 'href'))!;
  const text = await (
    await site.collector.send(new URL(csv, site.collector.origin).href.slice(site.collector.origin.length))
  ).text();
  expect(text.split('\r\n')[0]).toContain('group,channel,step');
  expect(site.errors).toEqual([]);
});

test.each([
  { source: 'page', attribution: 'first ever' },
  { source: 'channel', attribution: 'last touch' },
  { source: 'channel' },
])('a split %o in the address counts as no split', async (split) => {
  const site = await shop();
  await see(site, '/trend', { event: 'Signed Up', split: JSON.stringify(split) });
  expect(await site.page.textContent('.headline')).toContain('3 people did Signed Up');
  await site.page.waitForSelector('text=+ split by channel');
  expect(site.errors).toEqual([]);
});
