import { expect, test } from 'vitest';
import { addDays, today, weekdayOf } from '../../src/dashboard/days.js';
import { axeFaults } from '../support/axe.js';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { focused } from '../support/keyboard-site.js';
import { answerOf, sharedSite } from '../support/report-site.js';

useBrowser();

const DAY = 86_400;
const now = await nowForFile();

/** On each of the last 70 days another number of people. */
const site = sharedSite(
  Array.from({ length: 70 }, (_, day) =>
    Array.from({ length: (day % 10) + 1 }, (_, n) => ({
      ...{ person: `d${day} p${n}`, event: 'Came', agent: 'browser' as const },
      time: now - day * DAY,
    })),
  ).flat(),
);

/** A condition that all people of `site` meet, for the address of People. */
const CAME = encodeURIComponent('[{"event":"Came"}]');

test('the days of a condition are chosen by name, and are kept in the address; one click leads back to everybody', async () => {
  const { page, collector, errors } = await site();
  await page.goto(`${collector.origin}/people?key=${KEY}&filter=${CAME}`);
  const count = async (): Promise<string> => (await page.textContent('.people-list h2'))!;
  const everybody = await answerOf(collector, 'people', { limit: 1 });
  await expect.poll(() => count().catch(() => '')).toBe(`${everybody.total} people`);
  const to = today('UTC');
  const monday = addDays(to, 1 - weekdayOf(to));
  const when = '.conditions [aria-label=When]';
  const dates = () =>
    page.$$eval('.conditions input[type=date]', (all) => (all as HTMLInputElement[]).map(({ value }) => value));
  const kind = () => page.$eval(when, (select) => (select as HTMLSelectElement).value);
  await page.selectOption(when, { label: 'the last 7 days' });
  expect(await dates()).toEqual([addDays(to, -6), to]);
  await page.selectOption(when, { label: 'last week' });
  expect([await kind(), ...(await dates())]).toEqual(['last-week', addDays(monday, -7), addDays(monday, -1)]);
  await page.click('text=Show people');
  const range = { from: addDays(monday, -7), to: addDays(monday, -1) };
  const { total } = await answerOf(collector, 'people', { filter: { event: 'Came', ...range }, limit: 1 });
  expect(total).toBeLessThan(everybody.total);
  await expect.poll(count).toBe(`${total} people`);
  // A condition is about the same days also next week.
  await page.reload();
  await expect.poll(() => kind().catch(() => '')).toBe('between');
  expect(await dates()).toEqual(Object.values(range));
  await page.selectOption(when, 'last-week');
  await page.fill('[aria-label="First day"]', addDays(monday, -9));
  expect(await kind()).toBe('between');
  // The fields keep days that were chosen by name.
  await page.selectOption(when, 'month');
  await page.selectOption(when, 'between');
  expect(await kind()).toBe('between');
  // If nobody is found, everybody is offered once.
  await page.goto(`${collector.origin}/people?key=${KEY}&filter=${encodeURIComponent('[{"event":"Never Done"}]')}`);
  await page.waitForSelector('text=Nobody matches this');
  expect(await page.locator('text=Show everybody').count()).toBe(1);
  await page.click('text=Show everybody');
  await expect.poll(count).toBe(`${everybody.total} people`);
  expect(new URL(page.url()).searchParams.has('filter')).toBe(false);
  expect(await page.locator('.conditions li').count()).toBe(0);
  expect(errors).toEqual([]);
});

const DAYS = '.other-days [role=group] button';

test('the days of the calendar are chosen by name, and Back leads to the days before', async () => {
  const { page, collector, errors } = await site();
  await page.goto(`${collector.origin}/?key=${KEY}`);
  await page.waitForSelector('.totals');
  const to = today('UTC');
  const monday = addDays(to, 1 - weekdayOf(to));
  const lastOfMonth = addDays(`${to.slice(0, 7)}-01`, -1);
  const expected = {
    Today: { from: to, to },
    Yesterday: { from: addDays(to, -1), to: addDays(to, -1) },
    'This week': { from: monday, to },
    'Last week': { from: addDays(monday, -7), to: addDays(monday, -1) },
    'Last month': { from: `${lastOfMonth.slice(0, 7)}-01`, to: lastOfMonth },
  };
  await page.click('text=Other days');
  expect(await page.locator(DAYS).allTextContents()).toEqual(Object.keys(expected));
  await page.click('text=Other days');
  await page.evaluate(`changes = 0; addEventListener('kmq-address', () => { changes += 1; })`);
  for (const [name, range] of Object.entries(expected)) {
    await page.click('.range-picker > .choices button:last-child');
    await page.click(`.other-days >> text="${name}"`);
    expect(await page.locator('.other-days').count()).toBe(0);
    // The button that opened the choice has the name of the shown days, and the focus.
    expect(await focused(page)).toBe(name);
    expect(await page.getAttribute(`.range-picker button:text-is("${name}")`, 'aria-pressed')).toBe('true');
    const { people } = await answerOf(collector, 'overview', { ...range, bots: 'exclude' });
    await expect.poll(() => page.textContent('.totals a').catch(() => '')).toBe(people.toLocaleString('en'));
  }
  // Each choice is told to the page once.
  expect(await page.evaluate('changes')).toBe(Object.keys(expected).length);
  // The address says which days of the calendar these are, and not which dates.
  expect(new URL(page.url()).searchParams.get('days')).toBe('last-month');
  await page.goBack();
  await expect.poll(() => page.locator('.range-picker [aria-pressed=true]').textContent()).toBe('Last week');
  await page.reload();
  expect(await page.locator('.range-picker [aria-pressed=true]').textContent()).toBe('Last week');
  await page.click('text="28 days"');
  await expect.poll(() => page.locator('.range-picker > .choices button').last().textContent()).toBe('Other days');
  expect(errors).toEqual([]);
});

test('the choice of days can be used with the keyboard alone, and on the smallest screen', async () => {
  const { page, collector } = await site();
  for (const width of [1280, 375, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${collector.origin}/trend?key=${KEY}&event=Came`);
    await page.waitForSelector('.headline');
    await page.focus('text=Other days');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    while ((await focused(page)) !== 'Today') await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await axeFaults(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('days')).toBe('yesterday');
    expect(await focused(page)).toBe('Yesterday');
    await page.keyboard.press('Enter');
    await page.focus(DAYS);
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('Yesterday');
  }
});

test('of days in the future the pages say that they have not begun, and offer the latest days', async () => {
  const { page, collector, errors } = await site();
  const [from, to] = [addDays(today('UTC'), 3), addDays(today('UTC'), 5)];
  const filter = encodeURIComponent('[{"event":"Came"}]');
  for (const path of ['/?', '/trend?event=Came&', '/funnel?steps=[{"event":"Came"}]&', `/?filter=${filter}&`]) {
    await page.goto(`${collector.origin}${path}key=${KEY}&from=${from}&to=${to}`);
    await page.waitForSelector('.empty');
    await expect.poll(() => page.textContent('.empty h2')).toBe('These days have not begun');
    expect(await page.textContent('.printed')).toContain('these days have not begun');
    expect(await page.textContent('main')).not.toContain('today has not ended');
    await page.click('text=Look at the latest 91 days');
    await page.waitForSelector('.totals, .headline');
  }
  expect(errors).toEqual([]);
});

/** https://github.com/SiaFoundation/hostd/issues/128 */
test('a page that was open at midnight shows the days of the calendar when it is looked at or asked again', async () => {
  const { page, collector, errors } = await site();
  const tomorrow = addDays(today('UTC'), 1);
  const asked: string[] = [];
  page.on('request', (request) => {
    const q = new URL(request.url()).searchParams.get('q');
    if (q) asked.push((JSON.parse(q) as { to: string }).to);
  });
  const again = {
    'the same button': () => page.click('.range-picker >> text="7 days"'),
    'count again': () => page.click('.foot button'),
    // As a browser does it: https://html.spec.whatwg.org/multipage/interaction.html#page-visibility
    'a look at it': () => page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`),
  };
  for (const [name, look] of Object.entries(again)) {
    await page.goto(`${collector.origin}/trend?key=${KEY}&event=Came&days=7`);
    await page.waitForSelector('.foot');
    expect(asked.splice(0)).not.toContain(tomorrow);
    await page.evaluate(`{ const { now } = Date; Date.now = () => now() + ${DAY * 1000}; }`);
    await look();
    await expect.poll(() => asked, { message: name }).toContain(tomorrow);
    asked.length = 0;
  }
  expect(errors).toEqual([]);
});
