import { expect, test, describe } from 'vitest';
import { afterLoad, script, snippets, useBrowser } from '../support/browser.js';
import { numbered, openShop, recordNumbered } from '../support/shop.js';
import { LONG } from '../support/long.js';

useBrowser();

test('5,000 hits of one page all arrive, each once', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, recordNumbered(5000));
  await shop.stores(numbered(5000));
  // A request for each hit would slow the page down.
  expect(shop.proxy.requests.length).toBeLessThan(100);
});

test('the hits of ten tabs and of earlier pages arrive, each once', async () => {
  const shop = await openShop();
  const head = snippets.loader(shop.collector);
  await shop.open(head);
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(100));
  await shop.page.waitForTimeout(300);
  await shop.page.goto('about:blank');
  shop.proxy.fault = () => ({ after: 50 });
  const tabs = await Promise.all(Array.from({ length: 10 }, () => shop.context.newPage()));
  await Promise.all(
    tabs.map(async (tab, index) => {
      await tab.goto(`http://www.example.test:${shop.port}/`);
      await afterLoad(tab, recordNumbered(50, 100 + index * 50));
    }),
  );
  await shop.stores(numbered(600));
});

test.runIf(LONG)('a tab that crashes leaves its hits to the next page', async () => {
  const shop = await openShop();
  const head = snippets.loader(shop.collector);
  await shop.open(head);
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 'nothing';
  await shop.page.evaluate(recordNumbered(10));
  // localStorage is in another process of the browser, which gets the copy a moment later.
  const witness = await shop.context.newPage();
  await witness.goto(`http://www.example.test:${shop.port}/empty`);
  await witness.waitForFunction(`Object.keys(localStorage).filter((name) => name.startsWith('km_uq')).length == 10`);
  await witness.close();
  await shop.page.waitForTimeout(300);
  const protocol = await shop.context.newCDPSession(shop.page);
  // A crashed page does not answer.
  protocol.send('Page.crash').catch(() => {});
  await shop.page.waitForEvent('crash');
  shop.proxy.fault = () => undefined;
  const next = await shop.context.newPage();
  await next.goto(`http://www.example.test:${shop.port}/`);
  // The requests of the crashed tab may still be answered for twenty seconds; the next page looks again after that.
  await shop.stores(numbered(10));
});

test('the hits of a page that is frozen arrive when it continues', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  const protocol = await shop.context.newCDPSession(shop.page);
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(10));
  await protocol.send('Page.setWebLifecycleState', { state: 'frozen' });
  shop.proxy.fault = () => undefined;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await protocol.send('Page.setWebLifecycleState', { state: 'active' });
  await shop.stores(numbered(10));
});

describe('if hits cannot be stored', () => {
  test.each([
    [
      'storage that is full',
      `try { for (let n = 0; ; n++) localStorage['full' + n] = 'x'.repeat(100000) } catch {}
      try { for (let n = 0; ; n++) localStorage['fuller' + n] = 'x' } catch {}`,
    ],
    ['storage that throws', `Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })`],
    [
      'storage that refuses every write',
      `Storage.prototype.setItem = () => { throw new Error('no'); };
      Object.defineProperty(window, 'localStorage', { value: new Proxy({}, { set() { throw new Error('no'); } }) })`,
    ],
    ['cookies that are refused', `Object.defineProperty(document, 'cookie', { get: () => '', set() {} })`],
    ['a site that stores nothing', `KM_COOKIELESS = 1`],
  ])('%s: they wait in memory', async (_, code) => {
    const shop = await openShop();
    await shop.open(`<script>${code}</script>` + snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = () => 503;
    await shop.page.evaluate(recordNumbered(20));
    await shop.page.waitForTimeout(500);
    shop.proxy.fault = () => undefined;
    await shop.page.evaluate(recordNumbered(5, 20));
    await shop.stores(numbered(25));
    expect(shop.errors).toEqual([]);
  });
});

test('values of other scripts in localStorage stay as they are', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, `localStorage.theirs = 'x'; localStorage.kmx = 'y'; ${recordNumbered(5)}`);
  await shop.stores(numbered(5));
  await expect.poll(() => shop.page.evaluate('({ ...localStorage })')).toEqual({ theirs: 'x', kmx: 'y' });
});

test.each([
  ['a day ahead', 86_400_000],
  ['a year back', -31_536_000_000],
])('each hit arrives once although the clock jumps %s', async (_, jump) => {
  const shop = await openShop();
  await shop.open(
    script(`{ const now = Date.now; jump = 0; Date.now = () => now() + jump; }`) + snippets.loader(shop.collector),
  );
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(10));
  await shop.page.waitForTimeout(200);
  await shop.page.evaluate(`jump = ${jump}; ${recordNumbered(10, 10)}`);
  await shop.page.waitForTimeout(500);
  shop.proxy.fault = () => undefined;
  await shop.stores(numbered(20));
});

test('if consent is withdrawn, waiting hits are removed', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(10));
  await shop.page.waitForTimeout(500);
  await shop.page.evaluate(`KM.optOut()`);
  expect(await shop.page.evaluate('Object.keys(localStorage)')).toEqual([]);
  shop.proxy.fault = () => undefined;
  await shop.page.reload();
  await afterLoad(shop.page, `KM.optIn(); KM.record('agreed')`);
  await shop.stores(['agreed']);
});
