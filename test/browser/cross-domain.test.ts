import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { KEY, startCollector } from '../support/collector.js';
import { afterLoad, openSite, script, snippets, useBrowser, type Site } from '../support/browser.js';
import { findChromium } from '../support/installed.js';

useBrowser(findChromium());

const SHOP = 'www.shop.test';
const BLOG = 'blog.test';

/** A site with two domains, which its owner has named in the settings. */
async function twoDomains(domains = ['shop.test', 'blog.test']): Promise<Site> {
  const config = parseConfig({ sites: { [KEY]: { domains } } });
  return openSite({ collector: await startCollector({ config }), host: SHOP });
}

const body = (site: Site) => `
  <a id="away" href="http://${BLOG}:${site.port}/b?a=1#place"><b>Blog</b></a>
  <a id="bare" href="http://${BLOG}:${site.port}/b">Blog</a>
  <a id="tab" href="http://${BLOG}:${site.port}/b" target="_blank">Blog</a>
  <a id="private" href="http://${BLOG}:${site.port}/b" rel="noreferrer">Blog</a>
  <a id="home" href="http://shop.test:${site.port}/c">Own domain</a>
  <a id="other" href="http://other.test:${site.port}/c">Elsewhere</a>
  <a id="none">No href</a><a id="mail" href="mailto:a@b.test">Mail</a>`;

/** The page of one of the domains. Both have the same tracker. */
async function open(site: Site, host: string, path = '/', head = ''): Promise<void> {
  await site.open(script(head) + snippets.loader(site.collector), { host, path, body: body(site) });
  await afterLoad(site.page, 'undefined');
}

/** Follows a link from the shop to the blog, and records an event there. */
async function follow(site: Site, link: string): Promise<void> {
  await open(site, BLOG, '/b');
  await site.context.clearCookies({ domain: /blog/ });
  await open(site, SHOP);
  await site.page.click(link);
  await site.page.waitForURL(`http://${BLOG}:*/**`);
  await afterLoad(site.page, `KM.record('on the blog')`);
}

describe('a visitor who follows a link to the site’s other domain', () => {
  test('is the same person there, and the address bar shows the link as it was', async () => {
    const site = await twoDomains();
    await open(site, SHOP);
    await site.page.evaluate(`KM.record('in the shop')`);
    await follow(site, '#away b');
    const hits = await site.stored(2);
    expect(hits.map(({ _n }) => _n).sort()).toEqual(['in the shop', 'on the blog']);
    expect(hits[0]!._p).toBe(hits[1]!._p);
    expect(site.page.url()).toBe(`http://${BLOG}:${site.port}/b?a=1#place`);
    // After the visitor is named there, they are named on both domains.
    await site.page.evaluate(`KM.identify('bob')`);
    await site.stored(3);
    const bob = (await site.collector.person('bob'))!;
    expect(bob.events.map(({ name }) => name).sort()).toEqual(['in the shop', 'on the blog']);
  });

  test('also if the owner has named a domain with www.', async () => {
    const site = await twoDomains([SHOP, BLOG]);
    await open(site, SHOP);
    await site.page.evaluate(`KM.record('in the shop')`);
    await follow(site, '#bare');
    const hits = await site.stored(2);
    expect(hits.map(({ _n }) => _n).sort()).toEqual(['in the shop', 'on the blog']);
    expect(hits[0]!._p).toBe(hits[1]!._p);
  });

  test('also if the page has other entries in its list of domains', async () => {
    const site = await twoDomains();
    const head = `KM_DOMAINS = [7, null, Symbol(), Object.create(null), '', 'shop.test', 'blog.test'];`;
    await open(site, BLOG, '/b', head);
    await site.context.clearCookies({ domain: /blog/ });
    await open(site, SHOP, '/', head);
    const id = await site.page.evaluate('KM.i()');
    await site.page.click('#away');
    await site.page.waitForURL(`http://${BLOG}:*/**`);
    await afterLoad(site.page, 'undefined');
    expect(await site.page.evaluate('KM.i()')).toBe(id);
    expect(site.console).toEqual([]);
  });

  test('a name is never part of a URL, and the visitor is one person all the same', async () => {
    const site = await twoDomains();
    await open(site, SHOP);
    await site.page.evaluate(`KM.identify('bob@example.com'); KM.record('in the shop')`);
    const addresses: string[] = [];
    site.page.on('request', (request) => addresses.push(request.url()));
    await follow(site, '#bare');
    await site.stored(3);
    expect(addresses.filter((url) => url.includes('_kmx='))).toHaveLength(1);
    expect(addresses.filter((url) => url.includes('_kmx=')).join()).not.toContain('bob');
    const bob = (await site.collector.person('bob@example.com'))!;
    expect(bob.events.map(({ name }) => name).sort()).toEqual(['in the shop', 'on the blog']);
    // If the visitor is named differently there, they are another person: two people are never merged.
    await site.page.evaluate(`KM.identify('carol'); KM.record('as carol')`);
    await site.stored(4);
    expect((await site.collector.person('carol'))!.identities).toEqual(['carol']);
  });

  test('the person that a visitor was there before becomes one with them; a visitor who is named there keeps that name', async () => {
    const site = await twoDomains();
    await open(site, BLOG, '/b');
    await site.page.evaluate(`KM.record('on the blog before')`);
    await open(site, SHOP);
    await site.page.evaluate(`KM.record('in the shop')`);
    await site.page.click('#away');
    await site.page.waitForURL(`http://${BLOG}:*/**`);
    await afterLoad(site.page, `KM.record('on the blog')`);
    const hits = await site.stored(4);
    const person = (await site.collector.person(String(hits.at(-1)!._p)))!;
    expect(person.events.map(({ name }) => name).sort()).toEqual(['in the shop', 'on the blog', 'on the blog before']);

    await site.page.evaluate(`KM.identify('bob')`);
    await open(site, SHOP);
    await site.page.evaluate(`KM.identify('carol')`);
    await site.page.click('#away');
    await site.page.waitForURL(`http://${BLOG}:*/**`);
    await afterLoad(site.page, `KM.record('still bob')`);
    const still = async () => (await site.collector.export()).find(({ _n }) => _n === 'still bob');
    await expect.poll(still).toMatchObject({ _p: 'bob' });
  });

  test("in a new tab, by the middle button, and while the page's own commands wait", async () => {
    const site = await twoDomains();
    await open(site, BLOG, '/b', `_kmq.push(['record', 'pushed in the head']);`);
    await site.context.clearCookies();
    await expect.poll(async () => (await site.collector.export()).length).toBe(1);
    await open(site, SHOP);
    await site.page.evaluate(`KM.record('in the shop')`);
    for (const [link, button] of [
      ['#tab', 'left'],
      ['#bare', 'middle'],
    ] as const) {
      const [tab] = await Promise.all([site.context.waitForEvent('page'), site.page.click(link, { button })]);
      await tab.waitForFunction('window.KM && KM.record');
      await tab.waitForTimeout(1100); // The same event twice in a second would count once, and the test would show nothing.
      await tab.close();
    }
    const [, ...hits] = await site.stored(4);
    expect(new Set(hits.map(({ _p }) => _p)).size).toBe(1);
  });
});

describe('no visitor is carried over', () => {
  test('by links to the same domain, to other sites, or without an address; and no link stays changed', async () => {
    const site = await twoDomains();
    await open(site, SHOP);
    await site.page.evaluate(`
      for (const link of document.links) link.addEventListener('click', (event) => { event.preventDefault(); (window.seen ||= []).push(link.id + ' ' + link.href); });`);
    for (const id of ['away', 'home', 'other', 'none', 'mail']) await site.page.click(`#${id}`);
    const seen = await site.page.evaluate<string[]>('seen');
    expect(seen.filter((line) => line.includes('_kmx'))).toEqual([
      expect.stringMatching(/^away .*\?a=1&_kmx=0\.\d{13}\.[\w-]{21}#place$/),
    ]);
    expect(await site.page.evaluate('away.href')).toBe(`http://${BLOG}:${site.port}/b?a=1#place`);
    expect(await site.page.evaluate('document.body.innerHTML')).not.toContain('_kmx');
  });

  test('by links between hosts of one domain, although the owner has also named a subdomain of it', async () => {
    const site = await twoDomains([SHOP, 'shop.test', BLOG]);
    const hosts = [SHOP, 'shop.test', 'eu.shop.test'];
    const links = hosts.map((host) => `<a href="http://${host}:${site.port}/c">${host}</a>`).join();
    for (const host of hosts) {
      await site.open(snippets.loader(site.collector), { host, body: links + body(site) });
      await afterLoad(site.page, 'undefined');
      const seen = await site.page.evaluate<string[]>(`[...document.links].map((link) => {
        let href;
        link.addEventListener('click', (event) => { event.preventDefault(); href = link.href; });
        link.click();
        return href;
      })`);
      expect(seen.filter((href) => href.includes('_kmx')).map((href) => new URL(href).hostname)).toEqual(
        Array(4).fill(BLOG),
      );
    }
  });

  test.each<[string, (link: string, now: number) => string]>([
    ['a link that was copied and pasted, so that there is no referrer', (link) => link],
    ['a link that is older than two minutes', (link, now) => link.replace(/_kmx=0\.\d+/, `_kmx=0.${now - 120_001}`)],
    ['a link with a time in the future', (link, now) => link.replace(/_kmx=0\.\d+/, `_kmx=0.${now + 120_001}`)],
    ['a link without a time', (link) => link.replace(/_kmx=0\.\d+/, '_kmx=0.x')],
  ])('by %s', async (name, change) => {
    const site = await twoDomains();
    // The clock of the pages stands still, so that the age of a link is what the test says on any machine.
    const now = Date.now();
    await site.page.clock.setFixedTime(now);
    await open(site, SHOP);
    await site.page.evaluate(`KM.record('in the shop');
      away.addEventListener('click', (event) => { event.preventDefault(); window.copied = away.href; })`);
    await site.page.click('#away');
    const link = new URL(change(await site.page.evaluate<string>('copied'), now));
    const path = link.pathname + link.search;
    if (name.includes('copied')) await open(site, BLOG, path);
    else {
      // From a page of the site itself, so that only the age of the link can be the reason.
      await open(site, BLOG, '/b');
      await site.context.clearCookies({ domain: /blog/ });
      await open(site, SHOP);
      await site.page.evaluate((href) => {
        location.href = href;
      }, link.href);
      await site.page.waitForURL(`http://${BLOG}:*/**`);
    }
    await afterLoad(site.page, `KM.record('stranger')`);
    const hits = await site.stored(2);
    expect(hits[1]!._p).not.toBe(hits[0]!._p);
    expect(site.page.url()).not.toContain('_kmx');
  });

  test('from a page of somebody else, and if the site names no domains', async () => {
    const site = await twoDomains();
    const link = `http://${BLOG}:${site.port}/b?_kmx=0.${Date.now()}.somebody`;
    await open(site, BLOG, '/b');
    await site.open('', { host: 'other.test', path: '/evil', body: `<a id="x" href="${link}">Blog</a>` });
    await site.page.click('#x');
    await site.page.waitForURL(`http://${BLOG}:*/**`);
    await afterLoad(site.page, 'undefined');
    expect(await site.page.evaluate('KM.i()')).not.toBe('somebody');

    const plain = await openSite({ host: SHOP });
    await open(plain, SHOP);
    await plain.page.evaluate(
      `away.addEventListener('click', (event) => { event.preventDefault(); window.copied = away.href; })`,
    );
    await plain.page.click('#away');
    expect(await plain.page.evaluate('copied')).not.toContain('_kmx');
  });

  test('before consent or after a refusal, the link stores nothing and sends nothing', async () => {
    const site = await twoDomains();
    await open(site, BLOG, '/b', 'KM_CONSENT = "denied";');
    await open(site, SHOP, '/', 'KM_CONSENT = "denied";');
    await site.page.evaluate(`KM.identify('bob'); KM.record('waits')`);
    const addresses: string[] = [];
    site.page.on('request', (request) => addresses.push(request.url()));
    await site.page.click('#away');
    await site.page.waitForURL(`http://${BLOG}:*/**`);
    expect(addresses.join()).not.toContain('_kmx');
    await afterLoad(site.page, `KM.record('waits, too')`);
    await site.stored(0);
    expect(await site.context.cookies()).toEqual([]);
  });
});
