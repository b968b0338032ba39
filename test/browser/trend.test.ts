import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { WEEKDAYS, type ReportKind, type Reports } from '../../src/protocol/reports.js';
import { likelyAmounts, withFirst } from '../../src/dashboard/amounts.js';
import { firstEvent } from '../../src/dashboard/trend/first.js';
import { addDays } from '../../src/dashboard/days.js';
import { plainNames } from '../../src/dashboard/trend/split-names.js';
import { axeFaults } from '../support/axe.js';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { KEY, sharedCollector, type TestCollector } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { COLOR_SCHEMES } from '../support/long.js';
import { answerOf, siteOf } from '../support/report-site.js';

useBrowser();

const DAY = 86_400;
const now = await nowForFile();

const send = (collector: TestCollector, person: string, event: string, daysAgo: number, properties: object = {}) =>
  collector.send(
    `/e?${new URLSearchParams({ _k: KEY, _p: person, _n: event, _t: String(now - daysAgo * DAY), _d: '1', ...properties }).toString()}`,
  );

/** A small shop: 4 people have signed up, and two of them have paid; one more person signed up in the days before, and long ago. */
async function fillShop(collector: TestCollector): Promise<void> {
  for (const [person, plan] of Object.entries({ ann: 'Pro', bob: 'None', eve: undefined, joe: 'Pro' })) {
    await send(collector, person, 'Visited Site', 9);
    await send(collector, person, 'Visited Site', 4);
    await send(collector, person, 'Visited Site', 3);
    await send(collector, person, 'Signed Up', 2, plan === undefined ? {} : { Plan: plan });
    await send(collector, person, 'Signed Up', 1);
  }
  await send(collector, 'ann', 'Paid', 1, { Amount: '12.50' });
  await send(collector, 'bob', 'Paid', 1, { Amount: '30' });
  await send(collector, 'old', 'Signed Up', 40);
  // Days from before the first hit would not be compared.
  await send(collector, 'old', 'Signed Up', 400);
  await counted(collector, 'Signed Up', 5);
}

const sharedShop = sharedCollector(fillShop);
const shop = async (): Promise<Site> => openSite({ collector: await sharedShop() });

/** A shop with additional hits of the test. */
async function ownShop(): Promise<Site> {
  const site = await openSite();
  await fillShop(site.collector);
  return site;
}

/** Until the reports include so many people who did the event. */
const counted = (collector: TestCollector, event: string, people: number): Promise<void> =>
  expect
    .poll(async () => (await ask({ collector }, 'names', {})).events?.find(({ name }) => name === event)?.people)
    .toBe(people);

const see = async ({ collector, page }: Site, parameters: Record<string, string> = {}): Promise<void> => {
  await page.goto(`${collector.origin}/trend?${new URLSearchParams({ key: KEY, ...parameters }).toString()}`);
  await page.waitForSelector('.foot, .empty, .field-fault, .fault');
};

async function headOf({ page }: Site): Promise<string | null> {
  await page.waitForSelector('.people-list h2');
  return page.textContent('.people-list h2');
}

async function ask<K extends ReportKind>(
  { collector }: Pick<Site, 'collector'>,
  kind: K,
  question: Reports[K]['question'],
) {
  const q = encodeURIComponent(JSON.stringify(question));
  return (await (await collector.send(`/api/v1/reports/${kind}?key=${KEY}&q=${q}`)).json()) as Reports[K]['answer'];
}

/** The people behind a link. */
async function peopleBehind(site: Site, selector: string): Promise<string[]> {
  const href = await site.page.getAttribute(selector, 'href');
  const cell = new URL(href!, site.collector.origin).searchParams.get('cell')!;
  const { people } = await ask(site, 'people', { cell, limit: 100 });
  return people.map(({ identities }) => identities[0]!).sort();
}

const rangeOf = async ({ page }: Site): Promise<{ from: string; to: string }> => {
  const href = await page.getAttribute('a[download]', 'href');
  // Of the days that are shown; the days with which they are compared come after them.
  return [JSON.parse(new URL(href!, page.url()).searchParams.get('q')!) as { from: string; to: string }].flat()[0]!;
};

const SUM = '42.5 is the sum of Amount of Paid from 2 people, on average 21.25 each';

const headline = ({ page }: Site) => page.textContent('.headline > p');
const choose = async ({ page }: Site, label: string, text: string): Promise<void> => {
  await page.getByRole('combobox', { name: label, exact: true }).fill(text);
  await page.keyboard.press('Enter');
};

describe('the question is filled in', () => {
  const name = (name: string, times: number) => ({ name, times, people: 1, first: 0, last: 0, cell: '' });
  const firstOf = (...events: ReturnType<typeof name>[]) => firstEvent({ asOf: 0, events, properties: [] });

  test("with the site's own event that occurs most often, or else its page views", () => {
    expect(firstOf(name('Page View', 90), name('Signed Up', 3), name('Paid', 5))).toBe('Paid');
    expect(firstOf(name('AD CAMPAIGN HIT', 90), name('visited site', 3), name('page view', 9))).toBe('page view');
    expect(firstOf(name('Search Engine Hit', 1))).toBe('Search Engine Hit');
    expect(firstOf()).toBeUndefined();
    const properties = [name('Plan', 9), name('Order Total', 5), name('Amount', 4)];
    expect(likelyAmounts(properties, 'Paid')).toEqual(['Order Total', 'Amount']);
    expect(likelyAmounts([name('Plan', 9)], 'Paid')).toEqual([]);
    // An amount whose name is like that of the event most likely belongs to the event.
    const shop = [name('Price', 9), name('Order Value', 5), name('Billing Amount', 4)];
    expect(likelyAmounts(shop, 'Billed')[0]).toBe('Billing Amount');
    expect(likelyAmounts(shop, 'Ordered')[0]).toBe('Order Value');
    expect(likelyAmounts(shop, 'Viewed Product')[0]).toBe('Price');
    expect(withFirst([name('Plan', 9), ...shop], likelyAmounts(shop, 'Billed')).map(({ name }) => name)).toEqual([
      'Billing Amount',
      'Price',
      'Order Value',
      'Plan',
    ]);
  });

  test('and its numbers are those of the API; its address contains the whole question', async () => {
    const site = await shop();
    const { page } = site;
    await see(site);
    expect(new URL(page.url()).searchParams.get('event')).toBe('Signed Up');
    const { from, to } = await rangeOf(site);
    const question = {
      event: 'Signed Up',
      count: 'people',
      by: 'day',
      from,
      to,
      bots: 'exclude',
    } as const;
    const answer = await ask(site, 'trend', question);
    // As many days before, without the one that is compared with today.
    const before = await ask(site, 'trend', { ...question, from: addDays(from, -28), to: addDays(to, -29) });
    expect([answer.total, before.total]).toEqual([4, 1]);
    expect(await headline(site)).toBe('4 people did Signed Up');
    expect(await page.textContent('.headline')).toMatch(/4 without today, \+300% from 1 in .*\d$/);
    // The days that are compared are not all days that are shown.
    expect(await page.textContent('.printed')).toMatch(/^.+ · .+ compared with .+, since today has not ended$/);
    expect(await peopleBehind(site, '.headline a')).toEqual(['ann', 'bob', 'eve', 'joe']);
    await page.click('text=As table');
    const shown = await page.$$eval('.figure-table tbody tr', (rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
    );
    expect(shown).toEqual(
      answer.rows.map(({ value, open }, index) => [
        `${value}${open ? ' so far' : ''}`,
        before.rows[index] ? `${before.rows[index].value}` : '–',
      ]),
    );
    expect(await peopleBehind(site, '.figure-table tbody tr:nth-last-child(2) a')).toEqual([
      'ann',
      'bob',
      'eve',
      'joe',
    ]);
    expect(await page.textContent('.note')).toContain('add up to more');
    expect(site.errors).toEqual([]);
  });

  test('but not before the first hit: the page says what to do', async () => {
    const site = await openSite();
    await see(site);
    expect(await page(site)).toContain('There is nothing to ask about yet');
    // The site may have sent properties, which are no event.
    expect(await page(site)).toContain(`As soon as a page of ${KEY} sends an event, a question is filled in here.`);
    expect(await site.page.getAttribute('.empty .primary', 'href')).toBe(`/start?key=${KEY}`);
  });

  const page = ({ page }: Site) => page.textContent('main');
});

describe('the question', () => {
  test('leads to where its people came from', async () => {
    const site = await shop();
    const { page } = site;
    const where = JSON.stringify([{ property: 'Plan', equals: 'Pro' }]);
    await see(site, { event: 'Signed Up', where, days: '7' });
    await page.click('text=Where these people came from');
    await page.waitForSelector('.totals');
    expect(await page.textContent('.filter-bar')).toContain('did Signed Up with Plan equal to Pro');
    expect(await page.textContent('.totals')).toMatch(/^People2(?!\d)/);
    expect(new URL(page.url()).searchParams.get('days')).toBe('7');
  });

  test('is changed by the keyboard, in letters of any case, and Back undoes each change', async () => {
    const site = await shop();
    const { page } = site;
    await see(site);
    await choose(site, 'who did', 'PAI');
    await expect.poll(() => headline(site)).toBe('2 people did Paid');
    // Nobody paid on two days.
    expect(await page.textContent('main')).not.toContain('add up to more');
    expect(new URL(page.url()).searchParams.get('event')).toBe('Paid');
    await page.getByRole('combobox', { name: 'Count' }).selectOption('sum');
    await expect.poll(() => headline(site)).toBe(SUM);
    await page.click('text=with a property');
    await page.keyboard.type('amo');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Comparison' }).selectOption('greater');
    await page.getByRole('textbox', { name: 'Value' }).fill('20');
    await page.keyboard.press('Tab');
    await expect
      .poll(() => headline(site))
      .toBe('30 is the sum of Amount of Paid with Amount more than 20 from 1 person');
    for (const before of [SUM, '2 people did Paid', '4 people did Signed Up']) {
      await page.goBack();
      await expect.poll(() => headline(site)).toBe(before);
    }
    expect(await page.inputValue('.question [role=combobox]')).toBe('Signed Up');
    expect(await page.locator('.test').count()).toBe(0);
    expect(site.errors).toEqual([]);
  });

  test('the property to add up is one that the event was sent with, also if other events have more likely ones', async () => {
    const site = await ownShop();
    const { page, collector } = site;
    await send(collector, 'kim', 'Ordered', 1, { 'Items Total': '7' });
    for (const person of ['ann', 'bob', 'eve', 'joe', 'kim']) {
      await send(collector, person, 'Looked', 1, { Price: '3', 'Order Value': '4' });
      await send(collector, person, 'Ordered', 1, { Items: '2', Worth: 'a lot' });
    }
    await counted(collector, 'Ordered', 5);
    await see(site, { event: 'Ordered' });
    await page.getByRole('combobox', { name: 'Count' }).selectOption('sum');
    await expect
      .poll(() => headline(site))
      .toBe('7 is the sum of Items Total of Ordered from 5 people, on average 1.4 each');
    expect(new URL(page.url()).searchParams.get('of')).toBe('Items Total');
    await page.getByRole('combobox', { name: 'Property to add up' }).click();
    const options = () => page.$$eval('[role=option] bdi', (all) => all.map(({ textContent }) => textContent));
    await expect.poll(async () => (await options()).slice(0, 3)).toEqual(['Items Total', 'Items', 'Worth']);
    expect(await options()).toEqual(expect.arrayContaining(['Order Value', 'Price', 'Plan', 'Amount']));
    // With one Back, people are counted again.
    await page.keyboard.press('Escape');
    await page.goBack();
    await expect.poll(() => headline(site)).toBe('5 people did Ordered');
    // An event without an amount.
    await see(site, { event: 'Signed Up', count: 'average' });
    expect(await page.textContent('.field-fault')).toBe('This is missing.');
    expect(site.errors.filter((error) => !error.includes('400'))).toEqual([]);
  });

  test('a hit can also be tested for what it does not have, and the address keeps that', async () => {
    const site = await shop();
    const { page } = site;
    await see(site, { event: 'Signed Up', count: 'times' });
    await page.click('text=with a property');
    await choose(site, 'Property', 'plan');
    await page.selectOption('[aria-label=Comparison]', 'not equal to');
    await choose(site, 'Value', 'Pro');
    // Two of the eight hits have this plan, and five have none.
    const said = /^6 .*Signed Up with Plan not equal to Pro/;
    await expect.poll(() => headline(site)).toMatch(said);
    const where = JSON.stringify([{ not: { property: 'Plan', equals: 'Pro' } }]);
    expect(new URL(page.url()).searchParams.get('where')).toBe(where);
    await page.reload();
    await expect.poll(() => headline(site)).toMatch(said);
    await page.getByRole('combobox', { name: 'Comparison' }).selectOption('not containing');
    await page.getByRole('combobox', { name: 'Value' }).fill('n');
    await page.keyboard.press('Tab');
    await expect.poll(() => headline(site)).toMatch(/^7 .* with Plan not containing n/);
    // A value of another type is shown at its field. Without the test, the number would be that of all hits.
    await see(site, { event: 'Signed Up', where: JSON.stringify([{ not: { property: 'Plan', equals: 5 } }]) });
    expect(await page.textContent('.field-fault')).toBe('This must be a text.');
    expect(site.errors.filter((error) => !error.includes('400'))).toEqual([]);
  });

  test('without numbers to add the page offers other properties, and more days only if there are more', async () => {
    const site = await ownShop();
    const { page, collector } = site;
    await send(collector, 'ann', 'Looked', 1, { Price: '3' });
    await counted(collector, 'Looked', 1);
    await see(site, { event: 'Paid', count: 'sum', of: 'Price' });
    const buttons = () => page.$$eval('.empty button', (all) => all.map(({ textContent }) => textContent));
    expect(await page.textContent('.empty p')).toBe('Nobody did Paid with a number in Price.');
    expect(await page.textContent('.empty p + p')).toBe(
      '2 people did it, but no hit of it has the property Price in these days.',
    );
    expect(await buttons()).toEqual(['Use Amount', 'Look at 91 days']);
    await page.click('text=Look at 91 days');
    await expect.poll(buttons).toEqual(['Use Amount']);
    await page.click('text=Use Amount');
    await expect.poll(() => headline(site).catch(() => '')).toBe(SUM);
  });

  test('a sum and an average of 0 are numbers', async () => {
    const site = await ownShop();
    await send(site.collector, 'ann', 'Refunded', 1, { Amount: '12' });
    await send(site.collector, 'bob', 'Refunded', 1, { Amount: '-12' });
    await counted(site.collector, 'Refunded', 2);
    for (const count of ['sum', 'average']) {
      await see(site, { event: 'Refunded', count, of: 'Amount', compare: 'no' });
      await expect.poll(() => site.page.textContent('main')).toMatch(`0 is the ${count} of Amount of Refunded`);
      expect(await site.page.$('.empty')).toBeNull();
    }
    expect(site.errors).toEqual([]);
  });

  test('by weekday is an average of the days, and its people are those of all of them', async () => {
    const site = await shop();
    const { page } = site;
    await see(site, { event: 'Signed Up', count: 'times', compare: 'no' });
    await page.click('.question >> text=Weekday');
    await page.waitForSelector('h2:text-is("Times on an average day by weekday")');
    expect(new URL(page.url()).searchParams.get('by')).toBe('weekday');
    const [before, yesterday] = [2, 1].map((days) =>
      new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format((now - days * DAY) * 1000),
    );
    await page.click('text=As table');
    const rows = await page.$$eval('.figure-table tbody tr', (all) => all.map((row) => row.textContent));
    // Four times on one of four such days.
    const expected = WEEKDAYS.map((day) => `${day}${day === before || day === yesterday ? '1' : '0'}`);
    expect(rows).toEqual(expected);
    const row = WEEKDAYS.indexOf(yesterday as (typeof WEEKDAYS)[number]) + 1;
    expect(await peopleBehind(site, `.figure-table tr:nth-child(${row}) a`)).toEqual(['ann', 'bob', 'eve', 'joe']);
    await page.click(`.figure-table tr:nth-child(${row}) a`);
    expect(await page.textContent('.behind p')).toBe(
      `Only the people behind one number: who did Signed Up, on a ${yesterday}.`,
    );
    expect(await headOf(site)).toBe('4 people');
    await page.click('text=Back to the trend');
    await page.waitForSelector('h2:text-is("Times on an average day by weekday")');
    expect(site.errors).toEqual([]);
  });

  test('by weekday is an average of the days since the first hit', async () => {
    const site = await openSite();
    for (const daysAgo of [8, 1]) await send(site.collector, 'ann', 'Signed Up', daysAgo);
    await counted(site.collector, 'Signed Up', 1);
    await see(site, { event: 'Signed Up', count: 'times', by: 'weekday' });
    const yesterday = new Date((now - DAY) * 1000).getUTCDay() || 7;
    await site.page.click('text=As table');
    const row = `.figure-table tbody tr:nth-child(${yesterday}) td:last-child`;
    // Of the four such days in the range two are before the first hit.
    await expect.poll(() => site.page.textContent(row)).toBe('1');
    expect(await site.page.textContent('#by-time .note')).toContain(
      'Each weekday is the average of its days in this range, from the first hit on, without a day that has not ended.',
    );
    expect(site.errors).toEqual([]);
  });

  test('about amounts opens people with what each of them paid, the largest first', async () => {
    const site = await shop();
    const { page } = site;
    await see(site, { event: 'Paid', count: 'sum', of: 'Amount' });
    await page.click('.headline a');
    expect(await headOf(site)).toBe('2 people');
    const rows = () =>
      page.$$eval('.people-list tbody tr', (all) =>
        (all as HTMLTableRowElement[]).map(({ cells }) => [cells[0]!.textContent, cells[1]!.textContent]),
      );
    expect(await rows()).toEqual([
      ['bob', '30'],
      ['ann', '12.5'],
    ]);
    await page.click('.people-list thead >> text=sum of Amount in Paid');
    await expect.poll(async () => (await rows())[0]).toEqual(['ann', '12.5']);
    // Only what happened in the days of the number.
    await page.selectOption('[aria-label=When]', 'until');
    await page.fill('[aria-label="Last day"]', '2020-01-01');
    await page.click('text=Show people');
    await expect.poll(async () => (await rows()).map(([, sum]) => sum)).toEqual(['–', '–']);
    await page.goBack();
    await expect.poll(async () => (await rows())[0]).toEqual(['ann', '12.5']);
    expect(site.errors).toEqual([]);
  });

  /** https://github.com/danvk/dygraphs/issues/993 */
  test('about small amounts shows no 0 where there is none, and each mark of the axis once', async () => {
    const events = [0, 1, 2].map((n) => ({
      person: 'ann',
      event: 'Rated',
      time: now - n * DAY,
      properties: { Rate: `0.00${n + 1}`, Weight: `0.0000${n + 1}` },
    }));
    const site = await siteOf(events);
    await answerOf(site.collector, 'names', {});
    await see(site, { event: 'Rated', count: 'average', of: 'Rate' });
    expect(await headline(site)).toBe('0.002 is the average of Rate of Rated');
    const marks = await site.page.$$eval('.tick text', (all) => all.map(({ textContent }) => textContent));
    expect(new Set(marks).size).toBe(marks.length);
    // No mark is cut at the edge, also with larger text.
    await see(site, { event: 'Rated', count: 'average', of: 'Weight' });
    const cut = () =>
      site.page.$$eval('.tick text', (all) => {
        const { left } = document.querySelector('.plot')!.getBoundingClientRect();
        return all.filter((mark) => mark.getBoundingClientRect().left < left).map(({ textContent }) => textContent);
      });
    expect(await site.page.locator('.tick text').last().textContent()).toBe('0.00003');
    expect(await cut()).toEqual([]);
    await site.page.evaluate(`document.documentElement.style.fontSize = '200%'`);
    // The chart is drawn anew when its width changes.
    await site.page.setViewportSize({ width: 800, height: 600 });
    await expect.poll(cut).toEqual([]);
    await see(site, { event: 'Rated', filter: '[{"property":"Rate","greater":0.00125}]' });
    expect(await site.page.textContent('.filter-bar')).toContain('0.00125');
  });

  /** https://github.com/rybbit-io/rybbit/pull/1169 */
  test('about one day is compared on a day', async () => {
    const site = await shop();
    const day = new Date((now - 2 * DAY) * 1000).toISOString().slice(0, 10);
    await see(site, { event: 'Signed Up', from: day, to: day });
    expect(await site.page.textContent('.headline')).toMatch(/None on \w+ \d+, \d+$/);
  });

  test('by month compares a whole month with a whole month', async () => {
    const year = new Date(now * 1000).getUTCFullYear() - 1;
    const first = Date.UTC(year - 1, 11, 1) / 1000;
    const site = await siteOf(
      Array.from({ length: 180 }, (_, n) => ({ person: `p${n}`, event: 'Came', time: first + n * DAY + 3600 })),
    );
    await answerOf(site.collector, 'names', {});
    const rows = async (from: string, to: string): Promise<string[][]> => {
      await see(site, { event: 'Came', by: 'month', from, to });
      if (!(await site.page.$('.figure-table'))) await site.page.click('#by-time >> text=As table');
      return site.page.$$eval('.figure-table tr', (all) =>
        (all as HTMLTableRowElement[]).map(({ cells }) => [...cells].slice(1).map(({ textContent }) => textContent)),
      );
    };
    const [january, february] = ['31', String(new Date(Date.UTC(year, 2, 0)).getUTCDate())];
    // The days before are those from 30 December on, or from 31 December on: two days of it must not stand beside March.
    expect(await rows(`${year}-03-01`, `${year}-04-30`)).toEqual([
      ['People', 'Before'],
      ['31', january],
      ['30', february],
    ]);
    expect(await site.page.textContent('#by-time .note')).not.toContain('Only whole months');
    // No month has as many days as the part of the month before it.
    expect(await rows(`${year}-02-10`, `${year}-03-20`)).toEqual([['People'], [String(Number(february) - 9)], ['20']]);
    expect(await site.page.textContent('#by-time .note')).toContain(
      'Only whole months, or parts with equally many days, are compared',
    );
  });

  test('says how many values were not numbers', async () => {
    const site = await ownShop();
    await send(site.collector, 'joe', 'Paid', 1, { Amount: '12,50' });
    await counted(site.collector, 'Paid', 3);
    await see(site, { event: 'Paid', count: 'average', of: 'Amount' });
    expect(await headline(site)).toBe('21.25 is the average of Amount of Paid');
    expect(await site.page.textContent('.note')).toContain('1 value of Amount is not a number, and is left out.');
  });

  test('offers the values of a property', async () => {
    const site = await shop();
    const { page } = site;
    await see(site);
    await page.click('text=with a property');
    await choose(site, 'Property', 'plan');
    await page.getByRole('combobox', { name: 'Value' }).click();
    expect(await page.locator('[role=option]:has-text("Pro")').textContent()).toBe('Pro2 people');
    await page.getByRole('option', { name: 'Pro' }).click();
    await expect.poll(() => headline(site)).toBe('2 people did Signed Up with Plan equal to Pro');
    await page.getByRole('button', { name: 'Remove this condition' }).click();
    await expect.poll(() => headline(site)).toBe('4 people did Signed Up');
    // A number beside a value is of the people of the filter, too.
    await see(site, { filter: '[{"event":"Paid"}]' });
    await page.click('text=with a property');
    await choose(site, 'Property', 'plan');
    await page.getByRole('combobox', { name: 'Value' }).click();
    await page.waitForSelector('[role=option]:has-text("Pro")');
    expect(await page.locator('[role=option]:has-text("Pro")').textContent()).toBe('Pro1 person');
  });

  test('with an amount that is no number says so, and does not leave the condition out without a word', async () => {
    const site = await shop();
    const { page } = site;
    await see(site, { event: 'Signed Up' });
    await page.click('text=with a property');
    await choose(site, 'Property', 'plan');
    await page.selectOption('[aria-label=Comparison]', 'more than');
    const amount = page.getByRole('textbox', { name: 'Value' });
    expect(await page.$$('.field-fault')).toHaveLength(0);
    await amount.fill('10,5');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.textContent('.field-fault')).toBe('This must be a number.');
    expect(await amount.getAttribute('aria-invalid')).toBe('true');
    expect(await amount.inputValue()).toBe('10,5');
    await amount.fill('10.5');
    await page.keyboard.press('Tab');
    // Nobody has such a plan, so the page shows no number.
    await expect.poll(() => page.textContent('.empty').catch(() => '')).toContain('with Plan more than 10.5');
    expect(await page.$$('.field-fault')).toHaveLength(0);
  });

  test('that the API refuses shows the error at its field, and keeps the typed text', async () => {
    const site = await shop();
    const { page } = site;
    await see(site, { event: 'Signed Up', count: 'sum' });
    const missing = page.getByRole('combobox', { name: 'Property to add up' });
    expect(await missing.getAttribute('aria-invalid')).toBe('true');
    expect(await page.textContent('.field-fault')).toBe('This is missing.');
    const long = 'x'.repeat(300);
    await choose(site, 'of', long);
    await expect
      .poll(() => page.getByRole('combobox', { name: 'of', exact: true }).getAttribute('aria-invalid'))
      .toBe('true');
    expect(await page.inputValue('[aria-invalid]')).toBe(long);
    expect(await page.$$('main .fault')).toEqual([]);
  });

  test('shows only its own answer: an older answer that arrives later is not shown', async () => {
    const site = await shop();
    const { page } = site;
    await see(site);
    const held: (() => Promise<void>)[] = [];
    await page.route(/reports\/trend.*Paid/, (route) => void held.push(() => route.continue()));
    await choose(site, 'who did', 'paid');
    // The questions about the days that are shown, about those of them that have ended, and about the days before.
    await expect.poll(() => held.length).toBe(3);
    await page.waitForSelector('text=Counting…');
    await choose(site, 'who did', 'visited');
    await expect.poll(() => headline(site)).toBe('4 people did Visited Site');
    for (const release of held) await release().catch(() => {});
    // By then the answer to a later question has arrived.
    await page.evaluate("fetch('/api/v1/reports/trend').then((response) => response.text())");
    expect(await headline(site)).toBe('4 people did Visited Site');
  });
});

describe('a split', () => {
  test('by weekday has bars side by side, and a click on a bar opens its people', async () => {
    const site = await shop();
    const { page } = site;
    const split = JSON.stringify({ property: 'Plan', attribution: 'last touch' });
    await see(site, { event: 'Signed Up', split, by: 'weekday', compare: 'no' });
    await page.waitForSelector('.plot rect.swatch', { state: 'attached' });
    expect(await page.locator('.plot path.stroke').count()).toBe(0);
    expect(await page.locator('.part .swatch').count()).toBe(await page.locator('.legend .swatch').count());
    const value = (await page.locator('.legend .series-3 bdi').textContent())!;
    // It is as high as the bar of the second value.
    const [bar] = await page.$$eval('.plot .series-3 rect', (all) =>
      all.map((one) => one.getBoundingClientRect()).filter(({ height }) => height > 1),
    );
    await page.mouse.click(bar!.x + bar!.width / 2, bar!.bottom - 2);
    await page.waitForSelector('.behind p');
    expect(await page.textContent('.behind p')).toContain(value);
    expect(await headOf(site)).toBe('1 person');
    expect(site.errors).toEqual([]);
  });

  test('has a line and a row for each value, and a missing value is not the text “None”', async () => {
    const site = await shop();
    const { page } = site;
    await see(site);
    await page.click('text=split by a property');
    await page.keyboard.type('plan');
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Which value counts' }).selectOption({ label: 'the first value ever' });
    const rows = () =>
      page.$$eval('.split-table tbody tr', (all) =>
        all.map((row) => [row.querySelector('.part-name')!.textContent, row.querySelector('td a')!.textContent]),
      );
    await expect.poll(() => page.textContent('.note')).toContain('under the first value ever');
    expect(await rows()).toEqual([
      ['Pro', '2'],
      ['None', '1'],
      ['(not set)', '1'],
    ]);
    expect(await peopleBehind(site, '.split-table tbody tr:nth-child(3) td a')).toEqual(['eve']);
    expect(await page.$$eval('.legend .key', (keys) => keys.map((key) => key.textContent))).toEqual([
      'Pro',
      'None',
      '(not set)',
    ]);
    // By its name, then by its number, the smallest first.
    const names = async () => (await rows()).map(([name]) => name);
    await page.click('.split-table thead button:has-text("Plan")');
    await expect.poll(names).toEqual(['None', 'Pro', '(not set)']);
    await page.click('.split-table thead button:has-text("People")');
    await page.click('.split-table thead button:has-text("People")');
    await expect.poll(names).toEqual(['None', '(not set)', 'Pro']);
    expect(await page.getAttribute('.split-table th[aria-sort]', 'aria-sort')).toBe('ascending');
    // The lines keep their order.
    expect(await page.textContent('.legend .key')).toBe('Pro');
    await page.getByRole('checkbox', { name: 'None' }).uncheck();
    await expect.poll(() => page.$$('.legend .key').then((keys) => keys.length)).toBe(2);
    expect(JSON.parse(new URL(page.url()).searchParams.get('split')!)).toEqual({
      property: 'Plan',
      attribution: 'first ever',
    });
  });

  test('on a phone has the names in one line if there is space for them', async () => {
    const properties = { Colour: 'Colour number 13' };
    const site = await siteOf([{ person: 'ann', event: 'Chose', time: now - DAY, properties }]);
    await answerOf(site.collector, 'names', {});
    await site.page.setViewportSize({ width: 375, height: 800 });
    await see(site, { event: 'Chose', split: JSON.stringify({ property: 'Colour', attribution: 'last touch' }) });
    const [height, line] = await site.page.$eval('.part-name', (name) => [
      name.getBoundingClientRect().height,
      parseFloat(getComputedStyle(name).lineHeight),
    ]);
    expect(height).toBeLessThan(1.5 * line);
  });

  test('lists a value that only the days before have', async () => {
    const site = await ownShop();
    await send(site.collector, 'max', 'Signed Up', 10, { Plan: 'Basic' });
    await counted(site.collector, 'Signed Up', 6);
    const split = JSON.stringify({ property: 'Plan', attribution: 'last touch' });
    const rows = () =>
      site.page.$$eval('.split-table tbody tr', (all) =>
        (all as HTMLTableRowElement[]).map(({ cells }) => [...cells].map(({ textContent }) => textContent)),
      );
    await see(site, { event: 'Signed Up', split, days: '7' });
    expect((await rows()).at(-1)).toEqual(['Basic', '0', '1', '\u2212100%']);
    expect(await peopleBehind(site, '.split-table tbody tr:last-child td a')).toEqual(['max']);
    // It has no line.
    expect(await site.page.locator('.split-table tbody tr:last-child input').count()).toBe(0);
    await see(site, { event: 'Signed Up', split, days: '7', compare: 'no' });
    expect((await rows()).map(([name]) => name)).toEqual(['Pro', 'None', '(not set)']);
  });

  test('says 0 of a value that the days before do not have', async () => {
    const site = await ownShop();
    await send(site.collector, 'max', 'Signed Up', 10, { Plan: 'Basic' });
    await send(site.collector, 'kim', 'Signed Up', 0, { Plan: 'Basic' });
    await send(site.collector, 'new', 'Signed Up', 1, { Plan: 'Team' });
    await counted(site.collector, 'Signed Up', 8);
    const row = (plan: string) =>
      site.page.$eval(`.split-table tr:has-text("${plan}")`, (row) =>
        [...(row as HTMLTableRowElement).cells].map(({ textContent }) => textContent),
      );
    const split = JSON.stringify({ property: 'Plan', attribution: 'last touch' });
    await see(site, { event: 'Signed Up', split, days: '7' });
    expect(await row('Team')).toEqual(['Team', '1', '0', '–']);
    expect(await site.page.locator('.split-table tr:has-text("Team") td a').count()).toBe(1);
    // Of the days that are over, none had this value.
    expect(await row('Basic')).toEqual(['Basic', '1', '1', '\u2212100%']);
    await see(site, {
      event: 'Signed Up',
      split: split.replace('last touch', 'first ever'),
      count: 'average',
      of: 'Plan',
      days: '7',
    });
    expect((await row('Team'))[2]).toBe('–');
  });

  test('has different names for all its lines', () => {
    expect(plainNames([null, '(not set)', undefined, 'Others', '', '“Others”', '“Others”'])).toEqual([
      '(not set)',
      '“(not set)”',
      'Others',
      '“Others”',
      '(empty)',
      '“Others” (2)',
      '“Others” (3)',
    ]);
    const long = plainNames(['x'.repeat(50), `${'x'.repeat(50)}y`]);
    expect(long.map(({ length }) => length)).toEqual([40, 44]);
    expect(new Set(long).size).toBe(2);
  });
});

test.each(COLOR_SCHEMES)('axe finds nothing, %s, and no width is too small', async (colorScheme) => {
  const site = await shop();
  const { page } = site;
  await page.setViewportSize({ width: 320, height: 700 });
  const split = JSON.stringify({ property: 'Plan', attribution: 'last touch' });
  const where = JSON.stringify([{ property: 'Plan', is: 'any' }]);
  await see(site, { event: 'Signed Up', split, where });
  expect(await axeFaults(page, [colorScheme])).toEqual([]);
  await page.getByRole('combobox', { name: 'who did' }).click();
  await page.waitForSelector('[role=option]');
  expect(await axeFaults(page, [colorScheme])).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  await page.setViewportSize({ width: 1280, height: 800 });
  expect(await axeFaults(page, [colorScheme])).toEqual([]);
});

test('the link back from the people behind a number leads to the question as it was', async () => {
  const site = await shop();
  const { page } = site;
  const split = JSON.stringify({ property: 'Plan', attribution: 'last ever' });
  const where = JSON.stringify([{ property: 'Plan', is: 'any' }]);
  await see(site, { event: 'Signed Up', count: 'times', by: 'week', split, where, days: '91' });
  const said = async () => [
    await headline(site),
    await page.$$eval('#split tbody td', (all) => all.map((e) => e.textContent)),
  ];
  const before = await said();
  const people = await page.getAttribute('#split a', 'href');
  // In its own window, which was not opened by a page.
  await page.goto(site.collector.origin + people!);
  await page.click('text=Back to the trend');
  await page.waitForSelector('#split');
  expect(await said()).toEqual(before);
  expect(await page.getAttribute('.question [aria-pressed=true]', 'aria-pressed')).toBe('true');
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({ by: 'week', days: '91', split, where });
});

test('a question that is too long for an address also has its CSV', async () => {
  const site = await shop();
  const others = Array.from({ length: 10 }, () => ({ property: 'Plan', equals: 'x'.repeat(800) }));
  const filter = JSON.stringify([{ any: [{ event: 'Signed Up' }, ...others] }]);
  await see(site, { event: 'Signed Up', filter });
  const [download] = await Promise.all([
    site.page.waitForEvent('download'),
    site.page.click('.figure-ways >> text=CSV'),
  ]);
  expect(download.suggestedFilename()).toBe('trend.csv');
  // Four of them two days ago, and again on the next day.
  expect(readFileSync(await download.path(), 'utf8')).toMatch(/^\ufeff?from,to,start,value,open[^]*,4,/);
});
