import { describe, expect, test } from 'vitest';
import { afterLoad, openSite, snippets, useBrowser, type Site } from '../support/browser.js';
import { findChromium } from '../support/installed.js';

useBrowser(findChromium());

async function ready(body: string, code: string): Promise<Site> {
  const site = await openSite();
  await site.open(snippets.bare(site.collector), { body });
  await afterLoad(site.page, code);
  return site;
}

const names = (hits: Record<string, unknown>[]): unknown[] => hits.map(({ _n }) => _n).sort();

describe('which clicks count (docs/reference.md#5.7)', () => {
  test('targets are an id with or without #, a class, a selector, or an element; a click on what lies inside counts as a click on the target', async () => {
    const site = await ready(
      '<p><a id="link" class="buy now" href="#x"><b>Buy</b></a></p>',
      `for (const target of ['link', '#link', '.buy', 'p > a.now', document.getElementById('link')])
        KM.trackClick(target, 'Clicked ' + target, { price: 3 });
       for (const nobody of ['', 'i', 'nobody', '.nobody', 'a)', '..', null, undefined, 7, {}]) KM.trackClick(nobody, 'never');`,
    );
    await site.page.click('b');
    const hits = await site.stored(5);
    expect(names(hits)).toEqual([
      'Clicked #link',
      'Clicked .buy',
      expect.stringContaining('Clicked http'),
      'Clicked link',
      'Clicked p > a.now',
    ]);
    expect(hits.every(({ price }) => price === '3')).toBe(true);
    expect(site.errors).toEqual([]);
  });

  test('by mouse, keyboard and script; on elements that are added later, and inside an open shadow root', async () => {
    const site = await ready(
      '<a id="link" href="#x">Buy</a><p id="host"></p>',
      `KM.trackClick('link', 'link'); KM.trackClick('p > button', 'later'); KM.trackClick('#inner', 'inside');
       document.body.insertAdjacentHTML('beforeend', '<p><button id="late">Later</button></p>');
       host.attachShadow({ mode: 'open' }).innerHTML = '<button id="inner">Inside</button>';
       document.addEventListener('click', (event) => event.stopImmediatePropagation());`,
    );
    await site.page.focus('#link');
    await site.page.keyboard.press('Enter');
    await site.page.evaluate('late.click()');
    await site.page.click('text=Inside');
    expect(names(await site.stored(3))).toEqual(['inside', 'later', 'link']);
  });

  test('a press that is dragged away, and the right button, are not clicks', async () => {
    const site = await ready('<button id="b">B</button><p id="p">P</p>', `KM.trackClick('b', 'clicked')`);
    await site.page.hover('#b');
    await site.page.mouse.down();
    await site.page.hover('#p');
    await site.page.mouse.up();
    await site.page.click('#b', { button: 'right' });
    await site.stored(0);
  });

  test('each click belongs to the person who is current at that moment', async () => {
    const site = await ready('<button id="b">B</button>', `shared = { a: 1 }; KM.trackClick('b', 'clicked', shared)`);
    await site.page.evaluate(`KM.identify('bob')`);
    await site.page.click('#b');
    await site.page.evaluate(`KM.identify('bill')`);
    await site.page.click('#b');
    expect((await site.stored(2)).map(({ _p }) => _p)).toEqual(['bob', 'bill']);
    expect(await site.page.evaluate('shared')).toEqual({ a: 1 });
  });
});

describe('a click has the same effect as without tracking', () => {
  const body = `<a id="plain" href="/next">Plain</a><a id="blank" href="/blank" target="_blank">Blank</a>
    <a id="none">No href</a><a id="script" href="javascript:void(document.title='ran')">Script</a>
    <a id="held" href="/held">Held</a>`;
  const code = `for (const id of ['plain', 'blank', 'none', 'script', 'held']) {
      KM.trackClick(id, 'Clicked ' + id); KM.trackClickOnOutboundLink(id, 'Left by ' + id); }
    held.addEventListener('click', (event) => event.preventDefault());`;

  test('a link navigates at once, and both events arrive', async () => {
    const site = await ready(body, code);
    await site.page.click('#plain');
    await site.page.waitForURL('**/next');
    expect(names(await site.stored(2))).toEqual(['Clicked plain', 'Left by plain']);
    // No script has replaced the navigation: it is the browser's own, which a click adds to the page's history once.
    expect(await site.page.evaluate('history.length')).toBe(3);
  });

  test.each([
    ['the middle button', { button: 'middle' as const }],
    ['ctrl', { modifiers: ['ControlOrMeta' as const] }],
  ])('%s opens a tab, and the page stays open', async (_, options) => {
    const site = await ready(body, code);
    const [tab] = await Promise.all([site.context.waitForEvent('page'), site.page.click('#plain', options)]);
    await tab.waitForURL('**/next');
    expect(site.page.url()).not.toContain('next');
    expect(names(await site.stored(2))).toEqual(['Clicked plain', 'Left by plain']);
  });

  test('target=_blank opens a tab; without href, with a script, and if the page prevents the navigation, the page stays open', async () => {
    const site = await ready(body, code);
    const [tab] = await Promise.all([site.context.waitForEvent('page'), site.page.click('#blank')]);
    await tab.waitForURL('**/blank');
    // A tab in the background never becomes ready for a click of the driver.
    await tab.close();
    for (const id of ['none', 'script', 'held']) await site.page.click(`#${id}`);
    await site.page.waitForFunction(`document.title == 'ran'`);
    expect(site.page.url()).toMatch(/\/$/);
    expect(names(await site.stored(8))).toEqual([
      ...['blank', 'held', 'none', 'script'].map((id) => `Clicked ${id}`),
      ...['blank', 'held', 'none', 'script'].map((id) => `Left by ${id}`),
    ]);
    expect(site.errors).toEqual([]);
  });
});
