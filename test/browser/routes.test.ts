import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { inOrderOfPush, openSite, script, snippets, useBrowser, type Site } from '../support/browser.js';
import { KEY, startCollector } from '../support/collector.js';
import { eachNth } from '../support/long.js';

useBrowser();

/** Pages of a router of the Navigation API, which shows every address that begins with `/in` without a load. */
const ROUTER = `
  navigation.addEventListener('navigate', (event) => {
    const { pathname } = new URL(event.destination.url);
    if (!event.canIntercept || event.formData || !/^\\/in/.test(pathname)) return;
    event.intercept({ handler: async () => { await handlers[pathname]?.(); } });
  });
  handlers = {};`;

type Settings = Parameters<typeof parseConfig>[0];

/** A site of which only page views are tracked. */
async function openRoutes(head: string, { settings = {}, path = '/in' }: { settings?: object; path?: string } = {}) {
  const off = { visitedSite: false, referrer: false, searchEngine: false, returning: false };
  const sites: Settings = { [KEY]: { automatic: { ...off, pageView: true, ...settings }, counting: 'hit-id' } };
  const collector = await startCollector({ config: parseConfig({ sites }) });
  const site = await openSite({ automatic: true, collector });
  await site.open(script(head) + snippets.bare(collector), { path, body: '<a href="/in/link">Link</a>' });
  await site.page.waitForFunction('window.KM && KM.record');
  return site;
}

/** Runs code, and returns when the address is as expected and the task that changed it has ended. */
async function step({ page }: Site, code: string, then: string): Promise<void> {
  const settled = 'const settled = ({ committed, finished }) => Promise.allSettled([committed, finished]);';
  await page.evaluate(`(async () => { ${settled} ${code} })()`);
  await page.waitForFunction((address) => location.pathname + location.search + location.hash === address, then);
  await page.evaluate('new Promise((resolve) => setTimeout(() => setTimeout(resolve)))');
}

/** Address and referrer of each page view, without the host of the site. */
async function expectViews(site: Site, expected: [url: string, referrer: string][]): Promise<void> {
  const plain = (address: unknown) => String(address).replace(`http://www.example.test:${site.port}`, '');
  const hits = inOrderOfPush(await site.stored(expected.length));
  expect(hits.map((hit) => [plain(hit['Viewed URL']), plain(hit.Referrer)])).toEqual(expected);
  expect(site.errors).toEqual([]);
}

describe('routers of the Navigation API', () => {
  test('a link, navigate(), pushState, back, forward and a redirect are one page view each, with the previous page as referrer', async () => {
    const site = await openRoutes(ROUTER);
    await step(site, `document.querySelector('a').click()`, '/in/link');
    await step(site, `navigation.navigate('/in/navigated')`, '/in/navigated');
    await step(site, `history.pushState(0, '', '/in/pushed')`, '/in/pushed');
    await step(site, 'history.back()', '/in/navigated');
    await step(site, 'navigation.forward()', '/in/pushed');
    // A navigation to the same page is not another page.
    await step(site, 'await navigation.reload().finished', '/in/pushed');
    await step(site, `navigation.navigate('/in/pushed')`, '/in/pushed');
    await step(site, `navigation.updateCurrentEntry({ state: 1 })`, '/in/pushed');
    await step(site, `location.href = '/in/assigned'`, '/in/assigned');
    await expectViews(site, [
      ['/in', 'Direct'],
      ['/in/link', '/in'],
      ['/in/navigated', '/in/link'],
      ['/in/pushed', '/in/navigated'],
      ['/in/navigated', '/in/pushed'],
      ['/in/pushed', '/in/navigated'],
      ['/in/assigned', '/in/pushed'],
    ]);
  });

  test('a redirect at once is one page view, one that had to wait is two, and a navigation that never finished is none', async () => {
    const site = await openRoutes(ROUTER);
    await step(
      site,
      `handlers['/in/private'] = () => settled(navigation.navigate('/in/login', { history: 'replace' }));
       await settled(navigation.navigate('/in/private'));`,
      '/in/login',
    );
    await step(
      site,
      `handlers['/in/slow'] = async () => {
         await new Promise((resolve) => setTimeout(resolve, 50));
         await settled(navigation.navigate('/in/later', { history: 'replace' }));
       };
       await settled(navigation.navigate('/in/slow'));`,
      '/in/later',
    );
    // It was refused before it began: the address has not changed.
    await step(
      site,
      `navigation.addEventListener('navigate', (event) => event.preventDefault(), { once: true });
       await settled(navigation.navigate('/in/refused'));`,
      '/in/later',
    );
    // The page cannot be shown: the address has changed, and the visitor sees an error.
    await step(
      site,
      `handlers['/in/broken'] = () => Promise.reject(Error('broken'));
       await settled(navigation.navigate('/in/broken'));`,
      '/in/broken',
    );
    await expectViews(site, [
      ['/in', 'Direct'],
      ['/in/login', '/in'],
      ['/in/slow', '/in/login'],
      ['/in/later', '/in/slow'],
      ['/in/broken', '/in/later'],
    ]);
  });

  test('if a router changes the navigation before it commits, the page view has the final address', async () => {
    const site = await openRoutes(`
      navigation.addEventListener('navigate', (event) => event.intercept({
        async precommitHandler(controller) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          if (event.destination.url.endsWith('/no')) throw Error('no');
          if (event.destination.url.endsWith('/old')) controller.redirect('/new');
        },
      }));`);
    await step(site, `await navigation.navigate('/old').finished`, '/new');
    await step(site, `await settled(navigation.navigate('/no'))`, '/new');
    await step(site, `await navigation.navigate('/last').finished`, '/last');
    await expectViews(site, [
      ['/in', 'Direct'],
      ['/new', '/in'],
      ['/last', '/new'],
    ]);
  });

  test('navigations in a frame do not count', async () => {
    const site = await openRoutes(ROUTER);
    await step(
      site,
      `const frame = document.body.appendChild(document.createElement('iframe'));
       frame.src = '/frame';
       await new Promise((resolve) => (frame.onload = resolve));
       frame.contentWindow.history.pushState(0, '', '/elsewhere');
       frame.contentWindow.history.back();`,
      '/in',
    );
    await step(site, `history.pushState(0, '', '/in/after')`, '/in/after');
    await expectViews(site, [
      ['/in', 'Direct'],
      ['/in/after', '/in'],
    ]);
  });

  test('the methods of history stay native functions for scripts that check them', async () => {
    const site = await openRoutes('');
    expect(await site.page.evaluate('Object.keys(history) + history.pushState')).toBe(
      'function pushState() { [native code] }',
    );
  });
});

/** Values that may be in place of the Navigation API: then the tracker listens to `history`. */
const WITHOUT: [name: string, head: string][] = [
  ['an engine without the Navigation API', 'delete window.navigation;'],
  ['a page with a variable of that name', `window.navigation = ['Home', 'Cart'];`],
  ['a page with an element of that name', `delete window.navigation; document.write('<nav id=navigation>');`],
  ['a page that has deleted its members', 'window.navigation = null;'],
];

describe.each([['the Navigation API', ''], ...eachNth(WITHOUT, 4)])('%s', (_, head) => {
  test('nine letters typed into a search field are not page views', async () => {
    const site = await openRoutes(head, { path: '/search' });
    for (const end of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const typed = 'green tea'.slice(0, end).replace(' ', '+');
      await step(site, `history.replaceState(0, '', '?q=${typed}')`, `/search?q=${typed}`);
    }
    await step(site, `history.pushState(0, '', '/item')`, '/item');
    await expectViews(site, [
      ['/search', 'Direct'],
      ['/item', '/search?q=green+tea'],
    ]);
  });

  test('letters typed into a search whose route is a fragment are not page views', async () => {
    const site = await openRoutes(head, { path: '/#/search' });
    await step(site, `history.replaceState(0, '', '#/search?q=t')`, '/#/search?q=t');
    await step(site, `history.replaceState(0, '', '/?a=1#/search?q=te')`, '/?a=1#/search?q=te');
    await step(site, `location.hash = '#/item?id=1'`, '/?a=1#/item?id=1');
    await step(site, `location.hash = '#/item?id=2'`, '/?a=1#/item?id=2');
    await expectViews(site, [
      ['/#/search', 'Direct'],
      ['/?a=1#/item?id=1', '/?a=1#/search?q=te'],
      ['/?a=1#/item?id=2', '/?a=1#/item?id=1'],
    ]);
  });

  test('a new entry of the history is a page view, whatever it changes, and whatever else happens in the same task', async () => {
    const site = await openRoutes(head, { path: '/list' });
    await step(site, `history.pushState(0, '', '?page=2')`, '/list?page=2');
    await step(site, `history.replaceState(0, '', '?q'); history.pushState(0, '', '?page=3')`, '/list?page=3');
    await step(site, `history.pushState(0, '', '?p=4'); history.replaceState(0, '', '?page=4')`, '/list?page=4');
    await step(site, 'history.back()', '/list?page=3');
    await step(site, `history.pushState(0, '', '/list#place')`, '/list#place');
    await step(site, `history.pushState(0, '', '/list#other'); `, '/list#other');
    await step(site, `history.replaceState(0, '', '/login')`, '/login');
    await step(site, `history.replaceState(0, '', '/login?next=1')`, '/login?next=1');
    await expectViews(site, [
      ['/list', 'Direct'],
      ['/list?page=2', '/list'],
      ['/list?page=3', '/list?page=2'],
      ['/list?page=4', '/list?page=3'],
      ['/list?page=3', '/list?page=4'],
      ['/list#place', '/list?page=3'],
      ['/login', '/list#place'],
    ]);
  });

  test.each([
    ['KM_ROUTE_QUERY', {}],
    ['', { routeQuery: true }],
  ])('each typed letter is a page view if the site wants it (global %s, settings %j)', async (global, settings) => {
    const site = await openRoutes(`${head};${global && `${global} = 1`}`, { path: '/search', settings });
    await step(site, `history.replaceState(0, '', '?q=a')`, '/search?q=a');
    await step(site, `history.replaceState(0, '', '?q=a#place')`, '/search?q=a#place');
    await step(site, `history.replaceState(0, '', '?q=ab')`, '/search?q=ab');
    await expectViews(site, [
      ['/search', 'Direct'],
      ['/search?q=a', '/search'],
      ['/search?q=ab', '/search?q=a'],
    ]);
  });

  test('if KM.u has the same address for all routes of a page, each route is still a page view', async () => {
    const site = await openRoutes(`${head};_kmq.push(function () { KM.u = function () { return '/canonical'; }; })`);
    await step(site, `history.pushState(0, '', '/in/secret')`, '/in/secret');
    await step(site, 'history.back()', '/in');
    await expectViews(site, [
      ['/canonical', 'Direct'],
      ['/canonical', '/canonical'],
      ['/canonical', '/canonical'],
    ]);
  });

  test.each([
    ['frozen', 'Object.freeze(history)'],
    ['of a frozen kind', `Object.freeze(History.prototype)`],
    ['without a pushState', 'history.pushState = null'],
  ])('a history that is %s causes no error, and other tracking continues', async (_, code) => {
    const site = await openRoutes(`${head};${code}`);
    await step(site, `location.hash = '#/route'`, '/in#/route');
    await expectViews(site, [
      ['/in', 'Direct'],
      ['/in#/route', '/in'],
    ]);
  });
});
