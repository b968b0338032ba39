import { describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { parseConfig } from '../../src/collector/sites/config.js';
import { newContext, useBrowser } from '../support/browser.js';
import { KEY, startCollector, type TestCollector } from '../support/collector.js';
import { exchange } from '../support/socket.js';

useBrowser();

const TOKEN = 'a-token-of-an-owner-1';

const RUN = 'window.__xss=1,alert(1)';

/**
 * Ways in which text has become code in other programs: markup, attributes, addresses, templates, and ways to cut them short.
 */
const HOSTILE = [
  `<img src=x onerror="${RUN}">`,
  `'"></a></code></script><script>${RUN}</script>`,
  `<svg><animate onbegin="${RUN}" attributeName=x></svg>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `javascript:${RUN}//`,
  `" autofocus onfocus="${RUN}" x="`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}>`,
  `\${${RUN}}{{constructor.constructor('${RUN}')()}}`,
  `</title><base href="//evil.test/"><meta http-equiv="refresh" content="0;url=javascript:${RUN}">`,
  `<a href="javascript:${RUN}">x</a>\u2028\u202e<link rel=stylesheet href=//evil.test>`,
  '__proto__',
  'constructor',
  'toString',
];

/** The texts for which a test opens a page each: a sixth of them, or all in the long tests, which takes minutes. */
const visited = (which = 0): string[] => HOSTILE.filter((_, n) => process.env.KMQ_LONG || n % 6 === which);

interface Hostile {
  collector: TestCollector;
  page: Page;
  see: (path: string) => Promise<unknown>;
  /** What must not happen: dialogs, errors, violations of the policy, requests to other hosts. */
  faults: string[];
}

/** A collector to which people have sent such texts, and a person who has logged in to look at them. */
async function open(): Promise<Hostile> {
  const config = parseConfig({ sites: { strict: { origins: ['https://www.example.com'] } } });
  const collector = await startCollector({ token: TOKEN, config });
  const page = await (await newContext()).newPage();
  const faults: string[] = [];
  page.on('dialog', (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => message.text().includes('Content Security') && faults.push(message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(collector.origin)) faults.push(request.url());
  });
  await page.exposeFunction('violated', (what: string) => faults.push(what));
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    violated(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))`);
  const see = (path: string) => page.goto(collector.origin + path);
  await see('/login');
  await page.fill('#token', TOKEN);
  await page.press('#token', 'Enter');
  await page.waitForSelector('text=Three steps');
  return { collector, page, see, faults };
}

const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();

/** No script ran, and the page consists only of its own elements. */
async function expectInert({ page, faults }: Hostile): Promise<void> {
  await page.waitForTimeout(100);
  expect(await page.evaluate('window.__xss')).toBeUndefined();
  expect(await page.$$('iframe, base, object, embed, animate, main script, main img, main style')).toHaveLength(0);
  const attributes = await page.$$eval('*', (all) => all.flatMap((element) => element.getAttributeNames()));
  expect(attributes.filter((name) => name.startsWith('on'))).toEqual([]);
  const links = await page.$$eval('a', (all) => all.map(({ protocol }) => protocol));
  expect(new Set(links)).toEqual(new Set(['http:']));
  expect(faults).toEqual([]);
}

describe('text from outside stays text', () => {
  test('as event, property, value and identity, in Live, Person and search', async () => {
    const hostile = await open();
    const { collector, page, see } = hostile;
    for (const text of HOSTILE) {
      await collector.send(`/e?${query({ _k: KEY, _p: text, _n: text, [text]: text })}`);
      await collector.send(`/s?${query({ _k: KEY, _p: text, [text]: `${text} again`, Referrer: text })}`);
      await collector.send(`/a?${query({ _k: KEY, _p: text, _n: `${text} 2` })}`);
    }
    await see(`/live?key=${KEY}`);
    await expect.poll(() => page.$$('.row').then((rows) => rows.length)).toBe(HOSTILE.length * 3);
    const live = (await page.textContent('main'))!;
    // Names lose their commas and colons; identities and values do not.
    for (const text of HOSTILE) expect(live).toContain(text);
    await expectInert(hostile);

    const columns = JSON.stringify(HOSTILE.map((text) => ({ property: text, show: 'last value' })).slice(0, 20));
    const filter = JSON.stringify([
      { any: HOSTILE.map((text) => ({ event: text, exactly: 0, where: [{ property: text, is: 'any' }] })) },
    ]);
    for (const asked of [{ columns }, { columns, filter }]) {
      await see(`/people?${query({ key: KEY, ...asked })}`);
      await page.waitForSelector('.people-list');
      const listed = (await page.textContent('.people-list'))!;
      for (const text of HOSTILE) expect(listed).toContain(text);
      await expectInert(hostile);
    }
    await page.fill('input[type=search]', HOSTILE[0]!);
    await expect.poll(() => page.$$('.people li').then((people) => people.length)).toBe(1);
    await expectInert(hostile);

    for (const text of visited()) {
      await see(`/person?${query({ key: KEY, id: text })}`);
      await page.waitForSelector('.timeline li');
      const person = (await page.textContent('main'))!;
      for (const part of [text, `${text} 2`, `${text} again`]) expect(person).toContain(part);
      await expectInert(hostile);
    }
  });

  test('as event, property and value of a trend and a funnel, in the question and in the answer', async () => {
    const hostile = await open();
    const { collector, page, see } = hostile;
    for (const text of HOSTILE) {
      await collector.send(`/e?${query({ _k: KEY, _p: text, _n: text, [text]: text, Plan: text })}`);
    }
    const split = JSON.stringify({ property: 'Plan', attribution: 'last ever' });
    for (const text of visited(1)) {
      const where = JSON.stringify([{ property: text, contains: text }]);
      const parts = JSON.stringify({ property: text, attribution: 'last touch' });
      await see(`/trend?${query({ key: KEY, event: text, where, split: parts, count: 'sum', of: text })}`);
      await page.waitForSelector('.foot, .fault, .field-fault');
      await expectInert(hostile);
      await see(`/trend?${query({ key: KEY, event: text, where: text, split, count: text, by: text })}`);
      await page.waitForSelector('.foot');
      // Names lose their commas and colons: a name in the address then means the same event, or none.
      await expectInert(hostile);
    }
    const steps = JSON.stringify(HOSTILE.map((event) => ({ event, where: [{ property: event, ends: event }] })));
    const funnels = [
      { steps, split: JSON.stringify({ property: HOSTILE[0], attribution: { step: 2 } }), window: '60' },
      { steps: JSON.stringify([{ event: HOSTILE[0] }]), split },
      ...visited(2).map((text) => ({ steps: text, split: text, window: text, skip: text })),
    ];
    for (const funnel of funnels) {
      await see(`/funnel?${query({ key: KEY, ...funnel })}`);
      await page.waitForSelector('.foot, .fault, .field-fault');
      await expectInert(hostile);
    }
    await see(`/trend?${query({ key: KEY, split })}`);
    await page.waitForSelector('.split-table');
    await page.getByRole('combobox', { name: 'who did' }).click();
    const offered = (await page.$$eval('[role=option] .text', (all) => all.map((one) => one.textContent))).join('\n');
    for (const text of HOSTILE) expect(offered).toContain(text.replace(/[,:]/g, ' '));
    await expectInert(hostile);
  });

  test('as event, page, referrer, channel and condition, in the overview', async () => {
    const hostile = await open();
    const { collector, page, see } = hostile;
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    for (const [n, text] of HOSTILE.entries()) {
      const visit = { _n: 'Visited Site', URL: text, Referrer: `https://${text}/`, 'Campaign Medium': text };
      await collector.send(`/e?${query({ _k: KEY, _p: `a${n}`, ...visit })}`, { headers });
      // Only the largest of each list are shown.
      for (const who of n % 2 ? ['b'] : ['b', 'c', 'd'])
        await collector.send(`/e?${query({ _k: KEY, _p: `${who}${n}`, _n: text })}`, { headers });
    }
    await see(`/?key=${KEY}`);
    await page.waitForSelector('#events button');
    for (const list of ['#channels', '#referrers', '#pages', '#events'])
      expect(await page.textContent(list)).toMatch(/onerror|onbegin|onfocus/);
    await expectInert(hostile);
    for (const list of ['#referrers', '#pages', '#events']) {
      for (const nth of process.env.KMQ_LONG ? [0, 1, 2] : [1]) {
        await see(`/?key=${KEY}`);
        const row = page.locator(`${list} button`).nth(nth);
        const text = (await row.textContent())!;
        await row.click();
        await page.waitForSelector('.condition');
        expect(await page.textContent('.condition')).toContain(text === '(none)' ? 'without a referrer' : text);
        await expectInert(hostile);
      }
    }
    // A text that somebody wrote into an address may be no condition at all, or a condition of any kind.
    for (const filter of [...visited(), JSON.stringify(HOSTILE), '[null,1,{"all":1},{"not":{}},{"event":{"a":1}}]']) {
      await see(`/?${query({ key: KEY, filter, days: filter, from: filter, to: filter, compare: filter })}`);
      await page.waitForSelector('.answer > *');
      await expectInert(hostile);
    }
  });

  test('in requests that were refused, with the contents of their headers', async () => {
    const hostile = await open();
    const { collector, page, see } = hostile;
    for (const text of HOSTILE) {
      const escaped = encodeURIComponent(text);
      await collector.send(`/e?_k=strict&_n=${escaped}&${escaped}=${escaped}`);
      await collector.send('/b', { method: 'POST', body: `${text}\n<b>` });
      const raw = Buffer.from(text)
        .toString('latin1')
        .replace(/[\r\n]/g, '');
      const head = `Host: x\r\nReferer: http://${raw}/\r\nUser-Agent: ${raw}\r\nConnection: close\r\n\r\n`;
      await exchange(collector.port, Buffer.from(`GET /e?_k=strict&_p=bob&_n=x HTTP/1.1\r\n${head}`, 'latin1'));
      await exchange(collector.port, Buffer.from(`GET /e?_k=strict&_n=${raw} HTTP/1.1\r\n${head}`, 'latin1'));
      await collector.send('/e?_k=strict&_p=bob&_n=x', { headers: { origin: raw }, method: 'POST', body: '' });
      await collector.send('/e', { method: 'POST', body: text, headers: { 'content-type': raw } });
    }
    await see('/live?key=strict');
    await expect.poll(() => page.$$('.row').then((rows) => rows.length)).toBeGreaterThanOrEqual(HOSTILE.length * 4);
    expect(await page.textContent('main')).toContain('onerror');
    await expectInert(hostile);
  });

  test('in the address of a page', async () => {
    const hostile = await open();
    const paths = ['/', '/start', '/trend', '/funnel', '/live', '/people', '/person', '/login'];
    for (const [n, text] of HOSTILE.entries()) {
      for (const [m, path] of paths.entries()) {
        // Each text on some pages, and each page with some texts; all combinations would take minutes.
        if (!process.env.KMQ_LONG && (n + m) % 9) continue;
        const address = `${path}?${query({ key: text, id: path === '/person' ? text : '', next: text })}`;
        await hostile.see(`${address}#${encodeURIComponent(text)}`);
        // After the login, the visitor is led to a site without hits, and so to the snippet.
        if (path === '/login') await hostile.page.waitForURL('**/start?*');
        await expectInert(hostile);
      }
    }
  });

  test('on the login page, without a session', async () => {
    const hostile = await open();
    await hostile.page.context().clearCookies();
    for (const text of visited(1)) {
      await hostile.see(`/login?${query({ next: text })}`);
      await hostile.page.fill('#token', text);
      await hostile.page.press('#token', 'Enter');
      await hostile.page.waitForSelector('[role=alert]');
      expect(await hostile.page.content()).not.toContain('__xss');
      expect(hostile.faults).toEqual([]);
    }
  });
});

test('the policy is in force: code that would run without it is blocked', async () => {
  const { collector, page, see, faults } = await open();
  await collector.send(`/e?_k=${KEY}&_p=bob&_n=x`);
  for (const path of [
    `/?key=${KEY}`,
    '/start',
    `/live?key=${KEY}`,
    `/people?key=${KEY}`,
    `/person?key=${KEY}&id=bob`,
  ]) {
    await see(path);
    faults.length = 0;
    await page.evaluate(`try { document.body.innerHTML = '<img src=x onerror="window.__xss=1">' } catch {}`);
    await page.evaluate(
      `try { document.body.append(Object.assign(document.createElement('script'), { text: 'window.__xss=1' })) } catch {}`,
    );
    await expect.poll(() => faults.join()).toContain('require-trusted-types-for');
    await page.waitForTimeout(200);
    expect(await page.evaluate('window.__xss')).toBeUndefined();
  }
});
