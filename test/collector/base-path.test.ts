import { describe, expect, test } from 'vitest';
import { GIF } from '../../src/collector/tracking/answers.js';
import { serve } from '../support/command.js';
import { clientOf, KEY, startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { exchange } from '../support/socket.js';
import { eachNth } from '../support/long.js';

const TOKEN = 'a-token-of-an-owner-1';
const BASE = '/stats';

/** A proxy may pass the path on or remove it: both kinds of requests arrive here. */
const arriving = ['', BASE];

const names = async (collector: Pick<TestCollector, 'export'>) => (await collector.export()).map(({ _n }) => _n);

describe.each(arriving)('a collector below a path, asked at %j', (at) => {
  test('accepts hits of all kinds and methods', async () => {
    const collector = await startCollector({ basePath: BASE });
    const hit = (path: string, name: string) => `${at}${path}?_k=${KEY}&_p=bob&_n=${name}`;
    const form = { method: 'POST', body: new URLSearchParams({ _k: KEY, _p: 'bob', _n: 'form' }) };
    const answers = [
      await collector.send(hit('/e', 'event')),
      await collector.send(`${at}/s?_k=${KEY}&_p=bob&plan=pro`),
      await collector.send(hit('/a', 'robert')),
      await collector.send(`${at}/e`, form),
      await collector.send(`${at}/b`, { method: 'POST', body: `/e?_k=${KEY}&_p=bob&_n=batch` }),
    ];
    for (const answer of answers) expect(Buffer.from(await answer.arrayBuffer())).toEqual(GIF);
    expect((await collector.send(`${at}/e`, { method: 'OPTIONS' })).status).toBe(204);
    expect((await collector.send(`${at}/e`, { method: 'HEAD' })).headers.get('content-type')).toBe('image/gif');
    // The absolute form of an address, as it is sent to a proxy.
    const absolute = `GET http://www.example.test${hit('/e', 'absolute')} HTTP/1.1`;
    expect(await exchange(collector.port, `${absolute}\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/ 200 OK/);
    expect(await names(collector)).toEqual(['event', undefined, undefined, 'form', 'batch', 'absolute']);
  });

  test.each(['/', '/start', `/live?key=${KEY}`, `/person?key=${KEY}`, '/login'])(
    'the page %s refers to nothing outside of its path',
    async (path) => {
      const collector = await startCollector({ basePath: BASE, token: TOKEN });
      const headers = { authorization: `Bearer ${TOKEN}` };
      const response = await collector.send(at + path, { headers });
      expect(response.status).toBe(200);
      const html = await response.text();
      const addresses = [...html.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, address]) => address!);
      expect(addresses.length).toBeGreaterThan(1);
      for (const address of addresses) {
        expect(address).toMatch(/^\/stats\//);
        // With the path or without it. Only the API needs a token.
        const init = address.startsWith(`${BASE}/api/`) ? { headers } : {};
        for (const path of [address, address.slice(BASE.length)])
          expect((await collector.send(path, init)).status).toBe(200);
      }
    },
  );

  test('scripts, the API, health and metrics are served', async () => {
    const collector = await startCollector({ basePath: BASE, demo: true });
    for (const path of [
      '/site.js',
      '/site.2.js',
      '/i.js',
      '/kmq.js',
      '/api/v1/about',
      '/healthz',
      '/metrics',
      '/demo/',
    ])
      expect([path, (await collector.send(at + path)).status]).toEqual([path, 200]);
    expect((await collector.send(`${at}/nothing`)).status).toBe(404);
  });

  test('leads to the login below the path, and back', async () => {
    const collector = await startCollector({ basePath: BASE, token: TOKEN });
    const asked = await collector.send(`${at}/live?key=${KEY}`, { redirect: 'manual' });
    const location = asked.headers.get('location')!;
    expect(location).toMatch(/^\/stats\/login\?/);
    expect(new URL(location, collector.origin).searchParams.get('next')).toBe(`/stats/live?key=${KEY}`);
    const fromElsewhere = await collector.send(`${at}/live?key=${KEY}`, {
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(fromElsewhere.headers.get('refresh')).toBe(`0; url=/stats/live?key=${KEY}`);

    const form = { method: 'POST', redirect: 'manual', body: new URLSearchParams({ token: TOKEN }) } as const;
    const back = await collector.send(at + location.slice(BASE.length), form);
    expect([back.status, back.headers.get('location')]).toEqual([303, `/stats/live?key=${KEY}`]);
    // The session belongs to the host: over TLS the name of its cookie begins with __Host-, and browsers then require the path /.
    expect(back.headers.get('set-cookie')).toMatch(/^kmq_session_[\w-]{8}=[^;]+;.* Path=\/;/);
    const out = await collector.send(`${at}/logout`, { method: 'POST', redirect: 'manual' });
    expect(out.headers.get('location')).toBe('/stats/login');
  });

  test('leads from the URL of the demo shop without its last slash to the shop below the path', async () => {
    const collector = await startCollector({ basePath: BASE, demo: true });
    const response = await collector.send(`${at}/demo`, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe('/stats/demo/');
  });
});

test.each(arriving)('a hit with unencoded letters is stored, asked at %j', async (at) => {
  const collector = await startCollector({ basePath: BASE });
  await exchange(
    collector.port,
    `GET ${at}/e?_k=${KEY}&_p=bob&_n=böb HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  );
  const { hits, refusals } = await collector.live(1);
  expect([hits.map(({ person, name }) => [person, name]), refusals]).toEqual([[['bob', 'böb']], []]);
});

test('the path itself leads to the overview, with its parameters', async () => {
  const collector = await startCollector({ basePath: BASE });
  const response = await collector.send('/stats?key=a%20b', { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([302, '/stats/?key=a%20b']);
});

test('only this path is removed, and only once', async () => {
  const collector = await startCollector({ basePath: BASE });
  for (const path of ['/statsx', '/statistics', '/stats/stats', '/Stats', '/x/stats'])
    expect([path, (await collector.send(`${path}/e?_k=${KEY}&_p=bob&_n=x`)).status]).toEqual([path, 404]);
  expect(await names(collector)).toEqual([]);
});

test('a hit path is not removed as a part of the base path', async () => {
  const collector = await startCollector({ basePath: '/a' });
  await collector.send(`/a?_k=${KEY}&_p=bob&_n=robert`);
  await collector.send(`/a/a?_k=${KEY}&_p=bob&_n=bobby`);
  await collector.send(`/a/e?_k=${KEY}&_p=bob&_n=event`);
  expect((await collector.person('robert'))!.identities).toEqual(['bob', 'robert', 'bobby']);
  expect(await names(collector)).toHaveLength(3);
});

test.each([
  ...['//evil', '/\\evil', 'https://evil', '/..//evil', '/stats//evil', '/stats/..//evil', '/stats/../other'],
  ...['/stats/%2e%2e/other', '/other', '/statsx', '/stats', '/stats/../../../', ''],
])('a login does not lead to another part of the host: %j', async (next) => {
  const collector = await startCollector({ basePath: BASE, token: TOKEN });
  const response = await collector.send(`/stats/login?next=${encodeURIComponent(next)}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token: TOKEN }),
  });
  const { origin, pathname } = new URL(response.headers.get('location')!, collector.origin);
  expect(origin).toBe(collector.origin);
  expect(pathname).toMatch(/^\/stats\//);
});

test.each(eachNth([[], ['--processes', '2']], 2))(
  'the command prints the addresses below the path %j',
  async (...more) => {
    const data = await temporaryFolder();
    const { origin, printed } = await serve([
      '--data',
      data,
      '--key',
      KEY,
      '--demo',
      '--demo-data',
      'never',
      '--base-path',
      '/stats/',
      ...more.flat(),
    ]);
    expect(printed).toEqual([
      `Demo shop  ${origin}/stats/demo/`,
      `Live       ${origin}/stats/live?key=demo`,
      `Overview   ${origin}/stats/`,
    ]);
    for (const line of printed) expect((await fetch(line.slice(11))).status).toBe(200);
    await fetch(`${origin}/stats/e?_k=${KEY}&_p=bob&_n=kept`);
    expect(await names(clientOf(origin))).toEqual(['kept']);
  },
);
