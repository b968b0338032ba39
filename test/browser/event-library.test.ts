import { expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { KEY, startCollector } from '../support/collector.js';
import { openSite, script, snippets, useBrowser } from '../support/browser.js';

useBrowser();

const library = [
  { type: 'url', match: '/pricing', event: 'Saw Pricing' },
  { type: 'url', match: '/blog/*', event: 'Read Blog' },
  { type: 'regex', match: 'id=\\d+$', event: 'Saw Item' },
  { type: 'click', match: '.buy', event: 'Clicked Buy' },
  { type: 'click', match: 'tour', event: 'Took Tour' },
  { type: 'submit', match: '#signup', event: 'Signed Up' },
];

test('events on addresses, clicks and submits that the owner configures and no page contains (docs/reference.md#6.3)', async () => {
  const collector = await startCollector({ config: parseConfig({ sites: { [KEY]: { library } } }) });
  const site = await openSite({ collector });
  const body = `<iframe name="sink"></iframe><a class="buy" href="#a">Buy</a><a id="tour" href="#b">Tour</a>
    <form id="signup" target="sink" action="/done"><input name="plan" value="pro"><button>Go</button></form>`;
  await site.open(snippets.original(collector), { path: '/pricing?id=7', body });
  await site.page.waitForFunction('window.KM');
  await site.page.click('.buy');
  await site.page.click('#tour');
  await site.page.click('text=Go');
  await site.stored(5);
  expect(site.hits.map(({ searchParams: s }) => [s.get('_n'), s.get('plan')])).toEqual([
    ['Saw Pricing', null],
    ['Saw Item', null],
    ['Clicked Buy', null],
    ['Took Tour', null],
    ['Signed Up', 'pro'],
  ]);
  await site.open(snippets.loader(collector), { path: '/blog/tea', body });
  expect((await site.stored(6)).at(-1)).toMatchObject({ _n: 'Read Blog' });
});

test('a page’s own library is used instead; an invalid rule does not stop the others', async () => {
  const collector = await startCollector({ config: parseConfig({ sites: { [KEY]: { library } } }) });
  const site = await openSite({ collector });
  const own = `KM_LIBRARY = [{ type: 'regex', match: '(', event: 'Broken' }, {}, { type: 'url', match: '/pricing', event: 'Own' }]`;
  await site.open(script(own) + snippets.loader(collector), { path: '/pricing' });
  expect(await site.stored(1)).toMatchObject([{ _n: 'Own' }]);
  expect(site.errors).toEqual([]);
});

test('texts of the owner are texts, whatever they contain', async () => {
  const rule = { type: 'url' as const, match: '/*', event: '</script>"\u2028\'${alert(1)}' };
  const collector = await startCollector({ config: parseConfig({ sites: { [KEY]: { library: [rule] } } }) });
  const site = await openSite({ collector });
  await site.open(snippets.loader(collector));
  expect(await site.stored(1)).toMatchObject([{ _n: rule.event }]);
  expect(site.errors).toEqual([]);
});
