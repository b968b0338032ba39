import { beforeAll, expect, test } from 'vitest';
import { openSite, snippets, useBrowser } from '../support/browser.js';
import { bundle, bundleScript, expectStored, personOf } from './support/packages.js';
import { eachNth } from '../support/long.js';

useBrowser();

let application: string;
beforeAll(async () => {
  application = await bundle('angular.js');
});

test.each(eachNth(['loader', 'original'] as const, 2))(
  'angulartics2 in an Angular application whose page has the %s snippet',
  async (snippet) => {
    const site = await openSite();
    const head = '<base href="/">' + snippets[snippet](site.collector) + (await bundleScript(site, application));
    await site.open(head, { body: '<shop-root></shop-root>' });
    await site.page.click('#plans');
    await site.page.click('#sign-up');
    await site.page.click('#sign-in');
    await site.page.click('#order');

    const button = { category: 'Plans', label: 'Big button', eventType: 'click' };
    await expectStored(site, (anonymous) => [
      { _p: anonymous, _n: 'Pageview', Page: '/' },
      { _p: anonymous, _n: 'Pageview', Page: '/plans?from=home' },
      { _p: anonymous, _n: 'Signed Up', 'Plan Name': 'Pro & more', ...button },
      { _p: anonymous, _p2: 'ada@example.com' },
      { _p: 'ada@example.com', gender: 'female', visits: '3' },
      { _p: 'ada@example.com', _n: 'Ordered', 'Billing Amount': '99.5' },
    ]);
    expect(await personOf(site, 'ada@example.com')).toMatchObject({
      identities: [(await site.cookies()).km_ai, 'ada@example.com'].toSorted(),
      events: ['Ordered', 'Pageview', 'Pageview', 'Signed Up'],
      properties: { 'Plan Name': 'Pro & more', 'Billing Amount': '99.5', gender: 'female', visits: '3' },
    });
    expect(site.errors).toEqual([]);
  },
);
