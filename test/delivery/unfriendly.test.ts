import { describe, expect, test } from 'vitest';
import { chromium } from 'playwright-core';
import { afterLoad, chromiumOptions, script, snippets, useBrowser } from '../support/browser.js';
import { copiesIn, numbered, openShop, recordNumbered } from '../support/shop.js';
import { eachNth } from '../support/long.js';

useBrowser();

describe('a page that clears its storage', () => {
  test.each(['localStorage.clear()', 'for (const name of Object.keys(localStorage)) localStorage.removeItem(name)'])(
    '%s, and stays open: its hits arrive',
    async (empty) => {
      const shop = await openShop({ leaps: true });
      await shop.open(snippets.loader(shop.collector));
      await afterLoad(shop.page, '');
      shop.proxy.fault = () => 503;
      await shop.page.evaluate(recordNumbered(10));
      await expect.poll(() => copiesIn(shop)).toBe(10);
      await shop.page.evaluate(empty);
      shop.proxy.fault = () => undefined;
      await shop.stores(numbered(10));
    },
  );

  test('again and again during an outage: the next page sends all hits', async () => {
    const shop = await openShop();
    await shop.open(snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = () => 503;
    await shop.page.evaluate(`${recordNumbered(5)}; localStorage.clear()`);
    await shop.page.waitForTimeout(1500);
    await shop.page.evaluate(`${recordNumbered(5, 5)}; localStorage.clear(); location.href = '/logout'`);
    await shop.page.waitForURL('**/logout');
    expect(await copiesIn(shop)).toBe(10);
    shop.proxy.fault = () => undefined;
    await shop.open(snippets.loader(shop.collector), { path: '/next' });
    await shop.stores(numbered(10));
  });
});

test('hits that were pushed before the first paint, and whose page is left, arrive', async () => {
  const shop = await openShop({ leaps: true });
  shop.proxy.fault = () => 503;
  const leave = `_kmq.push(() => { ${recordNumbered(12)}; location.href = '/gone'; })`;
  await shop.open(script(leave) + snippets.loader(shop.collector));
  await shop.page.waitForURL('**/gone');
  expect(await copiesIn(shop)).toBe(12);
  shop.proxy.fault = () => undefined;
  await shop.open(snippets.loader(shop.collector), { path: '/next' });
  await shop.stores(numbered(12));
});

test('a frame that is never painted sends the hits of earlier pages', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector), { path: '/frame' });
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(5));
  await shop.page.goto('about:blank');
  shop.proxy.fault = () => undefined;
  await shop.open('', { body: '<iframe src="/frame" style="display: none"></iframe>' });
  await shop.stores(numbered(5));
});

test('a hit that another tab sends from storage does not count twice with another implementation', async () => {
  const shop = await openShop();
  const head = script('KM_PLAIN = 1') + snippets.loader(shop.collector);
  await shop.open(head);
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(3));
  await expect.poll(() => shop.proxy.requests.length).toBe(3);
  await expect.poll(() => copiesIn(shop)).toBe(3);
  shop.proxy.fault = () => undefined;
  const other = await shop.context.newPage();
  await other.goto(`http://www.example.test:${shop.port}/`);
  await shop.stores(numbered(3));
  await shop.page.waitForTimeout(3000);
  const sent = shop.proxy.requests.slice(3).map(({ path }) => new URL(path, 'http://x').searchParams.get('_n'));
  expect(new Set(sent).size).toBe(sent.length);
});

describe('a clock', () => {
  test.each(
    eachNth(
      [
        ['in 1970', 1000 * 3600],
        ['before September 2001', Date.UTC(2001, 0, 1)],
        ['after 2286', Date.UTC(2300, 0, 1)],
        ['that has no valid time', NaN],
      ],
      2,
    ),
  )('%s that is right on the next page: each hit arrives once', async (_, start) => {
    const shop = await openShop();
    const clock = script(
      `{ const began = performance.now(); Date.now = () => ${start} + Math.round(performance.now() - began); }`,
    );
    await shop.open(clock + snippets.loader(shop.collector));
    await afterLoad(shop.page, recordNumbered(10));
    await shop.stores(numbered(10));
    shop.proxy.fault = () => 'nothing';
    await shop.page.evaluate(`${recordNumbered(10, 10)}; location.href = '/gone'`);
    await shop.page.waitForURL('**/gone');
    expect(await copiesIn(shop)).toBe(10);
    shop.proxy.fault = () => undefined;
    await shop.open(snippets.loader(shop.collector), { path: '/next' });
    await shop.stores(numbered(20));
    await expect.poll(() => copiesIn(shop)).toBe(0);
  });

  test('in the entries of earlier versions: their hits are sent', async () => {
    const shop = await openShop();
    await shop.open('', { path: '/empty' });
    const left = (n: number, until: string) =>
      `localStorage['km_uq176000000000000${n}abcdefghij'] = '${until}/e?_k=site&_p=bob&_t=1760000000&_n=hit%20${n}&_i=176000000000000${n}abcdefghij'`;
    await shop.page.evaluate(
      [left(0, '1000000000000'), left(1, '1760000000000'), left(2, '9999999999999'), left(3, '999999999999')].join(),
    );
    await shop.page.evaluate(`localStorage.km_uq = 'theirs'; localStorage.km_uqx = '{}'`);
    await shop.open(snippets.loader(shop.collector));
    await shop.stores(numbered(4));
    await expect.poll(() => copiesIn(shop)).toBe(2);
  });
});

describe('a browser without', () => {
  const BEACONS = {
    'sendBeacon at all': 'navigator.sendBeacon = undefined',
    'space for beacons': 'navigator.sendBeacon = () => false',
    'a sendBeacon that works': `navigator.sendBeacon = () => { throw new Error('no beacon'); }`,
  };
  test.each(Object.entries(BEACONS))('%s: no hit is lost, and no error is visible', async (_, code) => {
    const shop = await openShop();
    await shop.open(script(code) + snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = () => 503;
    await shop.page.evaluate(recordNumbered(10));
    await expect.poll(() => shop.proxy.requests.length).toBeGreaterThan(5);
    await shop.page.evaluate(
      `Object.defineProperty(document, 'hidden', { value: true, configurable: true }); document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`,
    );
    shop.proxy.fault = () => undefined;
    await shop.page.goto('about:blank');
    await shop.open(snippets.loader(shop.collector), { path: '/next' });
    await shop.stores(numbered(10));
    expect(shop.errors).toEqual([]);
  });

  test.each(
    eachNth(
      [
        ['fetch', 'window.fetch = undefined'],
        ['a fetch that works', `window.fetch = () => { throw new Error('no fetch'); }`],
        ['a fetch that answers', 'window.fetch = () => {}'],
        ['a fetch that answers with a response', 'window.fetch = async () => ({ ok: true, status: 200 })'],
        ['AbortSignal.timeout', 'AbortSignal.timeout = undefined'],
        ['AbortController', 'AbortController = undefined'],
        ['locks', `Object.defineProperty(navigator, 'locks', { value: undefined })`],
        ['locks that work', `navigator.locks.request = () => { throw new Error('no lock'); }`],
        ['requestAnimationFrame', 'window.requestAnimationFrame = undefined'],
        ['localStorage (it is null)', `Object.defineProperty(window, 'localStorage', { value: null })`],
      ],
      2,
    ),
  )('%s: every hit arrives, and no error is visible', async (_, code) => {
    const shop = await openShop({ leaps: true });
    await shop.open(script(code) + snippets.loader(shop.collector), { host: 'localhost' });
    await afterLoad(shop.page, recordNumbered(20));
    await shop.stores(numbered(20));
    shop.proxy.fault = () => 503;
    await shop.page.evaluate(recordNumbered(10, 20));
    await expect.poll(() => shop.proxy.requests.length).toBeGreaterThan(10);
    shop.proxy.fault = () => undefined;
    await shop.stores(numbered(30));
    expect(shop.errors).toEqual([]);
  });

  test('localStorage, because of --disable-local-storage: every hit arrives', async () => {
    const options = chromiumOptions();
    const browser = await chromium.launch({ ...options, args: [...options.args, '--disable-local-storage'] });
    try {
      const shop = await openShop({ context: await browser.newContext(), leaps: true });
      await shop.open(snippets.loader(shop.collector));
      await afterLoad(shop.page, '');
      expect(await shop.page.evaluate('localStorage')).toBeNull();
      shop.proxy.fault = () => 503;
      await shop.page.evaluate(recordNumbered(10));
      await expect.poll(() => shop.proxy.requests.length).toBeGreaterThan(5);
      shop.proxy.fault = () => undefined;
      await shop.page.evaluate(recordNumbered(10, 10));
      await shop.stores(numbered(20));
      expect(shop.errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

describe('a page whose images throw', () => {
  test.each([
    ['when they are made', `Image = function () { throw Error('mine'); };`],
    [
      'when they get an address',
      `Object.defineProperty(HTMLImageElement.prototype, 'src', { set() { throw Error('mine'); } });`,
    ],
  ])('%s, and stays open: more hits than connections arrive, and no error is reported', async (_, replace) => {
    const shop = await openShop({ leaps: true });
    await shop.open(script(replace) + snippets.loader(shop.collector));
    await afterLoad(shop.page, recordNumbered(20));
    await shop.stores(numbered(20));
    expect([shop.errors, shop.console]).toEqual([[], []]);
  });
});
