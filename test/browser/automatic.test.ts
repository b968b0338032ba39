import { describe, expect, test } from 'vitest';
import { startCollector } from '../support/collector.js';
import { parseConfig } from '../../src/collector/sites/config.js';
import { afterLoad, inOrderOfPush, openSite, script, snippets, useBrowser, type Site } from '../support/browser.js';

useBrowser();

type Line = Record<string, unknown>;

/** Visits a page of a new site with automatic tracking on, and returns the hits that the collector then has. */
async function visit(
  path: string,
  options: { referrer?: string; head?: string; cookies?: [string, string][]; now?: number } = {},
) {
  const site = await openSite({ automatic: true });
  if (options.now !== undefined) await site.page.clock.setFixedTime(options.now);
  await site.context.addCookies(
    (options.cookies ?? []).map(([name, value]) => ({ name, value, domain: '.example.test', path: '/' })),
  );
  const head = script(`${options.referrer === undefined ? '' : `KM_REFERRER = ${JSON.stringify(options.referrer)};`}`);
  await site.open(head + (options.head ?? '') + snippets.bare(site.collector), { path });
  await site.page.waitForFunction('window.KM && KM.record');
  // Automatic events are in the outbox as soon as KM exists, and are removed from it when they are acknowledged.
  const delivered = `!Object.keys(localStorage).some((name) => name.startsWith('km_uq'))`;
  await site.page.waitForFunction(delivered);
  return { site, hits: await site.collector.export() };
}

const named = (hits: Line[], name: string) => hits.filter(({ _n }) => _n === name);
const withProperty = (hits: Line[], name: string) => hits.filter((hit) => !hit._n && name in hit);

describe('Visited Site (docs/reference.md#5.1)', () => {
  test('once in each visit, with the address and the site that led to it', async () => {
    const before = Date.now() / 1000;
    const { site, hits } = await visit('/landing?a=1', { referrer: 'https://news.example/' });
    const url = `http://www.example.test:${site.port}/landing?a=1`;
    expect(named(hits, 'Visited Site')).toMatchObject([{ URL: url, Referrer: 'https://news.example/' }]);
    const { expires } = (await site.context.cookies()).find(({ name }) => name === 'km_vs')!;
    // Half an hour. The time of the cookie is compared with a tolerance, since browsers count in whole seconds.
    expect(expires).toBeGreaterThan(before + 1799);
    expect(expires).toBeLessThan(Date.now() / 1000 + 1801);
    await site.page.reload();
    await afterLoad(site.page, `KM.record('again')`);
    await expect.poll(async () => named(await site.collector.export(), 'again')).toHaveLength(1);
    expect(named(await site.collector.export(), 'Visited Site')).toHaveLength(1);
  });

  test.each(['', 'null'])('a referrer of %j is Direct', async (referrer) => {
    const { hits } = await visit('/', { referrer });
    expect(named(hits, 'Visited Site')).toMatchObject([{ Referrer: 'Direct' }]);
    expect(withProperty(hits, 'Referrer')).toEqual([]);
  });
});

describe('Referrer (docs/reference.md#5.2)', () => {
  test.each([
    ['https://news.example/a?b=c', 1],
    ['https://shop.example.test/', 1],
    ['https://EXAMPLE.test/', 0],
    ['http://www.example.test:1/x', 0],
    ['android-app://com.google.android.gm/', 1],
    ['android-app://ru.yandex.mail/', 1],
    ['chrome-extension://abcdef/page.html', 1],
    ['/a?b=https://news.example/', 0],
  ])('%s is recorded %i times', async (referrer, count) => {
    const { hits } = await visit('/', { referrer });
    expect(withProperty(hits, 'Referrer')).toHaveLength(count);
    if (count) expect(withProperty(hits, 'Referrer')).toMatchObject([{ Referrer: referrer }]);
  });
});

describe('Returning (docs/reference.md#5.3)', () => {
  // The page's clock stands still, so that no visit grows older while the tests wait for their turn.
  const now = Math.round(Date.now() / 1000);
  test.each<[string, [string, string][], boolean]>([
    ['a first visit', [], false],
    ['twenty minutes later', [['km_lv', String(now - 1200)]], false],
    ['half an hour later', [['km_lv', String(now - 1800)]], true],
    ['a name but no last visit', [['km_ni', 'bob']], true],
    [
      'a name and a visit just now',
      [
        ['km_ni', 'bob'],
        ['km_lv', String(now)],
      ],
      false,
    ],
    ['a second visit according to Google’s cookies, which are not read', [['__utma', '1.2.3.4.5.2']], false],
    [
      'an earlier event Returning',
      [
        ['km_lv', 'x'],
        ['km_ni', 'bob'],
      ],
      false,
    ],
  ])('%s', async (_, cookies, isReturning) => {
    const { site, hits } = await visit('/', { cookies, now: now * 1000 });
    expect(withProperty(hits, 'Returning')).toHaveLength(isReturning ? 1 : 0);
    const known = isReturning || cookies.some(([, value]) => value === 'x');
    expect((await site.cookies()).km_lv).toMatch(known ? /^x$/ : /^\d{10}$/);
  });

  test.each([
    ['pushed', '/', script(`_kmq.push(['identify', 'bob'])`)],
    ['in the address', '/?kmi=bob', ''],
  ])('a visitor whom the page names was not here before: %s; at the next visit they were', async (_, path, head) => {
    const { site, hits } = await visit(path, { head, now: now * 1000 });
    expect(withProperty(hits, 'Returning')).toEqual([]);
    await site.page.clock.setFixedTime((now + 1800) * 1000);
    await site.page.reload();
    await expect.poll(async () => withProperty(await site.collector.export(), 'Returning')).toHaveLength(1);
  });
});

describe('Ad Campaign Hit and Search Engine Hit (docs/reference.md#5.4, docs/reference.md#5.5)', () => {
  test.each<[string, string | undefined, Line]>([
    [
      '/?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d+e&utm_content=f',
      undefined,
      {
        'Campaign Source': 'a',
        'Campaign Medium': 'b',
        'Campaign Name': 'c',
        'Campaign Terms': 'd e',
        'Campaign Content': 'f',
      },
    ],
    ['/?utm_source=a&utm_medium=', undefined, { 'Campaign Source': 'a' }],
    ['/?gclid=x', undefined, {}],
    ['/?gclid=x', 'https://www.google.co.uk/', { 'Search Engine': 'Google', 'Search Terms': 'Not Provided' }],
    [
      '/?gclid=x&utm_source=a',
      'https://www.google.com/search?q=tea',
      { 'Campaign Source': 'a', 'Search Engine': 'Google', 'Search Terms': 'tea' },
    ],
  ])('%s from %s is one ad hit', async (path, referrer, properties) => {
    const { site, hits } = await visit(path, referrer === undefined ? {} : { referrer });
    const { _p, _t, _i, ...hit } = named(hits, 'Ad Campaign Hit')[0]!;
    expect([_p, _t, _i]).not.toContain(undefined);
    expect(hit).toEqual({ _n: 'Ad Campaign Hit', ...properties, URL: `http://www.example.test:${site.port}${path}` });
    expect(named(hits, 'Ad Campaign Hit')).toHaveLength(1);
    expect(named(hits, 'Search Engine Hit')).toEqual([]);
  });

  describe('search engines are recognised by their hosts, in every country; mail and portals of the same companies are not', () => {
    test.each<[referrer: string, engine?: string, terms?: string]>([
      ['https://www.google.com/search?q=green+tea', 'Google', 'green tea'],
      ['https://www.google.co.uk/', 'Google', 'Not Provided'],
      ['https://www.bing.com/search?q=tea', 'Bing', 'tea'],
      ['https://uk.search.yahoo.com/search?p=tea', 'Yahoo', 'tea'],
      ['https://duckduckgo.com/', 'DuckDuckGo', 'Not Provided'],
      ['https://search.aol.com/aol/search?query=tea', 'AOL', 'tea'],
      ['https://www.baidu.com/s?wd=tea', 'Baidu', 'tea'],
      ['https://yandex.ru/search/?text=tea', 'Yandex', 'tea'],
      ['https://search.brave.com/search?q=tea', 'Brave', 'tea'],
      ['https://www.ecosia.org/search?q=tea', 'Ecosia', 'tea'],
      ['https://mail.google.com/mail/?q=tea'],
      ['https://www.yahoo.com/'],
      ['https://google.example.test.evil/', 'Google', 'Not Provided'],
      ['https://notgoogle.com/'],
      ['android-app://ru.yandex.searchplugin/'],
    ])('%s', async (referrer, engine, terms) => {
      const { hits } = await visit('/', { referrer });
      const expected = engine ? [{ 'Search Engine': engine, 'Search Terms': terms }] : [];
      expect(named(hits, 'Search Engine Hit')).toMatchObject(expected);
    });
  });
});

describe('Page View (docs/reference.md#5.6)', () => {
  const on = script('KM_SKIP_PAGE_VIEW = false;');
  const views = async (site: Site) =>
    named(inOrderOfPush(await site.collector.export()), 'Page View').map((hit) => [
      String(hit['Viewed URL']).replace(/^.*?\/\/[^/]*/, ''),
      hit.Referrer,
    ]);

  test('is off until the site switches it on, and KM.pageView records one page view', async () => {
    const { site, hits } = await visit('/');
    expect(named(hits, 'Page View')).toEqual([]);
    await site.page.evaluate('KM.pageView()');
    await expect.poll(() => views(site)).toEqual([['/', 'Direct']]);
  });

  test('one for every route of an application, and none twice', async () => {
    const { site } = await visit('/app', { head: on });
    const at = (path: string) => `http://www.example.test:${site.port}${path}`;
    const step = async (code: string, then: string) => {
      await site.page.evaluate(code);
      await site.page.waitForFunction(`location.pathname + location.hash === '${then}'`);
      await site.page.waitForTimeout(1100); // The same event twice in a second would count once, and the test would show nothing.
    };
    await site.page.waitForTimeout(1100);
    await step(`history.pushState({}, '', '/app/a')`, '/app/a');
    await step(`history.replaceState({}, '', '/app/a')`, '/app/a');
    await step(`history.pushState({}, '', '/app/b'); history.replaceState({}, '', '/app/c')`, '/app/c');
    await step('history.back()', '/app/a');
    await step(`location.hash = 'place'`, '/app/a#place');
    await step(`location.hash = '#/route'`, '/app/a#/route');
    await step('history.back()', '/app/a#place');
    await expect
      .poll(() => views(site))
      .toEqual([
        ['/app', 'Direct'],
        ['/app/a', at('/app')],
        ['/app/c', at('/app/a')],
        ['/app/a', at('/app/c')],
        ['/app/a#/route', at('/app/a')],
        ['/app/a#place', at('/app/a#/route')],
      ]);
    expect(site.errors).toEqual([]);
  });
});

describe('order and switches', () => {
  test('automatic events come after what the page has pushed, in the original’s order, and before what pushed functions push', async () => {
    const site = await openSite({ automatic: true });
    const head = script(`
      KM_REFERRER = 'https://www.google.com/'; KM_SKIP_PAGE_VIEW = false;
      _kmq.push(['record', 'pushed']);
      _kmq.push(function () { _kmq.push(['record', 'by a function']); });
    `);
    await site.context.addCookies([{ name: 'km_lv', value: '1', domain: '.example.test', path: '/' }]);
    await site.open(head + snippets.bare(site.collector), { path: '/?kme=Tagged&utm_source=a' });
    await site.stored(9);
    const order = site.hits.map(
      ({ searchParams: s }) => s.get('_n') ?? (s.has('Returning') ? 'Returning' : 'Referrer'),
    );
    expect(order).toEqual([
      ...[
        'pushed',
        'Tagged',
        'Page View',
        'Visited Site',
        'Referrer',
        'Search Engine Hit',
        'Ad Campaign Hit',
        'Returning',
      ],
      'by a function',
    ]);
  });

  const everything = '/?kme=Tagged&utm_source=a&gclid=x';
  const skips = ['URL', 'VISITED_SITE', 'REFERRER', 'SEARCH_ENGINE', 'UTM', 'RETURNING'].map(
    (name) => `KM_SKIP_${name}`,
  );
  test('each event is skipped by its global', async () => {
    const head = script(skips.map((name) => `${name} = 1;`).join(''));
    const { hits } = await visit(everything, { referrer: 'https://www.google.com/', head, cookies: [['km_lv', '1']] });
    expect(hits).toEqual([]);
  });

  test('the site’s settings come with its tracker, and a global of the page overrides them', async () => {
    const off = {
      urlApi: false,
      visitedSite: false,
      referrer: false,
      searchEngine: false,
      campaigns: false,
      returning: false,
    };
    const config = parseConfig({
      sites: { site: { automatic: { ...off, pageView: true }, cookieDomain: 'www.example.test' } },
    });
    const collector = await startCollector({ config });
    for (const path of ['site.js', 'site.2.js']) {
      const site = await openSite({ automatic: true, collector });
      const tracker = `<script src="${collector.origin}/${path}"></script>`;
      await site.open(script('KM_SKIP_VISITED_SITE = 0') + tracker, { path: everything });
      await expect
        .poll(() => site.hits.map(({ searchParams: s }) => s.get('_n')))
        .toEqual(['Page View', 'Visited Site']);
      expect((await site.context.cookies()).map(({ domain }) => domain)).toEqual([
        '.www.example.test',
        '.www.example.test',
      ]);
    }
    expect(await (await collector.send('/other.js')).text()).not.toContain('KM_SITE={');
  });
});

describe('the URL API (docs/reference.md#6.1)', () => {
  test.each<[string, Line[]]>([
    [
      '/?kme=Opened+Mail&kmi=bob&km_Link+Location=top%20left',
      [{ _n: 'Opened Mail', _p: 'bob', 'Link Location': 'top left' }],
    ],
    ['/?km_e=Opened&km_i=bob', [{ _n: 'Opened', _p: 'bob' }]],
    ['/?km_plan=pro&kmfoo=1', [{ plan: 'pro', foo: '1' }]],
    ['/?KME=no&akme=no&x=1#kme=no', []],
    ['/?kme=a=b%zz', [{ _n: 'a=b%zz' }]],
    ['/?kme=&kmi=bob', []],
  ])('%s', async (path, expected) => {
    const head = script('KM_SKIP_VISITED_SITE = KM_SKIP_RETURNING = 1');
    const { site, hits } = await visit(path, { head });
    expect(hits).toHaveLength(expected.length);
    expect(hits).toMatchObject(expected);
    expect(site.page.url()).toContain(path);
    expect(site.errors).toEqual([]);
  });

  // A path that begins with two slashes would lead to another host if the tracker did not write the origin in front of it.
  test.each(['/p', '//p'])(
    'its parameters are removed from the address bar of %s if the site asks for it',
    async (path) => {
      const head = script('KM_CLEAN_URL = 1');
      const { site, hits } = await visit(`${path}?a=1&kme=Opened&b=%zz&kmi=bob&km_x=y#place`, { head });
      expect(named(hits, 'Opened')).toMatchObject([{ _p: 'bob', x: 'y' }]);
      expect(site.page.url()).toBe(`http://www.example.test:${site.port}${path}?a=1&b=%zz#place`);
    },
  );
});
