import { expect, test } from 'vitest';
import { openSite, useBrowser } from '../support/browser.js';
import { KEY, sharedCollector } from '../support/collector.js';
import { startProxy, type Fault } from '../support/faults.js';
import { LONG, eachNth } from '../support/long.js';

useBrowser();

const visited = sharedCollector((collector) => collector.send(`/e?_k=${KEY}&_p=ann&_n=Signed+Up`));

/** What nginx answers while the collector starts. Its machine has another time. */
const BAD_GATEWAY: Fault = {
  status: 502,
  headers: { 'content-type': 'text/html', date: 'Sat, 01 Jan 2000 00:00:00 GMT' },
  body: '<html><head><title>502 Bad Gateway</title></head></html>',
};

/** The pages behind a proxy that may have faults with requests for the read API. */
async function openBehindProxy(isFaulty = /^\/api\//) {
  const collector = await visited();
  const proxy = await startProxy(collector.origin, isFaulty);
  const { page, errors } = await openSite({ collector });
  const see = (path: string) => page.goto(`${proxy.origin}${path}key=${KEY}`);
  return { collector, proxy, page, errors, see };
}

test.each(['/', '/trend', '/funnel', '/people', '/live', '/person?id=ann', '/start'])(
  '%s of the last site says that the collector cannot be reached, and is there after another attempt',
  async (path) => {
    const { proxy, page, see } = await openBehindProxy();
    await see('/start?');
    proxy.fault = () => BAD_GATEWAY;
    // The address names no site, so the page has to ask about it.
    await page.goto(proxy.origin + path);
    expect(await page.textContent('main [role=alert]')).toBe('The collector cannot be reached. Try again');
    proxy.fault = () => undefined;
    await page.click('text=Try again');
    await page.waitForSelector('main h1', { state: 'attached' });
  },
);

test.each(['/?', '/trend?', '/funnel?', '/people?'])(
  '%s says so, too, if only its report has no answer',
  async (path) => {
    const { proxy, page, see } = await openBehindProxy();
    proxy.fault = (request) => (request.includes('/reports/') ? BAD_GATEWAY : undefined);
    await see(path);
    expect(await page.textContent('main .fault p')).toBe('The collector cannot be reached.');
    proxy.fault = () => undefined;
    await page.click('text=Ask again');
    await page.waitForSelector('.foot');
    // The time of the proxy's machine is not that of the collector.
    expect(await page.textContent('.foot')).not.toContain('2000');
    const parameters = new URL(page.url()).searchParams;
    if (path === '/?') expect(await page.textContent('.printed')).toContain(`${new Date().getUTCFullYear()}`);
    expect(parameters.get('key')).toBe(KEY);
  },
);

/** https://github.com/zulip/zulip/issues/22721: a laptop that wakes up shows its pages before it has a network. */
test.each(eachNth(['/?', '/trend?', '/funnel?'], 2))(
  '%s asks again by itself when the network is back, or the page is seen again',
  async (path) => {
    const { proxy, page, see } = await openBehindProxy();
    await see(path);
    await page.waitForSelector('.foot');
    const fault = page.locator('main .fault');
    await page.context().setOffline(true);
    await page.click('text="91 days"');
    await fault.waitFor();
    await page.context().setOffline(false);
    await fault.waitFor({ state: 'detached' });
    expect(await page.getAttribute('button:text-is("91 days")', 'aria-pressed')).toBe('true');

    proxy.fault = (request) => (request.includes('/reports/') ? BAD_GATEWAY : undefined);
    await page.click('text="7 days"');
    await fault.waitFor();
    proxy.fault = () => undefined;
    // A request that was sent before may fail after the first of these events.
    const isSeen = `document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`;
    await expect.poll(() => page.evaluate(isSeen).then(() => fault.count())).toBe(0);
  },
);

test('the search for people asks again by itself when the network is back', async () => {
  const { page, see } = await openBehindProxy();
  await see('/people?');
  await page.waitForSelector('.foot');
  await page.context().setOffline(true);
  await page.fill('input[type=search]', 'an');
  await page.waitForSelector('text=The search has no answer: The collector cannot be reached.');
  await page.context().setOffline(false);
  await page.waitForSelector('.people >> text=ann');
});

test('the page of a person says that the collector cannot be reached, and shows the person after the next attempt', async () => {
  const { proxy, page, see } = await openBehindProxy();
  proxy.fault = (request) => (request.includes('/person?') ? BAD_GATEWAY : undefined);
  await see('/person?id=ann&');
  await page.waitForSelector('text=The collector cannot be reached.');
  proxy.fault = () => undefined;
  await page.waitForSelector('.person-head');
});

test('the page of a person says so, too, if the answer is cut, or is JSON of a proxy', async () => {
  const { proxy, page, errors, see } = await openBehindProxy();
  for (const body of ['{"identities":["ann"],"ev', '{"message":"maintenance"}', '7']) {
    proxy.fault = (request) =>
      request.includes('/person?') ? { status: 200, headers: { 'content-type': 'application/json' }, body } : undefined;
    await see('/person?id=ann&');
    await page.waitForSelector('text=The collector cannot be reached.');
  }
  expect(errors).toEqual([]);
});

test('a slow answer about a person is waited for, and a dead connection is given up after a minute', async () => {
  const { proxy, page, see } = await openBehindProxy();
  const asked = () => proxy.requests.filter(({ path }) => path.includes('/person?')).length;
  await page.clock.install();
  proxy.fault = (request) => (request.includes('/person?') ? 'nothing' : undefined);
  await see('/person?id=ann&');
  await page.waitForSelector('main:has-text("Looking")', { state: 'attached' });
  await page.clock.runFor(45_000);
  await page.evaluate('fetch("/api/v1/about")');
  expect(asked()).toBe(1);
  proxy.fault = () => undefined;
  await page.clock.runFor(30_000);
  await page.waitForSelector('.person-head');
  expect(asked()).toBe(2);
});

/** https://github.com/whatwg/html/issues/2297: a browser gives up after an answer that is no feed. */
test('Live connects again after a proxy has said that the collector is not there, and shows each hit once', async () => {
  const { collector, proxy, page, see } = await openBehindProxy();
  await see('/live?');
  await expect.poll(() => page.$$eval('.row', (rows) => rows.length)).toBeGreaterThan(0);
  const before = await page.$$eval('.row', (rows) => rows.length);
  proxy.fault = () => BAD_GATEWAY;
  proxy.disconnect();
  await page.waitForSelector('.state:text("Reconnecting")');
  // By now the browser has been answered once, and gave up.
  await expect.poll(() => proxy.requests.filter(({ path }) => path.includes('/about')).length).toBeGreaterThan(1);
  await collector.send(`/e?_k=${KEY}&_p=ann&_n=Missed`);
  proxy.fault = () => undefined;
  await page.waitForSelector('.state:text("Connected")');
  await page.waitForSelector('.row:has-text("Missed")');
  expect(await page.$$eval('.row', (rows) => rows.length)).toBe(before + 1);
});

test.runIf(LONG)('Live connects again after a proxy has forbidden it, and no longer says so', async () => {
  const { proxy, page, errors, see } = await openBehindProxy();
  await see('/live?');
  await page.waitForSelector('.row');
  for (const [body, said] of [
    ['{"error":"You may not."}', 'You may not.'],
    ['{"message":"Forbidden"}', 'The collector, or a proxy in front of it, does not allow this (403).'],
    ['<h1>403</h1>', 'The collector, or a proxy in front of it, does not allow this (403).'],
    ['null', 'The collector, or a proxy in front of it, does not allow this (403).'],
  ] as const) {
    proxy.fault = () => ({ status: 403, headers: { 'content-type': 'application/json' }, body });
    proxy.disconnect();
    await page.waitForSelector('.state:text("Reconnecting")');
    await expect.poll(() => page.locator('main > [role=alert]').allTextContents()).toEqual([said]);
    proxy.fault = () => undefined;
    await page.waitForSelector('.state:text("Connected")');
    await expect.poll(() => page.locator('main > [role=alert]').count()).toBe(0);
  }
  expect(errors).toEqual([]);
});

test.each(eachNth(['/?', '/trend?', '/funnel?', '/people?'], 2))(
  '%s can be asked again after JSON of a proxy',
  async (path) => {
    const { proxy, page, errors, see } = await openBehindProxy();
    for (const [status, body] of [
      [502, '{"message":"no healthy upstream"}'],
      [503, '{"message":"no healthy upstream"}'],
      [500, 'null'],
      [200, '{"message":"maintenance"}'],
      [200, 'null'],
    ] as const) {
      proxy.fault = (request) =>
        request.includes('/reports/') ? { status, headers: { 'content-type': 'application/json' }, body } : undefined;
      await see(path);
      expect(await page.textContent('main .fault p')).toBe('The collector cannot be reached.');
      proxy.fault = () => undefined;
      await page.click('text=Ask again');
      await page.waitForSelector('.foot');
    }
    expect(errors).toEqual([]);
  },
);

/** A page that was sent by a collector of another version, of which the browser has kept some of the scripts. */
async function openOlder(kept: Record<string, Fault>) {
  const site = await openBehindProxy(/^\/(trend|dashboard)/);
  const html = await (await site.collector.send(`/trend?key=${KEY}`)).text();
  site.proxy.fault = (path) => {
    if (path.startsWith('/trend'))
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: html.replaceAll(/(?<=dashboard\/)\w{12}/g, 'older'),
      };
    return path.startsWith('/dashboard/older/') ? kept[path.split('/').at(-1)!] : undefined;
  };
  await site.see('/trend?');
  return site;
}

test('after an upgrade, a page of the version before is whole, whatever the browser has kept of its scripts', async () => {
  const body = 'export const q = 1;';
  const { page, proxy, errors } = await openOlder({
    'shared.js': { status: 200, headers: { 'content-type': 'text/javascript' }, body },
  });
  await page.waitForSelector('.foot');
  expect(proxy.requests.map(({ path }) => path)).toContain('/dashboard/older/trend.js');
  expect(errors).toEqual([]);
});

test('a page whose script is missing says what to do', async () => {
  const { page } = await openOlder({ 'trend.js': 404 });
  const shown = () => page.evaluate('getComputedStyle(document.querySelector("main"), "::before").visibility');
  expect(await shown()).toBe('hidden');
  await expect.poll(shown).toBe('visible');
});

/** Some proxies let browsers confirm pages: the time that is written in the page is then that of its first load. */
test('a page that a proxy confirms by a 304 asks for the time', async () => {
  const { collector, proxy, page, see } = await openBehindProxy(/^\/(people|api)/);
  const html = await (await collector.send(`/people?key=${KEY}`)).text();
  const past = html.replace(/(?<=data-now=")\d+/, (now) => String(Number(now) - 2 * 86_400_000));
  const headers = { 'content-type': 'text/html', 'cache-control': 'no-cache', etag: '"1"' };
  let sent = 0;
  proxy.fault = (path) => {
    if (!path.startsWith('/people')) return undefined;
    return sent++ ? { status: 304, headers: { etag: '"1"' } } : { status: 200, headers, body: past };
  };
  await see('/people?');
  await page.waitForSelector('.people-list');
  await page.goto('about:blank');
  await see('/people?');
  expect(await page.textContent('.people-list tbody time')).toMatch(/^(just now|\d+ minutes? ago)$/);
  expect(sent).toBe(2);
  expect(proxy.requests.filter(({ path }) => path.includes('/about'))).toHaveLength(1);
});

test('an address with an empty key leads to the last site', async () => {
  const { collector, page, errors } = await openBehindProxy();
  await page.goto(`${collector.origin}/people?key=${KEY}`);
  await page.waitForSelector('.people-list');
  await page.goto(`${collector.origin}/people?key=&sort=last`);
  await page.waitForSelector('.people-list');
  expect(new URL(page.url()).search).toBe(`?key=${KEY}&sort=last`);
  expect(errors).toEqual([]);
});

test('a script that two pages share is requested once', async () => {
  const { proxy, page, see } = await openBehindProxy(/^\/dashboard\//);
  for (const path of ['/people?', '/trend?', '/people?']) {
    await see(path);
    await page.waitForSelector('.foot');
  }
  const asked = proxy.requests.map(({ path }) => path.split('/').at(-1)!);
  expect(asked).toContain('shared.js');
  expect(asked.filter((file, place) => asked.indexOf(file) !== place)).toEqual([]);
});
