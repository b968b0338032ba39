import { readFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { byHundreds, readEvents, startCollector } from '../support/collector.js';

describe('the live feed', () => {
  test('begins with the latest hundred hits, and a browser that reconnects continues after its last event', async () => {
    const collector = await startCollector();
    for (let n = 0; n < 120; n++) await collector.send(`/e?_k=site&_p=bob&_n=n${n}`);
    const events = readEvents(await collector.send('/api/v1/live?key=site'));
    let id: string | undefined;
    const names: unknown[] = [];
    for await (const event of events) {
      if (event.event === 'hit') names.push((event.data as { name: string }).name);
      if ((id = event.id)) break;
    }
    expect(names).toEqual(Array.from({ length: 100 }, (_, n) => `n${n + 20}`));

    await collector.send('/e?_k=site&_p=bob&_n=missed');
    const again = readEvents(await collector.send('/api/v1/live?key=site', { headers: { 'last-event-id': id! } }));
    await again.next(); // The delay before the next connection.
    expect((await again.next()).value).toMatchObject({ event: 'hit', data: { name: 'missed' } });
    await again.return(undefined);
  });

  test('continues after the event whose id is `after`, which names each spool of ClickHouse', async () => {
    const collector = await startCollector();
    for (const name of ['seen', 'last']) await collector.send(`/e?_k=site&_p=bob&_n=${name}`);
    let id: string | undefined;
    for await (const event of readEvents(await collector.send('/api/v1/live?key=site'))) if ((id = event.id)) break;
    await collector.send('/e?_k=site&_p=bob&_n=missed');
    const again = readEvents(await collector.send(`/api/v1/live?key=site&after=${encodeURIComponent(id!)}`));
    await again.next(); // The delay before the next connection.
    expect((await again.next()).value).toMatchObject({ event: 'hit', data: { name: 'missed' } });
    await again.return(undefined);
    const spools = Array.from({ length: 100 }, (_, n) => `${1_000_000_000 + n}:${1_764_000_000_000_000 + n}`);
    const long = await collector.send(`/api/v1/live?key=site&after=${encodeURIComponent(['c', ...spools].join())}`);
    expect(long.status).toBe(200);
    await readEvents(long).return(undefined);
  });

  test('says how many hits it left out if more arrive at once than it shows', async () => {
    const collector = await startCollector();
    const send = (from: number, to: number) =>
      Promise.all(Array.from({ length: to - from }, (_, n) => collector.send(`/e?_k=site&_p=bob&_n=n${from + n}`)));
    await send(0, 10);
    let id: string | undefined;
    for await (const event of readEvents(await collector.send('/api/v1/live?key=site'))) if ((id = event.id)) break;
    await send(10, 130);
    // In ClickHouse, all of them must be forwarded first.
    expect(await collector.export()).toHaveLength(130);
    const feed = await collector.send('/api/v1/live?key=site', { headers: { 'last-event-id': id! } });
    const events = readEvents(feed);
    await events.next();
    expect((await events.next()).value).toMatchObject({ event: 'skipped', data: { count: 20 } });
    await events.return(undefined);
  });

  test('shows only the hits of its site', async () => {
    const collector = await startCollector();
    await collector.send('/e?_k=other&_p=bob&_n=theirs');
    await collector.send('/e?_k=other&_n=refused');
    await collector.send('/e?_k=site&_p=bob&_n=ours');
    const { hits, refusals } = await collector.live(1);
    expect([hits.map(({ name }) => name), refusals]).toEqual([['ours'], []]);
  });
});

test('the export is one stored hit on each line, in the order of arrival', async () => {
  const collector = await startCollector();
  await collector.send('/e?_k=site&_p=bob&_n=Signed+Up&_t=1400000000&_d=1&_i=h1&Plan=pro&_p2=odd');
  await collector.send('/s?_k=site&_p=bob&a=%0A"&_t=1300000000&_d=1');
  await collector.send('/a?_k=site&_p=bob&_n=bob@example.com&_t=1300000000&_d=1');
  const response = await collector.send('/api/v1/export?key=site');
  expect(response.headers.get('content-type')).toContain('application/x-ndjson');
  expect(await collector.export()).toEqual([
    { _p: 'bob', _t: 1400000000, _n: 'Signed Up', _i: 'h1', Plan: 'pro' },
    { _p: 'bob', _t: 1300000000, a: '\n"' },
    { _p: 'bob', _t: 1300000000, _p2: 'bob@example.com' },
  ]);
});

test('no property replaces a field of the hit in a line of the export', async () => {
  const collector = await startCollector();
  await collector.send('/a?_k=site&_p=bob&_n=bob@example.com&_p2=mallory&_t=1300000000&_d=1&__proto__=x&constructor=y');
  await collector.send('/e?_k=site&_p=bob&_n=x&_p2=mallory&_t=1300000001&_d=1');
  expect((await (await collector.send('/api/v1/export?key=site')).text()).trim().split('\n')).toEqual([
    '{"_p":"bob","_t":1300000000,"_p2":"bob@example.com","__proto__":"x","constructor":"y"}',
    '{"_p":"bob","_t":1300000001,"_n":"x"}',
  ]);
  const { hits } = await collector.live(2);
  expect(Object.entries(hits[0]!.properties)).toEqual([
    ['_p2', 'mallory'],
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('2,500 hits are exported completely', async () => {
  const collector = await startCollector();
  await byHundreds(2500, (n) => collector.send(`/s?_k=site&_p=p${n % 7}&n=${n}`));
  const numbers = (await collector.export()).map(({ n }) => Number(n)).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 2500 }, (_, n) => n));
});

test('identities with slashes, dots and percent signs can be part of the path', async () => {
  const collector = await startCollector();
  for (const id of ['a/b', '..', '100%', 'a?b#c', '+49 1', 'p'.repeat(255)]) {
    await collector.send(`/s?_k=site&_p=${encodeURIComponent(id)}&a=1`);
    // `..` in a path is a step up for every URL parser, percent-encoded or not: such an identity is sent as a parameter.
    if (id !== '..') expect(await collector.person(id)).toMatchObject({ identities: [id] });
    expect((await collector.people(id)).length).toBeGreaterThan(0);
  }
});

describe('an identity as a parameter', () => {
  const address = (id: string) => `/api/v1/person?key=site&id=${encodeURIComponent(id)}`;

  test.each([
    ...['.', '..', '%2e', '%2e%2e', '../..', 'a/b', ' a', 'a+b c&d=e#f', '?', '\u00e9', 'e\u0301', '😀'],
    'x'.repeat(255),
  ])('%j can be read and erased', async (id) => {
    const collector = await startCollector();
    await collector.send(`/s?_k=site&_p=${encodeURIComponent(id)}&a=1`);
    await collector.send('/s?_k=site&_p=bob&a=1');
    const person = await collector.send(address(id));
    expect([person.status, person.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(await person.json()).toMatchObject({ identities: [id], properties: { a: [{ value: '1' }] } });
    expect((await collector.send(address(id), { method: 'DELETE' })).ok).toBe(true);
    expect((await collector.send(address(id))).status).toBe(404);
    expect((await collector.send(address(id), { method: 'DELETE' })).status).toBe(404);
    expect(await collector.export()).toMatchObject([{ _p: 'bob' }]);
  });

  test('that is missing, empty or given twice is an error', async () => {
    const collector = await startCollector();
    for (const query of ['key=site', 'key=site&id=', 'id=bob', 'key=site&id=a&id=b']) {
      for (const method of ['GET', 'DELETE']) {
        expect((await collector.send(`/api/v1/person?${query}`, { method })).status).toBe(400);
      }
    }
    expect((await collector.send(address('x'.repeat(5000)))).status).toBe(404);
  });
});

test.each([
  '/api/v1/live?key=site',
  '/api/v1/export?key=site',
  '/api/v1/people?key=site',
  '/api/v1/person?key=site&id=bob',
])('HEAD %s has the headers of GET, and ends', async (path) => {
  const collector = await startCollector();
  await collector.send('/e?_k=site&_p=bob&_n=x');
  const head = await collector.send(path, { method: 'HEAD' });
  const stop = new AbortController();
  const get = await collector.send(path, { signal: stop.signal });
  expect([head.status, await head.text()]).toEqual([200, '']);
  for (const name of ['content-type', 'cache-control', 'x-content-type-options', 'content-disposition']) {
    expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
  }
  stop.abort();
});

test.each([
  ['/healthz', 200],
  ['/api/v1/people', 400],
  ['/api/v1/live', 400],
  ['/api/v1/nothing', 404],
  ['/nothing', 404],
  ['/dashboard/../../package.json', 404],
  ['/dashboard/%2e%2e%2f%2e%2e%2fpackage.json', 404],
])('%s is answered with %i', async (path, status) => {
  const collector = await startCollector();
  const response = await collector.send(path);
  expect(response.status).toBe(status);
  if (status >= 400) expect(await response.json()).toMatchObject({ error: expect.any(String) as string });
});

describe('the tracker', () => {
  test.each(['/kmq.js', '/site.js', '/site.2.js', '/any%20key.js'])('is served at %s', async (path) => {
    const collector = await startCollector();
    const response = await collector.send(path, { headers: { 'accept-encoding': 'br' } });
    expect(response.headers.get('content-type')).toContain('text/javascript');
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(await response.text()).toContain('kmq');
    const etag = response.headers.get('etag')!;
    expect((await collector.send(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  test.each(
    Object.entries({
      br: ['br', 'BR', '*', 'gzip, deflate, br, zstd', 'gzip;q=0.5, br;q=0.8', 'gzip;q=0,*', 'identity;q=0, *'],
      gzip: [
        'gzip, deflate',
        'gzip;q=0.8, br;q=0.5',
        'br;q=0, gzip',
        'br;q=0, *',
        'br;q=0,*;q=0.5',
        'gzip;q=1.0,deflate',
      ],
      none: [
        'identity',
        '',
        'br;q=0',
        'br ; q=0.000',
        'br;q=0, *;q=0',
        '*;q=0',
        'identity, br;q=0.5',
        'brotli, x-br, abr',
      ],
      nothing: ['br;q=x', ';,;q=1,,', undefined, `${'x,'.repeat(512)}br`],
    }).flatMap(([name, headers]) => headers.map((accepted) => [accepted, /^no/.test(name) ? null : name] as const)),
  )('is encoded for a client that accepts %j as %j', async (accepted, expected) => {
    const { port } = await startCollector();
    // Not by fetch, which adds its own Accept-Encoding, and decodes the answer.
    for (const method of ['GET', 'HEAD']) {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
        request({ port, path: '/site.js', method, headers, agent: false }, resolve).on('error', reject).end();
      });
      expect([response.headers['content-encoding'] ?? null, response.headers.vary]).toEqual([
        expected,
        'Accept-Encoding',
      ]);
      const bytes = await buffer(response);
      if (method === 'HEAD') continue;
      const read = { br: brotliDecompressSync, gzip: gunzipSync }[expected ?? ''] ?? ((plain: Buffer) => plain);
      expect(read(bytes).toString()).toBe(await readFile('dist/kmq.js', 'utf8'));
    }
  });

  test('is not sent again to a client that has it, whether the tag is weak, in a list or *', async () => {
    const collector = await startCollector();
    const first = await collector.send('/site.js');
    const etag = first.headers.get('etag')!;
    const statusFor = async (list: string, more: Record<string, string> = {}) =>
      (await collector.send('/site.js', { headers: { 'if-none-match': list, ...more } })).status;
    for (const list of [etag, `W/${etag}`, `"x", ${etag}`, `W/"x",W/${etag} , "y"`, '*'])
      expect(await statusFor(list)).toBe(304);
    for (const list of ['"x"', etag.slice(1, -1), `"x${etag.slice(1)}`, '']) expect(await statusFor(list)).toBe(200);
    expect(await statusFor(etag, { 'cache-control': 'no-cache' })).toBe(304);
    const again = await collector.send('/site.js', { headers: { 'if-none-match': etag, 'accept-encoding': 'gzip' } });
    for (const name of [
      'etag',
      'vary',
      'cache-control',
      'access-control-allow-origin',
      'cross-origin-resource-policy',
    ]) {
      expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    }
    expect(await again.text()).toBe('');
  });

  test('and i.js is a script that does nothing', async () => {
    const collector = await startCollector();
    const response = await collector.send('/i.js');
    expect(response.headers.get('content-type')).toContain('text/javascript');
    expect(runInNewContext(await response.text(), {})).toBeUndefined();
  });
});
