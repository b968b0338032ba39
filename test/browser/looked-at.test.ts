import { expect, test } from 'vitest';
import { useBrowser, type Site } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { sharedSite, type SentEvent } from '../support/report-site.js';

useBrowser();

const DAY = 86_400;
const now = await nowForFile();

/**
 * Each day 20 people look at the prices, 7 read the news, and 10 sign up. In the last four weeks only three of those who sign up have looked at
 * the prices, and the others have read the news.
 */
function visitors(): SentEvent[] {
  const midday = Math.floor(now / DAY) * DAY - DAY / 2;
  return Array.from({ length: 60 }, (_, age) => age).flatMap((age) => {
    const time = midday - age * DAY;
    const looked = age < 28 ? 3 : 10;
    return [
      ...Array.from({ length: 20 }, (_, n) => ({ person: `looks ${age} ${n}`, event: 'Viewed Pricing', time })),
      ...Array.from({ length: 7 }, (_, n) => ({ person: `knows ${age} ${n + 3}`, event: 'Read News', time })),
      ...Array.from({ length: 10 }, (_, n) => ({
        person: `${n < looked ? 'looks' : 'knows'} ${age} ${n}`,
        event: 'Signed Up',
        time: time + 60,
      })),
    ];
  });
}

const siteWithVisitors = sharedSite(visitors());

const STEPS = [{ event: 'Viewed Pricing' }, { event: 'Signed Up' }];

const see = ({ page, collector }: Site, path: string, parameters: Record<string, string> = {}) =>
  page.goto(`${collector.origin}${path}?${new URLSearchParams({ key: KEY, ...parameters })}`);

const lead = ({ page }: Site): Promise<string | null> => page.textContent('.lead-sentence p');

const NAME = `kmq-funnels ${KEY}`;

test('the overview compares the steps of the funnel that is looked at most', async () => {
  const site = await siteWithVisitors();
  const { page } = site;
  await see(site, '/');
  await expect.poll(() => lead(site)).toBe('Nothing has changed by more than chance.');

  await see(site, '/funnel', { steps: JSON.stringify([...STEPS].reverse()) });
  await page.waitForFunction((name) => localStorage.getItem(name), NAME);
  for (let look = 0; look < 2; look++) {
    await page.evaluate((name) => localStorage.setItem(`before ${name}`, localStorage.getItem(name)!), NAME);
    await see(site, '/funnel', { steps: JSON.stringify(STEPS) });
    await page.waitForFunction((name) => localStorage.getItem(name) !== localStorage.getItem(`before ${name}`), NAME);
  }
  const looks = JSON.parse((await page.evaluate((name) => localStorage.getItem(name), NAME))!) as unknown;
  expect(looks).toEqual([
    [{ steps: STEPS }, 2],
    [{ steps: [...STEPS].reverse() }, 1],
  ]);

  await see(site, '/');
  await expect
    .poll(() => lead(site))
    .toBe('Of the people who did Viewed Pricing, 15% went on to Signed Up, down from 50%.');
  expect(await page.textContent('.lead-sentence .note')).toMatch(
    /^This is a step of the funnel that is looked at most/,
  );
  await page.click('.lead-sentence a');
  await page.waitForSelector('.headline >> text=from Viewed Pricing to Signed Up');
  expect(new URL(page.url()).searchParams.get('steps')).toBe(JSON.stringify(STEPS));
  expect(site.errors).toEqual([]);
});

test.each([
  ['of another version', (name: string) => localStorage.setItem(name, '{"steps":7}')],
  ['that the collector refuses', (name: string) => localStorage.setItem(name, '[[{"steps":[{"event":7},{}]},3]]')],
  [
    'that the browser refuses to read',
    () =>
      void Object.defineProperty(Storage.prototype, 'getItem', {
        value: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      }),
  ],
])('an entry %s changes nothing else', async (_, write) => {
  const site = await siteWithVisitors();
  await site.page.addInitScript(write, NAME);
  await see(site, '/');
  await expect.poll(() => lead(site)).toBe('Nothing has changed by more than chance.');
  await see(site, '/funnel', { steps: JSON.stringify(STEPS) });
  await site.page.waitForSelector('.headline');
  await site.page.waitForTimeout(3500);
  // The collector's answer to a question that it refuses is in the browser's console.
  expect(site.errors.filter((error) => !/status of 400/.test(error))).toEqual([]);
});
