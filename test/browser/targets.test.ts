import { describe, expect, test } from 'vitest';
import { afterLoad, openSite, snippets, useBrowser, type Site } from '../support/browser.js';

useBrowser();

async function ready(body: string, code = '0'): Promise<Site> {
  const site = await openSite();
  await site.open(snippets.bare(site.collector), { body });
  await afterLoad(site.page, code);
  return site;
}

const names = (hits: Record<string, unknown>[]): unknown[] => hits.map(({ _n }) => _n).sort();

describe('a target that is registered again', () => {
  test('by scripts that run at each visit: a click is one event, with the newest properties', async () => {
    const code = `_kmq.push(
      ['trackClick', '#buy', 'id', { price: 3, list: [1] }], ['trackClick', 'buy', 'id', { price: 3, list: [1] }],
      ['trackClick', '.buy', 'class'], ['trackClickOnOutboundLink', '.buy', 'class'], ['trackClick', '.buy', 'another'],
      ['trackClick', 'p > a', 'selector', { visit: window.visit }], ['trackClick', 'a', 'name'],
      ['trackClick', document.querySelector('.buy'), 'node'], ['trackClick', document.querySelectorAll('a'), 'list'],
      ['trackSubmit', 'f', 'submit']);`;
    const site = await openSite();
    const body = `<iframe name="sink"></iframe><p><a id="buy" class="buy" href="#x">Buy</a></p>
      <form id="f" target="sink"><button>Go</button></form><script>${code}</script>`;
    await site.open(`<script>_kmq = []</script>${snippets.bare(site.collector)}`, { body });
    await afterLoad(site.page, '0');
    for (const visit of [1, 2, 3]) await site.page.evaluate(`window.visit = ${visit}; ${code}`);
    await site.page.click('#buy');
    await site.page.click('button');
    const hits = await site.stored(8);
    expect(names(hits)).toEqual(['another', 'class', 'id', 'list', 'name', 'node', 'selector', 'submit']);
    expect(hits.find(({ _n }) => _n === 'id')).toMatchObject({ price: '3', list: '1' });
    expect(hits.find(({ _n }) => _n === 'selector')).toMatchObject({ visit: '3' });
  });

  test('for another type of event, or another target, it is another registration', async () => {
    const site = await ready(
      '<iframe name="sink"></iframe><form id="f" target="sink"><button class="b">Go</button></form>',
      `KM.trackClick('f', 'same'); KM.trackSubmit('f', 'same'); KM.trackClick('.b', 'same')`,
    );
    await site.page.click('button');
    await site.stored(3);
  });
});

test('elements that were removed can be garbage-collected', async () => {
  const site = await ready(
    '<section></section>',
    `section = document.querySelector('section');
     for (let round = 0; round < 50; round++) {
       section.innerHTML = '<p><a class="gone">A</a></p>';
       KM.trackClick(section.querySelector('a'), 'a'); KM.trackClick(section.querySelectorAll('a, p'), 'list');
       section.querySelector('a').click();
     }
     gone = Array.from(section.querySelectorAll('a, p'), (node) => new WeakRef(node)); section.innerHTML = ''; 0`,
  );
  await site.stored(100);
  await expect
    .poll(async () => {
      await site.page.requestGC();
      return site.page.evaluate('gone.filter((node) => node.deref()).length');
    })
    .toBe(0);
});

test('the cost of a click depends on its path, and not on the number of registrations', async () => {
  const site = await ready(
    '<p><b id="b" class="b">B</b></p><p><u>U</u></p>',
    `others = Array.from({ length: 1000 }, () => document.createElement('i'));
     for (let i = 0; i < 1000; i++) {
       KM.trackClick('#id' + i, 'x'); KM.trackClick('word' + i, 'x'); KM.trackClick('.class' + i, 'x'); KM.trackClick('i > .c' + i, 'x');
       KM.trackClick(others[i], 'x'); }
     KM.trackClick('#b', 'id'); KM.trackClick('.b', 'class'); KM.trackClick('b', 'name'); KM.trackClick(document.getElementById('b'), 'node');
     asked = {};
     for (const name of ['matches', 'closest', 'getAttribute', 'querySelector']) {
       const original = Element.prototype[name];
       Element.prototype[name] = function (...all) {
         asked[this.localName] = (asked[this.localName] || 0) + 1;
         return original.apply(this, all);
       };
     }`,
  );
  // One comparison for each node of the path. The document and the window, which have no name, refuse it at once.
  await site.page.evaluate(`document.querySelector('u').click()`);
  expect(await site.page.evaluate('asked')).toEqual({ u: 1, p: 1, body: 1, html: 1, undefined: 2 });
  await site.page.evaluate(`asked = {}; document.getElementById('b').click()`);
  expect(names(await site.stored(4))).toEqual(['class', 'id', 'name', 'node']);
  // There are more comparisons only for the node that is a target. The loop runs twice, since a target has its own listener.
  expect(await site.page.evaluate('asked')).toMatchObject({ p: 2, body: 2, html: 2 });
});

describe('what can be a target', () => {
  const body = `<nav><a class="one" href="#1">1</a></nav><my-button>2</my-button><p id="p"><a class="two" href="#2">3</a></p>
    <form id="form" onsubmit="return false"><button class="send">4</button></form>`;
  const each = `for (const [name, target] of Object.entries(targets)) KM.trackClick(target, name);
    for (const link of document.querySelectorAll('a, my-button, .send')) link.click();`;

  test.each<[string, string, string[]]>([
    [
      'lists of any kind, once for nested members',
      `({
      nodes: document.querySelectorAll('a'), collection: document.getElementsByTagName('a'), array: [...document.querySelectorAll('a, p')],
      texts: ['.one', '#p'], set: new Set(document.querySelectorAll('a')), nested: [[document.querySelectorAll('.one')], '.two'],
      jquery: Object.assign(Object.create({ on() {}, [Symbol.iterator]: [][Symbol.iterator] }), { length: 2, 0: document.links[0], 1: document.links[1] }),
      old: Object.assign(Object.create({ on() {}, length: 0 }), { length: 2, 0: document.links[0], 1: document.links[1] }) })`,
      'array array collection collection jquery jquery nested nested nodes nodes old old set set texts texts'.split(
        ' ',
      ),
    ],
    [
      'an element’s name, if no id is that word',
      `({ a: 'a', 'my-button': 'my-button', NAV: 'NAV', button: 'button', form: 'form', p: 'P' })`,
      ['NAV', 'a', 'a', 'button', 'form', 'my-button', 'p'],
    ],
    [
      'selectors of any kind',
      `({ list: 'nav a, #p a', has: 'nav:has(a)', attribute: '[href="#1"]', any: '*', spaces: '  .one ', not: ':not(:not(a))' })`,
      ['any', 'any', 'any', 'any', 'attribute', 'has', 'list', 'list', 'not', 'not', 'spaces'],
    ],
    [
      'the document, the window and the body',
      `({ document, window, body: document.body })`,
      [
        'body',
        'body',
        'body',
        'body',
        'document',
        'document',
        'document',
        'document',
        'window',
        'window',
        'window',
        'window',
      ],
    ],
    ['a form, which is not a list of its fields', `({ form: document.getElementById('form') })`, ['form']],
  ])('%s', async (_, targets, expected) => {
    const site = await ready(body, `targets = ${targets}; ${each} 0`);
    expect(names(await site.stored(expected.length))).toEqual(expected);
    expect(site.console).toEqual([]);
  });

  test('a single word that is an id is always an id', async () => {
    const site = await ready(
      '<form id="form"></form><form id="search"></form><header id="Header"></header><header id="b"></header>',
    );
    await site.page.evaluate(`KM.trackClick('form', 'form'); KM.trackClick('Header', 'Header');
      for (const node of document.querySelectorAll('form, header')) node.click()`);
    expect(names(await site.stored(2))).toEqual(['Header', 'form']);
  });

  test('ids and classes that are not valid in CSS', async () => {
    const site = await ready(
      '<b id="123" class="md:flex w-1/2">1</b><b id="form:send">2</b><b id="a.b">3</b><b id="größe">4</b>',
    );
    await site.page
      .evaluate(`for (const target of ['#123', '123', 123, '.md:flex', '#form:send', 'form:send', '#a.b', 'a.b', '#größe', '#form\\\\:send'])
        KM.trackClick(target, 'by ' + target + typeof target);
      for (const node of document.querySelectorAll('b')) node.click()`);
    const found = await site.stored(10);
    expect(new Set(names(found)).size).toBe(10);
  });

  test('elements whose events never reach the document: in a frame, in a closed shadow root, or not yet inserted', async () => {
    const site = await ready('<iframe srcdoc="<button>In</button>"></iframe><p id="host"></p>');
    await site.page.frameLocator('iframe').locator('button').waitFor();
    await site.page.evaluate(`
      const inner = document.querySelector('iframe').contentDocument;
      KM.trackClick(inner.querySelector('button'), 'in a frame'); KM.trackClick(inner, 'the frame’s document');
      const shadow = host.attachShadow({ mode: 'closed' });
      shadow.innerHTML = '<button>Closed</button>';
      KM.trackClick(shadow.querySelector('button'), 'closed'); KM.trackClick('host', 'host');
      const detached = document.createElement('p'); detached.innerHTML = '<b>B</b>';
      KM.trackClick(detached.firstChild, 'detached');
      detached.firstChild.click(); document.body.append(detached); detached.firstChild.click();
      shadow.querySelector('button').click(); inner.querySelector('button').click()`);
    expect(names(await site.stored(6))).toEqual([
      'closed',
      'detached',
      'detached',
      'host',
      'in a frame',
      'the frame’s document',
    ]);
  });

  test('a label in a frame: the click that the browser makes on its control does not count', async () => {
    const site = await ready('<iframe srcdoc="<form><label>Tea <input type=checkbox></label></form>"></iframe>');
    const label = site.page.frameLocator('iframe').locator('label');
    await label.waitFor();
    await site.page.evaluate(`KM.trackClick(frames[0].document.forms[0], 'in the form')`);
    await site.page.evaluate(`frames[0].document.querySelector('label').click()`);
    await site.stored(1);
    await site.page.evaluate(`frames[0].document.querySelector('input').click()`);
    await site.stored(2);
  });

  test('targets work in a page with elements that are named like members of the window, the document or elements', async () => {
    const site = await ready(
      '<b id="matches" class="x">1</b><b id="localName">2</b><img name="getElementById"><img name="querySelector"><img name="addEventListener"><b id="Element2">3</b>',
    );
    await site.page
      .evaluate(`KM.trackClick('.x', 'x'); KM.trackClick('b', 'b'); KM.trackClick('[id=localName]', 'selector');
      for (const node of document.querySelectorAll('b')) node.click()`);
    expect(names(await site.stored(5))).toEqual(['b', 'b', 'b', 'selector', 'x']);
    expect(site.errors).toEqual([]);
  });
});

test('after document.open, which removes all listeners, targets that the page registers again work, each click once', async () => {
  const site = await ready('<b class="b">B</b>', `KM.trackClick('.b', 'clicked')`);
  await site.page.evaluate(`document.open(); document.write('<b class="b">Again</b>'); document.close()`);
  await site.page.evaluate(`_kmq.push(['trackClick', '.b', 'clicked'], ['record', 'pushed'])`);
  await site.page.click('.b');
  expect(names(await site.stored(2))).toEqual(['clicked', 'pushed']);
});

test('targets work in a page without ShadowRoot, as some patched pages are', async () => {
  const site = await ready('<b id="b">B</b>', `ShadowRoot = undefined; KM.trackClick('b', 'b')`);
  await site.page.click('b');
  expect(names(await site.stored(1))).toEqual(['b']);
  expect(site.console).toEqual([]);
});

test('targets work in a page whose Element is another function, as in Prototype.js 1.6.0', async () => {
  const own = `(function () { var element = this.Element;
    this.Element = function (name) { return document.createElement(name); };
    for (var member in element) this.Element[member] = element[member]; }).call(window);`;
  const site = await ready('<b id="b">B</b>', `${own} KM.trackClick('b', 'id'); KM.trackClick('body b', 'selector')`);
  await site.page.click('b');
  expect(names(await site.stored(2))).toEqual(['id', 'selector']);
  expect(site.console).toEqual([]);
});

test('a selector may have several lines', async () => {
  const site = await ready(
    '<p id="p"><a href="#x">A</a></p>',
    `KM.trackClick('#p,\\n#q\\n a', 'lines'); KM.trackClick('a', 'word')`,
  );
  await site.page.click('a');
  expect(names(await site.stored(2)).sort()).toEqual(['lines', 'word']);
  expect([site.console, site.errors]).toEqual([[], []]);
});

describe('a mistake is one line in the console, at the time of the registration', () => {
  test.each([
    ...[
      `''`,
      `'  '`,
      'null',
      'undefined',
      '{}',
      '[]',
      'document.querySelectorAll("nobody")',
      '[null]',
      '() => {}',
      'Symbol()',
    ],
    ...[
      `'a)'`,
      `'..'`,
      `'#'`,
      `'.'`,
      `'p >'`,
      `'a), (b'`,
      `'a[href'`,
      `'a:is(b'`,
      `':nope'`,
      `'a[x="'`,
      `'a/*'`,
      `'a,'`,
      `'a{}'`,
      String.raw`'a\nb{'`,
    ],
  ])('%s', async (target) => {
    const site = await ready(
      '<p><a class="a" href="#x">A</a></p>',
      `KM.trackClick(${target}, 'never'); KM.trackSubmit(${target}, 'never')`,
    );
    expect(site.console).toHaveLength(2);
    expect(site.console[0]).toContain('kmq:');
    // It also does not stop or change targets that are registered with it.
    await site.page.evaluate(`KM.trackClick('p > a', 'A'); KM.trackClick('html p', 'p')`);
    await site.page.click('a');
    expect(names(await site.stored(2))).toEqual(['A', 'p']);
    expect(site.console).toHaveLength(2);
    expect(site.errors).toEqual([]);
  });

  test('no name', async () => {
    const site = await ready('<p></p>', `KM.trackClick('p'); KM.trackSubmit('p', '')`);
    expect(site.console).toHaveLength(2);
  });

  test('and targets that may be added later are no mistake', async () => {
    const site = await ready(
      '<p></p>',
      `for (const target of ['later', '#later', '.later', 'p > b', '#1', 'my-later']) KM.trackClick(target, 'later')`,
    );
    expect(site.console).toEqual([]);
  });
});
