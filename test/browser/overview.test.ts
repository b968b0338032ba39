import { describe, expect, test } from 'vitest';
import type { OverviewAnswer, OverviewQuestion } from '../../src/protocol/reports.js';
import { building, NoReport, unavailable } from '../../src/collector/reports/no-report.js';
import type { ReportEngine } from '../../src/collector/reports/report-engine.js';
import { addDays, today } from '../../src/dashboard/days.js';
import { parseConfig } from '../../src/collector/sites/config.js';
import { axeFaults } from '../support/axe.js';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { KEY, startCollector } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { answerOf, sharedSite, siteOf, type SentEvent } from '../support/report-site.js';
import { eachNth } from '../support/long.js';
import { recordShifts, shiftsOf } from '../support/shifts.js';

useBrowser();

const DAY = 86_400;
const now = (): number => Math.floor(Date.now() / 1000);
const see = (site: Site, path: string) => site.page.goto(site.collector.origin + path);

/** Thirty people a day: some come from a growing campaign, some sign up, and a program sends hits too. */
function visitors(latest: number): SentEvent[] {
  const events: SentEvent[] = [];
  const midday = Math.floor(latest / DAY) * DAY - DAY / 2;
  for (let day = 0; day < 60; day++) {
    for (let n = 0; n < 30 + (day % 3); n++) {
      const person = n < 5 ? `regular${n}@example.com` : `visitor${day}-${n}`;
      // The people who come often came by e-mail at first.
      const isFromMail = (n >= 20 && n < (day < 29 ? 29 : 22)) || (n < 5 && day === 59);
      const properties: Record<string, string> = isFromMail
        ? { Referrer: 'https://mail.example/inbox', 'Campaign Medium': 'email', 'Campaign Name': 'Spring' }
        : { Referrer: n % 4 ? 'Direct' : 'https://www.google.com/' };
      const time = midday - day * DAY + n;
      events.push({ person, event: 'Visited Site', time, properties: { URL: 'https://shop.example/', ...properties } });
      if (n % 7 === 0) events.push({ person, event: 'Signed Up', time, properties: { Plan: n % 2 ? 'None' : 'Pro' } });
    }
  }
  events.push({ person: 'crawler', event: 'Visited Site', time: midday, agent: 'bot' });
  events.push({ person: 'here@example.com', event: 'Visited Site', time: latest });
  return events.sort((one, other) => one.time - other.time);
}

const siteWithVisitors = sharedSite(visitors(await nowForFile()));

const question = (more: Partial<OverviewQuestion> = {}): OverviewQuestion => {
  const to = today('UTC');
  return { from: addDays(to, -27), to, bots: 'exclude', ...more };
};

/** The rows of a table, each as the texts of its cells. They may be rendered some tasks after a click or an answer. */
async function rowsOf({ page }: Site, selector: string): Promise<string[][]> {
  await page.waitForSelector(`${selector} tbody tr`);
  return page.$$eval(`${selector} tbody tr`, (rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())),
  );
}

const listOf = (values: { value?: string | null; name?: string; people: number; times: number }[]): string[][] =>
  values.map(({ value, name = value ?? '(none)', people, times }) => [
    name,
    people.toLocaleString('en'),
    times.toLocaleString('en'),
  ]);

async function expectShown(site: Site, { people, newPeople, visits, now, ...lists }: OverviewAnswer): Promise<void> {
  const totals = () =>
    site.page.$$eval('.totals dd:nth-of-type(1)', (all) => all.map(({ textContent }) => textContent));
  await expect.poll(totals).toEqual([people, newPeople, visits, now].map((n) => n.toLocaleString('en')));
  for (const name of ['channels', 'referrers', 'pages', 'events'] as const) {
    const shown = await rowsOf(site, `#${name}`);
    // If all addresses are of one host, only their paths are shown.
    const expected = listOf(lists[name]).map(([name, ...rest]) => [name!.replace('https://shop.example', ''), ...rest]);
    expect(shown).toEqual(expected);
  }
}

test('the numbers shown are those of the API, and each leads to its people', async () => {
  const site = await siteWithVisitors();
  const { page, collector, errors } = site;
  await see(site, `/?key=${KEY}`);
  const answer = await answerOf(collector, 'overview', question());
  await expectShown(site, answer);
  expect(answer.excluded).toEqual({ bots: 1 });
  expect(await page.textContent('.foot')).toContain('1 bot is left out.');

  await page.click('#by-day >> text=As table');
  const days = await rowsOf(site, '#by-day');
  expect(days.map(([, people, visits]) => [people, visits])).toEqual(
    answer.rows.map((row) => [row.people, row.visits].map((n) => n.toLocaleString('en') + (row.open ? ' so far' : ''))),
  );

  for (const selector of [
    '.totals a >> nth=0',
    '.totals a >> nth=1',
    '#channels a >> nth=1',
    '#events td a >> nth=0',
    '#by-day td a',
  ]) {
    const link = page.locator(selector).first();
    const shown = Number((await link.textContent())!.replace(/\D/g, ''));
    const address = new URL((await link.getAttribute('href'))!, collector.origin);
    expect(address.pathname).toBe('/people');
    const { total } = await answerOf(collector, 'people', { cell: address.searchParams.get('cell')!, limit: 1 });
    expect([selector, total]).toEqual([selector, shown]);
  }
  expect(errors).toEqual([]);
});

test('one sentence says what has changed most, comparing only days that have ended', async () => {
  const site = await siteWithVisitors();
  await see(site, `/?key=${KEY}`);
  await expect
    .poll(() => site.page.textContent('.lead-sentence'))
    .toMatch(/(mail\.example|Email) brought \d+% more people/);
  const to = addDays(today('UTC'), -1);
  // The day that is compared with today is left out too: each day is compared with the same day of the week.
  const range = { from: addDays(to, -54), to: addDays(to, -28) };
  const answers = await Promise.all(
    [question({ to }), question(range)].map((asked) => answerOf(site.collector, 'overview', asked)),
  );
  const [mail, earlier] = answers.map(({ channels }) => channels.find(({ value }) => value === 'Email')!.people);
  expect(await site.page.textContent('.lead-sentence')).toContain(`: ${mail}, up from ${earlier}.`);
  const [over, before] = answers.map(({ people }) => people);
  const [said, now, share, then] = /([\d,]+) without today, (\S+%) from ([\d,]+)$/.exec(
    (await site.page.textContent('.totals div dd:last-child'))!,
  )!;
  expect([now, then]).toEqual([over, before].map((people) => people!.toLocaleString('en')));
  // The share is that of the two numbers beside it.
  expect(Math.abs(parseFloat(share!) - 100 * (over! / before! - 1)), said).toBeLessThanOrEqual(0.5);
});

test('a click sets a filter, the address contains it, and Back removes it', async () => {
  const site = await siteWithVisitors();
  const { page, collector } = site;
  await see(site, `/?key=${KEY}`);
  const all = await answerOf(collector, 'overview', question());
  await expectShown(site, all);
  const { from, to } = question();
  const filter = { event: 'Signed Up', from, to };
  // The names do not look like links.
  expect(await page.innerText('.lists-note')).toBe(
    'Click a name to count only these people, or a number to list them.',
  );
  await page.click('#events >> text=Signed Up');
  await expect.poll(() => page.textContent('.filter-bar')).toContain('did Signed Up');
  expect(JSON.parse(new URL(page.url()).searchParams.get('filter')!)).toEqual([{ event: 'Signed Up', days: 'shown' }]);
  const narrowed = await answerOf(collector, 'overview', question({ filter }));
  expect(narrowed.people).toBeLessThan(all.people);
  await expectShown(site, narrowed);

  // A person who opens this address sees the same.
  const other = await site.context.newPage();
  await other.goto(page.url());
  await expect.poll(() => other.textContent('.totals a').catch(() => '')).toBe(narrowed.people.toLocaleString('en'));
  await other.close();

  await page.click('text=7 days');
  await expect.poll(() => new URL(page.url()).searchParams.get('days')).toBe('7');
  await page.goBack();
  await expect.poll(() => page.textContent('.totals a')).toBe(narrowed.people.toLocaleString('en'));
  await page.goBack();
  await expectShown(site, all);
  await expect.poll(() => page.$$('.condition')).toHaveLength(0);
  await page.goForward();
  await page.click('[aria-label="Remove this condition"]');
  await expectShown(site, all);
});

test('after a click on a row the filter has the people of that row, also in other days', async () => {
  const site = await siteWithVisitors();
  const { page, collector } = site;
  for (const list of eachNth(['channels', 'referrers', 'pages', 'events', 'campaigns'], 2)) {
    for (const nth of [0, 1]) {
      await see(site, `/?key=${KEY}`);
      const row = page.locator(`#${list} tbody tr`).nth(nth);
      await page.waitForSelector(`#${list} tbody tr`);
      if ((await page.locator(`#${list} tbody tr`).count()) <= nth) continue;
      const people = await row.locator('td a').first().textContent();
      await row.locator('button').click();
      await expect.poll(() => page.textContent('.totals a')).toBe(people);
      expect(await page.textContent('.filter-bar')).toMatch(
        /came by|came from|no other site|saw|did|had Campaign Name equal to/,
      );
    }
  }
  await see(site, `/?key=${KEY}`);
  await page.click('#channels >> text=Email');
  await page.click('text="7 days"');
  const to = today('UTC');
  const range = { from: addDays(to, -6), to };
  const { people } = await answerOf(
    collector,
    'overview',
    question({ ...range, filter: { channel: 'Email', ...range } }),
  );
  await expect.poll(() => page.textContent('.totals a')).toBe(people.toLocaleString('en'));
});

test('typed days are included, and shown as days', async () => {
  const site = await siteWithVisitors();
  const { page, collector } = site;
  await see(site, `/?key=${KEY}`);
  await page.waitForSelector('.totals');
  await page.click('text=Other days');
  const [from, to] = [addDays(today('UTC'), -9), addDays(today('UTC'), -3)];
  await page.fill('[name=from]', to);
  await page.fill('[name=to]', from);
  await page.click('.days-form >> text=Show');
  await page.waitForSelector('text=The last day is before the first.');
  expect(await page.inputValue('[name=from]')).toBe(to);
  await page.fill('[name=from]', from);
  await page.fill('[name=to]', to);
  await page.click('.days-form >> text=Show');
  const { people, rows } = await answerOf(collector, 'overview', question({ from, to }));
  expect(rows).toHaveLength(7);
  await expect.poll(() => page.textContent('.totals a')).toBe(people.toLocaleString('en'));
  const words = new Intl.DateTimeFormat('en', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
  // The text of the days contains several kinds of spaces.
  const plain = (text: string) => text.replace(/\s/g, ' ');
  expect(plain((await page.textContent('.printed'))!)).toContain(
    plain(words.formatRange(Date.parse(from), Date.parse(to))),
  );
});

test('days are those of the time zone of the site', async () => {
  const timeZone = 'Pacific/Kiritimati';
  const site = await siteOf(visitors(now()), { config: parseConfig({ sites: { [KEY]: { timeZone } } }) });
  await see(site, `/?key=${KEY}&days=7`);
  await site.page.click('#by-day >> text=As table');
  const to = today(timeZone);
  const { rows } = await answerOf(site.collector, 'overview', question({ from: addDays(to, -6), to }));
  const shown = await rowsOf(site, '#by-day');
  expect(shown.map(([, people]) => parseInt(people!))).toEqual(rows.map(({ people }) => people));
  expect(await site.page.textContent('.foot')).toContain(`Days are in the time zone ${timeZone}.`);
});

test('Live and the page of a person show times in the time zone of the site, not of the reader', async () => {
  const timeZone = 'Pacific/Kiritimati';
  const site = await siteOf([{ person: 'ann', event: 'Signed Up', time: now() - 60 }], {
    config: parseConfig({ sites: { [KEY]: { timeZone } } }),
  });
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  await see(site, `/live?key=${KEY}`);
  await site.page.waitForSelector('.row time');
  const { text, at } = await site.page.$eval('.row time', (time) => ({
    text: time.textContent,
    at: time.getAttribute('datetime')!,
  }));
  expect(text).toBe(format.format(Date.parse(at)));
  expect(await site.page.textContent('main .note')).toContain(`Times are in the time zone ${timeZone}.`);
  await see(site, `/person?key=${KEY}&id=ann`);
  const { people } = await answerOf(site.collector, 'people', { limit: 1 });
  expect(await site.page.textContent('.timeline time')).toBe(format.format(people[0]!.lastSeen * 1000));
});

test('on a phone, long names that begin alike can be told apart', async () => {
  const time = now() - 60;
  const page = (name: string) => `https://shop.example/collections/of-this-autumn/tea/${name}`;
  const urls = ['sencha', 'assam'].map(page);
  const site = await siteOf(
    urls.map((url, n) => ({ person: `p${n}`, event: 'Page View', time, properties: { 'Viewed URL': url } })),
  );
  await site.page.setViewportSize({ width: 375, height: 800 });
  /** For the last letters: whether they are drawn inside of the element that cuts the text. */
  const isEndSeen = (selector: string) =>
    site.page.$$eval(selector, (all) =>
      all.map((element) => {
        const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        let last: Node | null = null;
        while (text.nextNode()) last = text.currentNode;
        const range = document.createRange();
        range.setStart(last!, last!.textContent!.length - 4);
        range.setEnd(last!, last!.textContent!.length);
        const [end, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
        return end.right <= box.right + 1 && end.bottom <= box.bottom + 1;
      }),
    );
  await see(site, `/?key=${KEY}`);
  await site.page.waitForSelector('#pages .text');
  expect(await isEndSeen('#pages .text')).toEqual([true, true]);
  const split = JSON.stringify({ property: 'Viewed URL', attribution: 'last touch', transform: 'page' });
  await see(site, `/trend?key=${KEY}&event=Page+View&split=${encodeURIComponent(split)}`);
  await site.page.waitForSelector('.part-name .text');
  expect(await isEndSeen('.part-name .text')).toEqual([true, true]);
  // The host is the same for all of them.
  expect(await site.page.textContent('.part-name')).toBe('/collections/of-this-autumn/tea/assam');
  await see(site, `/person?key=${KEY}&id=p0`);
  await site.page.waitForSelector('.timeline .property');
  expect(await isEndSeen('.timeline .property')).toEqual([true]);
});

/** https://github.com/plausible/analytics/issues/178, https://github.com/umami-software/umami/pull/1529 */
test('addresses of pages can be read in every alphabet, on every page', async () => {
  const tea = 'https://shop.example/чай/зелёный';
  const properties = { 'Viewed URL': encodeURI(tea) };
  const site = await siteOf([
    { person: 'ann', event: 'Page View', time: now() - 60, properties },
    { person: 'ann', event: 'Page View', time: now(), properties: { 'Viewed URL': 'https://shop.example/?q=a%26b' } },
  ]);
  const { page, collector } = site;
  await answerOf(collector, 'names', {});
  await see(site, `/?key=${KEY}`);
  await page.waitForSelector('#pages tbody');
  const names = (await rowsOf(site, '#pages')).map(([name]) => name);
  expect(names.sort()).toEqual(['/?q=a%26b', '/чай/зелёный']);
  await page.click('#pages button:has-text("/чай/зелёный")');
  // The filter is about the address as it was sent, and shown as it can be read.
  await page.waitForSelector('.filter-bar');
  expect(await page.textContent('.filter-bar')).toContain(`saw ${tea}`);
  await expect.poll(() => page.textContent('.totals div:first-child a')).toBe('1');
  const split = JSON.stringify({ property: 'Viewed URL', attribution: 'last touch' });
  await see(site, `/trend?${new URLSearchParams({ key: KEY, event: 'Page View', split }).toString()}`);
  await page.waitForSelector('#split');
  expect(await page.textContent('.legend')).toContain('/чай/зелёный');
  expect(await page.textContent('#split')).toContain('/чай/зелёный');
  for (const path of ['/person?id=ann&', '/live?']) {
    await see(site, `${path}key=${KEY}`);
    await page.waitForSelector('.timeline, .rows li');
    await expect.poll(() => page.textContent('main')).toContain(tea);
  }
});

test('it is said why the channels have fewer people than the page', async () => {
  const time = now() - 60;
  const site = await siteOf([
    { person: 'ann', event: 'Visited Site', time },
    { person: 'bob', event: 'Billed', time, agent: 'server' },
  ]);
  await see(site, `/?key=${KEY}`);
  await site.page.waitForSelector('#channels');
  expect(await site.page.textContent('.totals a')).toBe('2');
  expect(await rowsOf(site, '#channels')).toEqual([['Direct', '1', '1']]);
  expect(await site.page.textContent('#channels .note')).toContain('1 person began no visit in these days');
  // There is nobody else with the condition.
  await site.page.click('#channels .narrow');
  await expect.poll(() => site.page.textContent('.totals a')).toBe('1');
  expect(await site.page.$('#channels .note')).toBeNull();
});

test('keys move through a chart, and a screen reader hears the selected point', async () => {
  const site = await siteWithVisitors();
  const { page } = site;
  await see(site, `/?key=${KEY}`);
  await page.waitForSelector('.plot svg path');
  const { rows } = await answerOf(site.collector, 'overview', question());
  await page.focus('#by-day .plot');
  await page.keyboard.press('ArrowLeft');
  const said = () => page.getAttribute('#by-day [role=slider]', 'aria-valuetext');
  expect(await said()).toContain(`People: ${rows.at(-1)!.people} so far`);
  await page.keyboard.press('ArrowLeft');
  expect(await said()).toContain(`People: ${rows.at(-2)!.people}, Visits: ${rows.at(-2)!.visits}`);
  await page.keyboard.press('Home');
  expect(await said()).toContain(`People: ${rows[0]!.people},`);
  // Only what has not ended is dashed.
  const dashOf = (selector: string) =>
    page.$eval(`#by-day ${selector}`, (line) => getComputedStyle(line).strokeDasharray);
  expect(await dashOf('.plot .series-2 .stroke')).toBe('none');
  expect(await dashOf('.plot .series-2 .open')).not.toBe('none');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/people?**cell=**');
});

test('nothing moves while the answers arrive', async () => {
  const site = await siteWithVisitors();
  const { page } = site;
  await recordShifts(page);
  for (const width of [1280, 375]) {
    await page.setViewportSize({ width, height: 900 });
    await see(site, `/?key=${KEY}`);
    await page.waitForSelector('.lead-sentence p');
    await page.waitForSelector('.legend .before');
    await page.waitForTimeout(300);
    expect([width, await shiftsOf(page)]).toEqual([width, []]);
  }
});

test('nothing moves if answers take seconds, and the progress line appears and disappears', async () => {
  const site = await siteWithVisitors();
  const { page } = site;
  await recordShifts(page);
  // Answers are sent when the page shows that it waits for them: on a busy machine any fixed time would be too short.
  // Questions that are asked again because reports are being built are not delayed a second time.
  const held = new Map<string, () => void>();
  await page.route('**/reports/overview**', async (route) => {
    const { to } = JSON.parse(new URL(route.request().url()).searchParams.get('q')!) as OverviewQuestion;
    if (!held.has(to)) await new Promise<void>((release) => held.set(to, release));
    await route.continue();
  });
  for (const width of [1280, 375]) {
    await page.setViewportSize({ width, height: 900 });
    held.clear();
    await see(site, `/?key=${KEY}`);
    await page.waitForSelector('text=Counting…');
    await expect.poll(() => held.size).toBe(3);
    // The question about all days: the other questions end before it.
    const [shown, ...compared] = [...held.keys()].toSorted().toReversed();
    held.get(shown!)!();
    await page.waitForSelector('text=Comparing with the days before…');
    for (const to of compared) held.get(to)!();
    await page.waitForSelector('.lead-sentence p');
    await page.waitForSelector('.legend .before');
    await page.waitForTimeout(300);
    expect([width, await shiftsOf(page)]).toEqual([width, []]);
  }
});

test('a click on Count again asks all questions of the page again', async () => {
  const site = await siteWithVisitors();
  const { page } = site;
  await see(site, `/?key=${KEY}`);
  await page.waitForSelector('.legend .before');
  await page.waitForSelector('#campaigns');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.click('text=Count again');
  await expect.poll(() => asked.filter((path) => path.endsWith('/overview'))).toHaveLength(3);
  await expect.poll(() => asked.filter((path) => path.endsWith('/breakdown'))).toHaveLength(1);
});

test('the demo without visitors offers to make them, and shows the progress', async () => {
  const site = await openSite({ collector: await startCollector({ demo: true }) });
  const { page } = site;
  const progress = [0.25, 0.5];
  let state: 'none' | 'making' | 'made' = 'none';
  await page.route('**/api/v1/demo-data**', (route) => {
    if (route.request().method() === 'POST') state = 'making';
    else if (state === 'making' && !progress.length) state = 'made';
    const part = state === 'making' ? progress.shift() : Number(state === 'made');
    return route.fulfill({ json: { state, progress: part } });
  });
  await see(site, '/?key=demo');
  await page.waitForSelector('text=kmq can make 10,000 visitors');
  expect(await axeFaults(page)).toEqual([]);
  await page.click('text=Add made-up visitors');
  await page.waitForSelector('text=Made-up visitors are being stored: 25%');
  await site.collector.send('/e?_k=demo&_p=ann&_n=Visited');
  await expect.poll(() => page.textContent('.totals dd').catch(() => '')).toBe('1');
  await expect.poll(() => state).toBe('made');
  // Reports are some seconds behind the store: also the people who were stored last are counted.
  await site.collector.send('/e?_k=demo&_p=ben&_n=Visited');
  await expect.poll(() => page.textContent('.totals dd')).toBe('2');
  expect(site.errors).toEqual([]);
  // The demo makes no visitors for other sites.
  await see(site, '/?key=other');
  await page.waitForSelector('text=Nobody has come yet');
  expect(await page.$$('.made-up')).toHaveLength(0);
});

test('while visitors of other days are being stored, the demo says so, and counts again', async () => {
  const site = await openSite({ collector: await startCollector({ demo: true }) });
  const { page } = site;
  let state = 'making';
  await page.route('**/api/v1/demo-data**', (route) => route.fulfill({ json: { state, progress: 0.4 } }));
  const longAgo = Math.floor(Date.now() / 1000) - 60 * 86_400;
  await site.collector.send(`/e?_k=demo&_p=ann&_n=Visited&_d=1&_t=${longAgo}`);
  await see(site, '/?key=demo');
  await page.waitForSelector('text=Made-up visitors are being stored: 40%');
  await page.waitForSelector('text=The visitors of these days follow');
  // The last days are empty until the end: “Nobody came” and “−100%” would be wrong a moment later.
  const main = page.locator('main');
  expect(await main.textContent()).not.toMatch(/Nobody came|%.* from /);
  const before = Math.floor(Date.now() / 1000) - 35 * 86_400;
  for (let person = 0; person < 100; person++)
    await site.collector.send(`/e?_k=demo&_p=${person}&_n=Visited&_d=1&_t=${before}`);
  await site.collector.send('/e?_k=demo&_p=ben&_n=Visited');
  await expect.poll(() => page.textContent('.totals dd').catch(() => '')).toBe('1');
  expect(await main.textContent()).not.toMatch(/Nobody came|from 100/);
  state = 'made';
  await page.waitForSelector('text=The last of them are being counted');
  // Once all are stored and counted, the days are compared again.
  await expect.poll(() => main.textContent()).toMatch(/from 100/);
  expect(site.errors).toEqual([]);
});

test('a site to which only bots have come says so', async () => {
  const site = await openSite();
  const headers = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' };
  await site.collector.send(`/e?_k=${KEY}&_p=bot&_n=Visited`, { headers });
  // Reports are some seconds behind the store.
  await expect
    .poll(async () => {
      await see(site, `/?key=${KEY}`);
      return site.page.textContent('.empty h2');
    })
    .toBe('Only bots came in these days');
  await site.page.click('text=Show bots');
  await site.page.waitForSelector('.people-list bdi:text-is("bot")');
  // Trend and Funnel must not say that nothing was sent.
  for (const path of ['trend', 'funnel']) {
    await see(site, `/${path}?key=${KEY}`);
    await site.page.waitForSelector('.empty h2:text-is("Only bots have come so far")');
    expect(await site.page.textContent('.empty p')).toBe('1 visitor seems to be a bot, and is left out.');
  }
});

describe('for readers with other needs', () => {
  test('axe finds nothing, light and dark, on a small screen as well', async () => {
    const site = await siteWithVisitors();
    const { page } = site;
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await see(site, `/?key=${KEY}&filter=${encodeURIComponent('[{"event":"Signed Up"}]')}`);
      await page.waitForSelector('.lead-sentence p');
      await page.click('#new >> text=As table');
      await page.click('text=Other days');
      expect(await axeFaults(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });
});

describe('without an answer', () => {
  const answer = (empty: Partial<OverviewAnswer> = {}): Uint8Array =>
    Buffer.from(
      JSON.stringify({
        ...{ asOf: 1, people: 3, visits: 3, newPeople: 3, cell: 'c', newCell: 'n', now: 0, rows: [] },
        ...{ channels: [], referrers: [], pages: [], events: [], ...empty },
        // The answer of the breakdown by campaigns.
        values: [],
      }),
    );

  async function openWith(ask: ReportEngine['ask'], path = `/?key=${KEY}`): Promise<Site> {
    const site = await openSite({ collector: await startCollector({}, undefined, { ask }) });
    await see(site, path);
    return site;
  }

  test('the first sentence does not say that nobody came if people came today', async () => {
    const to = today('UTC');
    const site = await openWith(async (_kind, _key, asked) =>
      (asked as OverviewQuestion).to === addDays(to, -1) ? answer({ people: 0 }) : answer(),
    );
    await expect.poll(() => site.page.textContent('.lead-sentence p')).toBe('Nobody came in the days that have ended.');
    expect(await site.page.textContent('.totals dd')).toBe('3');
  });

  test('the page shows the progress of reports until they are built', async () => {
    let asked = 0;
    const site = await openWith(async () => {
      if (++asked < 6) throw building(0.4);
      return answer();
    });
    await site.page.waitForSelector('text=Reports are being built: they include 40 % of the hits.');
    // A page that is otherwise empty would look broken.
    await site.page.waitForSelector('text=kmq copies the hits into a file for reports.');
    expect(await site.page.getAttribute('progress', 'value')).toBe('0.4');
    await expect.poll(() => site.page.textContent('.totals dd').catch(() => '')).toBe('3');
    expect(await site.page.$$('progress, .empty')).toHaveLength(0);
  });

  test('the page says at once why the collector cannot answer yet, if it does not know the progress', async () => {
    let isOpen = false;
    const site = await openWith(async () => {
      if (!isOpen)
        throw unavailable(
          'Reports are being opened. They wait while another process, such as kmq sql, uses their file.',
        );
      return answer();
    });
    await site.page.waitForSelector(
      'text=Reports are being opened. They wait while another process, such as kmq sql, uses their file.',
    );
    expect(await site.page.getAttribute('progress', 'value')).toBe(null);
    isOpen = true;
    await expect.poll(() => site.page.textContent('.totals dd').catch(() => '')).toBe('3');
  });

  test('an error of the API is shown with its place in the question, and the question can be asked again', async () => {
    let isBad = true;
    const site = await openWith(
      async () => {
        if (isBad)
          throw new NoReport(400, { error: '`filter.all[0]` is none.', code: 'bad_value', member: 'filter.all[0]' });
        return answer();
      },
      `/?key=${KEY}&filter=${encodeURIComponent('[{"event":"y"},{"event":"x"}]')}`,
    );
    // The place is shown once: the sentence itself contains it.
    expect(await site.page.innerHTML('[role=alert] p')).toBe('<code>filter.all[0]</code> is none.');
    // The chosen conditions are still shown, and can be removed.
    expect(await site.page.$$('.condition')).toHaveLength(2);
    isBad = false;
    await site.page.click('text=Ask again');
    await expect.poll(() => site.page.textContent('.totals dd').catch(() => '')).toBe('3');
    expect(await site.page.$$('[role=alert]')).toHaveLength(0);
  });

  test('if an answer takes too long, the page says what would take less time', async () => {
    const site = await openWith(async () => {
      throw new NoReport(504, { error: 'The report took longer than 30 seconds.', code: 'too_slow', member: '' });
    });
    await site.page.waitForSelector('text=The report took longer than 30 seconds.');
    await site.page.waitForSelector('text=Fewer days');
  });

  test('an older answer never replaces a newer one', async () => {
    const held: (() => void)[] = [];
    const site = await openWith(async (_kind, _key, asked) => {
      const { from, to } = asked as OverviewQuestion;
      const days = (Date.parse(to) - Date.parse(from)) / (1000 * DAY) + 1;
      if (days > 60) await new Promise<void>((resolve) => held.push(resolve));
      return answer({ people: days });
    });
    const { page } = site;
    await expect.poll(() => page.textContent('.totals dd').catch(() => '')).toBe('28');
    await page.click('text=91 days');
    await expect.poll(() => held.length).toBeGreaterThan(0);
    await page.click('text="7 days"');
    await expect.poll(() => page.textContent('.totals dd')).toBe('7');
    for (const release of held) release();
    // The older answer gets enough time to arrive.
    await page.waitForTimeout(300);
    expect(await page.textContent('.totals dd')).toBe('7');
  });

  test('an error of the page itself is shown, and the other pages can be reached', async () => {
    const site = await siteWithVisitors();
    const { page } = site;
    // No answer of the collector is like this one.
    await page.route('**/api/v1/reports/overview**', (route) => route.fulfill({ json: { asOf: 1, people: 1 } }));
    await see(site, `/?key=${KEY}`);
    await page.waitForSelector('[role=alert] >> text=This page cannot be shown, because of an error in kmq');
    // It is in the console as well, for whoever mends it.
    expect(site.errors).toHaveLength(1);
    await page.click('nav >> text=People');
    await page.waitForSelector('.people-list');
  });

  test('a site without hits says what to do, and an address without a site opens that page', async () => {
    const site = await openSite();
    await see(site, `/?key=new`);
    await site.page.waitForSelector('text=Nobody has come yet');
    // There is nothing to compare.
    expect(await site.page.textContent('.range-picker .printed')).not.toContain('compared');
    expect(await axeFaults(site.page)).toEqual([]);
    await site.page.click('text=Get the snippet');
    await site.page.waitForURL('**/start?key=new');
    await see(site, '/');
    await site.page.waitForURL('**/start?key=new');
    await site.page.waitForSelector('text=Three steps');
  });

  test('a filter that matches nobody can be removed', async () => {
    const site = await siteWithVisitors();
    await see(site, `/?key=${KEY}&filter=${encodeURIComponent('[{"event":"Never Done"}]')}`);
    await site.page.waitForSelector('text=Nobody matches this in these days');
    await site.page.click('text=Remove all conditions');
    await site.page.waitForSelector('.totals');
  });
});
