import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startCollector } from '../support/collector.js';
import { exchange, receivedFrom } from '../support/socket.js';
import { stallStore } from '../support/stalled-store.js';

const GIF_BYTES = 43;

async function expectGif(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('image/gif');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const body = Buffer.from(await response.arrayBuffer());
  expect(body.length).toBe(GIF_BYTES);
  expect(body.subarray(0, 6).toString()).toBe('GIF89a');
}

const form = (body: BodyInit, type = 'application/x-www-form-urlencoded'): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': type },
});

describe('a hit by GET and by POST is the same hit', () => {
  test.each<[string, string, RequestInit?]>([
    ['GET', '/e?_k=site&_p=bob&_n=Signed+Up&plan=pro'],
    ['POST with a query', '/e?_k=site&_p=bob&_n=Signed+Up&plan=pro', { method: 'POST' }],
    ['POST with a form', '/e', form('_k=site&_p=bob&_n=Signed+Up&plan=pro')],
    ['POST with both', '/e?_k=site&_p=bob', form('_n=Signed+Up&plan=pro')],
    ['POST as sendBeacon sends text', '/e', form('_k=site&_p=bob&_n=Signed%20Up&plan=pro', 'text/plain;charset=UTF-8')],
  ])('%s', async (_, address, init) => {
    const collector = await startCollector();
    await expectGif(await collector.send(address, init));
    expect(await collector.person('bob')).toMatchObject({
      identities: ['bob'],
      customerIds: ['bob'],
      events: [{ name: 'Signed Up', properties: { plan: 'pro' } }],
      properties: { plan: [{ value: 'pro' }] },
    });
  });
});

test('if query and body contain the same name, the last value counts', async () => {
  const collector = await startCollector();
  await collector.send('/s?_k=site&_p=bob&plan=free', form('plan=pro'));
  expect((await collector.person('bob'))!.properties).toMatchObject({ plan: [{ value: 'pro' }] });
});

describe('invalid input is answered with a GIF, and Live shows the reason', () => {
  test.each<[string, string, string, RequestInit?]>([
    ['nothing at all', '/e', 'no-key'],
    ['no key', '/e?_p=bob&_n=x', 'no-key'],
    ['no person', '/e?_k=site&_n=x', 'no-person'],
    ['no name', '/e?_k=site&_p=bob', 'no-name'],
    ['a long identity', `/e?_k=site&_n=x&_p=${'p'.repeat(256)}`, 'long-identity'],
    ['too-old', '/e?_k=site&_p=bob&_n=x&_t=1&_d=1', 'too-old'],
    ['XML', '/e?_k=site', 'body-type', form('<p>bob</p>', 'application/xml')],
    ['a compressed body', '/e', 'compressed-body', { ...form('x'), headers: { 'content-encoding': 'gzip' } }],
    ['2 MiB of body', '/e?_k=site&_p=bob&_n=x', 'long-body', form('a='.padEnd(2 ** 21, 'x'))],
  ])('%s', async (_, address, code, init) => {
    const collector = await startCollector();
    await expectGif(await collector.send(address, init));
    const { refusals } = await collector.live(1);
    expect(refusals).toEqual([expect.objectContaining({ code })]);
    expect(await collector.export()).toEqual([]);
  });
});

describe('a batch (/b)', () => {
  const batch = (...lines: string[]) => form(lines.join('\n'), 'text/plain;charset=UTF-8');
  const line = (number: number) => `/e?_k=site&_p=bob&_n=event+${number}&_i=id${number}`;

  test('has one hit on each line, in their order, and each counts once however often it is sent', async () => {
    const collector = await startCollector();
    const lines = [line(1), '/s?_k=site&_p=bob&plan=pro', '/a?_k=site&_p=bob&_n=robert', `${line(2)}&_a=60`];
    await expectGif(await collector.send('/b', batch(...lines)));
    await expectGif(await collector.send('/b', batch(line(2), line(3))));
    const hits = await collector.export();
    expect(hits.map(({ _n, _p2, plan }) => _n ?? _p2 ?? plan)).toEqual([
      'event 1',
      'pro',
      'robert',
      'event 2',
      'event 3',
    ]);
    expect(Number(hits[0]!._t) - Number(hits[3]!._t)).toBeGreaterThanOrEqual(59);
    const events = (await collector.person('robert'))!.events.map(({ name }) => name);
    expect(events).toEqual(['event 2', 'event 1', 'event 3']);
  });

  test('an invalid line is refused, and the others are stored', async () => {
    const collector = await startCollector();
    await expectGif(await collector.send('/b', batch('nonsense', line(1), '/b?x', '/e?_k=site&_n=x', '', line(2))));
    expect(await collector.export()).toHaveLength(2);
    const { refusals } = await collector.live(6);
    expect(refusals.map(({ code }) => code)).toEqual([...['batch-line', 'batch-line', 'no-person', 'batch-line']]);
  });

  test.each<[string, RequestInit?]>([
    ['by GET'],
    ['without a line', batch()],
    ['of more than 2,000 lines', batch(...Array<string>(2001).fill(line(1)))],
  ])('%s is refused as a whole', async (_, init) => {
    const collector = await startCollector();
    await expectGif(await collector.send('/b', init));
    expect((await collector.live(1)).refusals[0]!.code).toBe('batch-size');
    expect(await collector.export()).toEqual([]);
  });

  test('can be read by a page of another origin', async () => {
    const collector = await startCollector();
    expect((await collector.send('/b', batch(line(1)))).headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('input with a mistake that can be repaired is stored, with a warning in Live', () => {
  const cases: [string, string, string, Record<string, unknown>][] = [
    ['300 characters of name', `_n=${'n'.repeat(300)}`, 'long-name', { _n: 'n'.repeat(255) }],
    ['9 KB of value', `_n=x&v=${'v'.repeat(9000)}`, 'long-value', { v: 'v'.repeat(8192) }],
    ['%zz', '_n=x&v=%zz', 'not-utf8', { v: '%zz' }],
    ['invalid UTF-8', '_n=x&v=%ff%fe', 'not-utf8', { v: '\ufffd\ufffd' }],
    ['repeated parameters', '_n=x&v=1&v=2', 'repeated-property', { v: '2' }],
    ['a time that is not a number', '_n=x&_t=soon&_d=1', 'bad-time', {}],
    ['an invalid age', '_n=x&_a=-5', 'bad-age', {}],
    ['an age of a year', '_n=x&_a=31536000', 'bad-age', {}],
    ['a century ahead', '_n=x&_t=4900000000&_d=1', 'future-time', {}],
  ];
  test.each(cases)('%s', async (_, query, warning, line) => {
    const collector = await startCollector();
    await expectGif(await collector.send(`/e?_k=site&_p=bob&${query}`));
    const { hits } = await collector.live(1);
    expect(hits[0]!.warningCodes).toEqual([warning]);
    expect(await collector.export()).toEqual([expect.objectContaining(line)]);
  });
});

test('NUL, emoji and right-to-left text are stored unchanged', async () => {
  const collector = await startCollector();
  const person = 'a\0b 👩‍👩‍👧 שלום';
  await collector.send(`/s?_k=site&_p=${encodeURIComponent(person)}&v%00=x%00y`);
  expect(await collector.person(person)).toMatchObject({
    identities: [person],
    properties: { 'v\0': [{ value: 'x\0y' }] },
  });
});

test('__proto__ is an ordinary property', async () => {
  const collector = await startCollector();
  await collector.send('/e?_k=site&_p=bob&_n=x&__proto__=polluted');
  const text = await (await collector.send('/api/v1/people/bob?key=site')).text();
  expect(text).toContain('"__proto__":[{"value":"polluted"');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('of 10,000 properties the first 1,000 are stored', async () => {
  const collector = await startCollector();
  const query = Array.from({ length: 10_000 }, (_, n) => `p${n}=${n}`).join('&');
  await expectGif(await collector.send(`/s?_k=site&_p=bob&${query}`));
  expect(Object.keys((await collector.person('bob'))!.properties)).toHaveLength(1000);
});

test('an address of 2 MiB is acknowledged, and Live shows its refusal', async () => {
  const collector = await startCollector();
  const answer = await exchange(
    collector.port,
    Buffer.from(`GET /e?v=${'x'.repeat(2 ** 21)} HTTP/1.1\r\nHost: x\r\n\r\n`),
  );
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*GIF89a/);
  expect((await collector.live(1)).refusals[0]!.code).toBe('long-address');
});

test('an address of 8 MiB is one refusal, also if most of it arrives before the refusal is stored', async () => {
  const collector = await startCollector();
  const goOn = stallStore();
  const socket = connect(collector.port, '127.0.0.1');
  const answer = receivedFrom(socket);
  await new Promise((resolve) => socket.write(`GET /e?v=${'x'.repeat(2 ** 23)} HTTP/1.1\r\nHost: x\r\n\r\n`, resolve));
  goOn();
  expect(await answer).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*GIF89a/);
  const metrics = await (await collector.send('/metrics')).text();
  expect(metrics).toMatch(/^kmq_hits_refused_total\{code="long-address"\} 1$/m);
  expect(metrics).toMatch(/^kmq_http_broken_requests_total 1$/m);
});

test('a request that is not HTTP is answered with 400', async () => {
  const collector = await startCollector();
  expect(await exchange(collector.port, Buffer.from('\0\x01 nonsense\r\n\r\n'))).toMatch(/^HTTP\/1.1 400 /);
});

test.each(['/e', '/healthz'])(
  'a request of HTTP/1.0 in chunks (%s) is answered, and its connection is closed, as RFC 9112 demands',
  async (path) => {
    const collector = await startCollector();
    const method = path === '/e' ? 'POST' : 'GET';
    const head = `${method} ${path} HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n`;
    const body = '_k=site&_p=bob&_n=n';
    const chunked = `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(await exchange(collector.port, `${head}${chunked}`)).toMatch(
      /^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n/i,
    );
    // Without chunks the connection stays open, as the sender asks: both requests are answered.
    const plain = (connection: string) =>
      `${method} ${path} HTTP/1.0\r\nHost: x\r\nConnection: ${connection}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const both = await exchange(collector.port, plain('keep-alive') + plain('close'));
    expect(both.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  },
);

test('what follows a request of HTTP/1.0 in chunks on its connection is not a request, since another sender may have written it', async () => {
  const collector = await startCollector();
  const head = 'POST /e HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n';
  const hit = '_k=site&_p=bob&_n=first';
  const behind = 'GET /e?_k=site&_p=bob&_n=behind HTTP/1.1\r\nHost: x\r\n\r\n';
  const chunks = `${hit.length.toString(16)}\r\n${hit}\r\n0\r\n\r\n`;
  const answer = await exchange(collector.port, head + chunks + behind + behind);
  expect(answer.match(/HTTP\/1\.1 200 /g)).toHaveLength(1);
  expect((await collector.export()).map(({ _n }) => _n)).toEqual(['first']);
});

test('HEAD records nothing, OPTIONS allows other origins, other methods are not allowed', async () => {
  const collector = await startCollector();
  const hit = '/e?_k=site&_p=bob&_n=x';
  expect((await collector.send(hit, { method: 'HEAD' })).status).toBe(200);
  const preflight = await collector.send(hit, { method: 'OPTIONS' });
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  expect((await collector.send(hit, { method: 'PUT' })).status).toBe(405);
  expect(await collector.export()).toEqual([]);
});

test('an incomplete body is not a hit', async () => {
  const collector = await startCollector();
  await new Promise<void>((resolve) => {
    const sender = request(`${collector.origin}/e?_k=site&_p=bob&_n=x`, {
      method: 'POST',
      headers: { 'content-length': 100 },
    });
    sender.on('error', () => resolve());
    sender.write('v=half', () => sender.destroy(new Error('gone')));
  });
  await collector.send('/e?_k=site&_p=bob&_n=y');
  expect(await collector.export()).toMatchObject([{ _n: 'y' }]);
});

test('keys that are not accepted are refused, which the Live of every site shows', async () => {
  const collector = await startCollector({ keys: ['site'] });
  await expectGif(await collector.send('/e?_k=other&_p=bob&_n=x'));
  await collector.send('/e?_k=site&_p=bob&_n=x');
  const { refusals } = await collector.live(2);
  expect(refusals[0]).toMatchObject({ code: 'unknown-key', reason: expect.stringContaining('“other”') as string });
  expect(await collector.export('other')).toEqual([]);
  expect(await collector.export()).toHaveLength(1);
});
