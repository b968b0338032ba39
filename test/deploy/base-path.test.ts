import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/node/index.js';
import { openSite, useBrowser } from '../support/browser.js';
import { freePort } from '../support/ports.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { findNginx } from '../support/installed.js';
import { eachNth } from '../support/long.js';
import { startNginx } from '../support/nginx.js';

useBrowser();

const TOKEN = 'a-token-of-an-owner-1';
const nginx = findNginx();

/** Both kinds of proxies: the path is passed on, as in the shipped file, or removed. */
const WAYS = { kept: '', stripped: '/' };

interface Host {
  /** The address of the main site, whose pages are not kmq's. */
  origin: string;
  /** The folder of the main site's files. */
  www: string;
  collector: Awaited<ReturnType<typeof startCollector>>;
  context: BrowserContext;
  page: Page;
  /** Requests of the browser to other paths, except for the pages of the main site; and failed requests. */
  outside: string[];
  failed: string[];
  /** Makes a page of the main site with this head. @returns its address */
  publish(name: string, head: string): Promise<string>;
}

/** A main site, with a collector below its path /stats, as in deploy/nginx-path.conf. */
async function openHost(way: keyof typeof WAYS): Promise<Host> {
  const port = await freePort();
  const origin = `http://www.example.test:${port}`;
  const collector = await startCollector({
    ...{ basePath: '/stats', token: TOKEN, demo: true, trustedProxies: ['loopback'] },
  });
  const www = join(await temporaryFolder(), 'www');
  await mkdir(www);
  const shipped = await readFile('deploy/nginx-path.conf', 'utf8');
  expect(shipped).toContain('proxy_pass http://127.0.0.1:8484;');
  const below = shipped.replace('127.0.0.1:8484', `127.0.0.1:${collector.port}${WAYS[way]}`);
  await startNginx(`server { listen 127.0.0.1:${port}; root ${www}; default_type text/html;\n${below} }`, port);

  const { context, page } = await openSite({ collector });
  const outside: string[] = [];
  const failed: string[] = [];
  const published = new Set<string>();
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin || (!url.pathname.startsWith('/stats/') && !published.has(url.pathname)))
      outside.push(`${request.method()} ${request.url()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
  });
  const publish = async (name: string, head: string): Promise<string> => {
    published.add(`/${name}`);
    const icon = '<link rel="icon" href="data:,">';
    await writeFile(join(www, name), `<!doctype html><html><head><title>Main</title>${icon}${head}</head></html>`);
    return `${origin}/${name}`;
  };
  return { origin, www, collector, context, page, outside, failed, publish };
}

/** The exported hits of a site, read with the token. */
async function exported(host: Host, key: string): Promise<Record<string, unknown>[]> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const text = await (await fetch(`${host.collector.origin}/api/v1/export?key=${key}`, { headers })).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The targets of all links, forms, scripts and images of a page. */
const addressesIn = (page: Page): Promise<string[]> =>
  page.$$eval('[href], [src], form', (found) =>
    found.map((e) => (e as HTMLAnchorElement).href || (e as HTMLImageElement).src || (e as HTMLFormElement).action),
  );

const expectInside = async ({ page, origin }: Host): Promise<void> => {
  const addresses = await addressesIn(page);
  expect(addresses.length).toBeGreaterThan(3);
  for (const address of addresses) expect(address).toMatch(new RegExp(`^(${origin}/stats/|data:)`));
};

const ways = eachNth(Object.keys(WAYS) as (keyof typeof WAYS)[], 2);

describe.runIf(nginx).each(ways)('below a path of nginx that is %s', (way) => {
  test('the pages, the login and the demo shop work, and request nothing from the main site', async () => {
    const host = await openHost(way);
    const { page, origin, context } = host;
    await page.goto(`${origin}/stats/live?key=demo`);
    expect(page.url()).toBe(`${origin}/stats/login?next=${encodeURIComponent('/stats/live?key=demo')}`);
    await page.fill('#token', TOKEN);
    await page.click('main button');
    await page.waitForSelector('.state:text-is("Connected")');
    expect(page.url()).toBe(`${origin}/stats/live?key=demo`);
    await expectInside(host);

    const shop = await context.newPage();
    await shop.goto(`${origin}/stats/demo/`);
    await shop.click('text=River Sencha');
    await shop.waitForURL('**/product.html?id=sencha');
    await shop.click('text=How to brew it');
    await shop.waitForURL('**/brewing.html');
    await shop.click('.brand');
    await shop.waitForURL(`${origin}/stats/demo/`);
    for (const name of ['Viewed Home', 'Chose a Tea', 'Read How to Brew']) await page.waitForSelector(`text=${name}`);
    await expectInside({ ...host, page: shop });
    await shop.click('text=See yourself');
    await shop.waitForSelector('.timeline >> text=Viewed Home');
    expect(shop.url()).toContain(`${origin}/stats/person?`);
    await shop.close();

    await page.click('nav >> text=People');
    // This browser says that it is a program, and programs are left out at first.
    await page.click('text=Show them');
    await page.waitForSelector('.people-list a');
    await expectInside(host);
    await page.click('.people-list tbody a');
    await page.waitForSelector('.timeline');
    await page.click('text=Snippet');
    await page.waitForSelector('.foot');
    await expectInside(host);
    // Another site, chosen in the form at the top.
    await page.fill('#key', 'other');
    await page.press('#key', 'Enter');
    await page.waitForURL(`${origin}/stats/start?key=other`);
    await page.waitForSelector('.foot');
    // If a session ends while the page is open, the page leads to the login, and back.
    await context.clearCookies();
    await page.click('nav >> text=People');
    await page.waitForURL(`${origin}/stats/login?next=${encodeURIComponent('/stats/people?key=other')}`);
    await page.fill('#token', TOKEN);
    await page.click('main button');
    await page.waitForURL(`${origin}/stats/people?key=other`);
    await page.click('text=Log out');
    await page.waitForURL(`${origin}/stats/login`);
    expect(host.outside).toEqual([]);
    expect(host.failed).toEqual([]);
  });

  test('the snippet of the collector tracks the pages of the main site, in every way of sending', async () => {
    const host = await openHost(way);
    const { page, origin } = host;
    await page.goto(`${origin}/stats/login?next=${encodeURIComponent('/stats/start?key=my site')}`);
    await page.fill('#token', TOKEN);
    await page.click('main button');
    await page.goto(`${origin}/stats/start?key=my%20site`);
    await page.waitForSelector('.foot');
    const [loader, bare] = await page.$$eval('.code pre', (found) => found.map((e) => e.textContent));
    expect(loader).toContain(`"${origin}/stats/my%20site.js"`);
    const long = 'x'.repeat(3000);
    for (const [name, head] of Object.entries({ loader, bare: `<script>_kmq = []</script>${bare}` })) {
      // An image; a POST, for a hit that is too long for an address; and a request that outlives its page.
      const pushes = `_kmq.push(['record', '${name}'], ['record', '${name} long', { text: '${long}' }]);
        addEventListener('pagehide', () => _kmq.push(['record', '${name} leaving']));`;
      await page.goto(await host.publish(`${name}.html`, `${head}<script>${pushes}</script>`));
      await page.waitForFunction('window.KM && KM.record');
      expect(await page.evaluate('KM_COLLECTOR')).toBe(`${origin}/stats`);
      await page.goto(await host.publish('empty.html', ''));
    }
    const recorded = async () => (await exported(host, 'my%20site')).map(({ _n }) => String(_n)).sort();
    const expected = ['bare', 'loader'].flatMap((name) => [name, `${name} leaving`, `${name} long`]);
    await expect.poll(async () => (await recorded()).filter((name) => expected.includes(name))).toEqual(expected);
    expect(host.outside).toEqual([]);
    expect(host.failed).toEqual([]);
  });

  test('a URL that the start page has built is a hit, and the page shows it when it arrives', async () => {
    const host = await openHost(way);
    const { page, origin } = host;
    await page.goto(`${origin}/stats/login?next=${encodeURIComponent('/stats/start?key=my%20site')}`);
    await page.fill('#token', TOKEN);
    await page.click('main button');
    await page.click('text=Build a tracking URL');
    await page.getByLabel('Identity', { exact: true }).fill('ada/é');
    await page.getByLabel('Event name').fill('Opened');
    await page.click('text=Generate URL');
    const url = (await page.textContent('.built pre'))!;
    expect(url).toMatch(new RegExp(`^${origin}/stats/e\\?_k=my%20site&`));
    await page.click('text=Try it');
    await page.waitForSelector('text=It has arrived:');
    await expectInside(host);
    expect(await exported(host, 'my%20site')).toMatchObject([{ _p: 'ada/é', _n: 'Opened' }]);
    // If the session has ended, the page leads to the login, and sends nothing.
    await host.context.clearCookies();
    await page.click('text=Try it');
    await page.waitForURL(`${origin}/stats/login?next=**`);
    expect(await exported(host, 'my%20site')).toHaveLength(1);
    expect(host.outside).toEqual([]);
  });

  test('the original snippet, and a page that names the collector itself, track as well', async () => {
    const host = await openHost(way);
    const { page, origin } = host;
    const original = `<script>var _kmq = _kmq || []; var _kmk = _kmk || 'site';
      function _kms(u) { setTimeout(function () { var d = document, f = d.getElementsByTagName('script')[0],
        s = d.createElement('script'); s.async = true; s.src = u; f.parentNode.insertBefore(s, f); }, 1); }
      _kms('${origin.slice(5)}/stats/i.js'); _kms('${origin.slice(5)}/stats/' + _kmk + '.2.js');
      _kmq.push(['record', 'original']);</script>`;
    await page.goto(await host.publish('original.html', original));
    await expect.poll(async () => (await exported(host, 'site')).map(({ _n }) => _n)).toContain('original');
    // The tracker's file is on another path than the collector, and contains the collector's address.
    await copyFile('dist/kmq.js', join(host.www, 'copy.js'));
    for (const slash of ['', '/']) {
      const copied = `<script>KM_COLLECTOR = '${origin}/stats${slash}'; _kmk = 'site'; _kmq = [['record', 'copied${slash}']]</script>
        <script async src="/copy.js"></script>`;
      await page.goto(await host.publish('copied.html', copied));
      await expect.poll(async () => (await exported(host, 'site')).map(({ _n }) => _n)).toContain(`copied${slash}`);
      expect(await page.evaluate('KM_COLLECTOR')).toBe(`${origin}/stats`);
    }
    expect(new Set(host.outside)).toEqual(new Set([`GET ${origin}/copy.js`]));
    expect(host.failed).toEqual([]);
  });

  test('hits of kmq/node and of a client of the original arrive', async () => {
    const host = await openHost(way);
    const address = host.origin.replace('www.example.test', '127.0.0.1');
    for (const collector of [`${address}/stats`, `${address}/stats/`, new URL(`${address}/stats`)]) {
      const kmq = createClient({ key: 'site', collector, queue: join(await temporaryFolder(), 'queue') });
      onTestFinished(() => void kmq.close(0));
      kmq.record('ada', `from ${String(collector).slice(address.length)}`, { seats: 3 });
      expect(await kmq.flush()).toBe(true);
    }
    const form = { method: 'POST', body: 'plan=pro&_k=site&_p=ada' };
    expect((await fetch(`${address}/stats/s`, form)).headers.get('content-type')).toBe('image/gif');
    expect(await exported(host, 'site')).toMatchObject([
      { seats: '3' },
      { seats: '3' },
      { seats: '3' },
      { plan: 'pro' },
    ]);
  });
});

// The reason why the shipped file passes the path on: nginx decodes an address from which it removes a path.
test.runIf(nginx)('an identity with a slash, as clients of the original made them, is one name', async () => {
  const host = await openHost('kept');
  const address = `http://127.0.0.1:${new URL(host.origin).port}/stats`;
  await fetch(`${address}/e?_k=site&_p=${encodeURIComponent('Zm9v/2%+=')}&_n=x`);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const person = await fetch(`${address}/api/v1/people/${encodeURIComponent('Zm9v/2%+=')}?key=site`, { headers });
  expect(await person.json()).toMatchObject({ identities: ['Zm9v/2%+='] });
});
