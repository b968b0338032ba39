import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { KEY, startCollector, temporaryFolder } from '../support/collector.js';
import { axeFaults } from '../support/axe.js';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { LONG } from '../support/long.js';

useBrowser();

const HOSTILE = `<img src=x onerror="window.hacked=1">'"</script><script>window.hacked=1</script>`;

const send = (site: Site, path: string, parameters: Record<string, string>) =>
  site.collector.send(`${path}?${new URLSearchParams({ _k: KEY, ...parameters }).toString()}`);

const see = (site: Site, path: string) => site.page.goto(site.collector.origin + path);

/** The visible texts, without those that a filter hides. */
const shown = (site: Site, selector: string) =>
  site.page.$$eval(selector, (found) => found.filter((e) => (e as HTMLElement).offsetParent).map((e) => e.textContent));

describe('Live', () => {
  test('shows what is stored, then what arrives, the newest first', async () => {
    const site = await openSite();
    await send(site, '/e', { _p: 'bob', _n: 'Before' });
    await see(site, `/live?key=${KEY}`);
    await site.page.waitForSelector('text=Before');
    await send(site, '/e', { _p: 'bob', _n: 'Signed Up', plan: 'pro' });
    await send(site, '/a', { _p: 'bob', _n: 'bob@example.com' });
    await send(site, '/s', { _p: 'bob', gender: 'male' });
    await send(site, '/e', { _n: 'Nobody' });
    await expect.poll(() => shown(site, '.row')).toHaveLength(5);
    const rows = await shown(site, '.row');
    expect(rows.join('\n')).toMatch(/No person[^]*gender[^]*is also bob@example.com[^]*Signed Up[^]*Before/);
    expect(site.errors).toEqual([]);
  });

  test('filters by person, by event and by kind, and keeps the filter for new hits', async () => {
    const site = await openSite();
    await see(site, `/live?key=${KEY}`);
    await send(site, '/e', { _p: 'bob', _n: 'Signed Up' });
    await send(site, '/e', { _p: 'ann', _n: 'Billed' });
    await send(site, '/s', { _p: 'ann', plan: 'pro' });
    await expect.poll(() => shown(site, '.row')).toHaveLength(3);
    await site.page.fill('input[type=search]', 'ANN');
    await expect.poll(() => shown(site, '.row')).toHaveLength(2);
    await send(site, '/e', { _p: 'bob', _n: 'Again' });
    await send(site, '/e', { _p: 'joanna', _n: 'Again' });
    await expect.poll(() => shown(site, '.row')).toHaveLength(3);
    await site.page.click('.choices >> text=Properties');
    await expect.poll(() => shown(site, '.row')).toHaveLength(1);
    await expect.poll(() => site.page.textContent('.title-line')).toContain('1 of 5 shown');
    await site.page.click('.choices >> text=Refused');
    await site.page.waitForSelector('text=Nothing that has arrived matches');
  });

  test('pauses, keeps the hits that arrive meanwhile, and reconnects without showing anything twice', async () => {
    const site = await openSite();
    await see(site, `/live?key=${KEY}`);
    await send(site, '/e', { _p: 'bob', _n: 'one' });
    await expect.poll(() => shown(site, '.row')).toHaveLength(1);
    await site.page.click('text=Pause');
    await send(site, '/e', { _p: 'bob', _n: 'two' });
    await site.page.waitForSelector('text=Resume (1 new)');
    expect(await shown(site, '.row')).toHaveLength(1);
    await site.page.click('text=Resume');
    await expect.poll(() => shown(site, '.row')).toHaveLength(2);
    await site.context.setOffline(true);
    await site.page.waitForTimeout(300);
    await site.context.setOffline(false);
    await send(site, '/e', { _p: 'bob', _n: 'three' });
    await expect.poll(() => shown(site, '.row')).toHaveLength(3);
  });

  test('says what to do before the first hit', async () => {
    const site = await openSite();
    await see(site, '/live?key=new');
    await site.page.waitForSelector('text=Nothing has arrived yet');
    expect(await axeFaults(site.page)).toEqual([]);
    await site.page.click('text=Get the snippet');
    await site.page.waitForURL('**/start?key=new');
  });

  test('a row is one line, and shows everything when it is opened, also by keyboard', async () => {
    const site = await openSite();
    const { page } = site;
    const text = 'a long text '.repeat(100).trim();
    await send(site, '/e', { _p: 'bob', _n: 'Signed Up', text, plan: 'pro' });
    await send(site, '/e', { _n: 'Nobody', text });
    await see(site, `/live?key=${KEY}`);
    await expect.poll(() => shown(site, '.row')).toHaveLength(2);
    const heights = () => page.$$eval('.row', (rows) => rows.map((row) => row.getBoundingClientRect().height));
    expect(Math.max(...(await heights()))).toBeLessThan(50);
    // The reason of a refusal is visible in a closed row.
    expect(await page.isVisible('.row.refused >> text=No person')).toBe(true);
    const before = await heights();
    for (const name of ['refused', 'event']) {
      await page.focus(`.row.${name} .unfold`);
      await page.keyboard.press('Enter');
      expect(await page.getAttribute(`.row.${name} .unfold`, 'aria-expanded')).toBe('true');
    }
    await expect.poll(async () => (await heights()).every((height, row) => height > before[row]!)).toBe(true);
    expect(await page.textContent('.row.event .value')).toBe(text);
    expect(await page.isVisible('.row.refused >> text=Send an identity')).toBe(true);
    // The row stays open when other rows arrive.
    await send(site, '/e', { _p: 'ann', _n: 'Billed' });
    await page.waitForSelector('text=Billed');
    expect(await page.$$('.row.opened')).toHaveLength(2);
    expect(await axeFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    expect(await axeFaults(page)).toEqual([]);
    expect(site.errors).toEqual([]);
  });

  test('any number of tabs can be open: a tab that is out of sight has no connection, of which a browser has six for a host', async () => {
    const site = await openSite();
    const { page } = site;
    const url = `${site.collector.origin}/live?key=${KEY}`;
    await send(site, '/e', { _p: 'bob', _n: 'Before' });
    /** Another tab is in front. A headless browser says of all tabs that they are seen. */
    const look = (tab: Page, hidden: boolean) =>
      tab.evaluate(`Object.defineProperties(document, {
        hidden: { value: ${hidden}, configurable: true },
        visibilityState: { value: '${hidden ? 'hidden' : 'visible'}', configurable: true },
      }); document.dispatchEvent(new Event('visibilitychange', { bubbles: true })), 0`);
    await page.goto(url);
    await page.waitForSelector('.row');
    const tabs = [page];
    while (tabs.length < 7) {
      await look(tabs.at(-1)!, true);
      const tab = await page.context().newPage();
      tabs.push(tab);
      await tab.goto(url);
      await tab.waitForSelector('.row');
    }
    await send(site, '/e', { _p: 'bob', _n: 'After' });
    await tabs.at(-1)!.waitForSelector('.row >> text=After');
    expect(await shown(site, '.row .what')).toEqual(['Before']);
    // A tab that is looked at again has what arrived meanwhile, once.
    await look(page, false);
    await page.waitForSelector('[data-mode=on]');
    await expect.poll(() => shown(site, '.row .what')).toEqual(['After', 'Before']);
    expect(site.errors).toEqual([]);
  });

  test('the days and conditions of the reports stay in the links, also over the snippet, and the page says that they do not apply', async () => {
    const site = await openSite();
    const { page } = site;
    await send(site, '/e', { _p: 'bob', _n: 'Signed Up' });
    const view = { days: '7', filter: JSON.stringify([{ event: 'Nothing' }]) };
    await see(site, `/live?${new URLSearchParams({ key: KEY, ...view }).toString()}`);
    await expect.poll(() => shown(site, '.row')).toHaveLength(1);
    expect(await page.textContent('main')).toContain('The conditions of the reports do not apply here.');
    await page.click('text=Snippet');
    await page.waitForSelector('.foot');
    for (const link of ['nav >> text=Trend', 'main .actions >> text=Overview']) {
      const { searchParams } = new URL((await page.getAttribute(link, 'href'))!, page.url());
      expect(Object.fromEntries(searchParams)).toEqual({ key: KEY, ...view });
    }
    await see(site, `/live?key=${KEY}`);
    await expect.poll(() => shown(site, '.row')).toHaveLength(1);
    expect(await page.textContent('main')).not.toContain('do not apply');
  });

  test('the filter is part of the address, and Back removes it', async () => {
    const site = await openSite();
    const { page } = site;
    await send(site, '/e', { _p: 'bob', _n: 'Signed Up' });
    await send(site, '/s', { _p: 'ann', plan: 'pro' });
    await see(site, `/live?key=${KEY}`);
    await expect.poll(() => shown(site, '.row')).toHaveLength(2);
    await page.click('.choices >> text=Properties');
    await expect.poll(() => shown(site, '.row')).toHaveLength(1);
    await page.fill('input[type=search]', 'ann');
    await page.reload();
    await expect.poll(() => shown(site, '.row')).toHaveLength(1);
    expect(await page.inputValue('input[type=search]')).toBe('ann');
    await page.goBack();
    await expect.poll(() => shown(site, '.row')).toHaveLength(2);
  });

  test('separates older rows by days', async () => {
    const site = await openSite();
    const { page } = site;
    await send(site, '/e', { _p: 'bob', _n: 'Signed Up' });
    await send(site, '/e', { _p: 'bob', _n: 'Billed' });
    // As if the collector sent these hits a day and a half later.
    const later = Date.now() + 40 * 3_600_000;
    await page.route('**/live?*', async (route) => {
      if (route.request().resourceType() !== 'document') return route.continue();
      const response = await route.fetch();
      const body = (await response.text()).replace(/data-now="\d+"/, `data-now="${later}"`);
      await route.fulfill({ response, body });
    });
    await see(site, `/live?key=${KEY}`);
    await expect.poll(() => shown(site, '.row')).toHaveLength(2);
    expect(await shown(site, '.day-line')).toHaveLength(1);
    expect(await page.$eval('.rows', (rows) => rows.children[0]!.className)).toBe('day-line');
    await page.fill('input[type=search]', 'signed');
    await expect.poll(() => shown(site, '.row')).toHaveLength(1);
    expect(await shown(site, '.day-line')).toHaveLength(1);
  });
});

describe('Person', () => {
  test('shows identities, current properties with their history, and the timeline', async () => {
    const site = await openSite();
    await send(site, '/e', { _p: 'V1StGXR8_Z5jdHi6B-myT', _n: 'Visited', page: 'home' });
    await send(site, '/a', { _p: 'V1StGXR8_Z5jdHi6B-myT', _n: 'ann@example.com' });
    await send(site, '/a', { _p: 'ann@example.com', _n: 'ann' });
    // A value that is sent again is the same value.
    for (const _t of ['1300000000', '1300000001'])
      await send(site, '/s', { _p: 'ann@example.com', plan: 'free', _t, _d: '1' });
    for (const _i of ['1', '2']) await send(site, '/s', { _p: 'ann@example.com', plan: 'pro', _i });
    await see(site, `/person?key=${KEY}&id=V1StGXR8_Z5jdHi6B-myT`);
    await site.page.waitForSelector('h1:text-is("ann@example.com")');
    expect(await shown(site, '.identities li')).toEqual([
      'V1StGXR8_Z5jdHi6B-myTanonymous',
      'ann@example.comcustomer id',
      'annonly in an alias',
    ]);
    expect((await shown(site, '.properties dd'))[0]).toMatch(/^pro1 earlier value/);
    expect((await shown(site, '.timeline')).join()).toContain('Visitedpage: home');
    // The page is updated, too.
    await send(site, '/e', { _p: 'ann@example.com', _n: 'Billed' });
    await site.page.waitForSelector('text=Billed');
    expect(site.errors).toEqual([]);
  });

  test('with the keyboard, the focus stays where it is while the page is drawn again', async () => {
    const site = await openSite();
    const { page } = site;
    for (const plan of ['free', 'pro']) await send(site, '/s', { _p: 'ann', plan, _i: plan });
    for (let n = 0; n < 205; n++) await send(site, '/e', { _p: 'ann', _n: `n${n}`, _i: String(n) });
    await see(site, `/person?key=${KEY}&id=ann`);
    await page.focus('text=Show more (105 older)');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Show more (5 older)');
    await page.focus('summary');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.properties li >> text=free');
    await send(site, '/e', { _p: 'ann', _n: 'Billed' });
    await page.waitForSelector('text=Billed');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('1 earlier value');
    expect(await page.isVisible('.properties li >> text=free')).toBe(true);
    await page.keyboard.press('Enter');
    await send(site, '/e', { _p: 'ann', _n: 'Canceled' });
    await page.waitForSelector('text=Canceled');
    expect(await page.isVisible('.properties li >> text=free')).toBe(false);
    expect(site.errors).toEqual([]);
  });

  test('says that there is nobody with an unknown identity', async () => {
    const site = await openSite();
    await see(site, `/person?key=${KEY}&id=nobody`);
    await site.page.waitForSelector('text=Nobody here');
    // Users of screen readers jump to the first heading.
    expect(await site.page.$$eval('h1', (all) => all.map(({ textContent }) => textContent))).toEqual(['Person']);
  });

  test('an address without a person leads to the search', async () => {
    const site = await openSite();
    for (const id of ['ann@example.com', 'bob@example.com']) await send(site, '/e', { _p: id, _n: 'x' });
    await see(site, `/person?key=${KEY}`);
    await site.page.waitForURL(`**/people?key=${KEY}`);
    await site.page.fill('input[type=search]', 'BOB@');
    await expect.poll(() => shown(site, '.people li')).toHaveLength(1);
    await site.page.click('.people a');
    await site.page.waitForSelector('h1:has-text("bob@example.com")');
  });
});

test('text from outside is text, on every page', async () => {
  const site = await openSite();
  await send(site, '/e', { _p: HOSTILE, _n: HOSTILE, [HOSTILE]: HOSTILE });
  await send(site, '/a', { _p: HOSTILE, _n: `${HOSTILE}2` });
  await send(site, '/e', { _n: HOSTILE, [HOSTILE]: '1' });
  const id = encodeURIComponent(HOSTILE);
  for (const path of [
    `/live?key=${KEY}`,
    `/person?key=${KEY}&id=${id}`,
    `/people?key=${KEY}&q=img`,
    `/start?key=${id}`,
    `/?key=${id}`,
    `/live?key=${id}`,
  ]) {
    await see(site, path);
    await expect.poll(() => site.page.textContent('body')).toContain('onerror=');
    // Text that is code after all gets enough time to run.
    await site.page.waitForTimeout(500);
    expect(await site.page.evaluate('window.hacked')).toBeUndefined();
    expect(await site.page.$$('main img, main script')).toHaveLength(0);
  }
  expect(site.errors).toEqual([]);
});

test('the start page shows the snippet for its host and key, and the snippet works', async () => {
  const site = await openSite();
  await see(site, '/start?key=my%20site');
  await site.page.waitForSelector('.foot');
  const [loader, bare] = await site.page.$$eval('.code pre', (found) => found.map((e) => e.textContent));
  await site.open(loader + `<script>_kmq.push(['record', 'pasted'])</script>`);
  await expect.poll(() => site.collector.export('my site')).toHaveLength(1);
  await site.open(bare! + `<script>window._kmq = window._kmq || []; _kmq.push(['record', 'pasted, too'])</script>`);
  await expect.poll(() => site.collector.export('my site')).toHaveLength(2);
});

test('the start page copies the snippet of the key that the field Site has, also before Enter', async () => {
  const site = await openSite();
  const { page } = site;
  await page.addInitScript(() => {
    const writeText = (text: string) => Promise.resolve(void Object.assign(window, { copied: text }));
    Object.defineProperty(navigator, 'clipboard', { value: { writeText } });
  });
  await see(site, `/start?key=${KEY}`);
  await page.waitForSelector('text=Waiting for the first hit');
  // A pasted key often has a space at its end.
  await page.fill('#key', 'typed-site ');
  await page.click('[aria-label="Copy: the snippet"]');
  await page.waitForSelector('[aria-label="Copied: the snippet"]');
  expect(await page.evaluate('copied')).toContain('/typed-site.js"');
  expect(await page.evaluate('copied')).toBe(await page.textContent('.code pre'));
  expect(await page.textContent('.steps')).toContain('It contains the key typed-site.');
  expect(await page.textContent('.steps')).not.toContain(`/${KEY}.js`);
  expect(await axeFaults(page)).toEqual([]);
  await page.click('text=Open this site');
  await page.waitForSelector('text=Waiting for the first hit of typed-site');
  expect(new URL(page.url()).searchParams.get('key')).toBe('typed-site');
  // Without a text, Enter leads to the site that is open.
  await page.fill('#key', '');
  await expect.poll(() => page.textContent('.code pre')).toContain('/typed-site.js"');
  expect(site.errors).toEqual([]);
});

test('the start page shows the first hit when it arrives, and can send a test hit', async () => {
  const site = await openSite({ collector: await startCollector({ keys: [KEY] }) });
  const { page } = site;
  await see(site, `/start?key=${KEY}`);
  await page.waitForSelector('text=Waiting for the first hit');
  expect(await axeFaults(page)).toEqual([]);
  await send(site, '/e', { _p: 'ann', _n: 'Pasted' });
  await page.waitForSelector('.latest .row >> text=Pasted');
  // The outcome is announced, and the hint beside the button is not: a screen reader would begin with it.
  expect(await page.textContent('.try [role=status]')).toBe('');
  expect(await page.textContent('.try')).toContain('counts like any other event');
  await page.click('text=Send a test hit');
  await page.waitForSelector('.latest .row >> text=Test Hit');
  await page.getByRole('status').filter({ hasText: 'It has arrived.' }).waitFor();
  expect(await page.$$('.row')).toHaveLength(1);
  expect(await site.collector.export()).toMatchObject([{ _n: 'Pasted' }, { _p: 'test', _n: 'Test Hit' }]);
  await page.setViewportSize({ width: 320, height: 800 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  expect(await axeFaults(page)).toEqual([]);
  // For a site whose hits are not accepted, the page shows the reason of the refusal.
  await see(site, '/start?key=mistyped');
  await page.click('text=Send a test hit');
  await page.waitForSelector('.latest .row >> text=No site here has the key “mistyped”.');
  expect(site.errors).toEqual([]);
});

test('the start page begins with a site that the collector accepts, and says which site it does not accept', async () => {
  const site = await openSite({ collector: await startCollector({ keys: ['my shop', 'other'] }) });
  const { page } = site;
  await see(site, '/start');
  await page.waitForURL('**/start?key=my+shop');
  await page.waitForSelector('.foot');
  expect(await page.textContent('.code pre')).toContain('/my%20shop.js"');
  expect(await page.$$('.warning')).toHaveLength(0);
  await see(site, '/start?key=mistyped');
  await page.waitForSelector('.warning >> text=mistyped');
  // The site that was open last is used, unless its hits are not accepted.
  await see(site, '/start?key=other');
  await page.waitForSelector('.foot');
  await see(site, '/start');
  await page.waitForSelector('.foot');
  expect(await page.inputValue('#key')).toBe('other');
  expect(site.errors).toEqual([]);
});

test('the start page shows no snippet for a key that is not the one that its script would name', async () => {
  const site = await openSite();
  const { page } = site;
  for (const [key, reason] of [
    ['kmq', '/kmq.js is the tracker without a key'],
    ['shop.1', '/shop.1.js is the tracker of the site “shop”'],
  ] as const) {
    await see(site, `/start?key=${key}`);
    await page.waitForSelector('.foot');
    expect(await page.textContent('.warning')).toBe(
      `No page can load a tracker for the key ${key}: ${reason}. Choose another key, in the field Site at the top.`,
    );
    // Nobody copies a snippet that does not work.
    expect(await page.textContent('.steps')).not.toContain('<script');
  }
  expect(await axeFaults(page)).toEqual([]);
  await see(site, '/start?key=shop.a1');
  await page.waitForSelector('.foot');
  expect(await page.$$('.warning')).toHaveLength(0);
  expect(site.errors).toEqual([]);
});

describe('large amounts of data', () => {
  const event = (n: number, properties: [string, string][], person = 'bob'): ArrivedHit => {
    const time = 1_400_000_000 + n;
    const common = { key: KEY, person, name: `n${n}`, time, sent: time, id: `h${n}`, warnings: [] };
    return { hit: { kind: 'event', ...common, properties }, received: time, agent: 'browser' };
  };

  /** A collector on a store of an earlier version, in which a request could contain so much. */
  const siteWith = async (...batches: ArrivedHit[][]): Promise<Site> => {
    const data = await temporaryFolder();
    const store = new EmbeddedStore({ folder: data, counting: () => 'reference' });
    for (const batch of batches) await store.append(batch);
    await store.close();
    return openSite({ collector: await startCollector({ data }) });
  };

  const many = (count: number): [string, string][] => Array.from({ length: count }, (_, n) => [`p${n}`, `v${n}`]);

  test.runIf(LONG)('of 150,000 properties a hundred are shown, and more in steps', async () => {
    const site = await siteWith([event(0, many(150_000))]);
    await see(site, `/live?key=${KEY}`);
    await expect.poll(() => shown(site, '.row .property')).toHaveLength(8);
    expect(await site.page.textContent('.row')).toContain('and 149,992 more');
    await site.page.click('.unfold');
    await expect.poll(() => shown(site, '.row .property')).toHaveLength(100);
    expect(await site.page.textContent('.row')).toContain('and 149,900 more');

    await see(site, `/person?key=${KEY}&id=bob`);
    await expect.poll(() => shown(site, '.properties dt')).toHaveLength(100);
    expect(await shown(site, '.timeline .property')).toHaveLength(100);
    expect(await shown(site, '.more')).toEqual(['and 149,900 more', 'and 149,900 more']);
    for (const more of await site.page.$$('.more')) await more.click();
    expect(await shown(site, '.properties dt')).toHaveLength(200);
    expect((await shown(site, '.timeline .property')).at(-1)).toBe('p199: v199');
    expect(await shown(site, '.more')).toEqual(['and 149,800 more', 'and 149,800 more']);
    // When the page is drawn again, the list keeps its length.
    await send(site, '/e', { _p: 'bob', _n: 'Again' });
    await site.page.waitForSelector('text=Again');
    expect(await shown(site, '.properties dt')).toHaveLength(200);
    expect(site.errors).toEqual([]);
  });

  test('of 10,000 identities a hundred are shown, in the search and on the page of the person', async () => {
    const aliases = Array.from({ length: 9_999 }, (_, n): ArrivedHit => {
      const { hit, ...arrival } = event(n, [], `id${n}@example.com`);
      return { hit: { ...hit, kind: 'alias', name: `id${n + 1}@example.com` }, ...arrival };
    });
    const site = await siteWith(aliases, [event(20_000, [], 'id9999@example.com')]);
    await see(site, `/people?key=${KEY}&q=id9999`);
    await expect.poll(() => shown(site, '.people .quiet')).toEqual(['and 9,999 more identities']);
    await site.page.click('.people a');
    await expect.poll(() => shown(site, '.identities li')).toHaveLength(100);
    expect(await shown(site, '.more')).toEqual(['and 9,900 more']);
    await site.page.click('.more');
    expect(await shown(site, '.identities li')).toHaveLength(200);
    expect(site.errors).toEqual([]);
  });

  test('of a property with 1,000 values the earlier ones are shown in steps, on request', async () => {
    const site = await siteWith(Array.from({ length: 1000 }, (_, n) => event(n, [['plan', `v${n}`]])));
    await see(site, `/person?key=${KEY}&id=bob`);
    await site.page.click('summary:has-text("999 earlier values")');
    await expect.poll(() => shown(site, '.properties details li')).toHaveLength(100);
    expect((await shown(site, '.properties details li'))[0]).toContain('v998');
    await site.page.click('.properties .more');
    expect(await shown(site, '.properties details li')).toHaveLength(200);
    expect(site.errors).toEqual([]);
  });

  test('if a person has more hits than the page shows, the latest are shown, and the page says that there are more', async () => {
    const megabyte = many(128).map(([name]): [string, string] => [name, '\u0001'.repeat(8192)]);
    const site = await siteWith(...Array.from({ length: 5 }, (_, n) => [event(n, megabyte)]));
    await see(site, `/person?key=${KEY}&id=bob`);
    await site.page.waitForSelector('text=Older hits are stored');
    expect(await shown(site, '.timeline .what')).toEqual(['n4', 'n3']);
    expect(await site.page.textContent('.person-head')).not.toContain('first seen');
    await see(site, `/live?key=${KEY}`);
    await expect.poll(() => shown(site, '.row')).toHaveLength(5);
    expect(await site.page.textContent('.row')).toContain('and 128 more');
    expect(site.errors).toEqual([]);
  });
});

test('a person called .. is found by the search, and shown', async () => {
  const site = await openSite();
  await send(site, '/e', { _p: '..', _n: 'Visited' });
  await see(site, `/people?key=${KEY}&q=..`);
  await site.page.click('.people a');
  await site.page.waitForSelector('h1:text-is("..")');
  expect((await shown(site, '.timeline')).join()).toContain('Visited');
});

test('on a phone a row of Live has one line for when a late hit happened', async () => {
  const site = await openSite();
  await site.page.setViewportSize({ width: 375, height: 800 });
  await send(site, '/e', { _p: 'bob', _n: 'Went', _t: '1700000000', _d: '1' });
  await see(site, `/live?key=${KEY}`);
  await site.page.waitForSelector('.row .tag');
  const [height, line] = await site.page.$eval('.row .tag', (tag) => [
    tag.getBoundingClientRect().height,
    parseFloat(getComputedStyle(tag).lineHeight),
  ]);
  expect(height).toBeLessThan(1.5 * line);
});

test('the filter of Live folds its text as the search does', async () => {
  const site = await openSite();
  await send(site, '/e', { _p: 'Jose\u0301 STRASSE', _n: 'Kam' });
  await send(site, '/e', { _p: 'bob', _n: 'Ging' });
  await see(site, `/live?key=${KEY}`);
  await expect.poll(() => shown(site, '.row')).toHaveLength(2);
  await site.page.fill('input[type=search]', 'JOSÉ straße');
  await expect.poll(() => shown(site, '.row')).toHaveLength(1);
});
