import { expect, test } from 'vitest';
import { newContext, useBrowser } from '../support/browser.js';
import { KEY, startCollector } from '../support/collector.js';

useBrowser();

const TOKEN = 'a-token-of-an-owner-1';

async function open(javaScriptEnabled = true) {
  const collector = await startCollector({ token: TOKEN });
  const context = await newContext({ javaScriptEnabled });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => message.text().includes('Content Security Policy') && faults.push(message.text()));
  return { collector, context, page, faults, see: (path: string) => page.goto(collector.origin + path) };
}

async function logIn(page: Awaited<ReturnType<typeof open>>['page'], token: string) {
  await page.fill('#token', token);
  await page.click('text=Log in >> nth=-1');
}

test('a person logs in, looks at a page, and logs out', async () => {
  const { collector, context, page, faults, see } = await open();
  await collector.send(`/e?_k=${KEY}&_p=bob&_n=Signed+Up`);
  await see(`/person?key=${KEY}&id=bob`);
  expect(new URL(page.url()).pathname).toBe('/login');
  await logIn(page, 'not-the-token-of-it');
  await page.waitForSelector('text=This is not the token.');
  await logIn(page, TOKEN);
  await page.waitForSelector('h1:has-text("bob")');
  expect(page.url()).toBe(`${collector.origin}/person?key=${KEY}&id=bob`);
  await see(`/live?key=${KEY}`);
  await page.waitForSelector('text=Signed Up');
  expect(await page.evaluate('document.cookie')).toBe('');
  await page.click('text=Log out');
  await page.waitForSelector('#token');
  expect(await context.cookies()).toEqual([]);
  await page.goBack();
  await page.waitForSelector('#token');
  expect(faults).toEqual([]);
});

/** https://github.com/grafana/grafana/issues/68655 */
test('a login to another collector on the same host ends no session', async () => {
  const { collector, page, see } = await open();
  const another = await startCollector({ token: `${TOKEN}-of-another` });
  await see('/live?key=site');
  await logIn(page, TOKEN);
  await page.waitForSelector('h1:has-text("Live")');
  await page.goto(`${another.origin}/live?key=site`);
  await logIn(page, `${TOKEN}-of-another`);
  await page.waitForSelector('h1:has-text("Live")');
  await see('/live?key=site');
  await page.waitForSelector('h1:has-text("Live")');
  // Nor does a logout.
  await page.click('text=Log out');
  await page.waitForSelector('#token');
  expect(page.url()).toBe(`${collector.origin}/login`);
  await page.goto(`${another.origin}/live?key=site`);
  await page.waitForSelector('h1:has-text("Live")');
});

test('a person without JavaScript logs in', async () => {
  const { collector, page, see } = await open(false);
  await see('/live?key=site');
  await logIn(page, TOKEN);
  await page.waitForURL(`${collector.origin}/live?key=site`);
});

test('after a link from another site no new login is needed', async () => {
  const { collector, page, see } = await open();
  await see('/login');
  await logIn(page, TOKEN);
  await page.waitForSelector('text=Three steps');
  await page.route('http://elsewhere.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<a href="${collector.origin}/live?key=site">Look</a>` }),
  );
  await page.goto('http://elsewhere.test/');
  await page.click('text=Look');
  await page.waitForSelector('h1:has-text("Live")');
});

test.each([
  ...['/live?key=site', '/people?key=site', '/person?key=site&id=bob'].map((path) => [path, path] as const),
  // An address without a site names the one that was shown.
  ['/start', '/start?key=demo'],
  ['/', '/?key=demo'],
] as const)('a session that ends while %s is open leads to the login, and from there back', async (path, back) => {
  const { collector, context, page, see } = await open();
  await see('/login');
  await logIn(page, TOKEN);
  // The site has no hits, so the overview leads to the snippet. Its requests are not the subject of this test: the next page ends them.
  await page.waitForURL('**/start?**');
  await page.goto('about:blank');
  // The page has loaded, and its requests find no session.
  await page.route(
    '**/api/**',
    async (route) => {
      await context.clearCookies();
      await route.fulfill({ status: 401, json: {} });
    },
    { times: 1 },
  );
  // The page may navigate before it has loaded.
  await page.goto(collector.origin + path, { waitUntil: 'commit' });
  await page.waitForSelector('#token');
  expect(new URL(page.url()).searchParams.get('next')).toBe(back);
});
