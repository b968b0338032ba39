import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { clientsBehind, networkOf } from '../../src/collector/access/client.js';
import { startCollector } from '../support/collector.js';

const TOKEN = 'a-token-of-an-owner-1';

const request = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }) as never;

test.each<[string, string[], string, string | undefined, string]>([
  ['nobody is believed by default', [], '127.0.0.1', '9.9.9.9', '127.0.0.1'],
  ['a trusted proxy is', ['loopback'], '127.0.0.1', '9.9.9.9', '9.9.9.9'],
  ['IPv4 on a socket of both is IPv4', ['10.0.0.0/8'], '::ffff:10.1.2.3', '9.9.9.9', '9.9.9.9'],
  ['one that is not trusted is its own client', ['10.0.0.1'], '10.0.0.2', '9.9.9.9', '10.0.0.2'],
  ['what the client wrote itself does not count', ['loopback'], '127.0.0.1', '1.1.1.1, 9.9.9.9', '9.9.9.9'],
  ['a chain of proxies', ['loopback', '10.0.0.0/8'], '127.0.0.1', '1.1.1.1, 9.9.9.9, 10.0.0.7', '9.9.9.9'],
  ['all of it trusted: the first', ['loopback', '10.0.0.0/8'], '127.0.0.1', '10.0.0.8, 10.0.0.7', '10.0.0.8'],
  ['with a port', ['loopback'], '127.0.0.1', '9.9.9.9:4711', '9.9.9.9'],
  ['IPv6', ['loopback'], '::1', '2001:db8::7', '2001:db8::7'],
  ['IPv6 with a port', ['loopback'], '::1', '[2001:db8::7]:80', '2001:db8::7'],
  ['no address at all: the proxy', ['loopback'], '127.0.0.1', 'unknown', '127.0.0.1'],
  ['an empty header', ['loopback'], '127.0.0.1', '', '127.0.0.1'],
  ['no header', ['loopback'], '127.0.0.1', undefined, '127.0.0.1'],
])('%s', (_, trusted, peer, header, expected) => {
  expect(clientsBehind(trusted).addressOf(request(peer, header))).toBe(expected);
});

test('a proxy that is no address stops the collector', async () => {
  await expect(startCollector({ trustedProxies: ['nginx'] })).rejects.toThrow('trusted proxies: invalid IP address');
});

test('of IPv6 the first 64 bits are one sender', () => {
  const one = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::', '2001:db8:1:2:3:4:5:6'].map(networkOf);
  expect(new Set(one)).toEqual(new Set(['2001:db8:1:2']));
  expect(['2001:db8::1', '::1', '2001:db8:1:3::1', '9.9.9.9'].map(networkOf)).toEqual([
    ...['2001:db8:0:0', '0:0:0:0', '2001:db8:1:3', '9.9.9.9'],
  ]);
});

test('a cookie is Secure, and of a name that no other host can set, where a trusted proxy speaks TLS', async () => {
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
  expect(await login(['loopback'], 'https')).toMatch(/^__Host-kmq_session=.*; Path=\/; HttpOnly; Secure; SameSite/);
  expect(await login(['loopback'], 'http')).toMatch(/^kmq_session=(?!.*Secure)/);
  expect(await login([], 'https')).toMatch(/^kmq_session=(?!.*Secure)/);
});

test('the host that a request names stands in no answer', async () => {
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
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(collector.port, '127.0.0.1', () =>
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil2.example\r\nConnection: close\r\n\r\n`,
        ),
      );
      socket.on('data', (data) => (text += data.toString('latin1')));
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1.1 [2-4]/);
    expect(answer).not.toContain('evil');
  }
});
