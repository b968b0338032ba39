import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { newContext, QUIET, snippets, useBrowser } from '../support/browser.js';
import { startCollector, type TestCollector } from '../support/collector.js';
import { besideChromium } from '../support/engines.js';

useBrowser();

/** Pages by path, on every host that leads to this machine. */
async function servePages(pages: Record<string, string>): Promise<number> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>Page</title>${QUIET}${pages[request.url!] ?? ''}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** The tracker's tag, from a collector on the same site as the page. */
const tag = (collector: TestCollector, host: string) =>
  snippets.bare({ ...collector, origin: `http://${host}:${collector.port}` });

/** The lifetime of cookies that a script writes: some seconds here, a week in Safari. */
const written = (domain: string, seconds: number) =>
  `<script>for (const cookie of ['km_ai=A', 'km_ni=bob'])
    document.cookie = cookie + '; path=/; samesite=lax; max-age=${seconds}; ${domain && `domain=${domain}`}';</script>`;

const ONCE = `document.cookie.split('; ').filter((cookie) => /^km_(ai|ni)=/.test(cookie)).sort().join()`;

besideChromium('cookies of the tracker', ({ name, openTab }) => {
  test('a cookie that a script wrote is renewed, and stays one cookie; a cookie that the page deletes is not written again', async () => {
    // WebKit cannot be told where other host names lead.
    const [host, collecting, domain] =
      name === 'WebKit' ? ['127.0.0.1', '127.0.0.1', ''] : ['www.example.test', 'shop.example.test', 'example.test'];
    const collector = await startCollector();
    const script = tag(collector, collecting);
    const pages = { '/before': '', '/next': script };
    const port = await servePages(pages);
    let tab = await openTab();
    const open = async (path: string) => {
      await tab.goto(`http://${host}:${port}${path}`);
      await tab.until('window.KM && KM.record');
    };
    /** How long a cookie lives that a script wrote. */
    let seconds = 2;
    let end: number;
    let isRenewed: boolean;
    // On a busy machine the cookies may expire before the next page loads: then the next attempt gives them more time.
    do {
      if (seconds > 2) {
        await tab.close();
        tab = await openTab();
      }
      seconds *= 2;
      pages['/before'] = written(domain, seconds);
      const begun = Date.now();
      await tab.goto(`http://${host}:${port}/before`);
      end = Date.now() + seconds * 1000;
      await open('/next');
      isRenewed = Date.now() < begun + seconds * 1000;
    } while (!isRenewed);
    await new Promise((resolve) => setTimeout(resolve, end + 1500 - Date.now()));
    expect(await tab.evaluate(ONCE)).toBe('km_ai=A,km_ni=bob');
    // Now the script comes from the cache, and the cookies that came with it the first time must not come again.
    await tab.evaluate('KM.clearIdentity()');
    expect(await tab.evaluate(ONCE)).toBe('');
    for (let visit = 0; visit < 2; visit++) {
      await open('/next');
      await tab.evaluate('KM.record("x")');
      expect(await tab.evaluate(ONCE)).toMatch(/^km_ai=[\w-]{21}$/);
    }
    await tab.goto(`http://${collecting}:${collector.port}/healthz`);
    await open('/next');
    expect(await tab.evaluate(ONCE)).toMatch(/^km_ai=[\w-]{21}$/);
  });
});

test('in Chromium the renewed cookie lives as long as the tracker wants, and differs in nothing else', async () => {
  const collector = await startCollector();
  const script = tag(collector, 'kmq.example.test');
  const port = await servePages({ '/before': written('example.test', 600), '/next': script });
  const stored = async (before: boolean) => {
    const context = await newContext();
    const page = await context.newPage();
    if (before) await page.goto(`http://www.example.test:${port}/before`);
    await page.goto(`http://www.example.test:${port}/next`);
    await page.waitForFunction('window.KM && KM.record');
    if (!before) await page.evaluate(`KM.identify('bob'), KM.record('x')`);
    const cookies = (await context.cookies()).filter(({ name }) => /^km_(ai|ni)$/.test(name));
    return cookies.map(({ expires, value: _, ...others }) => ({
      ...others,
      days: Math.round((expires - Date.now() / 1000) / 86_400),
    }));
  };
  const renewed = await stored(true);
  expect(renewed).toHaveLength(2);
  // Browsers allow 400 days.
  expect(renewed.map(({ days }) => days)).toEqual([400, 400]);
  expect(renewed.find(({ name }) => name === 'km_ni')).toEqual(
    (await stored(false)).find(({ name }) => name === 'km_ni'),
  );
});
