import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fillLoader } from '../../src/loader/fill.js';
import { afterLoad, openSite, snippets, useBrowser, type Site } from '../support/browser.js';
import { KEY } from '../support/collector.js';

useBrowser();

const PUSHES = `_kmq.push(['record', 'below']); _kmq.push('identify', 'ada'); window.ran = true;`;

/** The loader and the first commands of the page in one script, as owners paste them. */
const together = (site: Site) =>
  `<script>${fillLoader(readFileSync('dist/loader.js', 'utf8'), site.collector.origin, KEY)}\n${PUSHES}</script>`;

const TRUSTED_TYPES = `<meta http-equiv="Content-Security-Policy" content="require-trusted-types-for 'script'">`;

/** What prevents the loader from adding its script to the page. */
const REFUSALS: Record<string, string> = {
  'Trusted Types': TRUSTED_TYPES,
  'no head': '<script>document.head.remove()</script>',
  'an appendChild that throws': `<script>Node.prototype.appendChild = function () { throw new Error('no'); }</script>`,
  'a createElement that returns nothing': '<script>document.createElement = function () {}</script>',
  'a createElement that throws': `<script>document.createElement = function () { throw new Error('no'); }</script>`,
};

describe.each(Object.entries(REFUSALS))('with %s', (_, head) => {
  test('the script with the loader runs to its end, and commands wait', async () => {
    const site = await openSite();
    await site.open(head, { body: together(site) });
    expect(await site.page.evaluate('window.ran')).toBe(true);
    expect(await site.page.evaluate('[].slice.call(_kmq)')).toEqual([['record', 'below'], 'identify', 'ada']);
    expect(site.errors).toEqual([]);
  });

  test('the commands run once the tracker is loaded in another way, by a tag of the page', async () => {
    const site = await openSite();
    await site.open(head, { body: together(site) + snippets.bare(site.collector) });
    await afterLoad(site.page, `_kmq.push(['record', 'after'])`);
    const hits = await site.stored(3);
    expect(hits.map(({ _n, _p2 }) => _n ?? (_p2 && 'alias'))).toEqual(['below', 'alias', 'after']);
    expect(site.errors).toEqual([]);
  });
});

test('under Trusted Types the tracker works as a script tag, after a queue that is declared as an array', async () => {
  const site = await openSite();
  const push = `<script>var _kmq = _kmq || []; _kmq.push(['record', 'early']);</script>`;
  await site.open(TRUSTED_TYPES + push + snippets.bare(site.collector));
  await afterLoad(site.page, `_kmq.push(['record', 'late'])`);
  await site.stored(2);
  expect(site.errors).toEqual([]);
});

test.each([
  ['frozen', 'Object.freeze([])', true],
  ['sealed', 'Object.seal([])', true],
  ['not to be replaced', '[]', false],
])('if _kmq is %s, the loader does not stop the page', async (_, value, writable) => {
  const site = await openSite();
  await site.page.route('**/site.js', (route) => route.abort());
  const property = `Object.defineProperty(window, '_kmq', { value: ${value}, writable: ${writable} });`;
  await site.open(`<script>${property}</script>` + snippets.loader(site.collector));
  expect(site.errors).toEqual([]);
});
