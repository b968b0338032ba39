import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { afterLoad, openSite, script, snippets, useBrowser, type Site } from '../support/browser.js';

useBrowser();

const TRACKER = readFileSync('dist/kmq.js', 'utf8');

/** Copies of the tracker that cannot know their own address. */
const COPIES: Record<string, (site: Site) => string> = {
  'a module': () => '<script type="module" src="/copy/kmq.js"></script>',
  'an evaluated text': () =>
    `<script>fetch('/copy/kmq.js').then((r) => r.text()).then((text) => (0, eval)(text));</script>`,
  'a text in the page': () => `<script>${TRACKER}</script>`,
};

const serve = (site: Site) =>
  site.page.route('**/copy/**', (route) => route.fulfill({ contentType: 'text/javascript', body: TRACKER }));

describe.each(Object.entries(COPIES))('%s', (_, copy) => {
  test.each([
    ['globals of the page', (origin: string) => `_kmk = 'site'; KM_COLLECTOR = '${origin}/';`],
    [
      'the settings that the collector has put before it',
      (origin: string) => `KM_SITE = { KM_KEY: 'site', KM_COLLECTOR: '${origin}' };`,
    ],
  ])('works with %s', async (_, settings) => {
    const site = await openSite();
    await serve(site);
    await site.open(script(settings(site.collector.origin) + `_kmq.push(['record', 'early'])`) + copy(site));
    await afterLoad(site.page, `_kmq.push(['record', 'late'])`);
    await site.stored(2);
    expect([site.console, site.errors]).toEqual([[], []]);
  });

  test('says once what is missing, and calls callbacks', async () => {
    for (const [given, missing] of [
      ['', ['_kmk', 'KM_COLLECTOR']],
      [`_kmk = 'site';`, ['KM_COLLECTOR']],
    ] as const) {
      const site = await openSite();
      await serve(site);
      await site.open(
        script(given + `_kmq.push(['record', 'a', function () { called = true; }], ['record', 'b'])`) + copy(site),
      );
      await site.page.waitForFunction('window.called');
      await site.page.evaluate(`KM.record('c')`);
      expect(site.console).toEqual(missing.map((name) => `kmq: nothing is sent without ${name}`));
      expect([site.hits, site.errors]).toEqual([[], []]);
    }
  });
});

test('the page overrides what the collector has put before the tracker, and both override the address of the script', async () => {
  const site = await openSite();
  await serve(site);
  await site.open(
    script(`_kmk = 'mine'; KM_SITE = { KM_KEY: 'site', KM_COLLECTOR: '${site.collector.origin}' };`) +
      '<script async src="/copy/cache.js"></script>',
  );
  await afterLoad(site.page, `_kmq.push(['record', 'x'])`);
  await expect.poll(() => site.collector.export('mine')).toHaveLength(1);
});

test('the address of the script alone is still enough', async () => {
  const site = await openSite();
  await site.open(snippets.bare(site.collector));
  await afterLoad(site.page, `_kmq.push(['record', 'x'])`);
  await site.stored(1);
});
