import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { startCollector, type TestCollector } from '../support/collector.js';

const AGE = 'Max-Age=157680000';

/** Status and headers of the tracker's script; fetch does not send the headers that this test needs. */
function script(collector: TestCollector, headers: Record<string, string>, path = '/site.js') {
  return new Promise<{ status: number; cookies: string[]; cache: string }>((resolve, reject) => {
    const all = { host: 'kmq.example.com', ...headers };
    request({ port: collector.port, path, headers: all }, (response) => {
      response.resume();
      resolve({
        status: response.statusCode!,
        cookies: response.headers['set-cookie'] ?? [],
        cache: response.headers['cache-control']!,
      });
    })
      .on('error', reject)
      .end();
  });
}

const trusting = (sites: Record<string, unknown> = {}) =>
  startCollector({ trustedProxies: ['loopback'], config: parseConfig({ sites }) });

const https = { 'x-forwarded-proto': 'https' };

test.each([
  ['spaces in a value', `km_ai=a${' '.repeat(900_000)}b`],
  ['spaces in front of a name', `${' '.repeat(900_000)}km_ai=a b`],
  ['cookies without a name', '='.repeat(450_000) + ';'.repeat(450_000)],
])('a megabyte of %s delays nobody', async (_, cookie) => {
  const collector = await trusting();
  expect(await script(collector, { cookie, ...https })).toMatchObject({ status: 200, cookies: [] });
});

test('the script renews the cookies of the visitor as the tracker wrote them, and that answer is not cached', async () => {
  const collector = await trusting();
  const cookie = 'a=b; km_ai=V1StGXR8_Z5jdHi6B-myT; km_ni=ann%40example.com; km_abi=x; km_lv=1; kmq_session=y';
  const expected = ['km_ai=V1StGXR8_Z5jdHi6B-myT', 'km_ni=ann%40example.com', 'km_abi=x'].map(
    (pair) => `${pair}; Path=/; ${AGE}; SameSite=Lax; Domain=example.com; Secure`,
  );
  for (const path of ['/site.js', '/site.2.js', '/kmq.js']) {
    expect(await script(collector, { cookie, ...https }, path)).toEqual({
      status: 200,
      cookies: expected,
      cache: 'private, max-age=3600',
    });
  }
  const etag = (await collector.send('/site.js')).headers.get('etag')!;
  expect(await script(collector, { cookie, ...https, 'if-none-match': etag })).toEqual({
    status: 304,
    cookies: expected,
    cache: 'private, max-age=3600',
  });
  expect(await script(collector, { cookie }, '/i.js')).toMatchObject({ cookies: [] });
});

test.each([
  ['cookieless', { cookieless: true }, false],
  ['consent', { consent: 'denied' }, false],
  ['globalPrivacyControl', { globalPrivacyControl: true }, false],
  ['doNotTrack', { doNotTrack: true }, false],
  ['cookieDomain', { cookieDomain: 'shop.example.com' }, false],
  ['timeZone', { timeZone: 'Europe/Berlin' }, true],
])('the script without a key renews no identity if a site has the setting %s', async (_, settings, renews) => {
  const collector = await trusting({ other: settings });
  const { cookies } = await script(collector, { cookie: 'km_ai=a', ...https }, '/kmq.js');
  expect(cookies).toHaveLength(renews ? 1 : 0);
  const refused = await script(collector, { cookie: 'km_ai=a; kmq=out', ...https }, '/kmq.js');
  expect(refused.cookies).toEqual([expect.stringContaining('kmq=out')]);
});

test('a visitor without such cookies gets none, and an answer that every cache may store', async () => {
  const collector = await trusting();
  for (const cookie of ['', 'a=b', 'km_lv=1; kmq=granted', 'km_ai=', 'km_aix=1', 'km_ai']) {
    expect(await script(collector, { cookie })).toMatchObject({ cookies: [], cache: 'public, max-age=3600' });
  }
});

test.each<[string, string, string]>([
  ['kmq.example.com', '', '; Domain=example.com'],
  ['kmq.example.com:8484', '', '; Domain=example.com'],
  ['KMQ.Example.COM', '', '; Domain=example.com'],
  ['a.b.shop.example.co.uk', '', '; Domain=example.co.uk'],
  ['kmq.ann.github.io', '', '; Domain=ann.github.io'],
  ['ann.github.io', '', '; Domain=ann.github.io'],
  ['kmq.example.test', '', '; Domain=example.test'],
  ['co.uk', '', ''],
  ['github.io', '', ''],
  ['localhost:8484', '', ''],
  ['127.0.0.1:8484', '', ''],
  ['[::1]:8484', '', ''],
  ['kmq.shop.example.com', 'shop.example.com', '; Domain=shop.example.com'],
])('from %s with the site’s domain %j, the renewed cookies are for %j', async (host, cookieDomain, domain) => {
  const collector = await trusting({ site: cookieDomain ? { cookieDomain } : {} });
  const { cookies } = await script(collector, { host, cookie: 'km_ai=A' });
  expect(cookies).toEqual([`km_ai=A; Path=/; ${AGE}; SameSite=Lax${domain}`]);
});

describe('nothing is renewed', () => {
  const cookie = 'km_ai=A; km_ni=bob';
  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['without cookies in the site', { cookieless: true }, { cookie: `${cookie}; kmq=in` }],
    ['without the consent that the site requires', { consent: 'denied' }, { cookie }],
    ['after a refusal', {}, { cookie: `${cookie}; kmq=denied` }],
    ['under a signal that the site honours', { globalPrivacyControl: true }, { cookie, 'sec-gpc': '1' }],
    ['under the older signal', { doNotTrack: true }, { cookie, dnt: '1' }],
    ['for a page of another site', {}, { cookie, 'sec-fetch-site': 'cross-site' }],
    ['for a page of another domain', {}, { cookie, referer: 'http://www.elsewhere.com/' }],
    [
      'for a page of a neighbour below a public suffix',
      {},
      { cookie, host: 'a.github.io', referer: 'http://b.github.io/' },
    ],
    ['for a page without TLS, over TLS', {}, { cookie, ...https, referer: 'http://www.example.com/' }],
    ['outside of the site’s own domain', { cookieDomain: 'shop.example.com' }, { cookie }],
    ['for another name of this address', {}, { cookie, host: 'localhost', referer: 'http://127.0.0.1/' }],
    ['of cookies that came twice', {}, { cookie: 'km_ai=A; km_ai=B; km_ai=A' }],
    ['beside a choice that came twice', {}, { cookie: 'km_ai=A; kmq=in; kmq=denied' }],
    ['beside a choice that is unknown', {}, { cookie: 'km_ai=A; kmq=off' }],
    ['of cookies that are too long', {}, { cookie: `km_ai=${'x'.repeat(3101)}` }],
    ['of invalid cookies', {}, { cookie: 'km_ai="A"; km_ni=a,b; km_abi=a b' }],
  ])('%s', async (_, site, headers) => {
    const collector = await trusting({ site });
    expect(await script(collector, headers)).toMatchObject({ cookies: [], cache: 'public, max-age=3600' });
  });
});

test('a consent that was given counts, and the visitor’s own decision overrides every signal', async () => {
  const collector = await trusting({ site: { consent: 'denied', globalPrivacyControl: true } });
  const names = async (headers: Record<string, string>) =>
    (await script(collector, headers)).cookies.map((line) => line.split('=')[0]);
  expect(await names({ cookie: 'km_ai=A; kmq=granted' })).toEqual(['km_ai']);
  expect(await names({ cookie: 'km_ai=A; kmq=granted', 'sec-gpc': '1' })).toEqual([]);
  expect(await names({ cookie: 'km_ai=A; kmq=in', 'sec-gpc': '1' })).toEqual(['km_ai']);
});

test.each([{}, { cookieless: true }])('for a visitor who refused, only that decision is renewed: %j', async (site) => {
  const collector = await trusting({ site });
  expect((await script(collector, { cookie: 'kmq=out; km_ai=A' })).cookies).toEqual([
    'kmq=out; Path=/; Max-Age=31536000; SameSite=Lax; Domain=example.com',
  ]);
});

test('behind a proxy that is not trusted, the page itself says whether it uses TLS', async () => {
  const collector = await startCollector();
  const { cookies } = await script(collector, { cookie: 'km_ai=A', referer: 'https://www.example.com/' });
  expect(cookies).toEqual([`km_ai=A; Path=/; ${AGE}; SameSite=Lax; Domain=example.com; Secure`]);
});

test('no host can add an attribute to a cookie', async () => {
  const collector = await trusting();
  for (const host of ['x.com; Domain=evil.com', 'a b.example.com', 'evil.com/x', 'x@evil.com', 'a..example.com', '']) {
    for (const line of (await script(collector, { host, cookie: 'km_ai=A' })).cookies) {
      expect(line).toMatch(/^km_ai=A; Path=\/; Max-Age=\d+; SameSite=Lax(; Domain=[a-z\d.-]+)?$/);
    }
  }
});
