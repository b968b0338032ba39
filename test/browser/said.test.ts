import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { KEY } from '../support/collector.js';
import { event } from '../support/keyboard-site.js';
import { siteOf } from '../support/report-site.js';

// What a screen reader says of a page, without what is around it.
useBrowser();

const said = (page: Page) => page.locator('main').ariaSnapshot();

test('links of numbers and buttons say what they are about, and words are not joined', async () => {
  const { page, collector, errors } = await siteOf([
    ...['ann', 'bob', 'kim', 'joe'].map((person) => event(person, 'Visited Site', 3)),
    ...['ann', 'bob', 'kim'].map((person) => event(person, 'Viewed Cart', 2)),
    { ...event('ann', 'Signed Up', 1), properties: { Plan: 'Pro', Price: '11' } },
  ]);
  const see = async (path: string, ready: string): Promise<string> => {
    await page.goto(`${collector.origin}${path}`);
    await page.waitForSelector(ready);
    return said(page);
  };
  const overview = await see(`/?key=${KEY}`, '#events td');
  expect(overview).toContain('link "People: 4"');
  expect(overview).toContain('link "New people: 4"');
  expect(overview).toContain('link "Here now: 0"');

  const trend = await see(`/trend?key=${KEY}&event=Signed+Up`, '.headline');
  expect(trend).toContain('link "people: 1"');
  // A mark that only the eye needs.
  expect(trend).not.toContain('▾');

  const steps = JSON.stringify(['Visited Site', 'Viewed Cart', 'Signed Up'].map((event) => ({ event })));
  const funnel = await see(`/funnel?key=${KEY}&steps=${encodeURIComponent(steps)}`, '.funnel-bar');
  expect(funnel).toContain('link "3 at step 2"');
  expect(funnel).toContain('link "2 lost after step 2"');
  expect(funnel).toContain('people did not most are lost here');

  const person = await see(`/person?key=${KEY}&id=ann`, '.timeline li');
  expect(person).toContain('Plan: Pro');

  await collector.send(`/e?_k=${KEY}&_p=ann&_n=Ordered&Plan=Pro`);
  const live = await see(`/live?key=${KEY}`, '.row >> text=Ordered');
  expect(live).toContain('Plan: Pro');
  expect(live).toContain('button "All of this row: Ordered"');

  const start = await see(`/start?key=${KEY}`, '.steps .row');
  for (const what of ['the snippet', 'the commands']) expect(start).toContain(`button "Copy: ${what}"`);
  expect(errors).toEqual([]);
});
