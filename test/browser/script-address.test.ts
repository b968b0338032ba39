import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KEY, startCollector, type TestCollector } from '../support/collector.js';
import { freePort } from '../support/ports.js';
import { openSite, script, snippets, useBrowser } from '../support/browser.js';

useBrowser();

/** A collector that knows its own address, on another host than all pages. */
async function startKnown(keys: string[] = [KEY]): Promise<TestCollector> {
  const port = await freePort();
  const collector = await startCollector({ keys, publicUrl: `http://stats.test:${port}` });
  // The port of a collector is not known before it listens, so this port leads to it.
  const forward = createServer((request, response) => {
    void fetch(collector.origin + request.url!, { method: request.method! }).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type')! });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  }).listen(port, '127.0.0.1');
  onTestFinished(() => {
    forward.close();
    forward.closeAllConnections();
  });
  return collector;
}

/** Another host with a copy of the site's script under any name, as plugins and CDNs keep it. */
async function copyOf(collector: TestCollector, key = KEY): Promise<string> {
  const text = await (await collector.send(`/${key}.js`)).text();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/javascript', 'access-control-allow-origin': '*' }).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://www.example.test:${(server.address() as AddressInfo).port}`;
}

describe('a copy of the script on another host sends hits to its own collector', () => {
  test.each([
    ['with its own name', (host: string) => `<script src="${host}/${KEY}.js"></script>`],
    ['with a name that a plugin made', (host: string) => `<script src="${host}/cache/3f2a.min.js?ver=1"></script>`],
    ['as a module', (host: string) => `<script type="module" src="${host}/${KEY}.js"></script>`],
  ])('%s', async (_, tag) => {
    const collector = await startKnown();
    const site = await openSite({ collector });
    await site.open(script(`_kmq.push(['record', 'seen'])`) + tag(await copyOf(collector)));
    expect(await site.stored(1)).toMatchObject([{ _n: 'seen' }]);
    expect(site.errors).toEqual([]);
  });

  test("the page's own settings are used instead", async () => {
    const collector = await startKnown();
    const other = await startCollector();
    const site = await openSite({ collector: other });
    const head = script(`KM_COLLECTOR = '${other.origin}'; _kmk = 'mine'; _kmq.push(['record', 'seen'])`);
    await site.open(`${head}<script src="${await copyOf(collector)}/${KEY}.js"></script>`);
    await expect.poll(() => other.export('mine')).toMatchObject([{ _n: 'seen' }]);
  });

  test('for a site that the collector does not know, the key is the name of the file', async () => {
    const collector = await startKnown([]);
    const site = await openSite({ collector });
    const host = await copyOf(collector, 'any');
    await site.open(script(`_kmq.push(['record', 'seen'])`) + `<script src="${host}/any.js"></script>`);
    await expect.poll(() => collector.export('any')).toMatchObject([{ _n: 'seen' }]);
  });
});

test.each(['/scripts.kissmetrics.com', '/a/b/scripts.kissmetrics.io', '//trk', '/stats'])(
  'an old address with another host in front, %s, sends hits to the collector',
  async (folder) => {
    const collector = await startCollector();
    const site = await openSite({ collector });
    const below = { ...collector, origin: collector.origin + folder };
    await site.open(script(`_kmq.push(['record', 'seen'])`) + snippets.original(below));
    await site.stored(1);
    expect(await site.page.evaluate('KM_COLLECTOR')).toBe(collector.origin);
  },
);

test('an invalid escape in the address is not a key, and the tracker says so', async () => {
  const collector = await startCollector();
  const text = await (await collector.send('/kmq.js')).text();
  const site = await openSite({ collector });
  await site.page.route('**/cache/**', (route) => route.fulfill({ contentType: 'text/javascript', body: text }));
  await site.open('<script src="/cache/50%-off.js"></script>');
  await site.page.waitForFunction('window.KM && KM.record');
  expect(site.console.join()).toContain('nothing is sent without _kmk');
  expect(site.errors).toEqual([]);
});
