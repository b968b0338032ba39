import { describe, expect, test } from 'vitest';
import { afterLoad, script, snippets, useBrowser } from '../support/browser.js';
import type { Fault } from '../support/faults.js';
import { numbered, openShop, recordNumbered } from '../support/shop.js';
import { eachNth, LONG } from '../support/long.js';

useBrowser();

/** The hit `name`, as a promise of the answer of its callback. */
const recorded = (name: string): string =>
  `new Promise((resolve) => KM.record('${name}', {}, (...answer) => resolve(answer)))`;

describe('every hit arrives once although the collector', () => {
  test.each(
    eachNth<[string, Fault]>(
      [
        ['answers with 500', 500],
        ['answers with 503', 503],
        ['refuses connections', 'refused'],
        ['stores, and resets the connection', 'reset'],
        ['stores, and breaks off in its answer', 'half'],
      ],
      2,
    ),
  )('%s for some time', async (_, fault) => {
    const shop = await openShop({ leaps: true });
    await shop.open(snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = () => fault;
    await shop.page.evaluate(recordNumbered(20));
    await shop.page.waitForTimeout(1500);
    shop.proxy.fault = () => undefined;
    await shop.page.evaluate(recordNumbered(5, 20));
    await shop.stores(numbered(25));
    expect(shop.errors).toEqual([]);
  });

  test('does not answer for some time', async () => {
    const shop = await openShop({ leaps: true });
    await shop.open(snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = () => 'nothing';
    await shop.page.evaluate(recordNumbered(20));
    await shop.page.waitForTimeout(1000);
    shop.proxy.fault = () => undefined;
    await shop.stores(numbered(20));
  });

  test('answers only every other request', async () => {
    const shop = await openShop({ leaps: true });
    let count = 0;
    shop.proxy.fault = () => (count++ % 2 ? 503 : undefined);
    await shop.open(snippets.loader(shop.collector));
    await afterLoad(shop.page, recordNumbered(40));
    await shop.stores(numbered(40));
  });
});

test('every hit counts once behind a proxy that sends each request twice', async () => {
  const shop = await openShop();
  shop.proxy.fault = () => 'replayed';
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, recordNumbered(50));
  await shop.stores(numbered(50));
});

test('hits of a page without a network arrive when the network is back', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  await shop.context.setOffline(true);
  await shop.page.evaluate(recordNumbered(20));
  await shop.page.waitForTimeout(500);
  await shop.context.setOffline(false);
  await shop.stores(numbered(20));
});

test('hits that could not be sent are sent by the next page of the site, in the order of their pushes', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  expect(await shop.page.evaluate(`${recordNumbered(50)}; KM.identify('bob'); ${recorded('as bob')}`)).toEqual([false]);
  await shop.page.goto('about:blank');
  // Hits that the page sends while it is left, once when it is hidden and once when it is closed, arrive when it is closed, each as an image.
  let sent = -1;
  const isQuiet = () => sent === (sent = shop.proxy.requests.length);
  await expect.poll(isQuiet, { interval: 1000 }).toBe(true);
  shop.proxy.fault = () => undefined;
  const before = shop.proxy.requests.length;
  await shop.open(snippets.loader(shop.collector), { path: '/next' });
  await expect.poll(() => shop.collector.person('bob')).toBeDefined();
  await expect.poll(async () => (await shop.collector.person('bob'))?.events.length).toBe(51);
  const bob = (await shop.collector.person('bob'))!;
  expect(bob.events.map(({ name }) => name)).toEqual([...numbered(50), 'as bob']);
  // Together and in their order, not one by one.
  const requests = shop.proxy.requests.slice(before);
  expect(requests.length).toBeLessThan(4);
  const lines = requests.find(({ path }) => path === '/b')!.body.split('\n');
  expect(lines.map((line) => new URL(line, 'http://x').searchParams.get('_n'))).toEqual([
    ...[...numbered(50), 'bob', 'as bob'],
  ]);
});

describe('a collector that cannot be reached, or is blocked', () => {
  test.runIf(LONG)('causes few requests, no error, and uses at most a tenth of the site’s storage', async () => {
    const shop = await openShop({ leaps: true });
    await shop.open(snippets.loader(shop.collector));
    await afterLoad(shop.page, '');
    shop.proxy.fault = () => 'refused';
    // Three times as many characters as the outbox keeps.
    await shop.page.evaluate(
      `const text = 'x'.repeat(1000); for (let n = 0; n < 6000; n++) KM.record('hit ' + n, { text })`,
    );
    // Twenty seconds for the page, and in each of them time for its requests to fail.
    for (let second = 0; second < 20; second++) {
      await shop.page.clock.fastForward(1000);
      await shop.page.waitForTimeout(100);
    }
    const requests = shop.proxy.requests.length;
    expect(requests).toBeLessThan(20);
    const used = `Object.entries(localStorage).reduce((sum, [name, value]) => sum + name.length + value.length, 0)`;
    expect(await shop.page.evaluate(used)).toBeLessThan(600_000);
    expect(await shop.page.evaluate(used)).toBeGreaterThan(300_000);
    expect(shop.errors).toEqual([]);

    // The newest hits have been kept, and the next hit says how many are missing.
    shop.proxy.fault = () => undefined;
    await shop.page.evaluate(`KM.record('after')`);
    const stored = async () => (await shop.collector.export()).map(({ _n }) => String(_n));
    const isBack = async () => (await shop.leap(), (await stored()).includes('after'));
    await expect.poll(isBack, { interval: 500 }).toBe(true);
    await expect.poll(async () => (await stored()).includes('hit 5999')).toBe(true);
    const hits = await shop.collector.export();
    const dropped = Math.max(...hits.map((hit) => Number(hit['Dropped Hits'] ?? 0)));
    expect(dropped).toBeGreaterThan(3000);
    await expect.poll(async () => (await stored()).length).toBe(6001 - dropped);
    await expect.poll(() => shop.page.evaluate(used)).toBeLessThan(1000);
  });
});

describe('callbacks', () => {
  const record = (name: string): string =>
    `new Promise((resolve) => KM.record('${name}', {}, (...answer) => { calls.push('${name}'); resolve(answer); }))`;
  test.each<[string, Fault | undefined, boolean]>([
    ['true when it is acknowledged', undefined, true],
    ['false when an attempt has failed', 503, false],
    ['false after two seconds without an answer', 'nothing', false],
  ])('are called once, with %s', async (_, fault, delivered) => {
    const shop = await openShop({ leaps: true });
    await shop.open(snippets.loader(shop.collector) + script('calls = []'));
    await afterLoad(shop.page, '');
    // The two seconds never end before the answer arrives, however long it takes.
    if (delivered) await shop.page.clock.pauseAt(Date.now() + 3_600_000);
    shop.proxy.fault = () => fault;
    expect(await shop.page.evaluate(record('one'))).toEqual([delivered]);
    shop.proxy.fault = () => undefined;
    await shop.stores(['one']);
    expect(await shop.page.evaluate('calls')).toEqual(['one']);
  });
});

test('a long hit is sent by POST, and so is one of 100 KB', async () => {
  const shop = await openShop();
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(
    shop.page,
    `KM.record('short'); KM.record('long', { text: 'y'.repeat(5000) }); KM.record('huge', { text: 'ü€'.repeat(25000) }); KM.record('after')`,
  );
  await shop.stores(['short', 'long', 'huge', 'after']);
  const hits = await shop.collector.export();
  expect(hits.find(({ _n }) => _n === 'long')!.text).toHaveLength(5000);
  expect(Buffer.byteLength(String(hits.find(({ _n }) => _n === 'huge')!.text))).toBeGreaterThan(8000);
  for (const { path } of shop.proxy.requests) expect(path.length).toBeLessThan(2100);
});

test('hits to another implementation are sent one by one, without anything that the specification does not know', async () => {
  const shop = await openShop();
  await shop.open(script('KM_PLAIN = 1') + snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  await shop.page.evaluate(recordNumbered(5));
  await shop.page.waitForTimeout(500);
  shop.proxy.fault = () => undefined;
  await shop.stores(numbered(5));
  for (const { path, body } of shop.proxy.requests) {
    expect(path).toMatch(/^\/e\?/);
    expect([...new URL(path, 'http://x').searchParams.keys()].sort()).toEqual(['_k', '_n', '_p', '_t']);
    expect(body).toBe('');
  }
});

test('hits have the time of their push, by the collector’s clock', async () => {
  const shop = await openShop();
  await shop.page.addInitScript(
    'window.waited = 0; const now = Date.now; Date.now = () => now() - 86_400_000 * 40 + waited;',
  );
  await shop.open(snippets.loader(shop.collector));
  await afterLoad(shop.page, '');
  shop.proxy.fault = () => 503;
  const before = Date.now() / 1000;
  // An answer that arrives after the fault has ended would store the hit at once.
  expect(await shop.page.evaluate(recorded('early'))).toEqual([false]);
  const after = Date.now() / 1000;
  // An hour by the clock of the page. The collector's clock has not changed, so for it the push was an hour ago as well.
  await shop.page.evaluate('waited = 3_600_000');
  shop.proxy.fault = () => undefined;
  await shop.page.evaluate(`KM.record('late')`);
  await shop.stores(['early', 'late']);
  const early = (await shop.collector.export()).find(({ _n }) => _n === 'early')!;
  expect(Number(early._t)).toBeGreaterThan(before - 3600 - 3);
  // The time is later by the time that a request takes, which nobody can measure.
  expect(Number(early._t)).toBeLessThan(after - 3600 + 60);
});
