import { expect, test } from 'vitest';
import { afterLoad, openSite, script, snippets, useBrowser } from '../support/browser.js';
import { eachNth } from '../support/long.js';

useBrowser();

/** How old libraries, polyfills and mistakes change a page's globals. */
const PAGES: Record<string, string> = {
  'Prototype.js, whose entries() is an array': 'Array.prototype.entries = function () { return [].slice.call(this); };',
  'arrays without entries()': 'delete Array.prototype.entries;',
  'no Promise': 'Promise = undefined;',
  'a Promise that never calls back':
    'Promise = function () { this.then = this.catch = function () { return this; }; };',
  'its own Number': 'Number = function () { return NaN; };',
  'a function of several lines on every object':
    'Object.prototype.each = function () {\n  return 1;\n}; Object.prototype.text = "a;\\n b";',
  'attributes of cookies on every object': 'Object.prototype.domain = "other.test"; Object.prototype.HttpOnly = true;',
  'value on every object': 'Object.prototype.value = 1;',
  'a clock that shows 1970': 'Date.now = function () { return 1e6; };',
  'a clock without a time': 'Date.now = function () { return NaN; };',
  'its own performance': 'performance = {};',
  'classes and constants with names of the browser’s own':
    'class Map {} class Set {} class Image {} const URL = "https://api.test", history = [], crypto = {};',
  'other members on every object': 'Object.prototype.extend = function () {}; Array.prototype.remove = function () {};',
};

test.each(eachNth(Object.entries(PAGES), 2))('hits of a page with %s arrive', async (_, code) => {
  const site = await openSite();
  const pushes = `_kmq.push(['record', 'A']); _kmq.push(['identify', 'ada']); _kmq.push(['record', 'B']);`;
  await site.open(`<script>${code}</script>${snippets.loader(site.collector)}${script(pushes)}`);
  const hits = await site.stored(3);
  expect(hits.map(({ _n, _p2 }) => _n ?? _p2).sort()).toEqual(['A', 'B', expect.any(String)]);
  expect(site.errors).toEqual([]);
  expect(await site.cookies()).toHaveProperty('km_ni', 'ada');
});

test('a <select> named _kmq is no queue: what is pushed before the tracker has loaded arrives', async () => {
  const site = await openSite();
  const push = script(`_kmq.push(['record', 'A']);`);
  await site.open(`<select id=_kmq></select>${snippets.loader(site.collector)}${push}`);
  expect(await site.stored(1)).toMatchObject([{ _n: 'A' }]);
  expect(site.errors).toEqual([]);
});

/** All names that a page can use, and elements with these names, as a visitor's comment may add them. */
const NAMES = [
  ...['KM', 'KM_KEY', '_kmk', 'KM_COLLECTOR', 'KM_SITE', 'KM_PLAIN', 'KM_REFERRER', 'KMDNTH', 'KM_DNT'],
  ...['KM_COOKIE_DOMAIN', 'KM_SKIP_URL', 'KM_SKIP_PAGE_VIEW', 'KM_SKIP_VISITED_SITE', 'KM_SKIP_REFERRER'],
  ...['KM_CONSENT', 'KM_COOKIELESS', 'KM_DOMAINS', 'KM_LIBRARY', 'KM_GPC', 'KM_CLEAN_URL', '_kmq'],
];
const ELEMENTS: Record<string, (name: string) => string> = {
  links: (name) => `<a id="${name}" href="https://other.test/"></a>`,
  'pairs of links': (name) => `<a id="${name}"></a><a id="${name}"></a>`,
  'forms with fields of every name': (name) =>
    `<form id="${name}">${[...NAMES, 'record'].map((field) => `<input name="${field}">`).join('')}</form>`,
  frames: (name) => `<iframe name="${name}" src="about:blank"></iframe>`,
  'frames of another site': (name) => `<iframe name="${name}" src="http://other.test:9/"></iframe>`,
  objects: (name) => `<object id="${name}"></object>`,
};

test.each(eachNth(Object.entries(ELEMENTS), 3))('%s with the names of settings have no effect', async (_, element) => {
  const site = await openSite({ automatic: true });
  const body = NAMES.map(element).join('') + snippets.bare(site.collector);
  await site.open('', { path: '/?kme=Opened', body });
  await afterLoad(site.page, `KM.record('x')`);
  const hits = await site.stored(3);
  expect(hits.map(({ _n }) => _n).sort()).toEqual(['Opened', 'Visited Site', 'x']);
  expect(hits.find(({ _n }) => _n === 'Visited Site')).toMatchObject({ Referrer: 'Direct' });
  expect(new Set(hits.map(({ _i }) => typeof _i))).toEqual(new Set(['string']));
  expect(Object.keys(await site.cookies()).sort()).toEqual(['km_ai', 'km_lv', 'km_vs']);
  expect(site.errors).toEqual([]);
});

test('getters that throw in place of settings stop nothing', async () => {
  const site = await openSite();
  const names = NAMES.filter(
    (name) => !['KM', '_kmq', '_kmk', 'KM_COLLECTOR', 'KM_CONSENT', 'KM_PLAIN'].includes(name),
  );
  await site.open(
    `<script>${JSON.stringify(names)}.forEach(function (name) {
      Object.defineProperty(window, name, { get: function () { throw Error(name) }, set: function () {} });
    })</script>` + snippets.bare(site.collector),
  );
  await afterLoad(site.page, `KM.record('x')`);
  await expect.poll(async () => (await site.collector.export()).map(({ _n }) => _n)).toContain('x');
  expect(site.errors).toEqual([]);
});

test('settings of a wrong type count as not set', async () => {
  const site = await openSite();
  await site.open(
    script(`KM_DOMAINS = 'a.test'; KM_LIBRARY = { length: 1 }; KM_COOKIE_DOMAIN = 7; KM_REFERRER = {}; _kmk = ['x'];
      KM_COLLECTOR = document; KM_SITE = 'text'; KM_KEY = 7;`) + snippets.bare(site.collector),
  );
  await afterLoad(site.page, `KM.pageView()`);
  expect(await site.stored(1)).toMatchObject([{ _n: 'Page View', Referrer: 'Direct' }]);
  expect([site.errors, site.console]).toEqual([[], []]);
});
