import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { siteOf } from '../support/report-site.js';

useBrowser();

const now = Math.floor(Date.now() / 1000);

/** The texts of links, buttons and fields that would be on the paper. */
const printed = (page: Page): Promise<string[]> =>
  page.$$eval('a, button, select, input', (all) =>
    all
      .filter((one) => (one as HTMLElement).checkVisibility())
      .map((one) => (one as HTMLInputElement).value || one.textContent.trim()),
  );

/** https://github.com/simpleanalytics/roadmap/issues/591, https://github.com/fipguide/fipguide.github.io/issues/365 */
test('a printed report says of which site and which days it is, on white paper, and has nothing that only a screen can use', async () => {
  const hits = Array.from({ length: 60 }, (_, n) => ({
    ...{ person: `p${n % 20}@example.com`, event: 'Came', agent: 'browser' as const },
    ...{ time: now - 1 - n * 3600, properties: { Plan: 'Pro' } },
  }));
  const { page, collector, errors } = await siteOf(hits);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  // The paper of a letter between its margins.
  await page.setViewportSize({ width: 700, height: 960 });
  const reports = {
    '/?': ['kmq', 'Overview', KEY],
    '/trend?event=Came&': ['kmq', 'Trend', KEY],
    '/funnel?steps=[{"event":"Came"}]&': ['kmq', 'Funnel', KEY],
    '/people?': ['kmq', 'People', KEY],
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
    const { background, wide } = await page.evaluate(() => ({
      background: getComputedStyle(document.documentElement).getPropertyValue('--ground').trim(),
      wide: document.documentElement.scrollWidth > innerWidth,
    }));
    expect([background, wide], path).toEqual(['#fff', false]);
    if (!path.startsWith('/pe'))
      expect(await page.innerText('.printed')).toContain(String(new Date().getUTCFullYear()));
  }
  expect(errors).toEqual([]);
});
