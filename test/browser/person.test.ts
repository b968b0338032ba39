import { expect, test } from 'vitest';
import type { OverviewAnswer, TrendAnswer } from '../../src/protocol/reports.js';
import { axeFaults } from '../support/axe.js';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { KEY, startCollector } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { COLOR_SCHEMES, LONG } from '../support/long.js';

useBrowser();

const ID = 'V1StGXR8_Z5jdHi6B-myT';
const NAME = 'ann@example.com';
const BROWSER = {
  headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
};
const DAY = 86_400;
const NOON = Math.floor((await nowForFile()) / DAY) * DAY - DAY / 2;

let hits = 0;

const send = (
  site: Site,
  path: string,
  time: number,
  parameters: Record<string, string>,
  init: RequestInit = BROWSER,
) =>
  site.collector.send(
    `${path}?${new URLSearchParams({ _k: KEY, _t: String(time), _d: '1', _i: `h${hits++}`, ...parameters }).toString()}`,
    init,
  );

/** A visitor who came from an advertisement, signed up, and paid. */
async function siteWithAnn(): Promise<Site> {
  const site = await openSite();
  const first = NOON - 40 * DAY;
  const came = { _p: ID, _n: 'Visited Site', URL: 'https://shop.test/', Referrer: 'https://www.google.com/' };
  await send(site, '/e', first, came);
  await send(site, '/e', first + 5, {
    _p: ID,
    _n: 'Ad Campaign Hit',
    'Campaign Medium': 'cpc',
    'Campaign Name': 'Autumn',
  });
  await send(site, '/e', first + 1800, { _p: ID, _n: 'Page View', 'Viewed URL': 'https://shop.test/pricing' });
  await send(site, '/a', first + 1801, { _p: ID, _n: NAME });
  await send(site, '/s', first + 1802, { _p: NAME, 'First Name': 'Ann' });
  await send(site, '/e', NOON - 3 * DAY, { _p: NAME, _n: 'Page View', 'Viewed URL': 'https://shop.test/app' });
  // Hits of servers belong to no visit.
  for (const [amount, time] of [
    ['49.50', NOON - 10 * DAY],
    ['-9.25', NOON - DAY],
  ] as const)
    await send(site, '/e', time, { _p: NAME, _n: 'Billed', 'Billing Amount': amount }, {});
  return site;
}

async function ask<A>(site: Site, kind: string, question: object): Promise<A> {
  const q = encodeURIComponent(JSON.stringify(question));
  for (;;) {
    const response = await site.collector.send(`/api/v1/reports/${kind}?key=${KEY}&q=${q}`);
    if (response.status !== 503) return (await response.json()) as A;
  }
}

const see = (site: Site, id = NAME) =>
  site.page.goto(`${site.collector.origin}/person?${new URLSearchParams({ key: KEY, id }).toString()}`);

const fact = (site: Site, name: string) => site.page.textContent(`.facts div:has(dt:text-is("${name}"))`);

const dayOf = (time: number): string => new Date(time * 1000).toISOString().slice(0, 10);

test('visits, the first source and revenue are those of the reports', async () => {
  const site = await siteWithAnn();
  const filter = { property: 'Customer ID', equals: NAME };
  const range = { from: dayOf(NOON - 60 * DAY), to: dayOf(NOON), filter };
  const billed = { ...range, event: 'Billed', count: 'sum', property: 'Billing Amount', by: 'month' };
  await expect.poll(async () => (await ask<TrendAnswer>(site, 'trend', billed)).total).toBe(40.25);
  const { visits, channels, referrers } = await ask<OverviewAnswer>(site, 'overview', range);
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await site.page.route('**/reports/overview?*', async (route) => {
    await answered;
    await route.continue();
  });
  await see(site);
  await site.page.waitForSelector('.facts >> text=Revenue');
  expect(visits).toBe(2);
  expect(await fact(site, 'Visits')).toBe(`Visits${visits}`);
  await expect.poll(() => fact(site, 'Revenue (Billed)')).toBe('Revenue (Billed)40.25');
  // Answers that arrive later move nothing.
  const places = () =>
    site.page.$$eval('.facts div, .columns', (all) =>
      all.map((one) => one.getBoundingClientRect()).map(({ x, y }) => [x, y]),
    );
  const before = await places();
  // Until the answer arrives the fact is empty, and not "(blank)", which stands for a text that cannot be seen.
  expect((await fact(site, 'First source'))!.trim()).toBe('First source');
  answer();
  await expect
    .poll(() => fact(site, 'First source'))
    .toMatch(`First source${channels[0]!.value}${referrers[0]!.value}, `);
  expect(await places()).toEqual(before);
  expect([channels[0]!.value, referrers[0]!.value]).toEqual(['Paid', 'google.com']);

  // Revenue is counted again with new hits; amounts of different currencies are never added.
  for (const [amount, Currency] of [
    ['10', 'EUR'],
    ['5', 'JPY'],
  ] as const)
    await send(site, '/e', NOON, { _p: NAME, _n: 'Billed', 'Billing Amount': amount, Currency }, {});
  await expect.poll(() => fact(site, 'Revenue (Billed)')).toBe('Revenue (Billed)€10.00¥540.25');
  expect(site.errors).toEqual([]);
});

test('a bot is called a bot, since it has no visits and is in no report', async () => {
  const site = await siteWithAnn();
  const bot = { headers: { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' } };
  const googlebot = 'V1StGXR8_Z5jdHi6B-bot';
  await send(site, '/e', NOON, { _p: googlebot, _n: 'Visited Site' }, bot);
  await see(site, googlebot);
  await site.page.waitForSelector('.person-head >> text=Bot: all hits came from a program that seems to be a bot.');
  expect(await site.page.textContent('.person-head')).not.toContain('Anonymous:');
  await see(site);
  await site.page.waitForSelector('.facts');
  expect(await site.page.textContent('.person-head')).not.toContain('Bot:');
});

test('the timeline has visits by day, and the events of servers between them', async () => {
  const site = await siteWithAnn();
  await see(site);
  await site.page.waitForSelector('.timeline');
  const days = await site.page.$$eval('.timeline .day', (all) =>
    all.map((day) =>
      [...day.children]
        .slice(1)
        .map((part) => [part.className, [...part.querySelectorAll('.what')].map((what) => what.textContent).join()]),
    ),
  );
  expect(days).toEqual([
    [['', 'Billed']],
    [['visit', 'Page View']],
    [['', 'Billed']],
    [['visit', 'Page View,Ad Campaign Hit,Visited Site']],
  ]);
});

test('properties are in groups, and on a phone below the timeline', async () => {
  const site = await siteWithAnn();
  const { page } = site;
  await page.setViewportSize({ width: 375, height: 800 });
  await see(site);
  await page.waitForSelector('.properties');
  expect(await page.$$eval('.group', (all) => all.map((group) => group.firstElementChild!.textContent))).toEqual([
    'About the person',
    'Sent with events',
    'Campaign and source',
    'Pages and technical data',
  ]);
  expect(await page.$$eval('.group:first-of-type dt', (all) => all.map((name) => name.textContent))).toEqual([
    'First Name',
  ]);
  const topOf = async (selector: string) => (await (await page.$(selector))!.boundingBox())!.y;
  expect(await topOf('.timeline')).toBeLessThan(await topOf('.properties'));
});

test('the calendar has each active day, by keyboard and as a table, and leads to the day in the timeline', async () => {
  const site = await siteWithAnn();
  const { page } = site;
  await see(site);
  await page.waitForSelector('.calendar >> text=4 active days');
  expect(await page.$$('.calendar .active')).toHaveLength(4);
  await page.focus('.calendar-frame');
  for (const key of ['End', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
  expect(await page.getAttribute('.calendar [role=slider]', 'aria-valuetext')).toMatch(/: 1 event$/);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.timeline >> text=Back to the newest (1 newer)');
  expect((await page.$$('.timeline .what')).length).toBe(5);
  await page.click('text=Back to the newest');
  await expect.poll(() => page.$$('.timeline .what')).toHaveLength(6);
  await page.click('text=As table');
  expect(await page.$$eval('.calendar td', (all) => all.map((cell) => cell.textContent))).toEqual(['1', '1', '1', '3']);
});

test('without reports the person is shown all the same', async () => {
  const reports = { ask: () => Promise.reject(new Error('none')) };
  const site = await openSite({ collector: await startCollector({}, undefined, reports) });
  await send(site, '/e', NOON, { _p: ID, _n: 'Billed', 'Billing Amount': '1' });
  await see(site, ID);
  await site.page.waitForSelector('.person-head >> text=Anonymous: a visitor who has not been identified yet');
  expect(await fact(site, 'Visits')).toBe('Visits1');
  expect(await site.page.isVisible('.facts >> text=Revenue')).toBe(false);
});

test.runIf(LONG)('of 10,000 events the page shows some, and the others in steps', async () => {
  const site = await openSite();
  const { page } = site;
  for (let batch = 0; batch < 10; batch++) {
    const lines = Array.from({ length: 1000 }, (_, n) => {
      const at = { _t: String(NOON - 300 * DAY + (batch * 1000 + n) * 600), _d: '1' };
      return `/e?${new URLSearchParams({ _k: KEY, _p: 'ann', _n: `Event ${n % 12}`, x: String(n), ...at }).toString()}`;
    });
    const headers = { 'content-type': 'text/plain', ...BROWSER.headers };
    await site.collector.send('/b', { method: 'POST', body: lines.join('\n'), headers });
  }
  await see(site, 'ann');
  await page.waitForSelector('.timeline');
  await expect.poll(() => page.$$('.timeline .what')).toHaveLength(100);
  for (let step = 0; step < 14; step++) await page.click('.more-events');
  await expect.poll(() => page.$$('.timeline .what')).toHaveLength(1000);
  await page.click('text=Back to the newest (500 newer)');
  await expect.poll(() => page.$$('.timeline .what')).toHaveLength(100);
});

test.each(COLOR_SCHEMES)('axe finds nothing, %s', async (colorScheme) => {
  const site = await siteWithAnn();
  const { page } = site;
  await send(site, '/e', NOON, { _p: NAME, _n: 'x'.repeat(255), ['اسم']: '🎉'.repeat(1000) });
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await see(site);
    await page.waitForSelector('.timeline');
    expect(await axeFaults(page, [colorScheme])).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }
});
