import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { KEY, startCollector } from '../support/collector.js';
import { afterLoad, openSite, script, snippets, useBrowser, type Site } from '../support/browser.js';

useBrowser();

const DENIED = 'KM_CONSENT = "denied";';

async function ready(head: string, code = 'undefined', options: Parameters<typeof openSite>[0] = {}): Promise<Site> {
  const site = await openSite(options);
  await site.open(script(head) + snippets.bare(site.collector));
  await afterLoad(site.page, code);
  return site;
}

/** What kmq has stored in the browser. */
const kept = (site: Site) =>
  site.page.evaluate(
    `[...document.cookie.split('; '), ...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter(Boolean).sort()`,
  );

describe('before the visitor has answered', () => {
  test('nothing is stored and nothing is sent, whatever the page pushes and whatever automatic events there are', async () => {
    const site = await ready(
      `${DENIED} KM_SKIP_PAGE_VIEW = false; _kmq.push(['record', 'before']); _kmq.push(['identify', 'bob']);`,
      `KM.set({ a: 1 }); KM.ab('Test', ['x', 'y']); KM.i(); KM.abi(); KM.clearIdentity(); KM.alias('a', 'b'); history.pushState(0, '', '/route')`,
      { automatic: true },
    );
    expect(await kept(site)).toEqual([]);
    await site.stored(0);
    expect(site.hits).toEqual([]);
  });

  test('after consent, commands are sent in their order, each for the person that was current when it was pushed', async () => {
    const site = await ready(
      `${DENIED} var called = 0;
       _kmq.push(['record', 'one', {}, function () { called++; }]);
       _kmq.push(['identify', 'bob']); _kmq.push(['record', 'two']); _kmq.push(['set', { a: [1, 2] }]);
       _kmq.push(['identify', 'bill']); _kmq.push(['record', 'three']);`,
      `variant = KM.ab('Test', ['x', 'y'])`,
    );
    // A page that navigates in a callback must not wait for an answer that may never come.
    await site.page.waitForFunction('called === 1');
    expect(site.hits).toEqual([]);
    await site.page.evaluate(`_kmq.push(['consent', 'granted'], ['record', 'four'])`);
    const hits = await site.stored(7);
    const anonymous = hits.find(({ _n }) => _n === 'one')!._p;
    expect(site.hits.map(({ pathname, searchParams: s }) => [pathname, s.get('_p'), s.get('_n')])).toEqual([
      ['/e', anonymous, 'one'],
      ['/a', anonymous, 'bob'],
      ['/e', 'bob', 'two'],
      ['/s', 'bob', null],
      ['/e', 'bill', 'three'],
      ['/s', 'bill', null],
      ['/e', 'bill', 'four'],
    ]);
    expect(await site.cookies()).toMatchObject({ km_ni: 'bill', km_ai: 'bill', kmq: 'granted' });
    // The next page does not have to push the consent again.
    await site.open(script(DENIED) + snippets.bare(site.collector));
    await afterLoad(site.page, `KM.record('next page')`);
    expect((await site.stored(8))[7]).toMatchObject({ _n: 'next page', _p: 'bill' });
    expect(await site.page.evaluate(`KM.ab('Test', ['x', 'y'])`)).toBe(hits.find(({ Test }) => Test)!.Test);
  });

  test('a sign-out before the answer still holds after it', async () => {
    const site = await ready(
      DENIED,
      `KM.identify('bob'); KM.clearIdentity(); KM.record('as nobody'); KM.consent('granted')`,
    );
    const [hit] = await site.stored(1);
    expect(hit!._p).toMatch(/^[\w-]{21}$/);
    expect(await site.cookies()).toEqual({ km_ai: hit!._p, kmq: 'granted' });
  });

  test('many hits wait as well, only in memory', async () => {
    const site = await ready(DENIED, `for (let n = 0; n < 1200; n++) KM.record('x' + n)`);
    expect(await site.page.evaluate('localStorage.length')).toBe(0);
    await site.page.evaluate(`KM.consent('granted')`);
    const hits = await site.stored(1200);
    expect(new Set(hits.map(({ _n }) => _n)).size).toBe(1200);
  });
});

describe('an unknown word is not consent', () => {
  test.each([`'Denied'`, `'no'`, `''`, `'Granted'`, 'false', '0', 'null', '{}', `['granted']`, 'NaN'])(
    'KM_CONSENT = %s',
    async (value) => {
      const site = await ready(`KM_CONSENT = ${value}`, `KM.identify('bob'); KM.record('x')`, { automatic: true });
      await site.stored(0);
      expect(await kept(site)).toEqual([]);
      await site.open(script(`KM_SITE = { KM_CONSENT: ${value} }`) + snippets.bare(site.collector));
      await afterLoad(site.page, `KM.record('x')`);
      await site.stored(0);
      expect(await kept(site)).toEqual([]);
    },
  );

  test('a KM_CONSENT that has no value, since its declaration has thrown, is denied, and no command throws', async () => {
    const site = await ready(`let KM_CONSENT = KM_CONSENT || 'denied'`, `_kmq.push(['record', 'x'])`);
    await site.page.evaluate(`dispatchEvent(new Event('pagehide'))`);
    await site.stored(0);
    expect(await kept(site)).toEqual([]);
    // This error is the page's own.
    expect(site.errors).toEqual([expect.stringContaining('before initialization')]);
  });

  test.each([`const KM_CONSENT = 'denied'`, 'let KM_CONSENT = false'])(
    '%s, which is not a property of any object',
    async (declared) => {
      const site = await ready(declared, `KM.record('x')`, { automatic: true });
      await site.stored(0);
      expect(await kept(site)).toEqual([]);
      await site.page.evaluate(`KM.consent('granted')`);
      await expect.poll(async () => (await site.collector.export()).map(({ _n }) => _n)).toContain('x');
    },
  );

  test.each([
    '<a id=KM_CONSENT></a>',
    '<a id=KM_CONSENT></a><a id=KM_CONSENT></a>',
    '<iframe name=KM_CONSENT></iframe>',
  ])('with %s the setting of the site decides', async (body) => {
    const config = parseConfig({ sites: { [KEY]: { consent: 'denied' } } });
    const site = await openSite({ collector: await startCollector({ config }) });
    await site.open('', { body: body + snippets.bare(site.collector) });
    await afterLoad(site.page, `KM.record('waits')`);
    await site.stored(0);
    expect(await kept(site)).toEqual([]);
    await site.page.evaluate(`KM.consent('granted')`);
    await site.stored(1);
  });
});

describe('a refusal', () => {
  test('removes all cookies and stored keys of the tracker, on any domain, and sends nothing more', async () => {
    const site = await ready('', `KM.record('before'); KM.identify('bob'); KM.abi();`, { host: 'a.www.example.test' });
    await site.stored(2);
    await site.context.addCookies(
      ['.example.test', '.www.example.test', 'a.www.example.test'].flatMap((domain) =>
        ['km_uq', 'km_lv', 'other'].map((name) => ({ name, value: domain, domain, path: '/' })),
      ),
    );
    await site.page.evaluate(`localStorage.setItem('km_uq', 'x'); localStorage.setItem('other', 'x')`);
    await site.page.evaluate(
      `KM.consent('denied'); KM.record('after'); KM.set({ a: 1 }); KM.identify('bob'); KM.ab('T', ['a'])`,
    );
    expect(Object.keys(await site.cookies()).sort()).toEqual(['kmq', 'other']);
    expect(await site.page.evaluate('Object.keys(localStorage)')).toEqual(['other']);
    await site.stored(2);
    // This also holds on the next page, which pushes nothing.
    await site.open(script('') + snippets.bare(site.collector), { host: 'a.www.example.test' });
    await afterLoad(site.page, `KM.record('next page')`);
    await site.stored(2);
    expect(Object.keys(await site.cookies()).sort()).toEqual(['kmq', 'other']);
  });

  test('forgets the hits that have waited; after a later consent only later hits are sent', async () => {
    const site = await ready(
      DENIED,
      `KM.record('waited'); KM.consent('denied'); KM.record('refused'); KM.consent('granted'); KM.record('agreed')`,
    );
    const [hit] = await site.stored(1);
    expect(hit).toMatchObject({ _n: 'agreed' });
    expect(await site.cookies()).toEqual({ km_ai: hit!._p, kmq: 'granted' });
  });

  test('another word than granted or denied changes nothing, and the owner is told', async () => {
    const site = await ready('', `KM.consent('yes'); KM.consent(true); KM.consent(); KM.record('x')`);
    await site.stored(1);
    expect(site.console.filter((line) => line.includes('granted or denied'))).toHaveLength(3);
    expect((await site.cookies()).kmq).toBeUndefined();
  });

  test('also holds in a browser that refuses cookies, until the page is closed', async () => {
    const site = await openSite();
    await site.open(
      `<script>Object.defineProperty(document, 'cookie', { get: () => '', set() {} })</script>` +
        script(DENIED) +
        snippets.bare(site.collector),
    );
    await afterLoad(site.page, `KM.record('waited'); KM.consent('granted'); KM.record('agreed')`);
    await site.stored(2);
    await site.page.evaluate(`KM.optOut(); KM.record('never')`);
    expect((await site.stored(2)).map(({ _n }) => _n).sort()).toEqual(['agreed', 'waited']);
  });
});

describe('optOut and optIn', () => {
  test('the visitor’s own decision also holds on later pages, and against a later answer to a banner', async () => {
    const site = await ready('', `_kmq.push(['optOut']); KM.record('never')`);
    await site.open(
      script(`_kmq.push(['consent', 'granted']); _kmq.push(['record', 'never']);`) + snippets.bare(site.collector),
    );
    await afterLoad(site.page, 'undefined');
    expect(await site.cookies()).toEqual({ kmq: 'out' });
    await site.stored(0);
    await site.page.evaluate(`_kmq.push(['optIn'], ['record', 'again'])`);
    expect(await site.stored(1)).toMatchObject([{ _n: 'again' }]);
  });
});

describe('signals of the browser', () => {
  const gpc = `<script>Object.defineProperty(navigator, 'globalPrivacyControl', { get: () => true })</script>`;
  const dnt = `<script>Object.defineProperty(navigator, 'doNotTrack', { get: () => '1' })</script>`;

  test.each<[string, string, string, boolean]>([
    ['Global Privacy Control, which the site honours', gpc, 'KM_GPC = true', false],
    ['Global Privacy Control, which the site does not honour', gpc, '', true],
    ['Do Not Track, which the site honours', dnt, 'KM_DNT = true', false],
    ['Do Not Track, which the site does not honour', dnt, 'KM_GPC = true', true],
    ['the header of Do Not Track, which a server wrote into the page', '', 'KM_DNT = true; KMDNTH = true', false],
    ['that header, and a site that does not honour it', '', 'KMDNTH = true', true],
    ['no signal, and a site that honours both', '', 'KM_DNT = KM_GPC = true', true],
  ])('%s', async (_, signal, settings, tracked) => {
    const site = await openSite({ automatic: true });
    await site.context.addCookies([{ name: 'km_ai', value: 'before', domain: '.example.test', path: '/' }]);
    const head = signal + script(`${settings}; _kmq.push(['record', 'x']); _kmq.push(['consent', 'granted']);`);
    await site.open(head + snippets.bare(site.collector));
    await afterLoad(site.page, 'undefined');
    expect((await site.cookies()).km_ai).toBe(tracked ? 'before' : undefined);
    if (!tracked) {
      await site.stored(0);
      await site.page.evaluate(`KM.optIn(); KM.record('asked for')`);
      expect(await site.stored(1)).toMatchObject([{ _n: 'asked for' }]);
    } else await site.stored(2);
  });
});

describe('as settings of the site', () => {
  test('consent, signals and cookieless come with the tracker', async () => {
    const of = (settings: object) => parseConfig({ sites: { [KEY]: settings } });
    const waiting = await startCollector({ config: of({ consent: 'denied' }) });
    const site = await ready('', `KM.record('waits')`, { collector: waiting });
    await site.stored(0);
    await site.page.evaluate(`KM.consent('granted')`);
    await site.stored(1);

    const honouring = await startCollector({ config: of({ globalPrivacyControl: true, doNotTrack: true }) });
    const text = await (await honouring.send(`/${KEY}.2.js`)).text();
    expect(text.split('\n')[1]).toBe('window.KM_SITE={"KM_GPC":1,"KM_DNT":1};');
  });

  test('cookieless: each page view is another person, nothing is stored, and earlier data is removed', async () => {
    const collector = await startCollector({ config: parseConfig({ sites: { [KEY]: { cookieless: true } } }) });
    const site = await openSite({ collector, automatic: true });
    await site.context.addCookies([{ name: 'km_ai', value: 'before', domain: '.example.test', path: '/' }]);
    await site.open(snippets.loader(collector));
    await afterLoad(site.page, `KM.record('one'); KM.record('two'); KM.identify('bob'); KM.record('three')`);
    const [visited, one, two, alias, three] = await site.stored(5);
    expect(one!._p).toMatch(/^[\w-]{21}$/);
    expect([visited!._p, two!._p, alias!._p]).toEqual([one!._p, one!._p, one!._p]);
    expect(three!._p).toBe('bob');
    expect(await kept(site)).toEqual([]);
  });
});
