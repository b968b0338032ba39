import type { Page } from 'playwright-core';

/** Smaller shifts are some pixels of a small text: they have occurred once, on a machine that was busy with other tests. */
const SEEN = 0.001;

/** Records the layout shifts of all pages that are opened from now on: what moves without an action of the reader. */
export async function recordShifts(page: Page): Promise<void> {
  await page.addInitScript(`shifts = [];
    new PerformanceObserver((list) => list.getEntries().forEach((entry) =>
      entry.hadRecentInput || entry.value < ${SEEN} || shifts.push([entry.value, entry.sources.map(({ node }) => node?.className)])
    )).observe({ type: 'layout-shift', buffered: true })`);
}

/** The recorded shifts of the page that is shown: the score of each, and the classes of the elements that have moved. */
export const shiftsOf = (page: Page): Promise<[score: number, classes: (string | undefined)[]][]> =>
  page.evaluate('shifts');
