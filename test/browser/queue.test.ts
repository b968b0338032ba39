import { describe, expect, test } from 'vitest';
import { afterLoad, openSite, script, snippets, useBrowser } from '../support/browser.js';

useBrowser();

/** Throws in every trap. */
const hostile = `new Proxy([], new Proxy({}, { get: function () { throw new Error('trap'); } }))`;
const thrower = `{ toString: function () { throw new Error('text'); } }`;

const names = (hits: Record<string, unknown>[]) => hits.map(({ _n }) => _n);

describe.each(Object.entries(snippets))('with the %s snippet', (_, snippet) => {
  test('commands pushed before, during and after the load arrive in their order', async () => {
    const site = await openSite();
    await site.open(
      snippet(site.collector) +
        script(`
          _kmq.push(['record', 'before', { plan: 'pro' }]);
          _kmq.push(function () { _kmq.push(['record', 'during']); KM.record('inside'); });
          _kmq.push(['record', 'before too'], ['record', 'and with it']);
        `),
    );
    await afterLoad(site.page, `_kmq.push(['record', 'after']); KM.record('direct');`);
    await site.stored(7);
    expect(site.hits.map((url) => url.searchParams.get('_n'))).toEqual([
      ...['before', 'inside', 'before too', 'and with it', 'during', 'after', 'direct'],
    ]);
    expect(site.errors).toEqual([]);
  });
});

test('a hit has the moment at which its command was pushed, however late the tracker loads', async () => {
  const site = await openSite();
  await site.page.route('**/site.js', async (route) => {
    await site.page.waitForFunction('window.after');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await route.continue();
  });
  const push = `before = Date.now(); _kmq.push(['record', 'early']); after = Date.now();`;
  await site.open(snippets.loader(site.collector) + script(push));
  await site.stored(1);
  const sent = Number(site.hits[0]!.searchParams.get('_t'));
  const [before, after] = await site.page.evaluate<number[]>('[before, after].map((time) => Math.round(time / 1000))');
  expect(sent).toBeGreaterThanOrEqual(before!);
  expect(sent).toBeLessThanOrEqual(after!);
  expect(Date.now() / 1000 - sent).toBeGreaterThan(2.5);
});

test('a hit is /e, /s or /a with the fields of the specification, and has its own id', async () => {
  const site = await openSite();
  await site.open(snippets.loader(site.collector));
  await afterLoad(
    site.page,
    `_kmq.push(['record', 'Signed Up', { 'Plan Name': 'Pro & more', list: ['a', 'b'], none: null, o: { a: 1 }, f: function () {} }]);
     _kmq.push(['set', { gender: 'female' }]);
     _kmq.push(['alias', 'bob', 'bob@example.com']);`,
  );
  await site.stored(3);
  const [event, properties, alias] = site.hits as [URL, URL, URL];
  const person = (await site.cookies()).km_ai;
  const parameters = (url: URL) => Object.fromEntries(url.searchParams);
  const common = {
    _k: 'site',
    _t: expect.stringMatching(/^\d{10}$/) as string,
    _i: expect.stringMatching(/^\d{16}[\w-]{10}$/) as string,
  };
  expect([event.pathname, parameters(event)]).toEqual([
    '/e',
    { ...common, _n: 'Signed Up', _p: person, 'Plan Name': 'Pro & more', list: 'a,b', none: '' },
  ]);
  expect(event.search).toContain('Plan%20Name=Pro%20%26%20more');
  expect([properties.pathname, parameters(properties)]).toEqual(['/s', { ...common, _p: person, gender: 'female' }]);
  expect([alias.pathname, parameters(alias)]).toEqual(['/a', { ...common, _n: 'bob', _p: 'bob@example.com' }]);
  expect(new Set(site.hits.map((url) => url.searchParams.get('_i'))).size).toBe(3);
});

test('hits to another collector have nothing that the specification does not know', async () => {
  const site = await openSite();
  await site.open(script('KM_PLAIN = true;') + snippets.loader(site.collector));
  await afterLoad(site.page, `_kmq.push(['record', 'x'])`);
  await site.stored(1);
  expect([...site.hits[0]!.searchParams.keys()].sort()).toEqual(['_k', '_n', '_p', '_t']);
});

test('a hit that is received twice counts once, and the same event again in the same second counts twice', async () => {
  const site = await openSite();
  await site.open(snippets.loader(site.collector));
  await afterLoad(site.page, `_kmq.push(['identify', 'bob']); _kmq.push(['record', 'x', { _t: 1300000000, _d: 1 }]);`);
  await site.stored(1);
  await fetch(site.hits[0]!);
  await site.stored(1);
  await afterLoad(site.page, `_kmq.push(['record', 'X', { _t: 1300000000, _d: 1 }]);`);
  await site.stored(2);
  expect((await site.collector.person('bob'))!.events).toEqual([
    { name: 'x', time: 1300000000, properties: {} },
    { name: 'X', time: 1300000000, properties: {} },
  ]);
});

describe('the flat form', () => {
  const flat = `
    _kmq.push('identify', 'bob');
    _kmq.push('record', 'Signed Up', { plan: 'pro' });
    _kmq.push('set', { gender: 'male' });
    _kmq.push('alias', 'bob', 'bob@example.com');
    _kmq.push(['record', 'array form']);
    _kmq.push('record', 'alone');
    _kmq.push('record', 'set', {}, function () { window.called = true; });
    _kmq.push(function () { window.ran = true; });
  `;
  const expected = [
    { _p: 'bob', _n: 'Signed Up', plan: 'pro' },
    { _p: 'bob', gender: 'male' },
    { _p: 'bob@example.com', _p2: 'bob' },
    { _p: 'bob', _n: 'array form' },
    { _p: 'bob', _n: 'alone' },
    { _p: 'bob', _n: 'set' },
  ];
  test.each([
    ['before the load, buffered by the loader', 'loader', true],
    ['before the load, in a plain array', 'bare', true],
    ['after the load', 'loader', false],
  ] as const)('%s', async (_, snippet, early) => {
    const site = await openSite();
    const head = snippets[snippet](site.collector);
    await site.open(early ? script(flat) + head : head);
    if (!early) await afterLoad(site.page, flat);
    const hits = await site.stored(6);
    for (const line of expected) expect(hits).toContainEqual(expect.objectContaining(line));
    await site.page.waitForFunction('window.called && window.ran');
  });
});

describe('whatever is pushed, the next command runs and the page continues', () => {
  test.each([
    ['a function that throws', `_kmq.push(function () { throw new Error('broken'); })`, 'broken'],
    ['a property that throws', `_kmq.push(['record', 'x', { get a() { throw new Error('getter'); } }])`, 'getter'],
    ['a callback that throws', `_kmq.push(['record', 'first', {}, function () { throw new Error('callback'); }])`, ''],
    ['an unknown command', `_kmq.push(['nonsense', 1])`, 'no such command'],
    ['a member of every object', `_kmq.push(['constructor', 'x'], ['__proto__'], ['toString'])`, ''],
    ['values that are not commands', `_kmq.push(null, undefined, 0, 7, 'text', {}, [], true, Symbol('s'))`, ''],
    ['a symbol as the name', `_kmq.push(['record', 'x', { a: Symbol('s') }])`, ''],
    ['half a surrogate pair', `_kmq.push(['record', 'cut \\ud83d'])`, ''],
    ['an object as identity', `_kmq.push(['identify', { id: 1 }])`, 'an identity cannot be an object'],
    ['an object in an alias', `_kmq.push(['alias', { id: 1 }, 'bob'])`, 'an identity cannot be an object'],
    ['an object as the other of an alias', `_kmq.push(['alias', 'bob', { id: 1 }])`, 'an identity cannot be an object'],
    ['a proxy that throws at each access', `_kmq.push(${hostile}, ['record', ${hostile}], ['set', ${hostile}])`, ''],
    ['a proxy as a flat argument', `_kmq.push('record', ${hostile})`, ''],
    [
      'a revoked proxy',
      `(function () { var r = Proxy.revocable([], {}); r.revoke(); _kmq.push(r.proxy, 'record', r.proxy); })()`,
      '',
    ],
    [
      'texts that throw',
      `_kmq.push(['identify', ${thrower}], ['record', ${thrower}], ['trackClick', ${thrower}, 'x'])`,
      '',
    ],
    [
      'a function that throws a value other than an error',
      `_kmq.push(function () { throw null; }, function () { throw ${thrower}; })`,
      '',
    ],
    ['a frozen command', `_kmq.push(Object.freeze(['record', 'frozen', Object.freeze({ a: 1 })]))`, ''],
  ])('%s', async (_, code, message) => {
    for (const early of [true, false]) {
      const site = await openSite();
      const next = `_kmq.push(['record', 'next'])`;
      const head = snippets.loader(site.collector);
      await site.open(early ? head + script(`${code}; ${next}`) : head);
      if (!early) await afterLoad(site.page, `${code}; ${next}`);
      await expect.poll(async () => names(await site.collector.export())).toContain('next');
      // The page's own errors are reported as such: a callback runs as an event handler.
      expect(site.errors.filter((error) => !error.includes('callback'))).toEqual([]);
      if (message) await expect.poll(() => site.console.join()).toContain(message);
      await site.context.close();
    }
  });

  test.each([
    ['an object', '{}'],
    ['an object with items', `{ 0: ['record', 'kept'], length: 1 }`],
    ['a text', `'text'`],
    ['null', 'null'],
  ])('a _kmq that is %s', async (_, value) => {
    const site = await openSite();
    await site.open(`<script>_kmq = ${value};</script>` + snippets.bare(site.collector));
    await afterLoad(site.page, `_kmq.push(['record', 'next'])`);
    const hits = await site.stored(value.includes('kept') ? 2 : 1);
    expect(names(hits)).toContain('next');
    expect(site.errors).toEqual([]);
  });
});

describe('one tracker a page', () => {
  test('the loader pasted twice, with the original snippet and the plain script: each hit is sent once', async () => {
    const site = await openSite();
    const { loader, original, bare } = snippets;
    const push = (name: string) => script(`_kmq.push(['record', '${name}'])`);
    const head = [loader, original, bare, loader]
      .map((snippet) => snippet(site.collector) + push(snippet.name))
      .join('');
    await site.open(head);
    await site.page.waitForLoadState('networkidle');
    await afterLoad(site.page, `_kmq.push(['record', 'after'])`);
    await site.stored(5);
    expect(site.hits).toHaveLength(5);
  });

  test('a loader that runs after the tracker leaves the live queue alone', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    const loader = snippets.loader(site.collector).replace(/<\/?script>/g, '');
    await afterLoad(site.page, `${loader}; _kmq.push(['record', 'after'])`);
    await site.stored(1);
  });

  test('an element with the id KM does not count as a tracker', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector), { body: '<p id="KM">kilometres</p>' });
    await afterLoad(site.page, `_kmq.push(['record', 'x'])`);
    await site.stored(1);
  });
});

describe('callbacks', () => {
  test('are called once the collector has the hit or cannot be reached, and also if there is nothing to send', async () => {
    const site = await openSite();
    await site.open(
      snippets.loader(site.collector) +
        script(`
          calls = [];
          _kmq.push(['record', 'x', {}, function () { calls.push('record'); }]);
          _kmq.push(['set', { a: 1 }, function () { calls.push('set'); }]);
          _kmq.push(['set', {}, function () { calls.push('nothing'); }]);
          _kmq.push(['record', 'y', function () { calls.push('in the place of properties'); }]);
        `),
    );
    await site.stored(3);
    await expect
      .poll(() => site.page.evaluate('calls.sort()'))
      .toEqual(['in the place of properties', 'nothing', 'record', 'set']);
    await site.collector.close();
    await site.page.evaluate(`_kmq.push(['record', 'z', {}, function () { calls.push('unreachable'); }])`);
    await site.page.waitForFunction(`calls.includes('unreachable')`);
    expect(site.errors).toEqual([]);
  });
});

describe('where the key and the collector come from', () => {
  test.each([
    ['_kmk first', `_kmk = 'first'; KM_KEY = 'second';`, 'first'],
    ['then KM_KEY', `KM_KEY = 'second';`, 'second'],
    ['then the name of the file', '', 'site'],
  ])('%s', async (_, code, key) => {
    const site = await openSite();
    await site.open(script(code) + snippets.bare(site.collector));
    await afterLoad(site.page, `_kmq.push(['record', 'x'])`);
    await expect.poll(() => site.collector.export(key)).toHaveLength(1);
  });

  test('KM_COLLECTOR, for a bundle on another host', async () => {
    const site = await openSite();
    const elsewhere = await openSite({ collector: site.collector });
    const head = script(`_kmk = 'site'; KM_COLLECTOR = '${site.collector.origin}/';`);
    await elsewhere.open(
      `${head}<script src="${site.collector.origin.replace('127.0.0.1', 'cdn.example.test')}/kmq.js"></script>`,
    );
    await afterLoad(elsewhere.page, `_kmq.push(['record', 'x'])`);
    await site.stored(1);
    expect(elsewhere.hits[0]!.origin).toBe(site.collector.origin);
  });

  test('without a key nothing is sent, the owner is told once, and the page works', async () => {
    const site = await openSite();
    await site.open(`<script src="${site.collector.origin}/kmq.js"></script>`);
    await afterLoad(site.page, `_kmq.push(['record', 'x', {}, function () { window.called = true; }])`);
    expect(await site.page.evaluate('window.called')).toBe(true);
    await site.page.evaluate(`KM.record('y')`);
    expect(site.console).toEqual(['kmq: nothing is sent without _kmk']);
    expect([site.hits, site.errors]).toEqual([[], []]);
  });
});

test('with the tracker blocked the page works as before', async () => {
  const site = await openSite();
  await site.page.route('**/site.js', (route) => route.abort());
  await site.open(snippets.loader(site.collector) + script(`_kmq.push(['record', 'x'])`));
  expect(await site.page.evaluate(`_kmq.push(['identify', 'bob'], function () {})`)).toBe(3);
  expect(site.errors).toEqual([]);
});

test('KM has i and ts, and its methods never throw', async () => {
  const site = await openSite();
  await site.open(snippets.bare(site.collector));
  await afterLoad(site.page, 'undefined');
  expect(await site.page.evaluate('[KM.i().length, Math.abs(KM.ts() - Date.now() / 1000) <= 1]')).toEqual([21, true]);
  const thrower = `{ get a() { throw new Error('getter'); } }`;
  expect(await site.page.evaluate(`KM.record('x', ${thrower}) === KM.set(${thrower})`)).toBe(true);
});

test('an element named _kmq does not stop an application that imports the tracker', async () => {
  const site = await openSite();
  await site.open(`<a id="_kmq"></a><script type="module">
    import { init, record } from '/kmq.mjs';
    record('before init');
    init({ key: 'site', collector: '${site.collector.origin}' });
    record('after init');
  </script>`);
  expect(await site.stored(2)).toMatchObject([{ _n: 'before init' }, { _n: 'after init' }]);
  expect(site.errors).toEqual([]);
});

test('an application imports the tracker, also where there is no browser', async () => {
  const site = await openSite();
  const module = (await import(`${process.cwd()}/dist/kmq.mjs`)) as {
    record(name: string): void;
    init(options: object): void;
  };
  module.record('on a server');
  module.init({ key: 'site', collector: site.collector.origin });

  await site.open(`<script type="module">
    import { init, record, identify, set } from '/kmq.mjs';
    record('before init');
    identify('bob');
    init({ key: 'site', collector: '${site.collector.origin}' });
    set({ plan: 'pro' });
    record('after init', { a: 1 }, () => { window.called = true; });
  </script>`);
  await site.stored(4);
  await site.page.waitForFunction('window.called');
  expect(await site.collector.person('bob')).toMatchObject({
    events: [{ name: 'before init' }, { name: 'after init', properties: { a: '1' } }],
    properties: { plan: [{ value: 'pro' }] },
  });
});
