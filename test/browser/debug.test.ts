import { expect, test } from 'vitest';
import { afterLoad, openSite, script, snippets, useBrowser } from '../support/browser.js';

useBrowser();

/** What the console shows the owner: each line as its texts. */
const ours = (lines: string[]): string[] => lines.filter((line) => line.startsWith('kmq:'));

test('?km_debug=1: every command, hit, outcome and refusal is a readable line', async () => {
  const site = await openSite();
  const head = script(`
    _kmq.push(['identify', 'bob']);
    _kmq.push(['record', 'Signed Up', { plan: 'pro' }]);
    _kmq.push(['recrod', 'typo']);
    _kmq.push(['identify', {}]);
  `);
  await site.open(head + snippets.bare(site.collector), { path: '/?km_debug=1&a=2' });
  await site.stored(1);
  await expect.poll(() => ours(site.console).join('\n')).toContain('kmq: delivered /e');
  const lines = ours(site.console);
  expect(lines[0]).toBe('kmq: identify bob');
  expect(lines[1]).toMatch(/^kmq: record Signed Up \{plan: pro\}/);
  expect(lines[2]).toMatch(/^kmq: sends \/e \{_k: site, _n: Signed Up, _p: bob, _t: \d+, _i: /);
  expect(lines[3]).toMatch(/^kmq: no such command \[recrod, typo\]|^kmq: no such command Array/);
  expect(lines.join('\n')).toContain('an identity cannot be an object');
  // The parameter is not a property of the URL API.
  expect(site.hits.map(({ pathname }) => pathname)).toEqual(['/e']);
});

test('["debug"]: from then on, also refusals and failures', async () => {
  const site = await openSite();
  await site.open(snippets.bare(site.collector));
  await afterLoad(site.page, `KM.record('silent')`);
  await site.stored(1);
  expect(ours(site.console)).toEqual([]);
  await site.page.evaluate(`_kmq.push(['debug'])`);
  await site.page.evaluate(`KM.optOut(); KM.record('refused')`);
  expect(ours(site.console).join('\n')).toMatch(/kmq: record refused\nkmq: holds back \/e/);
  await site.page.evaluate(`KM.optIn(); KM_COLLECTOR = 'http://127.0.0.1:1'; KM.record('lost')`);
  await expect.poll(() => ours(site.console).join('\n')).toContain('kmq: not acknowledged /e?');
});

test('hits that wait for consent are logged as waiting', async () => {
  const site = await openSite();
  await site.open(script(`KM_CONSENT = 'denied'`) + snippets.bare(site.collector), { path: '/?km_debug=1' });
  await afterLoad(site.page, `KM.record('later')`);
  await expect.poll(() => ours(site.console).join('\n')).toContain('kmq: holds back /e');
  await site.page.evaluate(`KM.consent('granted')`);
  await expect.poll(() => ours(site.console).join('\n')).toContain('kmq: delivered /e');
});
