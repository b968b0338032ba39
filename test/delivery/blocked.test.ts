import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { REQUEST_BYTES } from '../../src/protocol/limits.js';
import { afterLoad, script, snippets, useBrowser } from '../support/browser.js';
import { copiesIn, numbered, openShop, recordNumbered } from '../support/shop.js';

useBrowser();

/** A firewall that blocks every request that contains a certain text. */
const blocks = (status: number) => (path: string, body: string) => (/poison/.test(path + body) ? status : undefined);

describe.each([403, 413])('a firewall that answers %s to one hit', (status) => {
  test('does not delay hits in the same request or after it', async () => {
    const shop = await openShop({ leaps: true });
    await shop.open(snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = blocks(status);
    await shop.page.evaluate(`KM.record('poison'); ${recordNumbered(10)}`);
    await shop.stores(numbered(10));
    await shop.page.evaluate(recordNumbered(30, 10));
    await shop.stores(numbered(40));
  });

  test('does not delay the hits of an earlier page, if the hit is one of them', async () => {
    const shop = await openShop({ leaps: true });
    await shop.open(snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = () => 503;
    await shop.page.evaluate(`${recordNumbered(20)}; KM.record('poison'); ${recordNumbered(20, 20)}`);
    await expect.poll(() => copiesIn(shop)).toBe(41);
    await shop.page.goto('about:blank');
    shop.proxy.fault = blocks(status);
    await shop.open(snippets.loader(shop.collector), { path: '/next' });
    await shop.stores(numbered(40));
  });

  test('does not delay other hits, if the hit is so long that it is sent by POST', async () => {
    const shop = await openShop({ leaps: true });
    await shop.open(snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = blocks(status);
    await shop.page.evaluate(`KM.record('poison', { text: 'x'.repeat(5000) }); ${recordNumbered(10)}`);
    await shop.stores(numbered(10));
  });
});

test('a blocked hit does not stop the others when its page is left', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  shop.proxy.fault = blocks(403);
  await shop.page.evaluate(`KM.record('poison', {}, function () { failed = 1 })`);
  await shop.page.waitForFunction('window.failed');
  // After a failed request other hits wait for a moment. The visitor leaves before that.
  await shop.page.evaluate(`${recordNumbered(10)}; location.href = 'about:blank'`);
  await shop.stores(numbered(10));
});

test('two blocked hits: the hits after them arrive', async () => {
  const shop = await openShop({ leaps: true });
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  shop.proxy.fault = blocks(403);
  await shop.page.evaluate(`KM.record('poison 1'); KM.record('poison 2')`);
  // Both have failed more than once.
  const asked = async () => (await shop.leap(), shop.proxy.requests.length);
  await expect.poll(asked, { interval: 500 }).toBeGreaterThan(4);
  await shop.page.evaluate(recordNumbered(10));
  await shop.stores(numbered(10));
});

test('another implementation gets all hits but one whose address is too long for it', async () => {
  const shop = await openShop();
  await shop.open(script('KM_PLAIN = 1') + snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  shop.proxy.fault = (path) => (path.length > 8000 ? 414 : undefined);
  await shop.page.evaluate(`KM.record('long', { text: 'x'.repeat(9000) }); ${recordNumbered(10)}`);
  await shop.stores(numbered(10));
});

test('a hit that is blocked six times while others are acknowledged is given up, also over several pages, and is counted', async () => {
  const shop = await openShop();
  const head = script('answers = []') + snippets.loader(shop.collector);
  await shop.page.clock.install();
  await shop.open(head);
  await afterLoad(shop.page, '');
  shop.proxy.fault = blocks(403);
  await shop.page.evaluate(`KM.record('poison', {}, (answer) => answers.push(answer))`);
  const tried = () => shop.proxy.requests.filter(({ path, body }) => /poison/.test(path + body)).length;
  let count = 0;
  const next = async () => {
    await shop.page.evaluate(recordNumbered(1, count++));
    await shop.stores(numbered(count));
    await shop.page.clock.fastForward(100_000);
    return copiesIn(shop);
  };
  for (let n = 0; n < 3; n++) await next();
  await shop.open(head, { path: '/next' });
  await afterLoad(shop.page, '');
  await expect.poll(next, { interval: 500 }).toBe(0);
  const attempts = tried();
  expect(attempts).toBeGreaterThanOrEqual(6);
  await next();
  expect(tried()).toBe(attempts);
  expect((await shop.collector.export()).at(-1)).toMatchObject({ 'Dropped Hits': '1' });
  expect(shop.console.join()).toContain('given up');
});

test('nothing is given up if the collector cannot be reached', async () => {
  const shop = await openShop();
  await shop.page.clock.install();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, recordNumbered(1));
  await shop.stores(['hit 0']);
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(5, 1));
  for (let n = 0; n < 50; n++) await shop.page.clock.fastForward(100_000);
  await expect.poll(() => shop.proxy.requests.length).toBeGreaterThan(20);
  expect(await copiesIn(shop)).toBe(5);
  shop.proxy.fault = () => undefined;
  await shop.page.clock.fastForward(100_000);
  await shop.stores(numbered(6));
  expect((await shop.collector.export()).some((hit) => 'Dropped Hits' in hit)).toBe(false);
});

test('nothing is given up if half of all requests fail', async () => {
  const shop = await openShop({ leaps: true });
  await shop.open(snippets.loader(shop.collector));
  let count = 0;
  shop.proxy.fault = () => (Math.sin(count++ * count) > 0 ? 503 : undefined);
  await afterLoad(shop.page, recordNumbered(60));
  await shop.stores(numbered(60));
});

test('a hit that is too long for any collector evicts no other hit, and is logged', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector) + script('answers = []'));
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(300));
  await shop.page.evaluate(`KM.record('giant', { text: 'x'.repeat(2_100_000) }, (answer) => answers.push(answer))`);
  expect(await shop.page.evaluate('answers')).toEqual([false]);
  expect(await copiesIn(shop)).toBe(300);
  shop.proxy.fault = () => undefined;
  await shop.page.evaluate(recordNumbered(1, 300));
  await shop.stores(numbered(301));
  const told = (await shop.collector.export()).filter((hit) => 'Dropped Hits' in hit);
  expect(told.map((hit) => [hit._n, hit['Dropped Hits']])).toEqual([['hit 300', '1']]);
  expect(shop.console.filter((line) => line.includes('kmq:'))).toHaveLength(1);
});

test('a hit that only just fits is not sent with its age, which would make it too long', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(`
    KM.record('giant', { text: '' });
    address = Object.values(localStorage).find((copy) => copy.includes('giant')).replace(/^\\d*/, '');
    KM.record('giant', { text: 'x'.repeat(${REQUEST_BYTES} - address.length) });
  `);
  // The age is in seconds.
  await pause(1500);
  shop.proxy.fault = () => undefined;
  await shop.page.evaluate(recordNumbered(1));
  await shop.stores(['giant', ...numbered(1)]);
  const told = (await shop.collector.export()).map((hit) => [hit._n, hit['Dropped Hits']]);
  expect(told).toContainEqual(['hit 0', '1']);
  expect((await shop.collector.live(2)).refusals).toEqual([]);
});
