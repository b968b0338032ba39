import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { addDays, today } from '../../src/dashboard/days.js';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { answerOf, siteOf } from '../support/report-site.js';

useBrowser();

const DAY = 86_400;
const now = await nowForFile();

/** Ten people a day, of whom nobody is new after the first ten days, on a site that keeps hits for 30 days. */
const site = () =>
  siteOf(
    Array.from({ length: 700 }, (_, n) => ({
      ...{ person: `p${n % 100}`, event: 'Came', agent: 'browser' as const },
      time: now - Math.floor(n / 10) * DAY - (n % 10),
    })),
    { config: parseConfig({ sites: { [KEY]: { retention: 30 } } }) },
  );

/** https://github.com/plausible/analytics/issues/2870 */
test('days whose hits have been removed are not compared: it would seem as if more people came than before', async () => {
  const { page, collector, errors } = await site();
  const to = today('UTC');
  const countOf = async (day: string) => (await answerOf(collector, 'overview', { from: day, to: day })).people;
  await expect.poll(() => countOf(addDays(to, -40))).toBe(0);
  const see = async (path: string) => {
    await page.goto(`${collector.origin}${path}key=${KEY}`);
    await page.waitForSelector('.foot');
  };
  await see('/?');
  expect(await page.textContent('.lead-sentence')).toBe(
    'The hits of this site are kept for 30 days, so there are too few days before to compare.',
  );
  expect(await page.textContent('.totals')).not.toContain('from');
  const why = /not compared with [^·]+, since hits are kept for 30 days/;
  expect(await page.textContent('.printed')).toMatch(why);
  for (const path of ['/trend?event=Came&', '/funnel?steps=[{"event":"Came"}]&']) {
    await see(path);
    expect(await page.textContent('.headline')).not.toContain('from');
    expect(await page.textContent('.printed')).toMatch(why);
    await page.click('text=Compare');
    await expect.poll(() => page.textContent('.printed')).not.toContain('compared');
  }
  // Of shorter ranges all days before are there.
  await see('/?days=7&');
  await expect.poll(() => page.textContent('.lead-sentence')).toContain('Nothing has changed by more than chance.');
  expect(await page.textContent('.totals')).toContain('0% from');
  await see(`/?from=${to}&to=${to}&`);
  expect(await page.textContent('.lead-sentence')).toContain('Today has not ended');
  expect(await page.textContent('.printed')).toContain('not compared, since today has not ended');
  expect(errors).toEqual([]);
});

test('days from before the first hit of the site are not compared: it would seem as if the site had grown', async () => {
  const first = now - 12 * DAY;
  const { page, collector, errors } = await siteOf(
    Array.from({ length: 120 }, (_, n) => ({
      ...{
        person: `p${n}`,
        event: 'Came',
        agent: 'browser' as const,
        time: first + Math.floor(n / 10) * DAY + (n % 10),
      },
    })),
  );
  const to = today('UTC');
  const from = addDays(to, -8);
  await expect.poll(async () => (await answerOf(collector, 'overview', { from, to })).people).toBeGreaterThan(60);
  // The days before begin before the first hit, or on its day.
  for (const days of [8, 6]) {
    const missing = daysInWords(addDays(to, -2 * days), addDays(to, -days - 1));
    const why = `not compared with ${missing}, since the first hit is from ${dayInWords(addDays(to, -12))}`;
    for (const path of ['/?', '/trend?event=Came&', '/funnel?steps=[{"event":"Came"}]&']) {
      await page.goto(`${collector.origin}${path}key=${KEY}&from=${addDays(to, -days)}&to=${addDays(to, -1)}`);
      await page.waitForSelector('.foot');
      await expect.poll(() => textOf(page, '.printed'), { message: `${path} ${days}` }).toContain(why);
      expect(await page.textContent('main'), path).not.toMatch(/% from|None in|Before/);
    }
  }
  await page.goto(`${collector.origin}/?key=${KEY}&from=${from}&to=${addDays(to, -1)}`);
  await expect
    .poll(() => page.textContent('.lead-sentence'))
    .toContain(
      `The first hit of this site is from ${dayInWords(addDays(to, -12))}, so there are too few days before to compare.`,
    );
  // A young site sees what it has, and not twice that there is nothing to compare.
  await page.goto(`${collector.origin}/?key=${KEY}`);
  await expect
    .poll(() => page.textContent('.lead-sentence'))
    .toBe(`120 people came since the first hit of this site, on ${dayInWords(addDays(to, -12))}.`);
  // Shorter ranges are compared.
  await page.goto(`${collector.origin}/?key=${KEY}&from=${addDays(to, -4)}&to=${addDays(to, -1)}`);
  await expect.poll(() => page.textContent('.printed')).toContain('compared with');
  await expect.poll(() => page.textContent('.totals')).toContain('0% from');
  expect(errors).toEqual([]);
});

const format = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** With plain spaces: those around the dash of a range differ between Node and browsers. */
const plain = (text: string): string => text.replaceAll(/\s/g, ' ');

const textOf = async (page: Page, selector: string): Promise<string> => plain((await page.textContent(selector))!);

const daysInWords = (from: string, to: string): string => plain(format.formatRange(new Date(from), new Date(to)));

const dayInWords = (day: string): string => format.format(new Date(day));
