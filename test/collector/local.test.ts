import { request } from 'node:http';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLoopbackHost } from '../../src/collector/access/local.js';
import { createCollector } from '../../src/collector/server.js';
import { startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { receivedFrom, exchange } from '../support/socket.js';

const PAGES = ['/', '/start', '/live?key=site', '/person?key=site&id=bob'];
const CLOSED = [
  ...[...PAGES, '/metrics', '/api/v1/about', '/api/v1/people?key=site', '/api/v1/people/bob?key=site'],
  ...['/api/v1/export?key=site', '/api/v1/live?key=site'],
];
const OPEN = ['/healthz', '/site.js', '/kmq.js', '/i.js', '/dashboard/style.css', '/demo/', '/e?_k=site&_p=bob&_n=x'];

/** A collector without a token, with one person. */
async function start(): Promise<TestCollector> {
  const collector = await startCollector({ demo: true });
  await collector.send('/e?_k=site&_p=bob&_n=secret');
  return collector;
}

/** An answer. Of a feed, which has no end, its headers and what arrived with them. */
function answerTo(port: number, bytes: string, host = '127.0.0.1'): Promise<string> {
  const socket = connect(port, host, function (this: Socket) {
    this.write(bytes);
  });
  const answer = receivedFrom(socket);
  socket.on('data', (data) => data.includes('text/event-stream') && socket.destroy());
  return answer;
}

const get = (path: string, lines: string[], version = '1.1') =>
  [`GET ${path} HTTP/${version}`, ...lines, 'Connection: close', '', ''].join('\r\n');

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);

/** The different statuses of all addresses that need a token. */
async function statuses(port: number, lines: string[], version?: string, paths = CLOSED): Promise<number[]> {
  const answers = await Promise.all(paths.map((path) => answerTo(port, get(path, lines, version))));
  for (const answer of answers) if (statusOf(answer) === 403) expect(answer).not.toContain('secret');
  return [...new Set(answers.map(statusOf))];
}

describe('without a token', () => {
  test.each([
    'localhost',
    'LocalHost:80',
    'localhost.',
    'kmq.localhost:8484',
    '127.0.0.1',
    '127.8.9.1:1',
    '[::1]:8484',
  ])('pages and API answer to the host name %s', async (host) => {
    const { port } = await start();
    expect(await statuses(port, [`Host: ${host}`])).toEqual([200]);
  });

  test.each([
    ...['evil.test', 'localhost.evil.test', 'evil-localhost', 'localhost.evil', '127.0.0.1.nip.io:8484'],
    ...['10.0.0.1', '0.0.0.0:8484', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '::1', '[::2]'],
    ...['x@localhost', 'localhost@evil.test', 'localhost:8484:1', 'localhost/evil.test', 'localhost#evil'],
    ...['[::1].evil.test', 'evil\tlocalhost', '', ':8484', '.', '[]', '[::1', '[localhost]', '[::ffff:10.0.0.1]'],
    'localhost, evil.test',
  ])('pages and API do not answer to the host name %j, and say which setting is needed', async (host) => {
    const { port } = await start();
    const seen = await statuses(port, [`Host: ${host}`]);
    expect([[403], [400]]).toContainEqual(seen);
    if (seen[0] === 400) return;
    const answer = await exchange(port, get('/api/v1/export?key=site', [`Host: ${host}`]));
    expect(answer).toMatch(/"error":"Without a token .*--token-file.*--trust-proxy/);
    expect(answer).toMatch(/cache-control: no-store/i);
  });

  test.each([
    ...['X-Forwarded-For: 9.9.9.9', 'x-forwarded-for:127.0.0.1', 'X-FORWARDED-FOR: ', 'X-Forwarded-Proto: https'],
    ...['X-Forwarded-Host: localhost', 'X-Forwarded-Anything: 1', 'X-Forwarded: 1', 'Forwarded: for=9.9.9.9'],
    ...['forwarded: for=127.0.0.1', 'Via: 1.1 varnish', 'X-Real-IP: 9.9.9.9', 'CF-Connecting-IP: 9.9.9.9'],
    ...['True-Client-IP: 9.9.9.9', 'X_Forwarded_For: 9.9.9.9', 'X-Original-Host: evil.test'],
  ])('pages and API do not answer a request that a proxy has passed on with %j', async (line) => {
    const { port } = await start();
    expect(await statuses(port, ['Host: localhost', line])).toEqual([403]);
  });

  test('pages and API do not answer HTTP/1.0, which nginx sends to its servers by default', async () => {
    const { port } = await start();
    expect(await statuses(port, ['Host: localhost'], '1.0')).toEqual([403]);
    expect(await statuses(port, [], '1.0')).toEqual([403]);
  });

  test('in the absolute form both host names must be of this machine', async () => {
    const { port } = await start();
    const at = (origin: string) => CLOSED.map((path) => origin + path);
    const host = ['Host: localhost'];
    expect(await statuses(port, host, '1.1', at('http://localhost:8484'))).toEqual([200]);
    for (const origin of [
      'http://evil.test',
      'HTTPS://evil.test',
      'http://localhost@evil.test',
      'http://evil.test:80',
    ]) {
      expect([...new Set((await statuses(port, host, '1.1', at(origin))).map((status) => status >= 400))]).toEqual([
        true,
      ]);
    }
    expect(await statuses(port, ['Host: evil.test'], '1.1', at('http://localhost'))).toEqual([403]);
    expect(await statuses(port, ['Host: localhost', 'Host: evil.test'])).toEqual([403]);
  });

  test('the API does not answer a page from elsewhere: such a page came through a proxy that hides itself', async () => {
    const collector = await start();
    const ask = async (path: string, headers: Record<string, string>) =>
      (
        await exchange(
          collector.port,
          get(path, ['Host: 127.0.0.1', ...Object.entries(headers).map((pair) => pair.join(': '))]),
        )
      ).slice(9, 12);
    const pages = ['https://kmq.example.com/live?key=site', 'http://kmq.example.com/', 'HTTP://localhost.evil.test/'];
    for (const referer of [...pages, 'http://[', 'https://2130706433.evil.test']) {
      expect(await ask('/api/v1/export?key=site', { referer })).toBe('403');
      expect(await ask('/api/v1/export?key=site', { origin: referer })).toBe('403');
      // Links to the pages may be on any site.
      expect(await ask('/live', { referer })).toBe('200');
    }
    for (const referer of ['http://localhost:3000/x', 'https://127.0.0.1/', 'http://[::1]:8484/live', 'about:client']) {
      expect(await ask('/api/v1/export?key=site', { referer })).toBe('200');
    }
  });

  test('nothing is erased, by any kind of request', async () => {
    const collector = await start();
    const erase = (lines: string[], version = '1.1') =>
      exchange(collector.port, get('/api/v1/people/bob?key=site', lines, version).replace('GET', 'DELETE'));
    const attempts: [string[], string?][] = [
      [['Host: evil.test:8484', 'Sec-Fetch-Site: same-origin', 'Origin: http://evil.test:8484']],
      [['Host: 127.0.0.1', 'X-Forwarded-For: 9.9.9.9']],
      [['Host: 127.0.0.1'], '1.0'],
    ];
    for (const [lines, version] of attempts) expect(statusOf(await erase(lines, version))).toBe(403);
    expect(await collector.person('bob')).toBeDefined();
    expect(statusOf(await erase(['Host: 127.0.0.1']))).toBe(200);
  });

  test('tracking, scripts, health and the demo shop are open to everybody, under every host name and through every proxy', async () => {
    const { port } = await start();
    for (const path of OPEN) {
      for (const version of ['1.0', '1.1']) {
        const answer = await exchange(port, get(path, ['Host: evil.test', 'X-Forwarded-For: 9.9.9.9'], version));
        expect([path, statusOf(answer)]).toEqual([path, 200]);
      }
    }
  });

  test('nobody outside of this machine can read, with any host name, if the collector listens on all addresses', async ({
    skip,
  }) => {
    const outside = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const own = outside.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    if (own === undefined) return skip('this machine has no address in a network');
    const app = await createCollector({ data: await temporaryFolder(), logLevel: 'silent' });
    onTestFinished(() => app.close());
    await app.listen({ host: '0.0.0.0', port: 0 });
    const { port } = app.server.address() as { port: number };
    for (const path of CLOSED) {
      expect(statusOf(await answerTo(port, get(path, ['Host: localhost']), own))).toBe(403);
    }
  });

  test('a trusted proxy does not open it: requests from outside need a token', async () => {
    const collector = await startCollector({ trustedProxies: ['loopback'] });
    expect(await statuses(collector.port, ['Host: localhost', 'X-Forwarded-For: 9.9.9.9'])).toEqual([403]);
    const forwarded = ['Host: kmq.test', 'X-Forwarded-Host: localhost', 'X-Forwarded-For: 127.0.0.1'];
    expect(await statuses(collector.port, forwarded)).toEqual([403]);
    expect(await statuses(collector.port, ['Host: localhost'], '1.1', PAGES)).toEqual([200]);
  });
});

test('with a token the host name does not matter', async () => {
  const collector = await startCollector({ token: 'a-token-of-an-owner-1' });
  const asked = request({
    port: collector.port,
    path: '/api/v1/about',
    headers: { host: 'kmq.example.com', 'x-forwarded-for': '9.9.9.9', authorization: 'Bearer a-token-of-an-owner-1' },
  }).end();
  const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  expect(response.statusCode).toBe(200);
});

test.each([
  ['127.0.0.1.', true],
  ['localhost:', true],
  ['a.b.localhost.:1', true],
  ['[::FFFF:127.0.0.1]', true],
  ['[::ffff:7f00:1]:8484', true],
  ['[0:0:0:0:0:0:0:1]', true],
  ['[::1%25lo]', false],
  ['[::1%lo]', false],
  ['[127.0.0.1]', true],
  ['localhost..', false],
  ['.localhost', false],
  ['1270.0.0.1', false],
  ['127.0.0.256', false],
  ['127.0.0.1:evil', false],
  ['lοcalhost', false],
  ['localhost%00', false],
])('%s is a name of this machine: %s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
