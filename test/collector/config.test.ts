import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allowsOrigin, parseConfig, siteOf } from '../../src/collector/sites/config.js';
import { readConfigFile } from '../../src/collector/sites/config-file.js';
import { KEY, startCollector, temporaryFolder } from '../support/collector.js';

async function fileOf(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'kmq.config.json');
  await writeFile(file, text);
  return file;
}

describe('kmq.config.json', () => {
  test('is read with comments, trailing commas and a byte order mark', async () => {
    const config = readConfigFile(
      await fileOf(`\ufeff{
        // one site
        "sites": { "site": { "counting": "hit-id", "automatic": { "pageView": true } }, },
      }`),
    );
    expect(siteOf(config, 'site')).toMatchObject({ counting: 'hit-id', automatic: { pageView: true, referrer: true } });
    expect(siteOf(config, 'other')).toMatchObject({ counting: 'auto', cookieless: false });
  });

  test.each([
    ['{\n "sites": {\n  "site": {\n   "counting": "twice" } } }', 4, /sites\.site\.counting/],
    ['{\n "sites": { "site": {\n   "cuonting": "hit-id" } } }', 3, /cuonting is not a setting of sites\.site/],
    ['{\n\n "sights": {} }', 3, /sights is not a setting of the file/],
    ['{ "sites":\n { "site": { "automatic": {\n "pageView": "yes" } } } }', 3, /sites\.site\.automatic\.pageView/],
    ['{ "sites": { "a": {},\n "b": {},\n "a": {} } }', 3, /a appears here a second time/],
    [
      '{ "sites": { "a": { "library": [\n { "type": "url", "match": "/a", "event": "A" },\n { "type": "url", "match": "/b" } ] } } }',
      3,
      /sites\.a\.library\.1\.event/,
    ],
    [
      '{ "sites": { "a": { "library": [{\n "type": "regex",\n "match": "(",\n "event": "A" }] } } }',
      3,
      /match: is not a regular expression/,
    ],
    ['{ "sites": { "a": {\n "origins": [\n "https://a.test/path"] } } }', 3, /origins\.0: must be an origin/],
    ['{ "sites": { "a": {\n "origins": ["capacitor://localhost/"] } } }', 2, /origins\.0: must be an origin/],
    ['{ "sites": { "a": {\n "origins": ["file:///x"] } } }', 2, /origins\.0: must be an origin/],
    ['{ "sites": { "a": {\n "origins": ["app://*.a.test"] } } }', 2, /origins\.0: must be an origin/],
    ['{ "sites": { "a": {\n "domains": ["https://a.test"] } } }', 2, /domains\.0: must be a host name/],
    ['{ "sites": { "a": {\n "domains": ["A.test"] } } }', 2, /domains\.0: must be a host name in lower case/],
    ['{ "sites": { "a": {\n "consent": true } } }', 2, /consent/],
    ['{ "sites": {\n "kmq": {} } }', 2, /sites\.kmq: cannot be a key: \/kmq\.js is the tracker without a key/],
    ['{ "sites": { "a": {},\n "i": {},\n "a.1": {} } }', 3, /sites\.a\.1: cannot be a key: \/a\.1\.js is the tracker/],
    ['{ "sites": { "a": {},\n "__proto__": {} } }', 2, /sites\.__proto__: cannot be the key of a site with settings/],
    ['{ "sites": {\n', 2, /is not JSON/],
    ['', 1, /is not JSON/],
  ])('%j: the message names the line', async (text, line, message) => {
    const file = await fileOf(text);
    expect(() => readConfigFile(file)).toThrow(message);
    expect(() => readConfigFile(file)).toThrow(`${file}:${line}: `);
  });

  test('every mistake is on its own line, and a missing file is named', async () => {
    const file = await fileOf('{ "sites": {\n "a": { "consent": 1 },\n "b": { "cookieless": 1 } } }');
    expect(() => readConfigFile(file)).toThrow(/:2: sites\.a\.consent.*\n.*:3: sites\.b\.cookieless/);
    expect(() => readConfigFile('/nowhere/kmq.config.json')).toThrow(/^\/nowhere\/kmq\.config\.json: ENOENT/);
  });
});

test('a host name in another alphabet is stored as browsers send it', () => {
  const config = parseConfig({ sites: { [KEY]: { domains: ['bücher.test', 'a.test'], cookieDomain: 'größe.test' } } });
  expect(siteOf(config, KEY)).toMatchObject({
    domains: ['xn--bcher-kva.test', 'a.test'],
    cookieDomain: 'xn--gre-6ka8i.test',
  });
});

describe('allowed origins', () => {
  const origins = [
    ...['https://Shop.test', 'https://*.example.test:8443', 'https://Bücher.test', 'https://*.größe.test'],
    ...['capacitor://localhost', 'chrome-extension://abcdefghijklmnop', 'app://shop.example:80'],
  ];
  const config = parseConfig({ sites: { [KEY]: { origins } } });

  test.each([
    ['https://shop.test', true],
    ['http://shop.test', false],
    ['https://shop.test:444', false],
    ['https://www.shop.test', false],
    ['https://a.example.test:8443', true],
    ['https://example.test:8443', false],
    ['https://evilexample.test:8443', false],
    ['null', false],
    [undefined, true],
    ['https://xn--bcher-kva.test', true],
    ['https://www.xn--gre-6ka8i.test', true],
    ['https://xn--gre-6ka8i.test', false],
    ['capacitor://localhost', true],
    ['capacitor://other', false],
    ['ionic://localhost', false],
    ['chrome-extension://abcdefghijklmnop', true],
    ['app://shop.example:80', true],
    ['app://shop.example', false],
  ])('%s is allowed: %s', (origin, allowed) => {
    expect(allowsOrigin(siteOf(config, KEY), origin)).toBe(allowed);
    expect(allowsOrigin(siteOf(config, 'another'), origin)).toBe(true);
  });

  test('a hit from another origin is answered like any other, refused, and the owner is told', async () => {
    const collector = await startCollector({ config });
    const hit = `/e?_k=${KEY}&_p=bob&_n=`;
    const from = (headers: Record<string, string>) => ({ headers });
    const answers = [
      await collector.send(hit + 'page', from({ Referer: 'https://shop.test/cart?a=1' })),
      await collector.send(hit + 'fetch', { method: 'POST', ...from({ Origin: 'https://SHOP.test' }) }),
      await collector.send(hit + 'server'),
      await collector.send(hit + 'thief', from({ Referer: 'https://thief.test/' })),
      await collector.send(hit + 'sandbox', { method: 'POST', ...from({ Origin: 'null' }) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await collector.export()).map(({ _n }) => _n)).toEqual(['page', 'fetch', 'server']);
    const { refusals } = await collector.live(5);
    expect(refusals.map(({ reason }) => reason)).toEqual([
      'The site accepts no hits from pages of https://thief.test.',
      'The site accepts no hits from pages of null.',
    ]);
  });
});
