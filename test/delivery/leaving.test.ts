import { describe, test } from 'vitest';
import { script, snippets, useBrowser } from '../support/browser.js';
import { eachNth } from '../support/long.js';
import { numbered, openShop } from '../support/shop.js';

useBrowser();

/** Pushes so many numbered hits, beginning with the number in the page's address. */
const PUSH = `function pushes(count) {
  const first = count * Number(new URLSearchParams(location.search).get('n') || 0);
  for (let n = first; n < first + count; n++) _kmq.push(['record', 'hit ' + n]);
}`;

const collectors = eachNth(
  [
    ['a collector that answers after 150 ms', { after: 150 }],
    ['a collector that answers at once', undefined],
  ] as const,
  2,
);

describe.each(collectors)('all hits arrive at %s', (_, fault) => {
  test('from a click that navigates at once', async () => {
    const shop = await openShop();
    shop.proxy.fault = () => fault;
    const next = `document.querySelector('a').href = '?n=' + (1 + Number(new URLSearchParams(location.search).get('n') || 0))`;
    await shop.open(snippets.loader(shop.collector) + script(PUSH), {
      body: `<a href="#" onclick="pushes(3)">Next</a><script>${next}</script>`,
    });
    for (let n = 1; n <= 20; n++) {
      await shop.page.click('a');
      await shop.page.waitForURL(`**/?n=${n}`);
    }
    await shop.stores(numbered(60));
  });

  test('from a form that is submitted', async () => {
    const shop = await openShop();
    shop.proxy.fault = () => fault;
    const head = snippets.loader(shop.collector) + script(`${PUSH} _kmq.push(['trackSubmit', '#f', 'submitted']);`);
    await shop.open(head, {
      body: '<form id="f" onsubmit="pushes(2)"><input name="n" value="1"><button>Go</button></form>',
    });
    await shop.page.waitForFunction('window.KM');
    await shop.page.click('button');
    await shop.page.waitForURL('**/?n=1');
    await shop.stores([...numbered(2), 'submitted']);
  });

  test('from a window that closes itself, and from a tab that is closed', async () => {
    const shop = await openShop();
    shop.proxy.fault = () => fault;
    await shop.open(snippets.loader(shop.collector) + script(PUSH));
    for (let n = 0; n < 6; n++) {
      const [tab] = await Promise.all([shop.context.waitForEvent('page'), shop.page.evaluate(`void open('/?n=${n}')`)]);
      await tab.waitForFunction('window.KM && KM.record');
      if (n % 2) {
        await tab.evaluate('pushes(5)');
        await tab.close({ runBeforeUnload: true });
      } else {
        await tab.evaluate('setTimeout(() => { pushes(5); close(); }), 0');
      }
    }
    await shop.stores(numbered(30));
  });

  test('from a page that is loaded 25 times, one after the other', async () => {
    const shop = await openShop();
    shop.proxy.fault = () => fault;
    const head = snippets.loader(shop.collector) + script(`${PUSH} pushes(4); _kmq.push(() => again());`);
    const again = script(`function again() {
      const n = 1 + Number(new URLSearchParams(location.search).get('n') || 0);
      if (n < 25) location.search = '?n=' + n;
    }`);
    await shop.open(again + head);
    await shop.page.waitForURL('**/?n=24');
    await shop.stores(numbered(100));
  });
});

test('a page that is kept in the back-forward cache continues where it was', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector), { path: '/second' });
  await shop.open(snippets.loader(shop.collector), { path: '/first' });
  await shop.page.waitForFunction('window.KM');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(
    `KM.record('hit 0'); setTimeout(() => { KM.record('hit 1'); location.href = '/second'; }, 100)`,
  );
  await shop.page.waitForURL('**/second');
  shop.proxy.fault = () => undefined;
  await shop.page.evaluate('setTimeout(() => history.back())');
  await shop.page.waitForURL('**/first');
  await shop.page.evaluate(`KM.record('hit 2')`);
  await shop.stores(numbered(3));
});
