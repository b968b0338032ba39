import { expect, test } from 'vitest';
import { openSite, useBrowser } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';
import { eachNth } from '../support/long.js';

useBrowser();

const DAY = 86_400;

const visited = sharedCollector((collector) => collector.send(`/e?_k=${KEY}&_p=ann&_n=Signed+Up`));

/** A page on a machine whose clock is wrong by so many days. */
async function openWithClock(days: number) {
  const site = await openSite({ collector: await visited() });
  const { page, collector } = site;
  await page.addInitScript(`
    const ahead = ${days * DAY * 1000};
    const Right = Date;
    Date = class extends Right {
      constructor(...said) {
        if (said.length) super(...said);
        else super(Right.now() + ahead);
      }
      static now() {
        return Right.now() + ahead;
      }
    };`);
  const see = async (path: string) => {
    await page.goto(`${collector.origin}${path}key=${KEY}`);
    await page.waitForSelector('.foot, .rows li');
  };
  return { ...site, see };
}

test.each(eachNth([-1000, -2, 3], 3))(
  'with a clock that is wrong by %i days, today is the day of the hits',
  async (days) => {
    const { page, see } = await openWithClock(days);
    await see('/?');
    await page.waitForSelector('.totals');
    expect(await page.textContent('.totals div:first-child a')).toBe('1');
    await see('/people?');
    expect(await page.textContent('.people-list tbody time')).toMatch(/^(just now|\d minutes? ago)$/);
    await see('/live?');
    expect(await page.$$('.day-line')).toHaveLength(0);
  },
);

test('with a clock that is wrong, a tracking URL may have the time of now, and none after tomorrow', async () => {
  const { page, collector } = await openWithClock(-1000);
  await page.goto(`${collector.origin}/start?key=${KEY}`);
  await page.click('text=Build a tracking URL');
  const faultOf = async (time: number): Promise<string[]> => {
    const texts = { Identity: 'ada', 'Event name': 'x', 'Time in seconds (optional)': String(time) };
    for (const [label, text] of Object.entries(texts)) await page.getByLabel(label, { exact: true }).fill(text);
    await page.click('text=Generate URL');
    return page.locator('#url-builder .field-fault:visible').allTextContents();
  };
  const now = Math.floor(Date.now() / 1000);
  expect(await faultOf(now)).toEqual([]);
  expect(await faultOf(now + 2 * DAY)).toEqual([expect.stringContaining('more than a day ahead')]);
});

/** A page that the browser has stored contains an old time. */
test('after Back, today is the day of the hits', async () => {
  const { page, see } = await openWithClock(-2);
  const asked: string[] = [];
  page.on('request', (request) => void (request.url().includes('/about') && asked.push(request.url())));
  await see('/people?');
  await see('/trend?');
  expect(asked).toEqual([]);
  await page.goBack();
  await page.waitForSelector('.foot');
  expect(await page.evaluate('performance.getEntriesByType("navigation")[0].transferSize')).toBe(0);
  expect(asked).toHaveLength(1);
  expect(await page.textContent('.people-list tbody time')).toMatch(/^(just now|\d minutes? ago)$/);
});

/** Like a browser that is older than the time zone of a site. Here this zone is UTC. */
test('a browser that does not know the time zone of the site says so', async () => {
  const site = await openSite({ collector: await visited() });
  const { page, collector } = site;
  await page.addInitScript(`
    const Known = Intl.DateTimeFormat;
    Intl.DateTimeFormat = function (languages, options) {
      if (options?.timeZone === 'UTC') throw new RangeError('Invalid time zone specified: UTC');
      return new Known(languages, options);
    };`);
  await page.goto(`${collector.origin}/trend?key=${KEY}`);
  expect(await page.textContent('main [role=alert]')).toContain('does not know UTC, the time zone of this site.');
});
