import { expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { inOrderOfPush, QUIET, script, snippets } from '../support/browser.js';
import { KEY, startCollector, type TestCollector } from '../support/collector.js';
import { besideChromium, type Tab } from '../support/engines.js';
import { CARD_NUMBERS, SECRET_FIELDS } from '../support/fields.js';

type Line = Record<string, unknown>;

interface Site {
  tab: Tab;
  collector: TestCollector;
  /** Paths of all requests for pages of the site. */
  asked: string[];
  /** The address of a path on a host that leads to this machine. */
  at: (path: string, host?: string) => string;
  /** Puts a page at a path. */
  put(head: string, body?: string, path?: string): void;
  /** Puts a page at a path and opens it; returns when the tracker has loaded. */
  open(head: string, body?: string, path?: string, host?: string): Promise<void>;
  /** Returns the stored hits once there are as many as expected, and no more have arrived. */
  stored(count: number): Promise<Line[]>;
}

besideChromium('the tracker', ({ name, serve }) => {
  async function openSite(settings: object = {}): Promise<Site> {
    const collector = await startCollector({ config: parseConfig({ sites: { [KEY]: settings } }) });
    const pages = new Map<string, string>();
    const asked: string[] = [];
    const { tab, at } = await serve((request, response) => {
      asked.push(request.url!);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(pages.get(request.url!.split('?')[0]!) ?? '<!doctype html><title>Empty</title>');
    });
    const put: Site['put'] = (head, body = '', path = '/') => {
      pages.set(path.split(/[?#]/)[0]!, `<!doctype html><title>Page</title>${QUIET}${head}<body>${body}`);
    };
    return {
      ...{ tab, collector, at, asked, put },
      async open(head, body, path = '/', host) {
        put(head, body, path);
        await tab.goto(at(path, host));
        await tab.until('window.KM && KM.record');
      },
      async stored(count) {
        await expect.poll(async () => (await collector.export()).length).toBeGreaterThanOrEqual(count);
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(await collector.export()).toHaveLength(count);
        return collector.export();
      },
    };
  }

  // There is no test for an engine that cannot do this, so a skipped test means that the engine is not installed.
  const testIf = (can: boolean, ...[title, body]: [string, () => Promise<void>]) => can && test(title, body);

  test('commands before, during and after the load, functions and callbacks, in any script', async () => {
    const site = await openSite();
    await site.open(
      script(`called = []; _kmq.push(['record', 'before', { 'Größe, "é" & +': 'ü 日本 👩‍🚀\\ud800' }]);
          _kmq.push(function () { _kmq.push(['record', 'during', {}, function () { called.push(1); }]); });`) +
        snippets.loader(site.collector),
    );
    await site.tab.evaluate(`_kmq.push(['record', 'after'], ['set', { list: [1, 2] }]), 0`);
    await site.tab.until('called.length == 1');
    const hits = await site.stored(4);
    expect(hits.map(({ _n }) => _n)).toEqual(expect.arrayContaining(['before', 'during', 'after', undefined]));
    expect(hits.find(({ _n }) => _n === 'before')).toMatchObject({ 'Größe  "é" & +': 'ü 日本 👩‍🚀\ufffd' });
    expect(hits.find(({ list }) => list)).toMatchObject({ list: '1,2' });
  });

  test('the visitor is one person over several pages, also after they are named', async () => {
    const site = await openSite();
    await site.open(snippets.loader(site.collector));
    await site.tab.evaluate(`KM.record('first')`);
    await site.open(snippets.original(site.collector), '', '/second');
    await site.tab.evaluate(`KM.record('second'), KM.identify('bob')`);
    await site.stored(3);
    await site.open(snippets.bare(site.collector), '', '/third');
    await site.tab.evaluate(`KM.record('third')`);
    await site.stored(4);
    const bob = (await site.collector.person('bob'))!;
    expect(bob.events.map((event) => event.name).sort()).toEqual(['first', 'second', 'third']);
    expect(bob.identities).toHaveLength(2);
  });

  testIf(name !== 'WebKit', 'one person over subdomains, and over the site’s other domains by a link', async () => {
    const site = await openSite({ domains: ['example.test', 'blog.test'] });
    const links = `<a href="${site.at('/there', 'blog.test')}">Blog</a>`;
    await site.open(snippets.loader(site.collector));
    await site.tab.evaluate(`KM.record('www')`);
    await site.open(snippets.loader(site.collector), '', '/there', 'blog.test');
    await site.tab.evaluate(`document.cookie = 'km_ai=; max-age=0; domain=blog.test; path=/'`);
    await site.open(snippets.loader(site.collector), links, '/shop', 'shop.example.test');
    await site.tab.evaluate(`KM.record('shop')`);
    await site.tab.click('a');
    await site.tab.until(`location.host.startsWith('blog') && window.KM && KM.record`);
    await site.tab.evaluate(`KM.record('blog')`);
    const hits = await site.stored(3);
    expect(new Set(hits.map(({ _p }) => _p)).size).toBe(1);
    expect(await site.tab.evaluate('location.search')).toBe('');
  });

  test('a click that navigates at once: the next page opens, and the hit arrives', async () => {
    const site = await openSite();
    await site.open(snippets.loader(site.collector), '<a id="link" href="/next">Next</a><p id="host"></p>');
    await site.tab
      .evaluate(`KM.trackClick('#link', 'Clicked'), KM.trackClick('button', 'Button'), KM.trackClick('#in', 'Inside'),
        document.getElementById('host').attachShadow({ mode: 'open' }).innerHTML = '<button id="in">In</button>',
        document.getElementById('host').shadowRoot.querySelector('button').click()`);
    await site.stored(2);
    await site.tab.pressEnter('#link');
    await site.tab.until(`location.pathname == '/next'`);
    const named = inOrderOfPush(await site.stored(3)).map(({ _n }) => _n);
    // In the order of their registration.
    expect(named).toEqual(['Button', 'Inside', 'Clicked']);
  });

  test('a click on a label counts once, although the browser also clicks the control of the label', async () => {
    const site = await openSite();
    const body = `<div id="row"><label id="label" class="both" for="box">Agree</label><input id="box" class="both" type="checkbox"></div>
        <label id="around"><span id="text">Agree</span><input id="inner" type="checkbox"></label>
        <label id="link-label" for="box">See <a id="terms" href="#terms">terms</a></label>
        <form id="form" action="#done"><input id="field" name="q"><button id="send">Send</button></form>`;
    await site.open(snippets.loader(site.collector), body);
    await site.tab
      .evaluate(`'#row .both #label #box #around #inner #link-label a #send'.split(' ').forEach((target) => KM.trackClick(target, target)),
        form.addEventListener('submit', (event) => event.preventDefault())`);
    let before = 0;
    // One click at a time, with the names of the events that it causes.
    const counted = async (act: () => Promise<unknown>, expected: string): Promise<void> => {
      await act();
      const hits = inOrderOfPush(await site.stored(before + expected.split(' ').length)).slice(before);
      before += hits.length;
      expect(hits.map(({ _n }) => _n).sort()).toEqual(expected.split(' ').sort());
    };
    const by = (code: string) => () => site.tab.evaluate(`${code}, 0`);
    await counted(() => site.tab.click('#label'), '#label .both #row #box');
    await counted(() => site.tab.click('#box'), '#box .both #row');
    await counted(() => site.tab.click('#text'), '#around #inner');
    await counted(() => site.tab.click('#inner'), '#around #inner');
    await counted(by('label.click()'), '#label .both #row #box');
    await counted(by('box.click()'), '#box .both #row');
    // A click on the control by a script in the same task counts as the browser's click.
    await counted(by('label.click(), box.click()'), '#label .both #row #box');
    await counted(() => site.tab.click('#terms'), 'a #link-label');
    await counted(() => site.tab.click('#box'), '#box .both #row');
    // A page whose script does what the browser does.
    await counted(by(`label.onclick = (event) => { event.preventDefault(); }, label.click()`), '#label .both #row');
    await counted(() => site.tab.click('#box'), '#box .both #row');
    // The browser clicks the button of a form that is submitted with the Enter key.
    await counted(() => site.tab.pressEnter('#field'), '#send');
    await counted(() => site.tab.pressEnter('#send'), '#send');
  });

  test('a form that is submitted: its fields are sent, and no secret ones', async () => {
    const site = await openSite();
    await site.open(
      snippets.loader(site.collector),
      '<form id="f" action="/done"><input name="plan" value="pro"></form>',
    );
    const fields = JSON.stringify({ secret: SECRET_FIELDS, numbers: CARD_NUMBERS });
    await site.tab.evaluate(`(({ secret, numbers }) => {
        for (const { type, name, autocomplete } of secret) {
          const tag = /select|textarea|button/.test(type) ? type : 'input';
          const field = document.createElement(tag);
          if (tag == 'input') field.type = type;
          field.name = name;
          field.setAttribute('autocomplete', autocomplete);
          if (tag == 'select') field.append(new Option('secret', 'secret', true, true));
          else if (type != 'file') field.value = 'secret';
          field.checked = true;
          f.append(field);
        }
        numbers.forEach((number, index) => f.insertAdjacentHTML('beforeend', '<input name="n' + index + '" value="' + number + '">'));
        f.noValidate = true;
        KM.trackSubmit('f', 'Sent');
        setTimeout(() => f.requestSubmit());
      })(${fields})`);
    await site.tab.until(`location.pathname == '/done'`);
    const [{ _k, _p, _t, _i, ...hit }] = (await site.stored(1)) as [Line];
    expect([_p, _t, _i]).not.toContain(undefined);
    expect([_k, hit]).toEqual([undefined, { _n: 'Sent', plan: 'pro' }]);
  });

  test('nothing before consent, everything in order after it, and nothing left after a refusal', async () => {
    const site = await openSite({ consent: 'denied' });
    await site.open(snippets.loader(site.collector));
    await site.tab.evaluate(`KM.record('one'), KM.identify('bob'), KM.record('two')`);
    await site.stored(0);
    expect(await site.tab.evaluate('document.cookie')).toBe('');
    await site.tab.evaluate(`KM.consent('granted')`);
    await site.stored(3);
    expect((await site.collector.person('bob'))!.events.map((event) => event.name).sort()).toEqual(['one', 'two']);
    expect(await site.tab.evaluate('document.cookie')).toContain('km_ni=bob');
    await site.tab.evaluate(`KM.consent('denied'), KM.record('three')`);
    await site.stored(3);
    expect(await site.tab.evaluate('document.cookie')).toBe('kmq=denied');
  });

  const pageViewsAlone = {
    automatic: { visitedSite: false, referrer: false, searchEngine: false, returning: false, pageView: true },
    counting: 'hit-id',
  };
  const viewed = (hits: Line[]) => inOrderOfPush(hits).map((hit) => String(hit['Viewed URL']).replace(/^.*?:\d+/, ''));

  test('page views of an application: routes and back, each once', async () => {
    const site = await openSite(pageViewsAlone);
    await site.open(snippets.loader(site.collector), '', '/app');
    for (const [step, then] of [
      [`pushState(0, '', '/a')`, '/a'],
      [`replaceState(0, '', '/a')`, '/a'],
      [`pushState(0, '', '/a#/b')`, '/a#/b'],
      ['back()', '/a'],
    ]) {
      await site.tab.evaluate(`history.${step}`);
      await site.tab.until(`location.pathname + location.hash == '${then}'`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(viewed(await site.stored(4))).toEqual(['/app', '/a', '/a#/b', '/a']);
  });

  test('page views of an application: typed text is not a page view, and both kinds of routers work', async () => {
    const site = await openSite(pageViewsAlone);
    const router = script(`
        window.navigation?.addEventListener('navigate', (event) => {
          if (event.canIntercept && event.destination.url.includes('/in')) event.intercept({ async handler() {} });
        });`);
    await site.open(router + snippets.loader(site.collector), '<a href="/in/link">Link</a>', '/app');
    const hasRouter = await site.tab.evaluate<boolean>('Boolean(window.navigation)');
    const intercepted: [string, string][] = [
      [`document.querySelector('a').click()`, '/in/link'],
      [`navigation.navigate('/in/navigated')`, '/in/navigated'],
      [`navigation.navigate('/in/navigated?q=a', { history: 'replace' })`, '/in/navigated?q=a'],
    ];
    for (const [step, then] of [
      ...(hasRouter ? intercepted : []),
      [`history.pushState(0, '', '/a')`, '/a'],
      [`history.replaceState(0, '', '/a?q=t')`, '/a?q=t'],
      [`history.replaceState(0, '', '/a?q=te')`, '/a?q=te'],
      [`history.pushState(0, '', '/a?page=2')`, '/a?page=2'],
      ['history.back()', '/a?q=te'],
      [`history.replaceState(0, '', '/login')`, '/login'],
    ] as [string, string][]) {
      // In its own task: a driver may end its script with the page's answer to it.
      await site.tab.evaluate(`setTimeout(() => { ${step} }), 0`);
      await site.tab.until(`location.pathname + location.search == '${then}'`);
      await site.tab.evaluate(`setTimeout(() => setTimeout(() => { done = '${then}' })), 0`);
      await site.tab.until(`window.done == '${then}'`);
    }
    const expected = ['/app', ...(hasRouter ? ['/in/link', '/in/navigated'] : [])];
    expected.push('/a', '/a?page=2', '/a?q=te', '/login');
    expect(viewed(await site.stored(expected.length))).toEqual(expected);
  });

  test('a page that comes from the back-forward cache is viewed again, by the same person', async () => {
    const site = await openSite(pageViewsAlone);
    await site.open(snippets.loader(site.collector), '', '/second');
    await site.open(snippets.loader(site.collector), '', '/first');
    await site.stored(2);
    await site.tab.evaluate(`window.kept = true, setTimeout(() => location.href = '/second'), 0`);
    await site.tab.until(`location.pathname == '/second' && window.KM && KM.record`);
    await site.stored(3);
    await site.tab.evaluate('setTimeout(() => history.back()), 0');
    await site.tab.until(`location.pathname == '/first' && window.KM && KM.record`);
    expect(viewed(await site.stored(4))).toEqual(['/second', '/first', '/second', '/first']);
    // An engine that does not keep this page loads it, and also counts it once.
    if (name !== 'WebKit') expect(await site.tab.evaluate('window.kept')).toBe(true);
    await site.tab.evaluate(`KM.record('still alive')`);
    expect(new Set((await site.stored(5)).map(({ _p }) => _p)).size).toBe(1);
  });

  // Chromium is the only engine that renders pages before a click (https://wicg.github.io/nav-speculation/prerendering.html).
  testIf(name === 'Chromium', 'a page rendered ahead of its time is viewed once it is seen', async () => {
    const site = await openSite(pageViewsAlone);
    const rules = JSON.stringify({ prerender: [{ urls: ['/ahead', '/never-seen'], eagerness: 'immediate' }] });
    const ahead =
      snippets.loader(site.collector) +
      script(`_kmq.push(['record', 'pushed', { ahead: document.prerendering }]); fetch('/ran', { method: 'POST' });`);
    const ran = () => site.asked.filter((path) => path === '/ran').length;
    await site.open(ahead, '', '/never-seen');
    await site.open(ahead, '', '/ahead');
    await site.stored(4);
    await site.open(
      `<script type="speculationrules">${rules}</script>${snippets.loader(site.collector)}`,
      '<a href="/ahead">Go</a>',
    );
    // Both scripts ran once when the pages were opened, and ran once more when they were prerendered.
    await expect.poll(ran).toBe(4);
    // Long enough for the trackers to load: anything that they sent would have arrived by then.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await site.stored(5);
    // From here on the driver does not always find the page that replaces this one, so only the collector's hits are checked.
    await site.tab.evaluate(`setTimeout(() => document.querySelector('a').click()), 0`);
    const hits = (await site.stored(7)).slice(5);
    expect(hits.map(({ _n }) => _n).sort()).toEqual(['Page View', 'pushed']);
    expect(hits.find(({ _n }) => _n === 'pushed')).toMatchObject({ ahead: 'true' });
    expect(viewed(hits)).toContain('/ahead');
  });

  test('the automatic events of a first visit, each once', async () => {
    const site = await openSite();
    const head = script(`KM_SKIP_VISITED_SITE = KM_SKIP_REFERRER = KM_SKIP_SEARCH_ENGINE = KM_SKIP_RETURNING = 0;
        KM_REFERRER = 'https://www.google.com/';`);
    const address = '/?utm_source=mail&kme=Opened&kmi=bob&km_list=a';
    await site.open(head + snippets.loader(site.collector), '', address);
    const hits = await site.stored(5);
    // No event Returning, although somebody is named: they were not here before. The hits are sent in parallel, and arrive in any order.
    expect(hits.map(({ _n }) => _n ?? 'set').sort()).toEqual([
      ...['Ad Campaign Hit', 'Opened', 'Search Engine Hit', 'Visited Site', 'set'],
    ]);
    expect(new Set(hits.map(({ _p }) => _p))).toEqual(new Set(['bob']));
    await site.open(snippets.loader(site.collector), '', '/second');
    await site.stored(5);
  });

  /** Opens a page that navigates away by itself: WebKit's driver would wait for its load event for ever. */
  async function goThrough(site: Site, head: string): Promise<void> {
    await site.open(snippets.bare(site.collector), '', '/next');
    await site.open(snippets.bare(site.collector), '', '/first');
    site.put(head, '', '/left');
    await site.tab.evaluate(`setTimeout(() => location.href = '/left'), 0`);
    await site.tab.until(`location.pathname == '/next' && window.KM && KM.record`);
  }

  // WebKit sends no event if a page is left before its load event. Hits that were being sent arrive from the next page,
  // when their lease has ended.
  test('a page that is left in the task of the load: what it pushed and the automatic events arrive, each once', async () => {
    const site = await openSite();
    const leave = snippets
      .bare(site.collector)
      .replace('async', `onload="_kmq.push(['record', 'at the load']); location.href = '/next'"`);
    // In front of the tracker, which runs as soon as it is read.
    await goThrough(site, script(`KM_SKIP_VISITED_SITE = 0; _kmq.push(['record', 'before'])`) + leave);
    const hits = await site.stored(3);
    expect(inOrderOfPush(hits).map(({ _n }) => _n)).toEqual(['before', 'Visited Site', 'at the load']);
  });

  // In WebKit the page may be gone before the tracker has copied anything (docs/delivery.md).
  testIf(
    name !== 'WebKit',
    'a page that is left in the task of the load, and pushes nothing there: what it pushed before arrives',
    async () => {
      const site = await openSite();
      const leave = snippets.bare(site.collector).replace('async', `onload="location.href = '/next'"`);
      await goThrough(site, script(`KM_SKIP_VISITED_SITE = 0; _kmq.push(['record', 'before'])`) + leave);
      expect(inOrderOfPush(await site.stored(2)).map(({ _n }) => _n)).toEqual(['before', 'Visited Site']);
    },
  );

  test('the next page has the same variant', async () => {
    const site = await openSite();
    await site.open(snippets.loader(site.collector));
    const choose = `KM.ab('Headline', ['a', 'b', 'c', 'd', 'e'])`;
    const variant = await site.tab.evaluate(choose);
    await site.open(snippets.loader(site.collector), '', '/second');
    expect(await site.tab.evaluate(choose)).toBe(variant);
  });
});
