import { expect, test } from 'vitest';
import { KEY } from '../support/collector.js';
import { openSite, script, snippets, useBrowser, type Site } from '../support/browser.js';
import { answerForKissmetrics, blockKissmetrics, expectStored, packageScripts, personOf } from './support/packages.js';

useBrowser();

/** The functions of its README. It loads the two files of KISSmetrics itself, and knows no other hosts for them. */
const CALLS = `
  kissmetrics.setKey('${KEY}');
  kissmetrics.trackEvent('Viewed Plans', { plans: ['basic', 'pro'] });
  kissmetrics.identify('ada@example.com');
  kissmetrics.setUserProperties({ gender: 'female' });
  kissmetrics.trackEvent('Signed Up', { 'Plan Name': 'Pro & more' });
`;

async function run(site: Site, head = ''): Promise<void> {
  await site.open(head + (await packageScripts(site, 'simple-node-kissmetrics/dist/library-dist.js')) + script(CALLS));
  await expectStored(site, (anonymous) => [
    { _p: anonymous, _n: 'Viewed Plans', plans: 'basic,pro' },
    { _p: anonymous, _p2: 'ada@example.com' },
    { _p: 'ada@example.com', gender: 'female' },
    { _p: 'ada@example.com', _n: 'Signed Up', 'Plan Name': 'Pro & more' },
  ]);
  expect(await personOf(site, 'ada@example.com')).toEqual({
    identities: [(await site.cookies()).km_ai, 'ada@example.com'].toSorted(),
    events: ['Signed Up', 'Viewed Plans'],
    properties: { plans: 'basic,pro', gender: 'female', 'Plan Name': 'Pro & more' },
  });
  expect(site.errors).toEqual([]);
}

test('simple-node-kissmetrics, with the collector in place of the hosts of KISSmetrics', async () => {
  const site = await openSite();
  await answerForKissmetrics(site);
  await run(site);
});

test('simple-node-kissmetrics with the loader, if the hosts of KISSmetrics cannot be reached', async () => {
  const site = await openSite();
  await blockKissmetrics(site);
  await run(site, snippets.loader(site.collector));
});

test('simple-node-kissmetrics with the loader, each with a tracker: every hit once', async () => {
  const site = await openSite();
  await answerForKissmetrics(site);
  await run(site, snippets.loader(site.collector));
  await site.page.waitForLoadState('networkidle');
  expect(site.hits).toHaveLength(4);
});
