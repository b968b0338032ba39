import { expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { siteOf } from '../support/report-site.js';

useBrowser();

const now = await nowForFile();

/** The texts of links, buttons and fields that would be on the paper. */
const printed = (page: Page): Promise<string[]> =>
  page.$$eval('a, button, select, input', (all) =>
    all
      .filter((one) => (one as HTMLElement).checkVisibility())
      .map((one) => (one as HTMLInputElement).value || one.textContent.trim()),
  );

/** The width of a chart on paper that is 400 pixels wide. */
const widthOnNarrowPaper = (chart: Locator): Promise<number> =>
  chart.evaluate((one) => {
    one.parentElement!.style.width = '400px';
    return one.getBoundingClientRect().width;
  });

/** https://github.com/simpleanalytics/roadmap/issues/591, https://github.com/fipguide/fipguide.github.io/issues/365 */
test('a printed report says of which site and which days it is, on white paper, and has nothing that only a screen can use', async () => {
  const hits = Array.from({ length: 60 }, (_, n) => ({
    ...{ person: `p${n % 20}@example.com`, event: 'Came', agent: 'browser' as const },
    ...{ time: now - 1 - n * 3600, properties: { Plan: 'Pro' } },
  }));
  const { page, collector, errors } = await siteOf(hits);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  // Letter paper without its margins.
  await page.setViewportSize({ width: 700, height: 960 });
  const reports = {
    '/?': ['kmq', 'Overview', KEY],
    '/trend?event=Came&split={"property":"Plan"}&': ['kmq', 'Trend', KEY],
    '/funnel?steps=[{"event":"Came"}]&split={"property":"Plan"}&': ['kmq', 'Funnel', KEY],
    '/people?filter=[{"event":"Came"}]&columns=[{"property":"Plan","show":"last value"}]&': ['kmq', 'People', KEY],
    '/person?id=p1@example.com&': ['kmq', 'People', KEY],
  };
  for (const [path, header] of Object.entries(reports)) {
    await page.goto(`${collector.origin}${path}key=${KEY}`);
    await page.waitForSelector('.figure, .data tbody tr, .timeline');
    const [kmq, report, site, ...others] = await printed(page);
    expect([kmq, report, site], path).toEqual(header);
    // Numbers, names and addresses lead to other reports on the screen; on paper they are the report.
    expect(
      others.filter((text) => /^(7 days|Compare|As table|CSV|Add |\+|Count again|Snippet)/.test(text)),
      path,
    ).toEqual([]);
    const ofScreen = ['.question', '.figure-ways', '.range-picker .choices', '.foot button', '.lists-note'];
    for (const hidden of [...ofScreen, '.came-from', '.their-reports'])
      expect(await page.locator(hidden).filter({ visible: true }).count(), hidden).toBe(0);
    const { background, color, wide } = await page.evaluate(() => {
      const { backgroundColor: background, color } = getComputedStyle(document.body);
      return { background, color, wide: document.documentElement.scrollWidth > innerWidth };
    });
    expect({ background, color, wide }, path).toEqual({
      ...{ background: 'rgb(255, 255, 255)', color: 'rgb(28, 29, 31)', wide: false },
    });
    const frames = page.locator('.table-frame, .figure-table');
    expect(await frames.evaluateAll((all) => all.map((one) => getComputedStyle(one).overflow))).not.toContain('auto');
    const link = page.locator('.data td a').first();
    if (await link.count())
      expect(await link.evaluate((one) => ({ ...getComputedStyle(one) }))).toMatchObject({
        color,
        textDecorationLine: 'none',
      });
    for (const chart of await page.locator('.plot svg').all()) expect(await widthOnNarrowPaper(chart)).toBe(400);
    if (!path.startsWith('/pe'))
      expect(await page.innerText('.printed')).toContain(String(new Date().getUTCFullYear()));
  }
  expect(errors).toEqual([]);
});

/** Elements whose contents are not whole on paper: text that is cut, and what only a scrollbar would show. */
const cutOnPaper = (page: Page): Promise<string[]> =>
  page.$$eval('main *', (all) =>
    all
      .filter((one) => (one as HTMLElement).checkVisibility() && !one.closest('.unseen, svg'))
      .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
      .filter((one) => getComputedStyle(one).overflow !== 'visible')
      .map((one) => `${one.tagName} ${one.className}`),
  );

test('long values are whole on paper, and a timeline is as wide as the sheet', async () => {
  const long = `https://shop.example/${'a-long-path/'.repeat(80)}`;
  const { page, collector } = await siteOf([
    { person: `${'very-long-name-'.repeat(30)}@example.com`, event: 'Came', time: now - 5, properties: { URL: long } },
  ]);
  await page.emulateMedia({ media: 'print' });
  for (const width of [700, 1000]) {
    await page.setViewportSize({ width, height: 960 });
    await page.goto(`${collector.origin}/people?key=${KEY}&columns=[{"property":"URL","show":"last value"}]`);
    await page.waitForSelector('.people-list tbody tr');
    expect(await cutOnPaper(page)).toEqual([]);
    await page.goto(new URL((await page.getAttribute('.people-list tbody a', 'href'))!, collector.origin).href);
    await page.waitForSelector('.timeline .property');
    expect(await cutOnPaper(page)).toEqual([]);
    const widthOf = async (part: string) => (await page.locator(part).first().boundingBox())!.width;
    expect(await widthOf('[aria-labelledby=timeline]')).toBe(await widthOf('.columns'));
  }
});

test('on paper the fields of a list of people are a sentence, and its headings can be repeated on every sheet', async () => {
  const { page, collector } = await siteOf([{ person: 'ann@example.com', event: 'Came', time: now - 5 }]);
  await page.emulateMedia({ media: 'print' });
  const columns = '[{"event":"Came","show":"times"}]';
  await page.goto(`${collector.origin}/people?key=${KEY}&filter=[{"event":"Came"}]&columns=${columns}`);
  await page.waitForSelector('.people-list tbody tr');
  const fields = page.locator('.people-builder :is(input, select)').filter({ visible: true });
  expect(await fields.count()).toBeGreaterThan(2);
  for (const field of await fields.all()) {
    const { borderStyle, appearance } = await field.evaluate((one) => ({ ...getComputedStyle(one) }));
    expect({ borderStyle, appearance }).toEqual({ borderStyle: 'none', appearance: 'none' });
  }
  const arrow = page.locator('.combo').first();
  expect(await arrow.evaluate((one) => getComputedStyle(one, '::after').content)).toBe('none');
  // Chromium prints no button in the headings that it repeats.
  const headings = page.locator('thead button');
  expect(await headings.count()).toBeGreaterThan(0);
  expect(await headings.first().evaluate((one) => getComputedStyle(one).display)).toBe('contents');
});

test('a chart is drawn for the width of the paper, and then for the screen again', async () => {
  const { page, collector } = await siteOf([{ person: 'ann@example.com', event: 'Came', time: now - 5 }]);
  await page.setViewportSize({ width: 1600, height: 900 });
  await page.goto(`${collector.origin}/trend?key=${KEY}&event=Came`);
  await page.waitForSelector('.foot');
  const drawnFor = () => page.locator('.plot svg').evaluate((one) => (one as SVGSVGElement).viewBox.baseVal.width);
  const onScreen = await drawnFor();
  expect(onScreen).toBeGreaterThan(1000);
  const read = `document.querySelector('.plot svg').viewBox.baseVal.width`;
  await page.evaluate(`matchMedia('print').addEventListener('change', () => { window.printed ??= ${read} })`);
  await page.pdf();
  expect(await page.evaluate('window.printed')).toBe(800);
  expect(await drawnFor()).toBe(onScreen);
});
