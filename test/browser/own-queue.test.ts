import { describe, expect, test } from 'vitest';
import { afterLoad, inOrderOfPush, openSite, snippets, useBrowser } from '../support/browser.js';
import { eachNth } from '../support/long.js';

useBrowser();

const record = (name: string) => `_kmq.push(['record', '${name}']);`;
const inline = (code: string) => `<script>${code}</script>`;

/** Pages whose scripts have a `_kmq` that is not `window._kmq`, with commands that are pushed before the tracker has loaded. */
const PAGES: Record<string, (loader: string) => string> = {
  'let before the loader': (loader) => inline(`let _kmq = []; ${record('first')}`) + loader + inline(record('second')),
  'const before the loader': (loader) =>
    inline(`const _kmq = [['record', 'first']];`) + loader + inline(record('second')),
  'the loader before let': (loader) =>
    loader +
    inline(`window._kmq = window._kmq || []; ${record('first')}`) +
    inline(`let _kmq = []; ${record('second')}`),
  'let, and the same array as a global': (loader) =>
    inline(`let _kmq = window._kmq = []; ${record('first')}`) + loader + inline(record('second')),
};

test.each(eachNth(Object.entries(PAGES), 2))(
  '%s: commands from before and after the load run once',
  async (_, page) => {
    for (const snippet of [snippets.loader, snippets.bare]) {
      const site = await openSite();
      await site.open(page(snippet(site.collector)));
      await afterLoad(site.page, 'undefined');
      await site.page.addScriptTag({ content: `${record('third')} window._kmq.push(['record', 'fourth']);` });
      const hits = await site.stored(4);
      expect(new Set(hits.map(({ _n }) => _n))).toEqual(new Set(['first', 'second', 'third', 'fourth']));
      expect(site.errors).toEqual([]);
      await site.context.close();
    }
  },
);

test('the identity is known before the automatic events, also with such a queue', async () => {
  const site = await openSite({ automatic: true });
  const code = `let _kmq = []; _kmq.push(['identify', 'ada']); _kmq.push(function () { ${record('inside')} });`;
  await site.open(inline(code) + snippets.loader(site.collector));
  const events = async () => (await site.collector.export()).filter(({ _n }) => _n);
  await expect.poll(events).toHaveLength(2);
  expect(inOrderOfPush(await events()).map(({ _n, _p }) => [_n, _p])).toEqual([
    ['Visited Site', 'ada'],
    ['inside', 'ada'],
  ]);
});

test('commands of a let in a script after the tracker arrive', async () => {
  const site = await openSite();
  const wait = `<script src="/slow.js"></script>`;
  await site.page.route('**/slow.js', async (route) => {
    // Not after a number of frames: a page whose body has not begun need not paint any.
    await site.page.waitForFunction('window.KM && KM.record', undefined, { polling: 50 });
    await route.fulfill({ contentType: 'text/javascript', body: '' });
  });
  await site.open(snippets.loader(site.collector) + wait + inline(`let _kmq = []; ${record('late')}`));
  await site.page.addScriptTag({ content: record('later') });
  await site.stored(2);
  expect(site.errors).toEqual([]);
});

test('a let that never gets a value is a mistake of the page, and the tracker works', async () => {
  const site = await openSite();
  await site.open(inline('let _kmq = _kmq || [];') + snippets.loader(site.collector));
  await afterLoad(site.page, `window._kmq.push(['record', 'x'])`);
  await site.stored(1);
  expect(site.errors).toEqual([expect.stringContaining('before initialization')]);
});

describe('a new array that a later script has put in place of the live queue', () => {
  const REPLACED = `window._kmq = []; ${record('first')} _kmq.push(['record', 'second'], ['record', 'third']);`;

  test('its commands run when the page is left', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, `_kmq.push(['identify', 'ada']); ${REPLACED}`);
    await site.open('', { path: '/next' });
    const hits = await site.stored(3);
    expect(hits.map(({ _n, _p }) => [_n, _p])).toEqual(['first', 'second', 'third'].map((name) => [name, 'ada']));
    expect([site.console, site.errors]).toEqual([[], []]);
  });

  test('its commands run with the next command to the live queue, and later ones at once', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, `live = _kmq; ${REPLACED}`);
    await site.page.evaluate(`live.push(['record', 'fourth']); ${record('fifth')}`);
    const hits = await site.stored(5);
    expect(hits.map(({ _n }) => _n).sort()).toEqual(['fifth', 'first', 'fourth', 'second', 'third']);
    expect([site.console, site.errors]).toEqual([[], []]);
  });
});
