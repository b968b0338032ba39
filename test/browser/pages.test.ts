import { describe, expect, test } from 'vitest';
import { KEY } from '../support/collector.js';
import { openSite, useBrowser, type Site } from '../support/browser.js';

useBrowser();

const HOSTILE = `<img src=x onerror="window.hacked=1">'"</script><script>window.hacked=1</script>`;

const send = (site: Site, path: string, parameters: Record<string, string>) =>
  site.collector.send(`${path}?${new URLSearchParams({ _k: KEY, ...parameters }).toString()}`);

const see = (site: Site, path: string) => site.page.goto(site.collector.origin + path);

/** The texts of what is shown, without what is hidden by a filter. */
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

  test('filters by person, by event and by kind, and goes on doing so', async () => {
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
    await site.page.click('text=Properties');
    await expect.poll(() => shown(site, '.row')).toHaveLength(1);
    await expect.poll(() => site.page.textContent('.title-line')).toContain('1 of 5 shown');
    await site.page.click('text=Refused');
    await site.page.waitForSelector('text=Nothing that has arrived matches');
  });

  test('pauses, keeps what comes meanwhile, and reconnects without showing anything twice', async () => {
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

  test('says what to do while nothing has arrived', async () => {
    const site = await openSite();
    await see(site, '/live?key=new');
    await site.page.waitForSelector('text=Nothing has arrived yet');
  });
});

describe('Person', () => {
  test('shows identities, current properties with their history, and the timeline', async () => {
    const site = await openSite();
    await send(site, '/e', { _p: 'V1StGXR8_Z5jdHi6B-myT', _n: 'Visited', page: 'home' });
    await send(site, '/a', { _p: 'V1StGXR8_Z5jdHi6B-myT', _n: 'ann@example.com' });
    await send(site, '/s', { _p: 'ann@example.com', plan: 'free', _t: '1300000000', _d: '1' });
    await send(site, '/s', { _p: 'ann@example.com', plan: 'pro' });
    await see(site, `/person?key=${KEY}&id=V1StGXR8_Z5jdHi6B-myT`);
    await site.page.waitForSelector('h1:text-is("ann@example.com")');
    expect(await shown(site, '.identities li')).toEqual([
      'V1StGXR8_Z5jdHi6B-myTanonymous',
      'ann@example.comcustomer id',
    ]);
    expect((await shown(site, '.properties dd'))[0]).toMatch(/^pro1 before/);
    expect((await shown(site, '.timeline')).join()).toContain('Visitedpagehome');
    // It is live, too.
    await send(site, '/e', { _p: 'ann@example.com', _n: 'Billed' });
    await site.page.waitForSelector('text=Billed');
    expect(site.errors).toEqual([]);
  });

  test('one never seen', async () => {
    const site = await openSite();
    await see(site, `/person?key=${KEY}&id=nobody`);
    await site.page.waitForSelector('text=Nobody here');
  });

  test('is found by part of an identity', async () => {
    const site = await openSite();
    for (const id of ['ann@example.com', 'bob@example.com']) await send(site, '/e', { _p: id, _n: 'x' });
    await see(site, `/person?key=${KEY}`);
    await expect.poll(() => shown(site, '.people li')).toHaveLength(2);
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
    `/person?key=${KEY}`,
    `/?key=${id}`,
    `/live?key=${id}`,
  ]) {
    await see(site, path);
    await expect.poll(() => site.page.textContent('body')).toContain('onerror=');
    // What is no text after all gets the time to run.
    await site.page.waitForTimeout(500);
    expect(await site.page.evaluate('window.hacked')).toBeUndefined();
    expect(await site.page.$$('main img, main script')).toHaveLength(0);
  }
  expect(site.errors).toEqual([]);
});

test('the start page prints the snippet for its host and key, and the snippet works', async () => {
  const site = await openSite();
  await see(site, '/?key=my%20site');
  await site.page.waitForSelector('.foot');
  const [loader, , bare] = await site.page.$$eval('.code pre', (found) => found.map((e) => e.textContent));
  await site.open(loader + `<script>_kmq.push(['record', 'pasted'])</script>`);
  await expect.poll(() => site.collector.export('my site')).toHaveLength(1);
  await site.open(bare! + `<script>window._kmq = window._kmq || []; _kmq.push(['record', 'pasted, too'])</script>`);
  await expect.poll(() => site.collector.export('my site')).toHaveLength(2);
});
