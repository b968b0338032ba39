import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { clientsBehind, networkOf } from '../../src/collector/access/client.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { exchange } from '../support/socket.js';

const TOKEN = 'a-token-of-an-owner-1';

const request = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }) as never;

test.each<[string, string[], string, string | undefined, string]>([
  ['no header is trusted by default', [], '127.0.0.1', '9.9.9.9', '127.0.0.1'],
  ['the header of a trusted proxy', ['loopback'], '127.0.0.1', '9.9.9.9', '9.9.9.9'],
  ['an IPv4 address on an IPv6 socket is IPv4', ['10.0.0.0/8'], '::ffff:10.1.2.3', '9.9.9.9', '9.9.9.9'],
  ['a proxy that is not trusted counts as the client', ['10.0.0.1'], '10.0.0.2', '9.9.9.9', '10.0.0.2'],
  ['addresses that the client wrote itself do not count', ['loopback'], '127.0.0.1', '1.1.1.1, 9.9.9.9', '9.9.9.9'],
  ['a chain of proxies', ['loopback', '10.0.0.0/8'], '127.0.0.1', '1.1.1.1, 9.9.9.9, 10.0.0.7', '9.9.9.9'],
  [
    'all proxies are trusted: the first address',
    ['loopback', '10.0.0.0/8'],
    '127.0.0.1',
    '10.0.0.8, 10.0.0.7',
    '10.0.0.8',
  ],
  ['with a port', ['loopback'], '127.0.0.1', '9.9.9.9:4711', '9.9.9.9'],
  ['IPv6', ['loopback'], '::1', '2001:db8::7', '2001:db8::7'],
  ['IPv6 with a port', ['loopback'], '::1', '[2001:db8::7]:80', '2001:db8::7'],
  ['no address at all: the proxy', ['loopback'], '127.0.0.1', 'unknown', '127.0.0.1'],
  ['an empty header', ['loopback'], '127.0.0.1', '', '127.0.0.1'],
  ['no header', ['loopback'], '127.0.0.1', undefined, '127.0.0.1'],
])('%s', (_, trusted, peer, header, expected) => {
  expect(clientsBehind(trusted).addressOf(request(peer, header))).toBe(expected);
});

test('an invalid address of a proxy prevents the start of the collector', async () => {
  await expect(startCollector({ trustedProxies: ['nginx'] })).rejects.toThrow('trusted proxies: invalid IP address');
});

test('the first 64 bits of an IPv6 address are one sender', () => {
  const one = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::', '2001:db8:1:2:3:4:5:6'].map(networkOf);
  expect(new Set(one)).toEqual(new Set(['2001:db8:1:2']));
  expect(['2001:db8::1', '::1', '2001:db8:1:3::1', '9.9.9.9'].map(networkOf)).toEqual([
    ...['2001:db8:0:0', '0:0:0:0', '2001:db8:1:3', '9.9.9.9'],
  ]);
});

test('a cookie is Secure, and has a name that no other host can set, if a trusted proxy uses TLS', async () => {
  const login = async (trustedProxies: string[], protocol: string) => {
    const collector = await startCollector({ token: TOKEN, trustedProxies });
    const response = await collector.send('/login', {
      method: 'POST',
      redirect: 'manual',
      headers: { 'x-forwarded-proto': protocol },
      body: new URLSearchParams({ token: TOKEN }),
    });
    return response.headers.get('set-cookie');
  };
  expect(await login(['loopback'], 'https')).toMatch(
    /^__Host-kmq_session_[\w-]{8}=.*; Path=\/; HttpOnly; Secure; SameSite/,
  );
  expect(await login(['loopback'], 'http')).toMatch(/^kmq_session_[\w-]{8}=(?!.*Secure)/);
  expect(await login([], 'https')).toMatch(/^kmq_session_[\w-]{8}=(?!.*Secure)/);
});

test('no answer contains the host that a request names', async () => {
  const collector = await startCollector({ token: TOKEN, demo: true, trustedProxies: ['loopback'] });
  for (const path of [
    '/',
    '/live',
    '/login',
    '/demo',
    '/demo/',
    '/dashboard',
    '/nothing',
    '/site.js',
    '/api/v1/about',
  ]) {
    const answer = await exchange(
      collector.port,
      `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil2.example\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 [2-4]/);
    expect(answer).not.toContain('evil');
  }
});

test('a request with the PROXY protocol is answered with 400, and its hit is not stored', async () => {
  const collector = await startCollector({ trustedProxies: ['loopback'] });
  const hit = 'GET /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\n\r\n';
  const second = '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\f' + '\0'.repeat(12);
  for (const head of ['PROXY TCP4 192.0.2.1 192.0.2.2 1111 80\r\n', second])
    expect(await exchange(collector.port, Buffer.from(head + hit, 'latin1'))).toMatch(/^HTTP\/1\.1 400 /);
  expect(await collector.export()).toEqual([]);
});

describe('the address of a client', () => {
  const CLIENT = '198.51.100.77';
  const from = { headers: { 'x-forwarded-for': CLIENT } };

  test('is stored for a site with this setting, on events and properties, unless the hit names another', async () => {
    const config = parseConfig({ sites: { site: { ipAddress: true } } });
    const collector = await startCollector({ config, trustedProxies: ['loopback'] });
    await collector.send('/e?_k=site&_p=bob&_n=x', from);
    await collector.send('/s?_k=site&_p=bob&plan=pro', from);
    await collector.send('/a?_k=site&_p=bob&_n=robert', from);
    await collector.send('/e?_k=site&_p=bob&_n=y&ip+address=203.0.113.9', from);
    await collector.send('/b', { ...from, method: 'POST', body: '/e?_k=site&_p=bob&_n=z' });
    await collector.send('/e?_k=site&_p=bob&_n=direct');
    const hits = await collector.export();
    expect(hits.map((hit) => hit['IP Address'] ?? hit['ip address'] ?? null)).toEqual([
      ...[CLIENT, CLIENT, null, '203.0.113.9', CLIENT, '127.0.0.1'],
    ]);
  });

  test('is on the disk for no other site', async () => {
    const data = await temporaryFolder();
    const config = parseConfig({ sites: { other: { ipAddress: true } } });
    const collector = await startCollector({ data, config, trustedProxies: ['loopback'] });
    for (const address of ['/e?_k=site&_p=bob&_n=x', '/s?_k=site&_p=bob&v=1', '/e?_k=site', '/e?%zz']) {
      await collector.send(address, from);
    }
    await collector.send('/e?_k=other&_p=bob&_n=x', { headers: { 'x-forwarded-for': '198.51.100.78' } });
    await collector.close();
    const files = await Promise.all((await readdir(data)).map((name) => readFile(join(data, name), 'latin1')));
    expect(files.join()).toContain('198.51.100.78');
    expect(files.join()).not.toContain(CLIENT);
  });
});
