import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, readVisitor, type ClientOptions } from '../../src/node/index.js';
import { Sender } from '../../src/node/sender.js';
import { startCollector, temporaryFolder } from '../support/collector.js';
import { startProxy } from '../support/faults.js';
import { filesIn, openClient, type TestClient } from './support.js';

const now = (): number => Math.floor(Date.now() / 1000);

const HERE = { key: 'site', collector: 'http://127.0.0.1:1' };

test('events, properties and aliases of a person arrive, with the moment of the call', async () => {
  const collector = await startCollector();
  const kmq = await openClient({ collector: collector.origin });
  const before = now();
  kmq.record('visitor-7', 'Viewed Plans');
  kmq.alias('ada@example.com', 'visitor-7');
  kmq.record('ada@example.com', 'Signed Up', { 'Plan Name': 'Pro & €', seats: 3, tags: ['a', 'b'], coupon: null });
  kmq.set('ada@example.com', { gender: 'female' });
  const after = now();
  expect(await kmq.flush()).toBe(true);
  const ada = (await collector.person('ada@example.com'))!;
  expect(ada.identities.sort()).toEqual(['ada@example.com', 'visitor-7']);
  expect(ada.events.map(({ name, properties }) => [name, properties])).toEqual([
    ['Viewed Plans', {}],
    ['Signed Up', { 'Plan Name': 'Pro & €', seats: '3', tags: 'a,b', coupon: '' }],
  ]);
  expect(ada.properties.gender).toMatchObject([{ value: 'female' }]);
  for (const { time } of ada.events) {
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(after);
  }
  expect(kmq.errors).toEqual([]);
  expect(filesIn(kmq.queue)).toEqual([]);
});

test('the ids of hits of one millisecond sort in the order of the calls', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  onTestFinished(() => void vi.useRealTimers());
  const kmq = await openClient({});
  const made: string[] = [];
  // The counter in an id has three digits.
  for (let millisecond = 0; millisecond < 3; millisecond++) {
    vi.advanceTimersByTime(1);
    for (let n = 0; n < 400; n++) kmq.record('ada', `n${made.push('')}`);
  }
  const ids = filesIn(kmq.queue).flatMap((file) => readFileSync(file, 'utf8').match(/_i=[^&\n]*/g) ?? []);
  expect(ids).toHaveLength(made.length);
  expect([...ids].sort()).toEqual(ids);
});

test('hits are sent together, in the order of their calls', async () => {
  const collector = await startCollector();
  const kmq = await openClient({ collector: collector.origin });
  const names = Array.from({ length: 3000 }, (_, n) => `n${n}`);
  for (const [n, name] of names.entries()) kmq.record(n % 50, name, { text: 'x'.repeat(100) });
  expect(await kmq.flush()).toBe(true);
  expect((await collector.export()).map(({ _n }) => _n)).toEqual(names);
});

test('flush without a time limit waits until all hits are acknowledged', async () => {
  const collector = await startCollector();
  const kmq = await openClient({ collector: collector.origin });
  kmq.record('ada', 'a');
  expect(await kmq.flush(Infinity)).toBe(true);
});

test('no call of flush is needed', async () => {
  const collector = await startCollector();
  const kmq = await openClient({ collector: collector.origin });
  kmq.record(7, 'Signed Up');
  await expect.poll(() => collector.person('7')).toBeDefined();
});

test('a call that is repeated with its own id and time counts once', async () => {
  const collector = await startCollector();
  const kmq = await openClient({ collector: collector.origin });
  for (let attempt = 0; attempt < 3; attempt++)
    kmq.record('ada', 'Ordered', { _i: 'order-7', _t: 1_700_000_000, total: 12 });
  await kmq.flush();
  expect(await collector.export()).toEqual([
    { _p: 'ada', _n: 'Ordered', _t: 1_700_000_000, _i: 'order-7', total: '12' },
  ]);
});

test('the time of a call may be a text, and null for time and id is none', async () => {
  const collector = await startCollector();
  const kmq = await openClient({ collector: collector.origin });
  const before = now();
  kmq.record('ada', 'a', { _t: '1700000000.9', _d: 1, _i: 7 });
  kmq.record('ada', 'b', { _t: null, _d: null, _i: null });
  kmq.record('ada', 'c', { _i: 'x'.repeat(64) });
  await kmq.flush();
  const [a, b, c] = await collector.export();
  expect(a).toEqual({ _p: 'ada', _n: 'a', _t: 1_700_000_000, _i: '7' });
  expect(b!._t).toBeGreaterThanOrEqual(before);
  expect(b!._i).toMatch(/^\d{16}[-\w]{10}$/);
  expect(c!._i).toHaveLength(64);
  expect(kmq.errors).toEqual([]);
});

test('Infinity is no limit for the bytes and the age of the queue', async () => {
  const collector = await startCollector();
  const kmq = await openClient({ collector: collector.origin, maxBytes: Infinity, maxAge: Infinity });
  kmq.record('ada', 'a');
  expect(await kmq.flush()).toBe(true);
  expect(kmq.errors).toEqual([]);
});

describe('identify', () => {
  test.each([
    ['an anonymous visitor is tied to the name', 'a=1; km_ai=V%3D1; b=2', ['V=1', 'ada']],
    ['a visitor who has this name already stays', 'km_ai=V; km_ni=ada', undefined],
    ['a visitor of another name is not merged with this one', 'km_ai=V; km_ni=bob', undefined],
    ['a visitor whose id is the name needs no alias', 'km_ai=ada', undefined],
    ['a request without cookies says nothing', undefined, undefined],
    ['a fetch request without cookies says nothing', null, undefined],
    ['cookies of others say nothing', 'xkm_ai=V; =; km_ai', undefined],
  ])('%s', async (_, cookies, identities) => {
    const collector = await startCollector();
    const kmq = await openClient({ collector: collector.origin });
    kmq.identify('ada', cookies);
    await kmq.flush();
    expect((await collector.person('ada'))?.identities.sort()).toEqual(identities);
    expect(kmq.errors).toEqual([]);
  });

  test('reads the cookies of a browser, also hostile ones', () => {
    expect(readVisitor('km_ni=ada%40example.com; km_ai=V')).toEqual({ named: 'ada@example.com', anonymous: 'V' });
    expect(readVisitor('km_ni=%zz; km_ai=')).toEqual({ named: '%zz', anonymous: undefined });
  });
});

describe('a mistake is passed to onError, and stops nothing:', () => {
  const throwing = {
    get plan(): string {
      throw new Error('no plan');
    },
  };
  const wrong: [string, unknown[], RegExp][] = [
    ['no person', [undefined, 'a'], /the person must be .* not undefined/],
    ['a blank person', [' ', 'a'], /the person is blank/],
    ['an object as person', [{ id: 1 }, 'a'], /the person must be .* not object/],
    ['NaN as person', [NaN, 'a'], /the person must be .* not NaN/],
    ['a long person', ['x'.repeat(256), 'a'], /longer than 255/],
    ['half a surrogate pair as person', ['ada\ud83d', 'a'], /half of a surrogate pair/],
    ['half a surrogate pair in an id', ['ada', 'a', { _i: '\ud83d' }], /half of a surrogate pair/],
    ['a long id', ['ada', 'a', { _i: 'x'.repeat(65) }], /the hit id is longer than 64 characters/],
    ['a blank id', ['ada', 'a', { _i: ' ' }], /the hit id is blank/],
    ['an id that another program has damaged', ['ada', 'a', { _i: 'caf\ufffd' }], /the hit id contains U\+FFFD/],
    ['an object as id', ['ada', 'a', { _i: {} }], /the hit id must be .* not object/],
    ['a time in milliseconds', ['ada', 'a', { _t: 1_700_000_000_000 }], /_t must be .* not 1700000000000$/],
    ['a time before 2009', ['ada', 'a', { _t: 0 }], /_t must be .* not 0$/],
    ['a date as time', ['ada', 'a', { _t: new Date() }], /_t must be .* not object$/],
    ['a text as time', ['ada', 'a', { _t: 'today' }], /_t must be .* not NaN$/],
    ['a time that would not count', ['ada', 'a', { _t: 1_700_000_000, _d: 0 }], /_d must be 1, or left out/],
    ['no name', ['ada'], /the name of the event must be .* not undefined/],
    ['properties that are none', ['ada', 'a', 'plan'], /properties must be an object/],
    ['a function in the place of properties', ['ada', 'a', () => {}], /properties must be an object/],
    ['a property that throws', ['ada', 'a', throwing], /no plan/],
    [
      'a property that would make it someone else’s',
      ['ada', 'a', { _p: 'eve' }],
      /_p cannot be the name of a property/,
    ],
    ['a hit that is too long', ['ada', 'a', { text: Array(999_999).fill(1) }], /too long/],
  ];
  test.each(wrong)('%s', async (_, parameters, reason) => {
    const collector = await startCollector();
    const kmq = await openClient({ collector: collector.origin });
    (kmq.record as (...parameters: unknown[]) => void)(...parameters);
    kmq.record('ada', 'fine');
    await kmq.flush();
    expect(kmq.errors).toEqual([expect.stringMatching(reason)]);
    expect((await collector.export()).map(({ _n }) => _n)).toEqual(['fine']);
  });

  test('set without properties, and an alias without an identity', async () => {
    const kmq = await openClient({});
    kmq.set('ada', {});
    kmq.set('ada', { _t: 1_700_000_000 });
    kmq.alias('ada', undefined as unknown as string);
    expect(kmq.errors).toEqual([
      expect.stringContaining('nothing to set'),
      expect.stringContaining('nothing to set'),
      expect.stringContaining('the other identity must be a string'),
    ]);
  });

  test('a person of a type that no text can be made of', async () => {
    const kmq = await openClient({});
    const textless = Object.create(null) as string;
    kmq.record(textless, 'a');
    kmq.identify(textless, 'km_ai=V');
    kmq.alias(textless, 'ada');
    expect(kmq.errors).toEqual([
      expect.stringContaining('the person must be a string'),
      expect.stringContaining('the other identity must be a string'),
      expect.stringContaining('the person must be a string'),
    ]);
  });

  test('a hit with values that are far too long is cut and sent', async () => {
    const collector = await startCollector();
    const kmq = await openClient({ collector: collector.origin });
    const long = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`p${n}`, 'ü'.repeat(100_000)]));
    for (const name of ['a', 'b', 'c']) kmq.record('ada', name, long);
    expect(await kmq.flush()).toBe(true);
    const hits = await collector.export();
    expect(hits.map(({ _n, p14 }) => [_n, (p14 as string).length])).toEqual([
      ['a', 4096],
      ['b', 4096],
      ['c', 4096],
    ]);
    expect(kmq.errors).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ['no options', undefined, /the client could not be made/],
    ['no key', { collector: 'http://127.0.0.1:1' }, /key of the site is missing/],
    [
      'a long key',
      { key: 'k'.repeat(256), collector: 'http://127.0.0.1:1' },
      /key of the site is longer than 255 char/,
    ],
    [
      'half a letter in a key',
      { key: 'k\ud800', collector: 'http://127.0.0.1:1' },
      /site contains half of a surrogate/,
    ],
    ['no collector', { key: 'site' }, /Invalid URL/],
    ...[0, -1, NaN, '5000', null].flatMap((wrong): [string, unknown, RegExp][] => [
      [`maxBytes ${wrong}`, { ...HERE, maxBytes: wrong }, /maxBytes must be a number above 0/],
      [`maxAge ${wrong}`, { ...HERE, maxAge: wrong }, /maxAge must be a number above 0/],
    ]),
    ['a collector that is no web server', { key: 'site', collector: 'ftp://example.com' }, /and not with ftp:/],
  ])('%s: a client that does nothing', async (_, options, reason) => {
    const errors: string[] = [];
    const log = vi.spyOn(console, 'error').mockImplementation((line) => void errors.push(String(line)));
    onTestFinished(() => log.mockRestore());
    const kmq = createClient(options as ClientOptions);
    kmq.record('ada', 'a');
    kmq.identify('ada', 'km_ai=V');
    expect([await kmq.flush(), await kmq.close(), kmq.dropped]).toEqual([false, false, 0]);
    expect(errors).toEqual([expect.stringMatching(reason)]);
  });

  test('in an onError that throws', async () => {
    const onError = (): void => {
      throw new Error('worse');
    };
    const kmq = await openClient({ onError });
    kmq.record('', 'a');
    expect(await kmq.flush()).toBe(true);
  });

  test('a limit that is no number, and something thrown of which no text can be made', async () => {
    const kmq = await openClient({});
    kmq.record('ada', 'a', {
      get plan(): string {
        throw Object.create(null);
      },
    });
    expect(kmq.errors).toEqual(['a hit was not recorded']);
    for (const limit of [10n, Symbol('soon'), {}]) expect(await kmq.flush(limit as unknown as number)).toBe(true);
    expect(await kmq.close(10n as unknown as number)).toBe(true);
  });

  test('in options that throw', async () => {
    const options = {
      get onError(): () => void {
        throw new Error('worse');
      },
    };
    expect(await createClient(options as unknown as ClientOptions).flush()).toBe(false);
  });

  test('a call after close, which is not stored', async () => {
    const collector = await startCollector();
    const kmq = await openClient({ collector: collector.origin });
    kmq.record('ada', 'before');
    expect(await kmq.close()).toBe(true);
    kmq.record('ada', 'after');
    expect(kmq.errors).toEqual([expect.stringContaining('closed')]);
    expect((await collector.export()).map(({ _n }) => _n)).toEqual(['before']);
    expect(filesIn(kmq.queue)).toEqual([]);
  });
});

test('a hundred open clients are reported once, and clients that are closed do not count', async () => {
  const queue = await temporaryFolder();
  // Tests of other files in this process may have left a few open.
  const openMany = (count: number) => Promise.all(Array.from({ length: count }, () => openClient({ queue })));
  const reported = (clients: TestClient[]) => clients.flatMap(({ errors }) => errors);
  for (let times = 0; times < 3; times++) {
    const clients = await openMany(50);
    await Promise.all(clients.map((client) => client.close(0)));
    expect(reported(clients)).toEqual([]);
  }
  expect(reported(await openMany(120))).toEqual([
    '100 clients are open: make one at the start of the process, and not one for each request, or close them',
  ]);
});

describe('a call during close', () => {
  test('is recorded and sent, while close waits for other hits', async () => {
    const collector = await startCollector();
    const proxy = await startProxy(collector.origin);
    proxy.fault = () => ({ after: 300 });
    const kmq = await openClient({ collector: proxy.origin });
    kmq.record('ada', 'before');
    const closed = kmq.close();
    await expect.poll(() => proxy.requests.length).toBe(1);
    kmq.record('ada', 'during');
    expect(await closed).toBe(true);
    expect(kmq.errors).toEqual([]);
    expect((await collector.export()).map(({ _n }) => _n)).toEqual(['before', 'during']);
    expect(filesIn(kmq.queue)).toEqual([]);
  });

  test('is recorded, and sent by the next client if the collector does not answer', async () => {
    const collector = await startCollector();
    const proxy = await startProxy(collector.origin);
    proxy.fault = () => 'nothing';
    const kmq = await openClient({ collector: proxy.origin });
    kmq.record('ada', 'before');
    const closed = kmq.close(500);
    await expect.poll(() => proxy.requests.length).toBe(1);
    kmq.record('ada', 'during');
    expect(await closed).toBe(false);
    expect(kmq.errors).toEqual([]);
    const next = await openClient({ collector: collector.origin, queue: kmq.queue });
    expect(await next.flush()).toBe(true);
    expect((await collector.export()).map(({ _n }) => _n)).toEqual(['before', 'during']);
  });

  test('makes the answer of close false if its hit is left', async () => {
    const collector = await startCollector();
    const kmq = await openClient({ collector: collector.origin });
    // The attempt to send has ended, and close has not been told yet.
    const closed = kmq.close();
    const spy = vi.spyOn(Sender.prototype, 'flush').mockImplementation(async function (this: Sender) {
      spy.mockRestore();
      const delivered = await this.flush();
      kmq.record('ada', 'late');
      return delivered;
    });
    onTestFinished(() => spy.mockRestore());
    expect(await closed).toBe(false);
    expect(kmq.errors).toEqual([]);
    expect(filesIn(kmq.queue)).toHaveLength(1);
  });
});
