import { expect, test } from 'vitest';
import { KEY } from '../support/collector.js';
import { openSite, script, useBrowser } from '../support/browser.js';
import { answerForKissmetrics, expectStored, packageScripts, personOf } from './support/packages.js';
import { eachNth } from '../support/long.js';

useBrowser();

/** The answer of RudderStack's own server: this site sends to KISSmetrics, from the browser. */
const settings = (prefixProperties: boolean) => ({
  source: {
    destinations: [
      { enabled: true, destinationDefinition: { name: 'KISSMETRICS' }, config: { apiKey: KEY, prefixProperties } },
    ],
  },
});

/** It sets the products of an order with `KM.set`, in a function that it pushes, each a second later than the one before. */
const CALLS = `
  rudderanalytics.page('Plans', 'Pricing', { url: 'https://www.example.test/pricing' });
  rudderanalytics.identify('ada@example.com', { since: new Date(1300000000000), address: { city: 'Oslo' } });
  rudderanalytics.track('Ordered', {
    revenue: 99.5, gift: true, tags: ['a', 'b'],
    products: [{ sku: 'P-1', price: 49.5 }, { sku: 'P-2', price: 50 }],
  });
  rudderanalytics.group('team-7', { size: 3 });
  rudderanalytics.alias('user-17', 'ada@example.com');
`;

const PERSON = 'ada@example.com';

test.each(
  eachNth(
    [
      ['as they are', false, ['', ''], {}],
      ['with the event before them', true, ['Page - ', 'Ordered - '], { 'Billing Amount': '99.5' }],
    ] as const,
    2,
  ),
)('RudderStack, which sends properties %s', async (_, prefixes, [page, ordered], more) => {
  const site = await openSite();
  await answerForKissmetrics(site);
  // It also sends to its own server, which this test does not check.
  await site.context.route('http://rudder.example.test/**', (route) => route.fulfill({ body: 'OK' }));
  const options = `{ getSourceConfig: () => (${JSON.stringify(settings(prefixes))}) }`;
  const load = `rudderanalytics.load('key', 'http://rudder.example.test', ${options});`;
  await site.open((await packageScripts(site, 'rudder-sdk-js/index.js')) + script(load + CALLS));

  const order = { [`${ordered}revenue`]: '99.5', [`${ordered}gift`]: 'true', [`${ordered}tags`]: 'a,b', ...more };
  const view = { [`${page}category`]: 'Plans', [`${page}url`]: 'https://www.example.test/pricing' };
  await expectStored(site, (anonymous) => [
    // It adds the page's title, address and referrer under its own names.
    expect.objectContaining({ _p: anonymous, _n: 'Viewed Plans Pricing page', ...view }) as object,
    { _p: anonymous, _p2: PERSON },
    { _p: PERSON, since: '1300000000', 'address.city': 'Oslo' },
    { _p: PERSON, _n: 'Ordered', ...order },
    { _p: PERSON, [`${ordered}sku`]: 'P-1', [`${ordered}price`]: '49.5' },
    { _p: PERSON, [`${ordered}sku`]: 'P-2', [`${ordered}price`]: '50' },
    { _p: PERSON, 'Group - id': 'team-7', 'Group - size': '3' },
    { _p: PERSON, _p2: 'user-17' },
  ]);

  expect(await personOf(site, 'user-17')).toMatchObject({
    identities: [(await site.cookies()).km_ai, PERSON, 'user-17'].toSorted(),
    events: ['Ordered', 'Viewed Plans Pricing page'],
    properties: { ...order, ...view, 'Group - size': '3', [`${ordered}sku`]: 'P-2' },
  });
  const products = (await site.collector.person(PERSON))!.properties[`${ordered}sku`]!;
  expect(products.map(({ value }) => value)).toEqual(['P-1', 'P-2']);
  expect(products[1]!.time - products[0]!.time).toBe(1);
  expect(site.errors).toEqual([]);
});
