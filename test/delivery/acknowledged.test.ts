import { describe, expect, test } from 'vitest';
import { GIF } from '../../src/collector/tracking/answers.js';
import { afterLoad, script, snippets, useBrowser } from '../support/browser.js';
import type { Fault } from '../support/faults.js';
import { copiesIn, numbered, openShop, recordAnswered } from '../support/shop.js';
import { eachNth } from '../support/long.js';

useBrowser();

/** A portal that answers every request, with or without permission for the page to read the answer. */
const portal = (headers: Record<string, string>, body = '<!doctype html><title>Welcome</title>'): Fault => ({
  status: 200,
  headers: { 'content-type': 'text/html', ...headers },
  body,
});

const CORS = { 'access-control-allow-origin': '*' };
const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"></svg>';

describe('only an answer that looks like the collector’s is an acknowledgement', () => {
  test.each(
    eachNth<[string, Fault]>(
      [
        ['a portal that answers with a page', portal({})],
        ['a portal that answers with a page that may be read', portal(CORS)],
        ['a portal whose page has the size of the pixel', portal(CORS, 'x'.repeat(GIF.length))],
        ['a picture of another size', portal({ ...CORS, 'content-type': 'image/svg+xml' }, PICTURE)],
        ['a picture of another size as a GIF', portal({ ...CORS, 'content-type': 'image/gif' }, PICTURE.repeat(9))],
        ['nothing, with success', { status: 204, headers: CORS }],
        ['a pixel, with an error', { status: 503, headers: { ...CORS, 'content-type': 'image/gif' }, body: 'x' }],
      ],
      2,
    ),
  )('%s is not', async (_, fault) => {
    const shop = await openShop({ leaps: true });
    await shop.open(snippets.loader(shop.collector) + script('answers = []'));
    await afterLoad(shop.page, '');
    shop.proxy.fault = () => fault;
    await shop.page.evaluate(recordAnswered(10));
    await expect.poll(() => shop.page.evaluate('answers.length')).toBe(10);
    // By then a single hit as an image, several hits by POST, and a waiting hit have been tried.
    const asked = async () => (await shop.leap(), shop.proxy.requests);
    await expect.poll(async () => (await asked()).some(({ path }) => path === '/b'), { interval: 500 }).toBe(true);
    const requests = shop.proxy.requests.length;
    await expect.poll(async () => (await asked()).length, { interval: 500 }).toBeGreaterThan(requests);
    expect(new Set(await shop.page.evaluate<boolean[]>('answers'))).toEqual(new Set([false]));
    shop.proxy.fault = () => undefined;
    await shop.page.evaluate(recordAnswered(5, 10));
    await shop.stores(numbered(15));
    await expect.poll(() => copiesIn(shop)).toBe(0);
    expect(shop.errors).toEqual([]);
  });

  test('a service worker that answers failed requests does not acknowledge hits', async () => {
    const shop = await openShop();
    // Service workers need secure pages, such as those of this machine.
    const host = 'localhost';
    const origin = `http://${host}:${shop.port}`;
    await shop.context.route(`${origin}/worker.js`, (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: `let broken = true;
          addEventListener('message', () => (broken = false));
          addEventListener('install', () => skipWaiting());
          addEventListener('activate', (event) => event.waitUntil(clients.claim()));
          addEventListener('fetch', (event) => {
            if (!/[/][esab]([?]|$)/.test(event.request.url)) return;
            if (broken) event.respondWith(event.request.destination == 'image'
              ? new Response(${JSON.stringify(PICTURE)}, { headers: { 'content-type': 'image/svg+xml' } })
              : new Response('<!doctype html>offline', { headers: { 'content-type': 'text/html' } }));
          });`,
      }),
    );
    await shop.open(snippets.loader(shop.collector) + script('answers = []'), { host });
    await afterLoad(shop.page, `navigator.serviceWorker.register('/worker.js')`);
    await shop.page.waitForFunction('navigator.serviceWorker.controller');
    await shop.page.evaluate(recordAnswered(10));
    await expect.poll(() => shop.page.evaluate('answers.length')).toBe(10);
    expect(new Set(await shop.page.evaluate<boolean[]>('answers'))).toEqual(new Set([false]));
    await shop.page.evaluate('navigator.serviceWorker.controller.postMessage(0)');
    await shop.stores(numbered(10));
  });
});
