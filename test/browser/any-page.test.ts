import { randomInt } from 'node:crypto';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyPages, everyPart, type AnyPage } from '../support/any-page.js';
import { openAnySite, type AnySite } from '../support/any-page/site.js';
import { smallestPage } from '../support/any-page/smallest.js';
import { visit } from '../support/any-page/visit.js';
import { chromiumOptions } from '../support/browser.js';
import { startCollector } from '../support/collector.js';

/** In `npm test` the pages are always the same, so that no change is blamed for a new random page; the long tests make new ones. */
const seed = Number(process.env.KMQ_SEED ?? (process.env.KMQ_LONG ? randomInt(1_000_000) : 13));

/** How many pages are visited at the same time: most of a visit is waiting. */
const LANES = 4;
/** How many parts a page has, in the pages that try each part once. */
const PARTS_OF_A_PAGE = 8;
/** How many random pages are visited after those pages. */
const PAGES = process.env.KMQ_LONG ? 600 : 1;

/** After this time a hit counts as lost: it is longer than the longest lease and some failed attempts. */
const PATIENCE_MS = 60_000;
/** The patience in the search for a smaller page that fails, and how long this search may take. */
const SHRINKING_PATIENCE_MS = 8000;
const SHRINKING_MS = 90_000;
/** How many failures are reduced to smaller pages. */
const MOST_FAILURES = 4;

let browser: Browser;
let site: AnySite;
beforeAll(async () => {
  browser = await chromium.launch(chromiumOptions());
  site = await openAnySite();
});
afterAll(async () => {
  await browser.close();
  site.close();
});

test(`on any page every push of a well-behaved script arrives once, from one person, and no error reaches the window (seed ${seed})`, async () => {
  const world = { browser, site, collector: await startCollector() };
  const pages = [...everyPart(seed, PARTS_OF_A_PAGE), ...anyPages(seed + 1, PAGES)];
  const failures: string[] = [];
  await Promise.all(Array.from({ length: LANES }, walk));
  // Each failure with the smallest page that shows it.
  expect(failures).toEqual([]);

  async function walk(): Promise<void> {
    for (let page; failures.length < MOST_FAILURES && (page = pages.shift());) {
      const faults = await visit(world, page, PATIENCE_MS);
      if (!faults.length) continue;
      const visitAgain = (smaller: AnyPage) => visit(world, smaller, SHRINKING_PATIENCE_MS);
      const smallest = await smallestPage(page, faults, visitAgain, SHRINKING_MS);
      failures.push(`${smallest.faults.join('; ')}: ${JSON.stringify(smallest.page)}`);
    }
  }
}, 1_800_000);
