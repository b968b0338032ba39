import { expect, test } from 'vitest';
import { axeFaults } from '../support/axe.js';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { nowForFile } from '../support/day.js';
import { sharedSite } from '../support/report-site.js';
import { eachNth } from '../support/long.js';

useBrowser();

const now = await nowForFile();
const json = JSON.stringify;

const site = sharedSite(
  ['Visited Site', 'Signed Up', 'Ordered', 'Billed'].flatMap((event, n) =>
    // The days before are compared only if the first hit is older than they are.
    [2, 40, 80].flatMap((days) =>
      Array.from({ length: 20 - 4 * n }, (_, person) => ({
        ...{ person: `person ${person} of ${days}`, event, agent: 'browser' as const },
        properties: { Plan: person % 2 ? 'Professional' : 'Starter' },
        time: now - days * 86_400 + n,
      })),
    ),
  ),
);

const split = json({ property: 'Plan', attribution: 'first ever' });
const steps = json(['Visited Site', 'Signed Up', 'Ordered', 'Billed'].map((event) => ({ event })));
const columns = json(['Visited Site', 'Signed Up', 'Ordered'].map((event) => ({ event, show: 'times' })));

/** A column that is left out looks like one that does not exist. */
test.each(
  eachNth(
    [
      ['/trend', { event: 'Signed Up', split, days: '28' }, '#split', 4],
      ['/funnel', { steps, split }, '#split', 6],
      ['/people', { filter: json([{ event: 'Signed Up' }]), columns }, '.people-list', 5],
    ] as const,
    2,
  ),
)('every column of %s can be reached on a phone, also with the keyboard', async (path, said, part, count) => {
  const { page, collector, errors } = await site();
  const address = `${collector.origin}${path}?${new URLSearchParams({ key: KEY, ...said }).toString()}`;
  for (const width of [375, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(address);
    await page.waitForSelector(`${part} tbody td`);
    const heads = page.locator(`${part} thead th`);
    expect(await heads.count()).toBe(count);
    const frame = page.locator(`${part} .table-frame`);
    const isWide = await frame.evaluate((one) => one.scrollWidth > one.clientWidth);
    if (count > 4) expect(isWide).toBe(true);
    expect(await page.locator(`${part} .more-columns`).count()).toBe(isWide ? 1 : 0);
    // Chromium gives every frame that scrolls the focus, Safari does not.
    expect(await frame.getAttribute('tabindex')).toBe(isWide ? '0' : null);
    expect(await frame.getAttribute('role')).toBe(isWide ? 'region' : null);
    if (isWide) {
      await frame.focus();
      await expect
        .poll(async () => {
          await page.keyboard.press('ArrowRight');
          const [edge, end] = await Promise.all([frame.boundingBox(), heads.last().boundingBox()]);
          return end!.x + end!.width <= edge!.x + edge!.width + 1;
        })
        .toBe(true);
    }
    // The page itself does not scroll sideways.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await axeFaults(page)).toEqual([]);
  }
  // Where there is space, nothing scrolls and nothing more can get the focus.
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect.poll(() => page.locator(`${part} .more-columns`).count()).toBe(0);
  expect(await page.locator(`${part} .table-frame`).getAttribute('tabindex')).toBeNull();
  expect(errors).toEqual([]);
});

/** https://github.com/metabase/metabase/issues/60681: a program into which a table is pasted begins a row at each line. */
test('a row of a table that is copied is one line, with a tab between its cells', async () => {
  const { page, collector, errors } = await site();
  for (const [path, parameters] of [
    ['/people', { filter: json([{ event: 'Signed Up' }]), columns }],
    ['/trend', { event: 'Signed Up', split, days: '28' }],
    ['/funnel', { steps, split }],
    ['/', {}],
  ] as const) {
    await page.goto(`${collector.origin}${path}?${new URLSearchParams({ key: KEY, ...parameters })}`);
    await page.waitForSelector('.foot');
    const tables = page.locator('main table');
    await tables.first().waitFor();
    for (const table of await tables.all()) {
      const [copied, cells] = await table.evaluate((one) => {
        getSelection()!.selectAllChildren(one);
        return [
          getSelection()!.toString(),
          [...(one as HTMLTableElement).rows].map((row) => row.cells.length),
        ] as const;
      });
      const lines = copied.split('\n').filter((line) => line !== '');
      // The caption, which only screen readers read, is a line of its own.
      const rows = lines.slice(-cells.length);
      expect([path, rows.map((line) => line.split('\t').length)]).toEqual([path, cells]);
      expect(lines.length - rows.length).toBeLessThanOrEqual(1);
    }
  }
  expect(errors).toEqual([]);
});
