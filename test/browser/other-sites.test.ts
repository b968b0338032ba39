import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openSite, useBrowser } from '../support/browser.js';
import { startCollector } from '../support/collector.js';

useBrowser();

const TOKEN = 'a-token-of-an-owner-1';

test('a foreign host name that now leads to this machine reads nothing and erases nobody', async () => {
  const collector = await startCollector();
  await collector.send('/e?_k=site&_p=bob&_n=secret');
  const { page } = await openSite({ collector });
  const origin = `http://rebound.test:${collector.port}`;
  // For the browser this page has the same origin as the collector.
  await page.goto(`${origin}/healthz`);
  const ask = (path: string, method = 'GET') =>
    page.evaluate(
      async ([path, method]) => {
        const response = await fetch(path!, { method: method! });
        return { status: response.status, text: await response.text() };
      },
      [path, method],
    );
  for (const path of [
    '/',
    '/live',
    '/api/v1/export?key=site',
    '/api/v1/people/bob?key=site',
    '/api/v1/live?key=site',
  ]) {
    const { status, text } = await ask(path);
    expect([path, status, text.includes('secret')]).toEqual([path, 403, false]);
  }
  expect((await ask('/api/v1/people/bob?key=site', 'DELETE')).status).toBe(403);
  expect(await collector.person('bob')).toBeDefined();
  await page.goto(`http://localhost:${collector.port}/person?key=site&id=bob`).catch(() => undefined);
  await expect.poll(() => page.textContent('body')).toContain('secret');
});

test('a page of another site cannot use up the login attempts of its visitor, who is the owner', async () => {
  const collector = await startCollector({ token: TOKEN });
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Elsewhere</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { page } = await openSite({ collector });
  await page.goto(`http://elsewhere.test:${(server.address() as AddressInfo).port}/`);
  await page.evaluate(async (login) => {
    for (let n = 0; n < 40; n++) {
      // The page cannot read the answer, which makes no difference here.
      const body = new URLSearchParams({ token: `guess-${n}` });
      await fetch(login, { method: 'POST', mode: 'no-cors', body }).catch(() => undefined);
    }
    // A form in a frame, whose origin is null.
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-forms allow-scripts');
    frame.srcdoc = `<form method="post" action="${login}"><input name="token" value="x"></form><script>document.forms[0].submit()</script>`;
    document.body.append(frame);
    await new Promise((resolve) => (frame.onload = resolve));
  }, `${collector.origin}/login`);

  const known = { headers: { authorization: `Bearer ${TOKEN}` } };
  expect((await collector.send('/api/v1/about', known)).status).toBe(200);
  await page.goto(`${collector.origin}/login`);
  await page.fill('input[name=token]', 'not-the-token-of-it');
  await page.press('input[name=token]', 'Enter');
  await expect.poll(() => page.textContent('[role=alert]')).toContain('This is not the token.');
  await page.fill('input[name=token]', TOKEN);
  await page.press('input[name=token]', 'Enter');
  await page.waitForURL(`${collector.origin}/start?key=demo`);
});

test('opened by a name that is not of this machine, a page says what to do', async () => {
  const collector = await startCollector();
  const { page, errors } = await openSite({ collector });
  for (const path of ['/', '/live?key=site', '/person?key=site&id=bob']) {
    const response = await page.goto(`http://kmq.test:${collector.port}${path}`);
    expect(response!.status()).toBe(403);
    expect(await page.textContent('h1')).toBe('Not allowed');
    expect(await page.textContent('main')).toMatch(/localhost or 127\.0\.0\.1.*--token-file.*--trust-proxy loopback/);
    // With the styles of the pages, which are served to everybody.
    expect(await page.$eval('main', (main) => getComputedStyle(main).maxWidth)).toBe('640px');
  }
  expect(errors).toEqual([]);
});

test('through a proxy that hides itself the pages say which setting is needed', async () => {
  const collector = await startCollector();
  await collector.send('/e?_k=site&_p=bob&_n=secret');
  // As nginx does with `proxy_http_version 1.1; proxy_pass http://127.0.0.1:8484;` and nothing else.
  const proxy = createServer((asked, response) => {
    const { method, url, headers } = asked;
    const passed = {
      port: collector.port,
      method,
      path: url,
      headers: { ...headers, host: `127.0.0.1:${collector.port}` },
    };
    asked.pipe(
      request(passed, (answer) => answer.pipe(response.writeHead(answer.statusCode!, answer.headers))).on(
        'error',
        () => {},
      ),
    );
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const { page } = await openSite({ collector });
  for (const path of ['/', '/start', '/live?key=site', '/people?key=site', '/person?key=site&id=bob']) {
    await page.goto(`http://kmq.test:${(proxy.address() as AddressInfo).port}${path}`);
    await expect.poll(() => page.textContent('main')).toContain('--trust-proxy');
    expect(await page.$$('main [role=alert]')).toHaveLength(1);
    expect(await page.textContent('body')).not.toContain('secret');
  }
});
