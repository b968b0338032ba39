import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { afterLoad, openSite, script, snippets, useBrowser } from '../support/browser.js';
import { startCollector } from '../support/collector.js';

useBrowser();

describe('what the KM object answers', () => {
  test('KM.gc, KM._i: who the visitor is, without making an id', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, 'undefined');
    const asked = () => site.page.evaluate(`[KM.gc('ni'), KM.gc('ai'), KM._i]`);
    expect(await asked()).toEqual([null, null, undefined]);
    expect(await site.cookies()).toEqual({});
    const anonymous = await site.page.evaluate('KM.i()');
    expect(await asked()).toEqual([null, anonymous, anonymous]);
    await site.page.evaluate(
      `_kmq.push(['identify', 'ada']); (function () { 'use strict'; KM._i = 'somebody else'; })();`,
    );
    expect(await asked()).toEqual(['ada', anonymous, 'ada']);
    for (const name of ['', '__proto__', 'constructor', 'uq', null])
      expect(await site.page.evaluate(`KM.gc(${JSON.stringify(name)})`)).toBeNull();
    await site.page.evaluate(`_kmq.push(['clearIdentity'], ['gc', 'ni'], ['uprts', '?a'], ['p', {}], ['_i'])`);
    expect(await asked()).toEqual([null, null, undefined]);
    expect(site.errors).toEqual([]);
  });

  test('KM.uprts, KM.p: the parameters of an address, and a query from parameters', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector), { path: '/?page=one#part' });
    await afterLoad(site.page, 'undefined');
    const params = (url: string) => site.page.evaluate(`Object.entries(KM.uprts(${url}).params)`);
    expect(await params('')).toEqual([['page', 'one']]);
    expect(await params(`'https://x.test/a?url=http%3A%2F%2Fy.test&b=c+d&b=%C3%BC#?e=f'`)).toEqual([
      ['url', 'http://y.test'],
      ['b', 'ü'],
    ]);
    for (const odd of ['null', '7', `''`, '{}', `'%'`, `'?%'`]) await params(odd);
    const hostile = `'?__proto__=x&constructor=y&__proto__[z]=1'`;
    expect(await site.page.evaluate(`KM.uprts(${hostile}).params.constructor`)).toBe('y');
    expect(await site.page.evaluate('[{}.z, {}.x, ({}).constructor === Object]')).toEqual([undefined, undefined, true]);
    expect(await site.page.evaluate(`KM.p({ a: 'b c', d: null, e: [1, 2], f: {}, g: function () {} })`)).toBe(
      'a=b%20c&d=&e=1%2C2',
    );
    expect(await site.page.evaluate(`[KM.p(), KM.p(null), KM.p(7)]`)).toEqual(['', '', '']);
    expect(site.errors).toEqual([]);
  });
});

describe('KM.u and KM.rf replaced by the page', () => {
  test.each([
    ['the functions’ return values are the URLs', `function () { return 'https://shop.example/canonical'; }`, true],
    ['also if they return String objects', `function () { return new URL('https://shop.example/canonical'); }`, true],
    ['a function that throws is not used', `function () { throw new Error('mine'); }`, false],
    ['a function that returns nothing is not used', 'function () {}', false],
    ['a value that is not a function is not used', '7', false],
  ])('%s', async (_, code, isTold) => {
    const site = await openSite({ automatic: true });
    await site.open(
      script(`KM_SKIP_PAGE_VIEW = 0; _kmq.push(function () { KM.u = KM.rf = ${code}; });`) +
        snippets.bare(site.collector),
      { path: '/?token=secret&utm_source=mail' },
    );
    await afterLoad(site.page, 'KM.pageView()');
    await expect
      .poll(async () => (await site.collector.export()).filter(({ _n }) => _n === 'Page View'))
      .toHaveLength(2);
    const hits = await site.collector.export();
    for (const hit of hits.filter(({ _n }) => _n)) {
      const url = hit['viewed url'] ?? hit['Viewed URL'] ?? hit.url ?? hit.URL;
      expect(url).toEqual(isTold ? 'https://shop.example/canonical' : expect.stringContaining('token=secret'));
    }
    if (isTold) expect(JSON.stringify(hits)).not.toContain('secret');
    expect(site.errors).toEqual([]);
  });
});

describe('a KM that the page has had before the load', () => {
  test.each([
    ['an object', 'var KM = {};'],
    ['with members', 'var KM = KM || {}; KM.mine = 7;'],
    ['with a method of the same name', 'KM = { mine: 7, record: function () { return "not sent"; } };'],
    ['a function', 'function KM() {} KM.mine = 7;'],
    ['frozen', 'KM = Object.freeze({ mine: 7 });'],
    ['a text', 'KM = "kilometres";'],
    ['null', 'KM = null;'],
    ['with a member that throws', 'KM = { mine: 7, get broken() { throw new Error("mine"); } };'],
  ])('%s', async (_, code) => {
    const site = await openSite();
    await site.open(script(`${code} _kmq.push(['record', 'early']);`) + snippets.bare(site.collector));
    await site.page.waitForFunction('typeof KM.abi == "function"');
    await site.page.evaluate(`KM.record('late')`);
    await site.stored(2);
    expect(await site.page.evaluate('KM.mine')).toBe(code.includes('mine') ? 7 : undefined);
    expect(site.errors).toEqual([]);
  });

  test('an element, a form with fields named like methods, and two of them', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector), {
      body: '<form id="KM"><input name="record"><input name="abi"><input name="u"></form><a id="KM"></a>',
    });
    await site.page.waitForFunction('typeof KM.abi == "function"');
    await site.page.evaluate(`_kmq.push(['record', 'x'])`);
    await site.stored(1);
  });

  test('a second copy of the tracker does nothing', async () => {
    const site = await openSite();
    const module = `<script type="module">import { init, record } from '/kmq.mjs';
      record('a'); init({ key: 'site', collector: '${site.collector.origin}' }); record('b'); window.ran = true;</script>`;
    await site.open(snippets.bare(site.collector) + module + snippets.original(site.collector));
    await site.page.waitForFunction('window.ran');
    await site.page.waitForLoadState('networkidle');
    await site.page.evaluate(`KM.record('c')`);
    await site.stored(3);
  });

  /** https://github.com/mixpanel/mixpanel-react-native/issues/314, https://github.com/DataDog/browser-sdk/issues/1225 */
  test('a second tracker, of another site, changes neither the site nor its settings', async () => {
    const config = parseConfig({ sites: { site: { consent: 'denied' }, other: { automatic: { pageView: true } } } });
    const site = await openSite({ collector: await startCollector({ config }) });
    const { origin } = site.collector;
    const module = `<script type="module">import { init, record } from '/kmq.mjs';
      init({ key: 'third', collector: 'http://third.test', settings: { KM_COOKIELESS: 1 } }); record('a'); window.ran = true;</script>`;
    await site.open(['site', 'other'].map((key) => `<script src="${origin}/${key}.js"></script>`).join('') + module);
    await site.page.waitForFunction('window.ran');
    expect(await site.cookies()).toEqual({});
    await site.page.evaluate(`KM.consent('granted'); KM.record('b')`);
    expect((await site.stored(2)).map(({ _n }) => _n)).toEqual(['a', 'b']);
    expect(await site.cookies()).toHaveProperty('km_ai');
  });

  test('init does nothing where a tracker runs: hits keep their site', async () => {
    const site = await openSite();
    const { origin } = site.collector;
    await site.open(`<script type="module">import { init, record } from '/kmq.mjs';
      init({ key: 'site', collector: '${origin}' });
      init({ key: 'another', collector: '${origin}/another', settings: { KM_CONSENT: 'denied' } });
      record('a');</script>`);
    await site.stored(1);
  });
});

test('a callback after the name, and dates, are accepted', async () => {
  const site = await openSite();
  const calls = `
    calls = []; function call(name) { return function (arrived) { calls.push(name + arrived); }; }
    _kmq.push(['record', 'name', call('name ')], ['record', 'null', null, call('null ')], ['record', { a: 1 }, call('object ')]);
    _kmq.push(['set', { since: new Date(0), bad: new Date('x') }, call('set ')]);
    _kmq.push(['signedUp', 'Pro', call('plan ')], ['billed', 7, 'Tea', { at: new Date(0) }, call('billed ')]);
    _kmq.push('record', 'flat', {}, call('flat '));
    _kmq.push(['record', 'both', call('never '), call('third ')]);
  `;
  await site.open(script(calls) + snippets.loader(site.collector));
  const hits = await site.stored(8);
  await expect
    .poll(() => site.page.evaluate('calls.sort()'))
    .toEqual(['billed', 'flat', 'name', 'null', 'object', 'plan', 'set', 'third'].map((name) => `${name} true`));
  expect(JSON.stringify(hits.find(({ _n }) => _n === 'Billed'))).toContain('1970-01-01T00:00:00.000Z');
  expect(JSON.stringify(hits)).not.toContain('bad');
  expect(site.errors).toEqual([]);
});
