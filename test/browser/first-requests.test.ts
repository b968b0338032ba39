import { expect, test } from 'vitest';
import { openSite, useBrowser } from '../support/browser.js';
import { reportsOpen, startCollector } from '../support/collector.js';
import { eachNth } from '../support/long.js';

useBrowser();

/** A key and an identity with everything that could end an attribute or an element of the page. */
const HOSTILE = `a"b'</script><!--<b>&amp;%22+ü $& \u2028`;

async function visited() {
  const collector = await startCollector({ keys: [HOSTILE] });
  for (const event of ['Visited Site', 'Signed Up'])
    await collector.send(`/e?${new URLSearchParams({ _k: HOSTILE, _p: HOSTILE, _n: event }).toString()}`);
  await reportsOpen(collector, HOSTILE);
  return collector;
}

test.each(
  eachNth(
    [
      ['/trend', '/api/v1/reports/names'],
      ['/funnel', '/api/v1/reports/names'],
      ['/people', '/api/v1/people'],
      ['/person', '/api/v1/person'],
    ],
    2,
  ),
)('%s names its first request, and sends it once', async (path, first) => {
  const collector = await visited();
  const { page, errors } = await openSite({ collector });
  const sent: URL[] = [];
  page.on('request', (request) => void sent.push(new URL(request.url())));
  await page.goto(`${collector.origin}${path}?${new URLSearchParams({ key: HOSTILE, id: HOSTILE }).toString()}`);
  await page.waitForSelector('.foot, .timeline');
  const named = await page.getAttribute('link[rel=preload]', 'href');
  expect(new URL(named!, collector.origin).pathname).toBe(first);
  // If the script asked by another address, there would be two.
  expect(sent.filter(({ pathname }) => pathname === first).map(({ href }) => href)).toEqual([collector.origin + named]);
  expect(
    await page.evaluate(
      'performance.getEntriesByType("resource").find(({ name }) => name.includes("/api/")).initiatorType',
    ),
  ).toBe('link');
  expect(sent.filter(({ pathname }) => pathname === '/api/v1/about')).toEqual([]);
  expect(await page.$$eval('script', (all) => all.map(({ type }) => type).sort())).toEqual([
    'application/json',
    'module',
  ]);
  expect(await page.$$('b')).toEqual([]);
  expect(errors).toEqual([]);
});
