import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { startCollector, type TestCollector } from '../support/collector.js';

const [HINT, ...PROGRAM] = readFileSync('dist/kmq.js', 'utf8').split(/(?<=\n)/);
const PLAIN = PROGRAM.join('');
const URL = 'https://stats.example.com';

/** The settings in front of the tracker; undefined if there are none. */
async function told(collector: TestCollector, path: string): Promise<unknown> {
  const response = await collector.send(path);
  expect([path, response.status]).toEqual([path, 200]);
  const text = await response.text();
  // A comment for the browser's compiler has to be in the first line.
  expect(HINT).toBe('//# allFunctionsCalledOnLoad\n');
  expect(text.startsWith(HINT!) && text.endsWith(PLAIN)).toBe(true);
  const line = /^window\.KM_SITE=(.*);\n$/.exec(text.slice(HINT!.length, -PLAIN.length));
  return line ? JSON.parse(line[1]!) : undefined;
}

const config = parseConfig({ sites: { shop: { cleanUrl: true }, plain: {} } });

describe('what the script tells the tracker about the collector', () => {
  test('nothing, unless the collector knows its own URL', async () => {
    const collector = await startCollector({ config });
    // Whatever host a request names: it may be invented by the sender, or an internal name behind a proxy.
    const hostile = { host: 'evil.test', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' };
    const text = await (await collector.send('/shop.js', { headers: hostile })).text();
    expect(text).not.toContain('evil');
    expect(await told(collector, '/shop.js')).toEqual({ KM_CLEAN_URL: 1 });
    for (const path of ['/plain.js', '/any.2.js', '/kmq.js']) expect(await told(collector, path)).toBe(undefined);
  });

  test('its URL, and the key of each site that it knows', async () => {
    const collector = await startCollector({ config, keys: ['shop', 'named'], publicUrl: URL });
    expect(await told(collector, '/shop.js')).toEqual({ KM_KEY: 'shop', KM_COLLECTOR: URL, KM_CLEAN_URL: 1 });
    expect(await told(collector, '/named.2.js')).toEqual({ KM_KEY: 'named', KM_COLLECTOR: URL });
    expect(await told(collector, '/other.js')).toEqual({ KM_COLLECTOR: URL });
    expect(await told(collector, '/a/b/shop.1.js')).toEqual({ KM_KEY: 'shop', KM_COLLECTOR: URL, KM_CLEAN_URL: 1 });
    // The hash of this file is published.
    expect(await told(collector, '/kmq.js')).toBe(undefined);
  });

  test('nothing in kmq.js, not even the settings of a site whose key is kmq', async () => {
    const collector = await startCollector({ config: { sites: { kmq: config.sites.shop! } } });
    for (const path of ['/kmq.js', '/kmq.2.js']) expect(await told(collector, path)).toBe(undefined);
  });
});

test.each(['a b', 'a/b', 'a\\b', '..', '%2F', '?', '#', 'a\nb', 'a\rb', '\u2028'])(
  'the key %j has its script, also in folders',
  async (key) => {
    const collector = await startCollector({ config: { sites: { [key]: config.sites.shop! } } });
    expect(await told(collector, `/${encodeURIComponent(key)}.js`)).toEqual({ KM_CLEAN_URL: 1 });
    const settings = { KM_COLLECTOR: '../..', KM_CLEAN_URL: 1 };
    expect(await told(collector, `/a%2Fb/c/${encodeURIComponent(key)}.1.js`)).toEqual(settings);
  },
);

describe('old addresses with another host in front', () => {
  test.each([
    ['/scripts.kissmetrics.com/any.1.js', '..'],
    ['/scripts.kissmetrics.com/any.2.js?x=a/b', '..'],
    ['//scripts.kissmetrics.com/any.js', '../..'],
    ['/a/b/c/any.js', '../../..'],
    ['/a%2Fb/any.js', '..'],
  ])('%s: the collector is %s', async (path, collector) => {
    for (const basePath of ['', '/stats'])
      expect(await told(await startCollector({ basePath }), basePath + path)).toEqual({ KM_COLLECTOR: collector });
  });

  test('the settings of the site are told as well, also in the helper script', async () => {
    const collector = await startCollector({ config, token: 'a-token-of-an-owner-1' });
    const settings = { KM_COLLECTOR: '..', KM_CLEAN_URL: 1 };
    expect(await told(collector, '/scripts.kissmetrics.com/shop.1.js')).toEqual(settings);
    const helper = await collector.send('/i.kissmetrics.com/i.js');
    expect([helper.status, await helper.text()]).toEqual([200, expect.stringContaining('kmq: identities')]);
  });

  test.each(['/a/kmq.js', '/a/any.css', '/a/b', '/api/any.js', '/api/v1/any.js', '/dashboard/any.js', '/demo/any.js'])(
    '%s is not an address of a site',
    async (path) => {
      const collector = await startCollector();
      const response = await collector.send(path);
      expect([response.status, await response.json()]).toEqual([404, { error: expect.any(String) as string }]);
    },
  );

  test('and a longer address than any page has is refused', async () => {
    const collector = await startCollector();
    expect((await collector.send(`${'/a'.repeat(17)}/any.js`)).status).toBe(404);
    expect((await collector.send(`${'/a'.repeat(16)}/any.js`)).status).toBe(200);
  });
});

describe('a script is compressed', () => {
  // Compressing takes 40 ms: a collector with a thousand sites would start after 40 seconds.
  test('when it is first requested, and once, however many request it', async () => {
    const { brotliCompress } = zlib;
    let times = 0;
    zlib.brotliCompress = ((...all: Parameters<typeof brotliCompress>) => {
      times += 1;
      brotliCompress(...all);
    }) as typeof brotliCompress;
    syncBuiltinESMExports();
    onTestFinished(() => {
      zlib.brotliCompress = brotliCompress;
      syncBuiltinESMExports();
    });
    const keys = Array.from({ length: 50 }, (_, n) => `site${n}`);
    const collector = await startCollector({ keys, publicUrl: URL });
    expect(times).toBe(0);
    const get = () => collector.send('/site7.js', { headers: { 'accept-encoding': 'gzip, br' } });
    for (const response of [...(await Promise.all([get(), get(), get()])), await get()]) {
      expect([response.status, response.headers.get('content-encoding')]).toEqual([200, 'br']);
      expect(await response.text()).toContain('"KM_KEY":"site7"');
    }
    expect(times).toBe(1);
  });
});
