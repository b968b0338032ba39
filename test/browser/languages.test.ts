import type { BrowserContextOptions } from 'playwright-core';
import { expect, test } from 'vitest';
import { newContext, openSite, useBrowser } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';
import { eachNth } from '../support/long.js';

useBrowser();

const visited = sharedCollector(async (collector) => {
  for (const [name, amount] of Object.entries({ ann: '2', bob: '3' }))
    await collector.send(`/e?_k=${KEY}&_p=${name}&_n=Paid&Amount=${amount}`);
  for (const day of ['2025-08-26', '2025-08-31', '2025-09-01'])
    await collector.send(`/e?_k=${KEY}&_p=old&_n=Came&_d=1&_t=${Date.parse(`${day}T12:00Z`) / 1000}`);
});

async function openIn(options: BrowserContextOptions) {
  const collector = await visited();
  const site = await openSite({ collector, context: await newContext(options) });
  const see = async (path: string, parameters: Record<string, string> = {}) => {
    await site.page.goto(`${collector.origin}${path}?${new URLSearchParams({ key: KEY, ...parameters }).toString()}`);
    await site.page.waitForSelector('.foot');
  };
  return { ...site, see };
}

/** In the Persian calendar 31 August and 1 September are in one month. */
test.each(['fa-IR', 'ar-SA', 'th-TH'])(
  'in %s months are those of the reports, and not of another calendar',
  async (locale) => {
    const { page, see } = await openIn({ locale });
    await see('/trend', { event: 'Came', by: 'month', from: '2025-08-31', to: '2025-09-30', compare: 'no' });
    await page.click('text=As table');
    const months = await page.$$eval('.figure tbody th', (all) => all.map(({ textContent }) => textContent));
    const gregorian = new Intl.DateTimeFormat(locale, { calendar: 'gregory', month: 'short', year: 'numeric' });
    expect(months).toHaveLength(2);
    for (const [index, month] of ['2025-08-31', '2025-09-01'].entries())
      expect(months[index]).toContain(gregorian.format(new Date(`${month}T12:00Z`)));
  },
);

/** Else the first days would be to the right of those with which they are compared. */
test('days from right to left do not turn the sentence in which they are', async () => {
  const { page, see } = await openIn({ locale: 'ar-EG' });
  await see('/trend', { event: 'Came', from: '2025-09-01', to: '2025-09-02' });
  const lefts = await page.evaluate(() => {
    const texts = [...(document.querySelector('.printed')!.childNodes as NodeListOf<Text>)].filter(
      ({ data }: { data?: string }) => data?.trim(),
    );
    return [texts[0]!, texts.at(-1)!].map((text) => {
      const range = document.createRange();
      range.selectNodeContents(text);
      return range.getBoundingClientRect().left;
    });
  });
  expect(lefts[0]).toBeLessThan(lefts[1]!);
  expect(await page.textContent('.printed')).toMatch(/^\u2068[^\u2069]+\u2069 · compared with \u2068[^\u2069]+\u2069$/);
});

/** A phone with this language has no point among the keys for numbers. */
test.each([
  ['de-DE', '2,5'],
  ['de-DE', '2.5'],
  ['fa-IR', '۲٫۵'],
  ['en-US', '2.5'],
])('in %s a number may be written as %s', async (locale, text) => {
  const { page, see } = await openIn({ locale });
  await see('/people', { filter: JSON.stringify([{ property: 'Amount', greater: 1 }]) });
  expect(await page.$$('.people-list tbody tr')).toHaveLength(2);
  await page.fill('.amount', text);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.$$eval('.people-list tbody tr', (rows) => rows.length)).toBe(1);
  expect(JSON.parse(new URL(page.url()).searchParams.get('filter')!)).toEqual([{ property: 'Amount', greater: 2.5 }]);
});

test.each([
  ['en-US', '2,500', 2500],
  ['de-DE', '2.500', 2500],
  ['de-DE', '1 234 567,5', 1_234_567.5],
  ['fr-FR', '−1 000', -1000],
])('in %s, %s has groups of digits', async (locale, text, greater) => {
  const { page, see } = await openIn({ locale });
  await see('/people', { filter: JSON.stringify([{ property: 'Amount', greater: 1 }]) });
  await page.fill('.amount', text);
  await page.keyboard.press('Enter');
  const filter = () => JSON.parse(new URL(page.url()).searchParams.get('filter')!) as unknown;
  await expect.poll(filter).toEqual([{ property: 'Amount', greater }]);
});

/** Else a number with three decimals would be read as thousands. */
test.each(eachNth(['de-DE', 'fa-IR', 'en-US'], 3))(
  'in %s a number of the address stays the same, whatever else is changed',
  async (locale) => {
    const { page, see } = await openIn({ locale });
    const greater = [{ property: 'Amount', greater: 0.125 }];
    const of = (name: string) => JSON.parse(new URL(page.url()).searchParams.get(name) ?? 'null') as unknown;
    await see('/trend', { event: 'Paid', where: JSON.stringify(greater) });
    await page.click('text=and a property');
    await page.keyboard.type('Amount');
    await page.keyboard.press('Enter');
    await page.locator('[aria-label=Comparison]').last().selectOption('less');
    await page.locator('.amount').last().fill('9');
    await page.keyboard.press('Tab');
    await expect.poll(() => of('where')).toEqual([...greater, { property: 'Amount', less: 9 }]);

    await see('/people', { filter: JSON.stringify(greater) });
    await page.selectOption('[aria-label=Comparison]', 'less');
    await page.click('text=Show people');
    await expect.poll(() => of('filter')).toEqual([{ property: 'Amount', less: 0.125 }]);
  },
);

test('a comma that separates neither decimals nor three digits is an error', async () => {
  const { page, see } = await openIn({ locale: 'en-US' });
  await see('/people', { filter: JSON.stringify([{ property: 'Amount', greater: 1 }]) });
  await page.fill('.amount', '2,50');
  await page.keyboard.press('Enter');
  expect(await page.textContent('.builder [role=alert]')).toContain('number');
  expect(await page.inputValue('.amount')).toBe('2,50');
});

/** A browser that translates a page replaces its text by elements. The page must not show old numbers beside new days. */
test('a page that the browser has translated shows the numbers of the days', async () => {
  const { page, see, errors } = await openIn({});
  await see('/', { from: '2025-08-31', to: '2025-09-06' });
  expect(await page.textContent('.totals div:first-child a')).toBe('1');
  await page.evaluate(translate);
  await page.click('text=28 days');
  await expect.poll(() => page.textContent('.totals div:first-child a')).toBe('2');
  expect(await page.textContent('.printed')).toContain(`${new Date().getUTCFullYear()}`);
  expect(errors).toEqual([]);
});

/** Does what Chromium's translation does, whose service cannot be reached here. */
function translate(): void {
  const texts: Text[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, ({ parentElement, textContent }) =>
    textContent!.trim() === '' || parentElement!.closest('script')
      ? NodeFilter.FILTER_REJECT
      : NodeFilter.FILTER_ACCEPT,
  );
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    const [outer, inner] = [document.createElement('font'), document.createElement('font')];
    inner.textContent = `¿${text.data}?`;
    outer.append(inner);
    text.before(outer);
    text.remove();
  }
}
