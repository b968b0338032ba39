import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/collector.js';
import { findChromium } from '../support/installed.js';
import {
  afterLoad,
  chromiumOptions,
  openSite,
  QUIET,
  script,
  snippets,
  useBrowser,
  type Site,
} from '../support/browser.js';
import { eachNth } from '../support/long.js';

useBrowser();

const ANONYMOUS = /^[\w-]{21}$/;

async function visit(code: string, cookies: Record<string, string> = {}): Promise<Site> {
  const site = await openSite();
  await site.context.addCookies(
    Object.entries(cookies).map(([name, value]) => ({ name, value, domain: '.example.test', path: '/' })),
  );
  await site.open(snippets.bare(site.collector));
  await afterLoad(site.page, code);
  return site;
}

const aliases = (site: Site) =>
  site.hits.filter(({ pathname }) => pathname === '/a').map(({ searchParams: s }) => [s.get('_n'), s.get('_p')]);

describe('identify and clearIdentity, case by case (docs/reference.md#3.3)', () => {
  test('without any id nothing is sent, and the visitor keeps the name', async () => {
    const site = await visit(`KM.identify('bob')`);
    expect(await site.cookies()).toEqual({ km_ni: 'bob' });
    expect(site.hits).toEqual([]);
  });

  test('an anonymous visitor is named: one alias, and the anonymous id stays', async () => {
    const site = await visit(`KM.identify('bob')`, { km_ai: 'A' });
    await site.stored(1);
    expect(aliases(site)).toEqual([['bob', 'A']]);
    expect(await site.cookies()).toEqual({ km_ni: 'bob', km_ai: 'A' });
  });

  test('a named visitor gets the same name again: nothing is sent', async () => {
    const site = await visit(`KM.identify('bob')`, { km_ai: 'A', km_ni: 'bob' });
    expect(await site.cookies()).toEqual({ km_ni: 'bob', km_ai: 'bob' });
    expect(site.hits).toEqual([]);
  });

  test('a named visitor gets another name: two people, and never an alias', async () => {
    const site = await visit(`KM.identify('bill'); KM.record('x')`, { km_ai: 'A', km_ni: 'bob' });
    await site.stored(1);
    expect(aliases(site)).toEqual([]);
    expect(await site.cookies()).toEqual({ km_ni: 'bill', km_ai: 'bill' });
    expect(await site.collector.person('bob')).toBeUndefined();
    expect(await site.collector.person('bill')).toMatchObject({ identities: ['bill'] });
  });

  const nobody = ['undefined', 'null', 'false', '0', `''`, `'null'`, `'nil'`, `'"null"'`, `"'nil'"`, `'""'`, `"''"`];
  test.each(eachNth(nobody, 3))(
    'identify(%s) removes the name and the anonymous id of the named visitor',
    async (value) => {
      const site = await visit(`KM.identify(${value}); KM.record('x')`, { km_ai: 'A', km_ni: 'bob' });
      await site.stored(1);
      const { km_ai, km_ni } = await site.cookies();
      expect([km_ai, km_ni]).toEqual([expect.stringMatching(ANONYMOUS), undefined]);
      expect(site.hits[0]!.searchParams.get('_p')).toBe(km_ai);
    },
  );

  test.each(['KM.clearIdentity()', 'KM.identify(null)', 'KM.clearIdentity(); KM.clearIdentity()'])(
    '%s leaves an anonymous visitor as they are',
    async (code) => {
      const site = await visit(code, { km_ai: 'A' });
      expect(await site.cookies()).toEqual({ km_ai: 'A' });
    },
  );

  test.each([`'NULL'`, `' null '`, `'Nil'`, `'nullable'`, '17'])('identify(%s) is a name', async (value) => {
    const site = await visit(`KM.identify(${value})`);
    expect(decodeURIComponent((await site.cookies()).km_ni!)).toBe(String(eval(value)));
  });
});

test('two people who share a browser stay two, each with their own events', async () => {
  const site = await visit(`
    KM.record('browses'); KM.identify('ann'); KM.record('buys'); KM.clearIdentity();
    KM.record('looks'); KM.identify('carl'); KM.record('asks');
  `);
  await site.stored(6);
  const events = async (id: string) => (await site.collector.person(id))!.events.map(({ name }) => name).sort();
  expect(await events('ann')).toEqual(['browses', 'buys']);
  expect(await events('carl')).toEqual(['asks', 'looks']);
});

test.each([
  ['of spaces', '%20%20'],
  ['of 256 characters', 'x'.repeat(256)],
  ['of 256 characters, with spaces at its beginning', '%20%20' + 'x'.repeat(254)],
])('an id %s, which the collector would refuse, is ignored', async (_, km_ai) => {
  const site = await visit(`KM.record('x')`, { km_ai });
  const [hit] = await site.stored(1);
  expect(hit!._p).toMatch(ANONYMOUS);
  expect((await site.cookies()).km_ai).toBe(hit!._p);
});

test('alias without a second id is about the current identity; an alias of an id with itself is ignored', async () => {
  const site = await visit(`KM.alias('bob'); KM.alias('bob', 'bob'); KM.alias(null, 'bob'); KM.alias('x', null)`, {
    km_ai: 'A',
  });
  await site.stored(2);
  expect(aliases(site)).toEqual([
    ['bob', 'A'],
    ['x', 'A'],
  ]);
});

describe('one person across a site', () => {
  test('over two subdomains and real navigations, with the anonymous history', async () => {
    const site = await openSite();
    const head = snippets.loader(site.collector);
    await site.open(head + script(`_kmq.push(['record', 'landed'])`), { host: 'www.example.test' });
    await site.stored(1);
    await site.open(head + script(`_kmq.push(['record', 'shopped'])`), { host: 'shop.eu.example.test' });
    await site.stored(2);
    await site.open(head + script(`_kmq.push(['identify', 'bob@example.com']); _kmq.push(['record', 'signed in'])`), {
      host: 'example.test',
    });
    await site.stored(4);
    const person = (await site.collector.person('bob@example.com'))!;
    expect(person.events.map(({ name }) => name)).toEqual(['landed', 'shopped', 'signed in']);
    expect(person.identities).toEqual([expect.stringMatching(ANONYMOUS), 'bob@example.com']);
    expect(person.customerIds).toEqual(person.identities);
    const cookies = await site.context.cookies();
    expect(cookies.map(({ name, domain }) => [name, domain])).toEqual(
      expect.arrayContaining([
        ['km_ai', '.example.test'],
        ['km_ni', '.example.test'],
      ]),
    );
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({ path: '/', sameSite: 'Lax' });
      expect(cookie.expires - Date.now() / 1000).toBeGreaterThan(390 * 86400); // Browsers limit five years to 400 days.
    }
  });

  test('under a public suffix of two labels the cookie is for the site', async () => {
    const site = await openSite({ host: 'www.example.co.uk' });
    await site.open(snippets.loader(site.collector) + script(`_kmq.push(['record', 'x'])`));
    await site.stored(1);
    expect(await site.context.cookies()).toMatchObject([{ name: 'km_ai', domain: '.example.co.uk' }]);
  });

  test.each(['localhost', '127.0.0.1'])('on %s with a port the visitor is known on the next page', async (host) => {
    const site = await openSite({ host });
    const head = snippets.loader(site.collector) + script(`_kmq.push(['record', 'x'])`);
    await site.open(head, { path: '/1' });
    await site.stored(1);
    await site.open(head, { path: '/2' });
    await site.stored(2);
    expect(site.hits[0]!.searchParams.get('_p')).toBe(site.hits[1]!.searchParams.get('_p'));
  });

  test('KM_COOKIE_DOMAIN is the domain of the cookies', async () => {
    const site = await openSite({ host: 'a.b.example.test' });
    await site.open(script(`KM_COOKIE_DOMAIN = '.b.example.test'`) + snippets.bare(site.collector));
    await afterLoad(site.page, `KM.record('x'); KM.identify('bob')`);
    await site.stored(2);
    const domains = (await site.context.cookies()).map(({ domain }) => domain);
    expect(domains).toEqual(['.b.example.test', '.b.example.test']);
    await site.page.evaluate('KM.clearIdentity()');
    expect(await site.cookies()).toEqual({});
  });

  test('a cookie that the original left on a narrower domain does not hide the new one', async () => {
    const site = await openSite({ host: 'blog.example.test' });
    const old = { value: 'old', path: '/', domain: '.blog.example.test' };
    await site.context.addCookies([
      { name: 'km_ai', ...old },
      { name: 'km_ni', ...old },
    ]);
    await site.open(snippets.bare(site.collector));
    expect(await site.page.waitForFunction('window.KM && KM.i()').then((id) => id.jsonValue())).toBe('old');
    await site.page.evaluate(`KM.identify('new')`);
    expect(await site.page.evaluate('KM.i()')).toBe('new');
    expect(await site.context.cookies()).toMatchObject([
      { name: 'km_ni', value: 'new', domain: '.example.test' },
      { name: 'km_ai', value: 'new', domain: '.example.test' },
    ]);
  });

  test('a sign-out in one tab also holds in the other tab', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, `KM.identify('bob')`);
    const other = await openSite({ collector: site.collector, context: site.context });
    await other.open(snippets.bare(site.collector));
    await afterLoad(other.page, 'KM.clearIdentity()');
    // For a second a tab uses the values that it has read.
    await site.page.waitForTimeout(1100);
    expect(await site.page.evaluate('KM.i()')).toMatch(ANONYMOUS);
  });

  test('if a visitor is named in one tab and gets another name in the other tab at once, the names are not merged', async () => {
    const site = await openSite();
    await site.open(snippets.bare(site.collector));
    await afterLoad(site.page, `KM.record('anonymous')`);
    const other = await openSite({ collector: site.collector, context: site.context });
    await other.open(snippets.bare(site.collector));
    await afterLoad(other.page, 'KM.i()');
    await site.page.evaluate(`KM.identify('bob')`);
    await other.page.evaluate(`KM.identify('carol'); KM.record('as carol')`);
    await site.stored(3);
    expect((await site.collector.person('carol'))!.identities).toEqual(['carol']);
    expect((await site.collector.person('bob'))!.identities).toHaveLength(2);
  });
});

describe('if nothing can be stored', () => {
  test('in a browser that refuses cookies each page view is another person, and nothing throws', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'Default'));
    const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
    await writeFile(join(folder, 'Default', 'Preferences'), JSON.stringify(preferences));
    const context = await chromium.launchPersistentContext(folder, chromiumOptions(findChromium()));
    const site = await openSite({ context });
    await site.open(snippets.loader(site.collector));
    await afterLoad(site.page, `KM.record('one'); KM.record('two'); KM.identify('bob'); KM.record('three')`);
    await site.stored(4);
    expect(await site.page.evaluate(`(() => { try { return !!localStorage } catch (e) { return e.name } })()`)).toBe(
      'SecurityError',
    );
    expect((await site.collector.person('bob'))!.events).toHaveLength(3);
    expect(await site.page.evaluate(`KM.clearIdentity(), KM.i()`)).toMatch(ANONYMOUS);
    expect(site.errors).toEqual([]);
  });

  test('in a sandboxed frame, where reading cookies throws, the visitor is one person in the page, and nothing throws', async () => {
    const site = await openSite();
    const frame =
      QUIET + snippets.loader(site.collector) + script(`_kmq.push(['record', 'one']); _kmq.push(['record', 'two'])`);
    await site.open('', {
      body: `<iframe sandbox="allow-scripts" srcdoc="${frame.replaceAll('"', '&quot;')}"></iframe>`,
    });
    const [one, two] = await site.stored(2);
    expect(one!._p).toBe(two!._p);
    expect(site.errors).toEqual([]);
  });
});
