import { describe, expect, test } from 'vitest';
import { afterLoad, openSite, script, snippets, useBrowser } from '../support/browser.js';
import { eachNth } from '../support/long.js';

useBrowser();

const names = (hits: Record<string, unknown>[]) => hits.map(({ _n }) => _n);
const record = (name: string) => `['record', '${name}']`;

describe('after the load _kmq is a new array with a live push, and the old array still works', () => {
  test.each(Object.entries(snippets))('with the %s snippet', async (_, snippet) => {
    const site = await openSite();
    await site.open(
      script(`held = _kmq; setInterval(function () { if (window._kmq !== held) window.found = _kmq; }, 1);`) +
        snippet(site.collector) +
        script(`savedEarly = _kmq.push; _kmq.push(${record('first')});`),
    );
    await site.page.waitForFunction('window.found');
    await afterLoad(
      site.page,
      `held.push(${record('held')}); saved = _kmq.push; saved(${record('detached')});
       saved.call({}, ${record('foreign')}); _kmq.push(${record('new')});`,
    );
    expect(await site.page.evaluate('[found === _kmq, Array.isArray(_kmq), _kmq.push()]')).toEqual([
      true,
      true,
      undefined,
    ]);
    expect(await site.page.evaluate('[held.length, _kmq.length]')).toEqual([0, 0]);
    expect(names(await site.stored(5))).toEqual(['first', 'held', 'detached', 'foreign', 'new']);
    expect(site.errors).toEqual([]);
  });

  test('commands that were pushed with a saved push before the load run with the next command, with the moment of their push', async () => {
    const site = await openSite();
    await site.open(snippets.loader(site.collector) + script('savedEarly = _kmq.push;'));
    await afterLoad(site.page, `savedEarly(${record('early')}); _kmq.push(${record('next')})`);
    expect(names(await site.stored(2))).toEqual(['early', 'next']);
  });
});

describe('a wrapper that the page put around push before the load sees later pushes as well', () => {
  const see = 'seen.push([].concat(item).slice(0, 2).join(" "));';
  const wrappers: Record<string, string> = {
    'by this': `var old = _kmq.push; _kmq.push = function (item) { ${see} return old.apply(this, arguments); };`,
    'by the queue': `var old = _kmq.push; _kmq.push = function (item) { ${see} return old.apply(_kmq, arguments); };`,
    'without any object': `var old = _kmq.push; _kmq.push = function (item) { ${see} return old(item); };`,
    'by the native push': `_kmq.push = function (item) { ${see} return Array.prototype.push.apply(this, arguments); };`,
    'by a subclass': `function Mirror() {} Mirror.prototype = Object.create(Array.prototype);
      Mirror.prototype.push = function (item) { ${see} return Array.prototype.push.apply(this, arguments); };
      _kmq = new Mirror();`,
    twice: `[1, 2].forEach(function (count) { var old = _kmq.push;
      _kmq.push = function (item) { if (count == 2) ${see} return old.apply(_kmq, arguments); }; });`,
    'that pushes back': `var old = _kmq.push; _kmq.push = function (item) { ${see}
      if (window.KM) window._kmq.push(['record', 'mirrored ' + item[1]]); return old.apply(_kmq, arguments); };`,
    'that throws after it': `var old = _kmq.push; _kmq.push = function (item) { ${see} old.apply(_kmq, arguments); throw 1; };`,
    'that throws before it': `var old = _kmq.push; _kmq.push = function (item) { ${see} if (window.KM) throw 1; old.apply(_kmq, arguments); };`,
    'that is put around the new push as well': `function wrap(queue) { var old = queue.push;
        queue.push = function (item) { ${see} return old.apply(queue, arguments); }; }
      var first = _kmq; wrap(first); setInterval(function () {
        if (!window.again && window._kmq !== first) { window.again = 1; wrap(_kmq); } }, 1);`,
  };
  test.each(eachNth(Object.entries(wrappers), 2))('%s', async (name, wrap) => {
    // Without an object, Array's own push has no queue to push to: only the loader's push has one.
    for (const snippet of name === 'without any object' ? [snippets.loader] : Object.values(snippets)) {
      const site = await openSite();
      const before = script(
        `seen = []; (function () { ${wrap} })(); try { _kmq.push(${record('before')}) } catch (e) {}`,
      );
      await site.open(
        snippet === snippets.loader ? snippet(site.collector) + before : before + snippet(site.collector),
      );
      if (name === 'that is put around the new push as well') await site.page.waitForFunction('window.again');
      await afterLoad(
        site.page,
        `_kmq.push(${record('after')}); _kmq.push(function () { _kmq.push(${record('nested')}); KM.record('direct'); });`,
      );
      const mirrored = name === 'that pushes back' ? ['mirrored after', 'mirrored undefined', 'mirrored nested'] : [];
      const hits = await site.stored(4 + mirrored.length);
      expect(names(hits).toSorted()).toEqual(['before', 'after', 'nested', 'direct', ...mirrored].toSorted());
      const seen = await site.page.evaluate<string[]>('seen');
      expect(seen.filter((line) => line.startsWith('record'))).toEqual([
        ...['record before', 'record after', 'record nested'],
      ]);
      expect(await site.page.evaluate('_kmq.length')).toBe(0);
      expect(site.errors).toEqual([]);
      await site.context.close();
    }
  });

  test('a wrapper that drops commands decides what is recorded', async () => {
    const site = await openSite();
    const wrap = `var old = _kmq.push; _kmq.push = function (item) { if (item[1] != 'secret') old.apply(_kmq, arguments); };`;
    await site.open(snippets.loader(site.collector) + script(`(function () { ${wrap} })()`));
    await afterLoad(site.page, `_kmq.push(${record('secret')}); _kmq.push(${record('open')})`);
    expect(names(await site.stored(1))).toEqual(['open']);
  });

  test('an object in place of the queue that passes commands on to the old queue', async () => {
    const site = await openSite();
    const wrap = `var old = _kmq; seen = []; _kmq = { push: function (item) { seen.push(item[1]); return old.push(item); } };`;
    await site.open(snippets.loader(site.collector) + script(`(function () { ${wrap} })(); held = _kmq`));
    await afterLoad(site.page, `_kmq.push(${record('new')}); held.push(${record('held')})`);
    expect(names(await site.stored(2))).toEqual(['new', 'held']);
    expect(await site.page.evaluate('seen')).toEqual(['new', 'held']);
    expect(site.errors).toEqual([]);
  });

  test('if the loader is pasted again, it changes neither the old array nor the new one', async () => {
    const site = await openSite();
    const loader = snippets.loader(site.collector).replace(/<\/?script>/g, '');
    await site.open(script('held = _kmq') + snippets.loader(site.collector));
    await afterLoad(
      site.page,
      `${loader}; now = _kmq; _kmq = held; ${loader}; _kmq.push(${record('old')});
      now.push(${record('new')});`,
    );
    expect(names(await site.stored(2))).toEqual(['old', 'new']);
  });
});

describe('commands are recorded at once after the load, and nothing stops those that were pushed before it', () => {
  const consoles: Record<string, string> = {
    'a console with only log': 'console = { log: function () {} };',
    'a console that throws': 'console = { log: function () { throw 1; }, error: function () { throw 1; } };',
    'no console': 'console = undefined;',
    'a deleted console': 'delete window.console;',
    'a console that is a getter that throws': `Object.defineProperty(window, 'console', { get: function () { throw 1; } });`,
    'its own Array.from': 'Array.from = function (item) { return [[item]]; };',
    'no Array.from': 'delete Array.from;',
    'members on every array': 'Array.prototype.each = Array.prototype.remove = function () {};',
    'a frozen _kmq': `Object.freeze(_kmq);`,
    'a sealed _kmq': `Object.seal(_kmq);`,
    'a push that cannot be written': `Object.defineProperty(_kmq, 'push', { value: _kmq.push, writable: false });`,
    'a _kmq that is a function': '_kmq = function (a, b) {};',
    'a _kmq that is a number': '_kmq = 7;',
  };
  test.each(eachNth(Object.entries(consoles), 2))('on a page with %s', async (_, code) => {
    for (const snippet of Object.values(snippets)) {
      const site = await openSite();
      const isKept = code.includes('_kmq = ');
      const mistakes = `_kmq.push(['nonsense']); _kmq.push(function () { throw new Error('page'); });`;
      // Some of these would stop a loader that is pasted after them: pages paste the loader first.
      await site.open(
        (snippet === snippets.original ? '' : snippet(site.collector)) +
          script(`try { ${isKept ? '' : `_kmq.push(${record('before')}); ${mistakes}`} } catch (e) {} ${code}`) +
          (snippet === snippets.original ? snippet(site.collector) : ''),
      );
      await afterLoad(site.page, `${mistakes} _kmq.push(${record('after')}); KM.record('direct');`);
      const hits = await site.stored(isKept ? 2 : 3);
      expect(names(hits)).toEqual([...(isKept ? [] : ['before']), 'after', 'direct']);
      expect(site.errors).toEqual([]);
      await site.context.close();
    }
  });
});
