import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { GIF } from '../../src/collector/tracking/answers.js';
import { parseConfig } from '../../src/collector/sites/config.js';
import { fillLoader } from '../../src/loader/fill.js';
import { QUIET } from '../support/browser.js';
import { KEY, startCollector } from '../support/collector.js';
import { inChromium } from '../support/engines.js';
import { eachNth } from '../support/long.js';

/*
 * docs/pages.md says what a page's policies do to hits. These tests use the policies and tags of its code blocks, with another
 * host.
 */

const document = readFileSync('docs/pages.md', 'utf8');

/** The code blocks of a section, by their language. */
function blocks(heading: string): Record<string, string> {
  const section = document.split(`\n### ${heading}\n`)[1]!.split('\n## ')[0]!.split('\n### ')[0]!;
  return Object.fromEntries<string>(
    [...section.matchAll(/```(\w+)\n([^]*?)\n```/g)].map(([, language, text]) => [language!, text!]),
  );
}

/** The value of a header, as a code block shows it. */
const policyOf = (heading: string): string => blocks(heading).http!.replace('Content-Security-Policy: ', '');

const FULL = `img-src https://kmq.example.com; connect-src https://kmq.example.com`;
const TAG = blocks('One tag, no inline script').html!;
const TRUSTED = `${policyOf('One tag, no inline script')}; require-trusted-types-for 'script'; trusted-types 'none'`;

inChromium('under the policies of docs/pages.md', ({ name, serve }) => {
  /** A site whose pages have these headers; `https://kmq.example.com` and KEY are replaced by its collector and its key. */
  async function openSite(headers: Record<string, string>, head: string, settings: object = {}) {
    const collector = await startCollector({ config: parseConfig({ sites: { [KEY]: settings } }) });
    const loader = fillLoader(readFileSync('dist/loader.js', 'utf8'), collector.origin, KEY);
    const filled = (text: string): string =>
      text
        .replaceAll('https://kmq.example.com', collector.origin)
        .replaceAll('KEY', KEY)
        .replace('/* the loader */', () => loader);
    const { tab, at } = await serve((request, response) => {
      if (request.url === '/own.js') {
        response.setHeader('content-type', 'text/javascript');
        response.end(QUIET.replace(/<.?script>/g, ''));
        return;
      }
      for (const [header, value] of Object.entries(headers)) response.setHeader(header, filled(value));
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(
        `<!doctype html><title>Page</title><script nonce="own" src="/own.js"></script>${filled(head)}<body><a href="/next">Next</a>`,
      );
    });
    const origin = at('', '127.0.0.1');
    return {
      ...{ tab, collector, loader, origin },
      async open() {
        await tab.goto(`${origin}/`);
        await tab.until('window.KM && KM.record');
      },
      names: async () => (await collector.export()).map(({ _n }) => String(_n)).sort(),
    };
  }

  /** Hits sent in each way: an image, several in one request, and one when the page is left. */
  async function expectAllWays(site: Awaited<ReturnType<typeof openSite>>): Promise<void> {
    await site.open();
    await site.tab.evaluate(`_kmq.push(['record', 'alone']), 0`);
    await expect.poll(site.names).toEqual(['alone']);
    await site.tab.evaluate(`_kmq.push(['record', 'long', { text: Array(3000).join('x') }]), 0`);
    await expect.poll(site.names).toEqual(['alone', 'long']);
    await site.tab.evaluate(`Array.from({ length: 20 }, (_, n) => _kmq.push(['record', 'many ' + n])).length`);
    await expect.poll(async () => (await site.names()).length).toBe(22);
    await site.tab.evaluate(`_kmq.push(['record', 'leaving']), document.querySelector('a').click(), 0`);
    await expect.poll(async () => (await site.names()).length).toBe(23);
    expect(await site.names()).toContain('leaving');
  }

  /** The test page also needs `script-src` for its own script. */
  const ownToo = (policy: string): string => policy.replace('script-src', "script-src 'self'");

  test('the loader with a nonce sends hits in each way', async () => {
    const policy = ownToo(policyOf('By a nonce'));
    await expectAllWays(await openSite({ 'Content-Security-Policy': policy }, blocks('By a nonce').html!));
  });

  test('the loader with its hash, as the command of the document prints it, sends hits in each way', async () => {
    const headers: Record<string, string> = {};
    const site = await openSite(headers, '<script>/* the loader */</script>');
    const source = execFileSync('sh', ['-c', blocks('By its hash').sh!], {
      env: { ...process.env, LOADER: site.loader },
      encoding: 'utf8',
    }).trim();
    expect(source).toMatch(/^'sha256-[\w+/]{43}='$/);
    headers['Content-Security-Policy'] = ownToo(policyOf('By its hash')).replace("'sha256-…'", source);
    await expectAllWays(site);
  });

  test('the loader with a nonce under strict-dynamic, which does not have to name the collector, sends hits in each way', async () => {
    const policy = `script-src 'strict-dynamic' 'nonce-R4nd0m' 'nonce-own'; ${FULL}`;
    const site = await openSite({ 'Content-Security-Policy': policy }, blocks('By a nonce').html!);
    await expectAllWays(site);
  });

  test('the script tag, without inline scripts, sends hits in each way', async () => {
    const policy = ownToo(policyOf('One tag, no inline script'));
    await expectAllWays(await openSite({ 'Content-Security-Policy': policy }, TAG));
  });

  test('the script tag under Trusted Types sends hits in each way', async () => {
    await expectAllWays(await openSite({ 'Content-Security-Policy': ownToo(TRUSTED) }, TAG));
  });

  test('without script-src nothing is recorded, and _kmq accepts commands as before', async () => {
    const policy = `script-src 'self' 'nonce-R4nd0m'; ${FULL}`;
    const site = await openSite({ 'Content-Security-Policy': policy }, blocks('By a nonce').html!);
    await site.tab.goto(`${site.origin}/`);
    expect(await site.tab.evaluate(`_kmq.push(['record', 'a']), _kmq.length`)).toBe(1);
  });

  test.each(['require-corp', 'credentialless'])(
    'a page that isolates itself (%s) sends hits in each way',
    async (value) => {
      const isolated = { 'Cross-Origin-Embedder-Policy': value, 'Cross-Origin-Opener-Policy': 'same-origin' };
      await expectAllWays(await openSite(isolated, TAG));
    },
  );

  test.each(eachNth(['no-referrer', 'same-origin', 'strict-origin', 'unsafe-url'], 2))(
    'with Referrer-Policy: %s, hits are sent in each way',
    async (value) => {
      const site = await openSite({ 'Referrer-Policy': value }, TAG);
      await expectAllWays(site);
    },
  );

  test('with a Permissions-Policy that denies every feature, hits are sent in each way', async () => {
    const denied = ['unload', 'sync-xhr', 'storage-access', 'browsing-topics', 'attribution-reporting', 'ch-ua'];
    const value = denied.map((feature) => `${feature}=()`).join(', ');
    await expectAllWays(await openSite({ 'Permissions-Policy': value }, TAG));
  });

  test.each(['no-referrer', 'same-origin', 'strict-origin'])(
    'with Referrer-Policy: %s, requests have the origins that the document says',
    async (value) => {
      const origins = new Map<string, string | undefined>();
      const recorder = createServer((request, response) => {
        const { origin, referer } = request.headers;
        origins.set(request.url!, origin ?? (referer && new URL(referer).origin));
        response.writeHead(200, { 'access-control-allow-origin': '*' }).end();
      }).listen(0, '127.0.0.1');
      onTestFinished(() => void recorder.close().closeAllConnections());
      const site = await openSite({ 'Referrer-Policy': value }, TAG);
      await site.open();
      const to = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;
      await site.tab.evaluate(`navigator.sendBeacon('${to}/beacon', 'x'), (new Image()).src = '${to}/image',
        fetch('${to}/fetch', { method: 'POST', body: 'x' }), 0`);
      await expect.poll(() => origins.size).toBe(3);
      const own = site.origin;
      expect(Object.fromEntries(origins)).toEqual({
        '/fetch': own,
        '/image': value === 'strict-origin' ? own : undefined,
        '/beacon': value === 'strict-origin' || name === 'Chromium' ? own : 'null',
      });
    },
  );

  test('an image that has loaded is not requested again under its address, and one that has failed is', async () => {
    const site = await openSite({}, TAG);
    await site.open();
    let asked = 0;
    let status = 503;
    const recorder = createServer((_request, response) => {
      asked += 1;
      // With the headers of the collector.
      response.writeHead(status, { 'content-type': 'image/gif', 'cache-control': 'no-store' });
      response.end(status === 200 ? GIF : undefined);
    }).listen(0, '127.0.0.1');
    await once(recorder, 'listening');
    onTestFinished(() => void recorder.close().closeAllConnections());
    const address = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}/e?_n=x`;
    const load = async (): Promise<string> => {
      await site.tab.evaluate(
        `(end = '', i = new Image(), i.onload = i.onerror = (e) => { end = e.type }, i.src = '${address}', 0)`,
      );
      await site.tab.until('end');
      return site.tab.evaluate('end');
    };
    expect([await load(), await load(), asked]).toEqual(['error', 'error', 2]);
    status = 200;
    // A failed hit is requested again, whatever images the browser has cached; from then on the address may answer with an image.
    expect([await load(), asked]).toEqual(['load', 3]);
    status = 503;
    expect([await load(), asked]).toEqual(['load', 3]);
  });

  test('in a sandbox without allow-same-origin, hits are sent', async () => {
    const site = await openSite({ 'Content-Security-Policy': 'sandbox allow-scripts' }, TAG);
    await site.open();
    await site.tab.evaluate(`_kmq.push(['record', 'alone']), 0`);
    await expect.poll(site.names).toEqual(['alone']);
    await site.tab.evaluate(`_kmq.push(['record', 'long', { text: Array(3000).join('x') }]), 0`);
    await expect.poll(site.names).toEqual(['alone', 'long']);
  });
});
