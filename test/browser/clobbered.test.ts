import { expect, test } from 'vitest';
import { openSite, script, snippets, useBrowser } from '../support/browser.js';

useBrowser();

/** What libraries of other days, polyfills and slips leave of a page's globals. */
const PAGES: Record<string, string> = {
  'Prototype.js, whose entries() is an array': 'Array.prototype.entries = function () { return [].slice.call(this); };',
  'arrays without entries()': 'delete Array.prototype.entries;',
  'no Promise': 'Promise = undefined;',
  'a Promise that never calls back':
    'Promise = function () { this.then = this.catch = function () { return this; }; };',
  'a Number of its own': 'Number = function () { return NaN; };',
  'other members on every object': 'Object.prototype.extend = function () {}; Array.prototype.remove = function () {};',
};

test.each(Object.entries(PAGES))('hits of a page with %s arrive', async (_, code) => {
  const site = await openSite();
  const pushes = `_kmq.push(['record', 'A']); _kmq.push(['identify', 'ada']); _kmq.push(['record', 'B']);`;
  await site.open(`<script>${code}</script>${snippets.loader(site.collector)}${script(pushes)}`);
  const hits = await site.stored(3);
  expect(hits.map(({ _n, _p2 }) => _n ?? _p2).sort()).toEqual(['A', 'B', expect.any(String)]);
  expect(site.errors).toEqual([]);
});
