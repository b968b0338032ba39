import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { newContext, openSite, useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { siteOf } from '../support/report-site.js';

useBrowser();

const time = (await nowForFile()) - 2 * 86_400;
/** “Hello!”: its exclamation mark is on the left. */
const SHALOM = 'שלום!';
/** Its last character reverses all text after it, unless another character ends the reversal. */
const REVERSES = 'evil\u202e';

/** The left edges of parts of an element's text, in the order in which the parts are written. */
const placesOf = (page: Page, selector: string, parts: string[]) =>
  page.$eval(
    selector,
    (element, parts) => {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const nodes: Text[] = [];
      while (walker.nextNode()) nodes.push(walker.currentNode as Text);
      return parts.map((part) => {
        const node = nodes.find(({ data }) => data.includes(part))!;
        const range = document.createRange();
        range.setStart(node, node.data.indexOf(part));
        range.setEnd(node, node.data.indexOf(part) + part.length);
        return Math.round(range.getBoundingClientRect().left);
      });
    },
    parts,
  );

const see = async (page: Page, origin: string, path: string, said: Record<string, string>, ready: string) => {
  await page.goto(`${origin}${path}?${new URLSearchParams({ key: KEY, ...said }).toString()}`);
  await page.waitForSelector(ready);
};

test('text from right to left is written so, in titles and chips, and does not turn what is beside it', async () => {
  const { page, collector, errors } = await siteOf([
    { person: SHALOM, event: 'Signed Up', time, properties: { Plan: SHALOM, [REVERSES]: '12' } },
  ]);
  await see(page, collector.origin, '/person', { id: SHALOM }, '.timeline .value');
  for (const place of ['h1', '.timeline .value', '.identities bdi']) {
    const [letters, mark] = await placesOf(page, place, ['שלום', '!']);
    expect(mark, place).toBeLessThan(letters!);
  }
  expect(await page.title()).toBe(`\u2068${SHALOM}\u2069 · kmq`);
  // In a tooltip and a title nothing but characters can end the reversal.
  const tip = await page.getAttribute('.timeline .property:has-text("evil")', 'title');
  expect(tip).toBe('\u2068evil\u2069: 12');

  await see(page, collector.origin, '/trend', { event: 'Signed Up', count: 'sum', of: REVERSES }, '#by-time .plot');
  const [of, by, day] = await placesOf(page, '#by-time h2', ['Sum', 'by', 'day']);
  expect(of! < by! && by! < day!).toBe(true);

  const split = JSON.stringify({ property: 'Plan', attribution: 'last touch' });
  await see(page, collector.origin, '/trend', { event: 'Signed Up', split }, '.part-name');
  const [letters, mark] = await placesOf(page, '.part-name', ['שלום', '!']);
  expect(mark).toBeLessThan(letters!);
  expect(errors).toEqual([]);
});

test.each([
  ['/live', 'input[type=search]'],
  ['/people', 'input[type=search]'],
  ['/start', '#builder-identity'],
  ['/start', '#key'],
])('text that is typed from right to left is shown from right to left: %s %s', async (path, field) => {
  const { page, collector } = await siteOf([{ person: 'ann', event: 'Signed Up', time }]);
  await see(page, collector.origin, path, {}, '#key');
  await page.waitForSelector(field, { state: 'attached' });
  // In one step: an answer that arrives draws the field again, and a text that was set without an event is lost.
  const direction = await page.$eval(field, (input) => {
    (input as HTMLInputElement).value = 'שלום';
    return getComputedStyle(input).direction;
  });
  expect(direction).toBe('rtl');
});

test('characters that end an isolated text end no element, and texts that cannot be seen are replaced by words', async () => {
  const out = '\u2069\u2069\u202eout';
  const { page, collector, errors } = await siteOf([
    { person: out, event: out, time, properties: { Plan: out } },
    { person: '\u200b\u200b', event: '\u200b', time, properties: { Plan: '\u200b' } },
  ]);
  const filter = JSON.stringify([{ event: out, where: [{ property: 'Plan', contains: out }] }]);
  await see(page, collector.origin, '/', { filter }, '.condition');
  const [did, plan, containing] = await placesOf(page, '.condition', ['did', 'Plan', 'containing']);
  expect(did! < plan! && plan! < containing!).toBe(true);

  await see(page, collector.origin, '/people', {}, '.people-list td');
  expect(await page.$$eval('.people-list a', (all) => all.map((one) => one.textContent).sort())).toEqual([
    '(blank)',
    'CSV',
    '\u202eout',
  ]);
  await page.click('text=(blank)');
  await page.waitForSelector('.timeline .what >> text=(blank)');
  expect(await page.textContent('h1')).toBe('(blank)');
  expect(await page.title()).toBe('(blank) · kmq');
  expect(errors).toEqual([]);
});

/** An Arabic browser writes dates from right to left. Two of them in an English sentence must not change places. */
test('days in the language of a reader who reads from right to left stay in their order', async () => {
  const { collector } = await siteOf([{ person: 'ann', event: 'Signed Up', time }]);
  const { page } = await openSite({ collector, context: await newContext({ locale: 'ar-EG' }) });
  await see(page, collector.origin, '/trend', { event: 'Signed Up' }, '.printed');
  const format = new Intl.DateTimeFormat('ar-EG', { timeZone: 'UTC', month: 'short', day: 'numeric', year: 'numeric' });
  const year = format.formatToParts(time * 1000).find(({ type }) => type === 'year')!.value;
  const [first, compared] = await placesOf(page, '.printed', [year, 'compared']);
  const [dot] = await placesOf(page, '.printed', [' · ']);
  expect(first! < dot! && dot! < compared!).toBe(true);
});
