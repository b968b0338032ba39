import { describe, expect, test } from 'vitest';
import { openSite, useBrowser } from '../support/browser.js';

useBrowser();

describe('a page that was opened before the first hit shows the person without being loaded again', () => {
  test.each([
    ['/', 'Nobody has come yet', '.totals dd:has-text("1")'],
    ['/people', 'Nobody has come yet', '.people-list >> text=ann'],
    ['/trend', 'There is nothing to ask about yet', '.headline >> text=1 person'],
    ['/funnel', 'There is nothing to ask about yet', '.headline'],
  ])('%s', async (path, nothing, first) => {
    const site = await openSite();
    const { page, collector } = site;
    await page.goto(`${collector.origin}${path}?key=new`);
    await page.waitForSelector(`text=${nothing}`);
    let loads = 0;
    page.on('load', () => loads++);
    for (const event of ['Visited', 'Signed Up'])
      await collector.send(`/e?_k=new&_p=ann&_n=${encodeURIComponent(event)}`);
    await page.waitForSelector(first);
    expect(loads).toBe(0);
    expect(site.errors).toEqual([]);
  });
});

test('a person with two names and nothing else is not taken for a bot', async () => {
  const site = await openSite();
  const { page, collector } = site;
  await collector.send('/a?_k=new&_p=ann&_n=ann@example.com');
  await page.goto(`${collector.origin}/people?key=new`);
  await page.waitForSelector('text=sends an event or a property, people appear here');
  await collector.send('/s?_k=new&_p=ann&Plan=Pro');
  await page.waitForSelector('.people-list >> text=ann');
  expect(site.errors).toEqual([]);
});
