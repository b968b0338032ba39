import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { siteOf } from '../support/report-site.js';

useBrowser();

const now = await nowForFile();

/** So many people on each of the last seven days, and on each of the seven before; today has not ended. */
const site = (people: number, before: number) =>
  siteOf(
    Array.from({ length: 15 }, (_, day) =>
      Array.from({ length: (day > 7 ? before : people) + (day % 3) }, (_, n) => ({
        ...{ person: `d${day} p${n}`, event: 'Came', agent: 'browser' as const },
        time: now - day * 86_400,
      })),
    ).flat(),
  );

const CHANCE = 'The difference may be chance.';

test('a number of people that differs by chance only is said to do so, and only where the test is right', async () => {
  const { page, collector } = await site(21, 19);
  const see = async (more = '') => {
    await page.goto(`${collector.origin}/trend?key=${KEY}&event=Came&days=7${more}`);
    await page.waitForSelector('.headline');
    return page.textContent('.headline');
  };
  expect(await see()).toMatch(/\d+ without today, \+\d.*% from \d+ in .*\. The difference may be chance\.$/);
  for (const more of ['&count=times', '&by=week', '&by=weekday', '&compare=no'])
    expect(await see(more)).not.toContain(CHANCE);
});

test('a large difference is not called chance', async () => {
  const { page, collector } = await site(60, 20);
  await page.goto(`${collector.origin}/trend?key=${KEY}&event=Came&days=7`);
  await page.waitForSelector('.headline');
  expect(await page.textContent('.headline')).toMatch(/\+\d+% from/);
  expect(await page.textContent('.headline')).not.toContain(CHANCE);
});
