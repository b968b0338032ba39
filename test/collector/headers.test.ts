import { describe, expect, test } from 'vitest';
import { PAGES } from '../../src/collector/api/pages.js';
import { parseConfig } from '../../src/collector/sites/config.js';
import { readConfigFile } from '../../src/collector/sites/config-file.js';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { exchange } from '../support/socket.js';

const TOKEN = 'a-token-of-an-owner-1';
const known = { headers: { authorization: `Bearer ${TOKEN}` }, redirect: 'manual' as const };

test.each([...Object.keys(PAGES), '/login', '/demo/', '/demo/cart.html', '/demo/sign-in.html'])(
  'the page %s runs only its own scripts, and in no frame',
  async (path) => {
    const collector = await startCollector({ token: TOKEN, demo: true });
    const { headers, status } = await collector.send(path, known);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = headers.get('content-security-policy')!;
    for (const part of [`default-src 'none'`, `base-uri 'none'`, `form-action 'self'`, `frame-ancestors 'none'`]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*|http/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    if (path.startsWith('/demo')) return;
    expect(policy).toContain(`script-src 'self';`);
    expect(policy).toContain(`require-trusted-types-for 'script'; trusted-types 'none'`);
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
  },
);

test.each(['/demo//', '/demo//index.html', '/demo/.//cart.html', '/demo/%2e/sign-in.html'])(
  'another spelling of a page of the demo shop, %s, is no page without a policy',
  async (path) => {
    const collector = await startCollector({ demo: true });
    const answer = await exchange(
      collector.port,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 40[34] /);
    expect(answer).not.toMatch(/text\/html/i);
  },
);

test('no other answer is HTML', async () => {
  const collector = await startCollector({ token: TOKEN, demo: true });
  const paths = [
    '/healthz',
    '/api/v1/about',
    '/nothing<b>',
    '/site.js',
    '/i.js',
    '/dashboard/live.js',
    '/dashboard/<b>',
  ];
  for (const path of [...paths, '/demo/nothing', '/%zz', '/demo', '/api/v1/people', '/e?_k=<b>', '/e', '/b']) {
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS', 'DELETE']) {
      const { headers } = await collector.send(path, { ...known, method });
      expect(headers.get('content-type') ?? '').not.toContain('html');
    }
  }
});

describe('the read API', () => {
  test('answers with JSON that is not cached and that no other origin can read, also errors', async () => {
    const collector = await startCollector({ token: TOKEN });
    await collector.send('/e?_k=site&_p=bob&_n=x');
    const paths = ['about', 'people?key=site', 'people/bob?key=site', 'people/ann?key=site', 'people', 'nothing'];
    for (const path of [...paths, 'export?key=site', 'people/%zz?key=site']) {
      for (const headers of [known.headers, {}]) {
        const asked = { headers: { ...headers, origin: 'https://www.example.com' } };
        const response = await collector.send(`/api/v1/${path}`, asked);
        expect(response.headers.get('content-type')).toMatch(/^application\/(json|x-ndjson)(; charset=utf-8)?$/);
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
        if (path === 'nothing' || path.includes('%zz')) continue;
        expect(response.headers.get('x-content-type-options')).toBe('nosniff');
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
      }
    }
  });

  test('allows no other origin to send a DELETE', async () => {
    const collector = await startCollector();
    const headers = { origin: 'https://www.example.com', 'access-control-request-method': 'DELETE' };
    const response = await collector.send('/api/v1/people/bob?key=site', { method: 'OPTIONS', headers });
    expect([response.status, response.headers.get('access-control-allow-methods')]).toEqual([404, null]);
  });
});

const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', '__defineGetter__'];

test.each(NAMES)('%s is an ordinary name, of keys, people, events, properties and sites', async (name) => {
  const folder = await temporaryFolder();
  const file = join(folder, 'kmq.config.json');
  const named = name === '__proto__' ? 'a' : name;
  await writeFile(file, `{"sites": {"${named}": {"cleanUrl": true}, "b": {}}}`);
  const collector = await startCollector({ config: readConfigFile(file), token: TOKEN });
  expect(await (await collector.send(`/${named}.js`)).text()).toMatch(/^window\.KM_SITE=\{"KM_CLEAN_URL":1\};/m);
  await collector.send(`/e?_k=${name}&_p=${name}&_n=${name}&${name}=one&_t=1700000000&_d=1`);
  await collector.send(`/s?_k=${name}&_p=${name}&${name}=two&_t=1700000001&_d=1`);
  await collector.send(`/a?_k=${name}&_p=${name}&_n=other`);
  const ask = async (path: string) => (await collector.send(path, known)).text();
  const person = await ask(`/api/v1/people/${name}?key=${name}`);
  expect(person).toContain(
    `"properties":{"${name}":[{"value":"one","time":1700000000},{"value":"two","time":1700000001}]}`,
  );
  expect(person).toContain(`{"name":"${name}","time":1700000000,"properties":{"${name}":"one"}}`);
  expect(await ask(`/api/v1/people?key=${name}&q=${name}`)).toContain(`"identities":["${name}","other"]`);
  const lines = (await ask(`/api/v1/export?key=${name}`)).trim().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain(`"${name}":"one"`);
  expect(await ask(`/api/v1/export?key=b`)).toBe('');
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('settings for a site that cannot have any prevent the start of the collector', async () => {
  const file = join(await temporaryFolder(), 'kmq.config.json');
  await writeFile(file, '{\n"sites": {\n"__proto__": {"cookieless": true}}}');
  expect(() => readConfigFile(file)).toThrow(':3: sites.__proto__: cannot be the key of a site with settings');
});

test.each(NAMES)('%s has no settings, unless the file has them', async (name) => {
  const collector = await startCollector();
  expect(await (await collector.send(`/${name}.js`)).text()).not.toContain('KM_SITE={');
  expect(() => parseConfig(JSON.parse(`{"sites": {"a": {"${name}": {"cookieless": true}}}}`))).toThrow();
});

test.each([
  ...['/dashboard/../package.json', '/dashboard/%2e%2e/package.json', '/dashboard/..%2fcollector/server.js'],
  ...['/dashboard/..%5cpackage.json', '/dashboard/%252e%252e/package.json', '/dashboard//etc/passwd', '/dashboard/%00'],
  ...[
    '/demo/../package.json',
    '/demo/%2e%2e%2fpackage.json',
    '/demo/..;/package.json',
    '/../package.json',
    '/..%2f.js',
  ],
  ...['/demo/.%2e/src/cli.ts', '/dashboard/....//package.json', '//package.json', '/%2e%2e%2fsrc%2fcli.ts.js'],
])('%s leads to no file outside', async (path) => {
  const collector = await startCollector({ demo: true });
  const answer = await exchange(collector.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const [head, body] = answer.split('\r\n\r\n', 2) as [string, string];
  expect(head).toMatch(/^HTTP\/1.1 (200|400|403|404) /);
  // A path that ends like that of a tracker is answered with the tracker.
  if (head.startsWith('HTTP/1.1 200')) expect([path.endsWith('.js'), body.includes('kmq 0.')]).toEqual([true, true]);
  expect(answer).not.toMatch(/"dependencies"|root:|createCollector/);
});

test.each([
  ['both lengths', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG'],
  ['two lengths', 'Content-Length: 6\r\nContent-Length: 5\r\n\r\nv=1234'],
  ['an invalid length', 'Content-Length: +6\r\n\r\nv=1234'],
  ['an invalid encoding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['a hidden encoding', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['a folded header', 'X: y\r\n Transfer-Encoding: chunked\r\n\r\n'],
  ['an invalid chunk', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n'],
])('a request with %s is not HTTP, and nothing after it is read as a request', async (_, rest) => {
  const collector = await startCollector();
  const smuggled = 'GET /e?_k=site&_p=mallory&_n=smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
  const head = `POST /e?_k=site&_p=bob&_n=x HTTP/1.1\r\nHost: x\r\n${rest}`;
  const answer = await exchange(collector.port, head + smuggled);
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
  expect(await collector.person('mallory')).toBeUndefined();
});

test('the files of pages are sent in the best compression that a browser accepts', async () => {
  const collector = await startCollector();
  const lengths = await Promise.all(
    ['br, gzip', 'gzip', 'identity'].map(async (encoding) => {
      const response = await collector.send('/dashboard/shared.js', { headers: { 'accept-encoding': encoding } });
      expect(response.headers.get('content-encoding') ?? 'identity').toBe(encoding.split(',')[0]);
      expect(response.headers.get('content-type')).toContain('javascript');
      expect(response.headers.get('vary')).toMatch(/accept-encoding/i);
      return Number(response.headers.get('content-length'));
    }),
  );
  expect(lengths.toSorted((a, b) => a - b)).toEqual(lengths);
  expect(lengths[0]!).toBeLessThan(lengths[2]! / 2);
  // Each form of a file has the same address.
  expect((await collector.send('/dashboard/shared.js.br')).status).toBe(404);
});

test('browsers keep the files of pages, which have another address in each version', async () => {
  const collector = await startCollector();
  const page = await (await collector.send('/trend?key=site')).text();
  const [script] = /\/dashboard\/\w{12}\/trend\.js/.exec(page)!;
  expect(page).not.toMatch(/"\/dashboard\/[^/]*"/);
  const cached = async (path: string) => (await collector.send(path)).headers.get('cache-control');
  expect(await cached(script)).toBe('public, max-age=31536000, immutable');
  // A page of another version, during an upgrade, gets the files of this one, which must not be kept under that name. Its script leads
  // to the one of this version, and so to the shared script of this version.
  const text = async (path: string) => (await collector.send(path)).text();
  const other = '/dashboard/000000000000/trend.js';
  expect(await cached(other)).toBe('no-cache');
  expect(await text(other)).toBe(`import '${script.replace('/dashboard', '..')}';\n`);
  for (const file of ['shared.js', 'trend.css']) {
    const ofOther = other.replace('trend.js', file);
    expect(await cached(ofOther)).toBe('no-cache');
    expect(await text(ofOther)).toBe(await text(script.replace('trend.js', file)));
  }
  expect(await cached('/dashboard/trend.js')).toBe('no-cache');
  const missing = script.replace('trend.js', 'nothing.js');
  expect([(await collector.send(missing)).status, await cached(missing)]).toEqual([404, 'no-cache']);
});
