import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { openSite, useBrowser, type Site } from '../support/browser.js';
import { KEY, startCollector, type TestCollector } from '../support/collector.js';

/*
 * The samples of docs/integrations.md, run as their hosts run them. Google, Segment and RudderStack are not available here.
 * Their behaviour is taken from their documents, and from the open source of RudderStack's webhook.
 */

useBrowser();

/** The samples below a heading, with the collector and the key of the test. */
function samplesOf(heading: string, { origin }: { origin: string }): string[] {
  const section = readFileSync('docs/integrations.md', 'utf8').split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return [...section.matchAll(/^```(?:js|html)\n([^]*?)\n```$/gm)].map(([, sample]) =>
    sample!
      .replaceAll('https://kmq.example.com', origin)
      .replaceAll('KEY.js', `${KEY}.js`)
      .replaceAll("'KEY'", `'${KEY}'`),
  );
}

/** Custom HTML is parsed into a detached element, and its scripts are made again, one after the other. */
const fire = (tag: string): string => `(() => {
  const holder = document.createElement('div');
  holder.innerHTML = ${JSON.stringify(tag)};
  for (const script of holder.querySelectorAll('script')) {
    const copy = document.createElement('script');
    copy.text = script.text;
    document.body.appendChild(copy);
  }
})()`;

const eventsOf = async (collector: TestCollector) => (await collector.export()).filter(({ _n }) => _n !== undefined);

async function openBlank(collector: TestCollector): Promise<Site> {
  const site = await openSite({ collector });
  await site.open('');
  return site;
}

test('Google Tag Manager: events before and after the script arrive, each once, also if the tag of the script fires twice', async () => {
  const collector = await startCollector();
  const [loader, event] = samplesOf('Google Tag Manager', collector);
  const { page } = await openBlank(collector);
  const ordered = (total: string) => fire(event!.replace('{{Order Total}}', total));
  await page.evaluate(ordered('"10.00"'));
  await page.evaluate(fire(loader!));
  await page.evaluate(fire(loader!));
  await page.waitForFunction('window.KM && KM.record');
  await page.evaluate(ordered('20'));
  await expect
    .poll(async () => (await eventsOf(collector)).map((hit) => [hit._n, hit['Order Total']]))
    .toEqual([
      ['Ordered', '10.00'],
      ['Ordered', '20'],
    ]);
  const people = new Set((await eventsOf(collector)).map(({ _p }) => _p));
  expect(people.size).toBe(1);
});

test('a consent banner: no hit is sent before the visitor’s answer, and then all earlier hits are', async () => {
  const collector = await startCollector();
  const [banner] = samplesOf('A consent banner', collector);
  const [loader] = samplesOf('Google Tag Manager', collector);
  const { page, context } = await openBlank(collector);
  await page.evaluate(fire(banner!));
  await page.evaluate(fire(loader!));
  await page.waitForFunction('window.KM && KM.record');
  await page.evaluate(`_kmq.push(['record', 'Viewed'])`);
  // Longer than a hit takes.
  await page.waitForTimeout(1500);
  expect(await collector.export()).toEqual([]);
  expect((await context.cookies()).filter(({ name }) => name.startsWith('km_'))).toEqual([]);
  await page.evaluate('onConsent(true)');
  await page.evaluate('onConsent(true)');
  await expect.poll(async () => (await eventsOf(collector)).map(({ _n }) => _n)).toEqual(['Viewed']);
});

const MOMENT = '2026-01-02T03:04:05.678Z';
const TIME = Date.parse('2026-01-02T03:04:05Z') / 1000;

test('Segment: each call becomes the matching call of kmq, and a call that is sent again counts once', async () => {
  const collector = await startCollector();
  class RetryError extends Error {}
  type Handler = (event: object, settings: object) => Promise<void>;
  const [code] = samplesOf('Segment', collector);
  const handlers = runInNewContext(`${code}; ({ onTrack, onPage, onIdentify, onAlias })`, {
    fetch,
    RetryError,
  }) as Record<string, Handler>;
  const settings = { collector: collector.origin, key: KEY };
  const calls: [string, object][] = [
    [
      'onPage',
      { messageId: 'm1', anonymousId: 'anon', properties: { url: 'https://www.example.test/', referrer: '' } },
    ],
    [
      'onTrack',
      {
        messageId: 'm2',
        anonymousId: 'anon',
        event: 'Signed Up',
        properties: { plan: { name: 'Pro' }, tags: ['a', 'b'], _k: 'evil' },
      },
    ],
    ['onIdentify', { messageId: 'm3', anonymousId: 'anon', userId: 'ada', traits: { Company: 'Analytical' } }],
    ['onAlias', { messageId: 'm4', previousId: 'old', userId: 'ada' }],
  ];
  for (const [handler, event] of [...calls, ...calls])
    await handlers[handler]!({ ...event, timestamp: MOMENT }, settings);
  expect(await collector.export()).toEqual([
    { _p: 'anon', _t: TIME, _i: 'm1', _n: 'Page View', 'Viewed URL': 'https://www.example.test/', Referrer: '' },
    { _p: 'anon', _t: TIME, _i: 'm2', _n: 'Signed Up', 'plan.name': 'Pro', tags: 'a,b' },
    { _p: 'ada', _t: TIME, _i: 'm3-a', _p2: 'anon' },
    { _p: 'ada', _t: TIME, _i: 'm3-s', Company: 'Analytical' },
    { _p: 'ada', _t: TIME, _i: 'm4', _p2: 'old' },
  ]);

  // Segment only repeats what fails with this error.
  await collector.close();
  await expect(handlers.onTrack!({ ...calls[1]![1], timestamp: MOMENT }, settings)).rejects.toThrow(RetryError);
});

test('RudderStack: each call becomes the matching calls of kmq', async () => {
  const collector = await startCollector();
  const [code] = samplesOf('RudderStack', collector);
  type Transformed = { appendPath: string } & Record<string, unknown>;
  type Transformation = (event: object) => Transformed[] | Transformed | undefined;
  const transform = runInNewContext(`${code!.replace('export ', '')}; transformEvent`) as Transformation;
  /** As RudderStack's webhook sends it: one request for each object that the transformation returns. */
  const send = async (event: object): Promise<void> => {
    for (const transformed of [transform({ ...event, originalTimestamp: MOMENT }) ?? []].flat()) {
      const { appendPath, ...message } = transformed;
      const body = JSON.stringify({ ...message, context: { ip: '192.0.2.1' } });
      const headers = { 'content-type': 'application/json', 'user-agent': 'RudderLabs' };
      expect((await collector.send(appendPath, { method: 'POST', body, headers })).status).toBe(200);
    }
  };
  await send({
    type: 'track',
    messageId: 'm1',
    anonymousId: 'anon',
    event: 'Signed Up',
    // The webhook reads the last three names: it would send the hit to another URL, or not at all.
    properties: { plan: 'Pro', nested: {}, _p: 'evil', fullPath: '/cart', header: 'Sale', statusCode: 404 },
  });
  await send({
    type: 'identify',
    messageId: 'm2',
    anonymousId: 'anon',
    userId: 'ada',
    context: { traits: { Company: 'Analytical' } },
  });
  await send({ type: 'alias', messageId: 'm3', previousId: 'old', userId: 'ada' });
  await send({ type: 'page', messageId: 'm4', anonymousId: 'anon', properties: {} });
  expect(await collector.export()).toEqual([
    { _p: 'anon', _t: TIME, _i: 'm1/e', _n: 'Signed Up', plan: 'Pro' },
    { _p: 'ada', _t: TIME, _i: 'm2/a', _p2: 'anon' },
    { _p: 'ada', _t: TIME, _i: 'm2/s', Company: 'Analytical' },
    { _p: 'ada', _t: TIME, _i: 'm3/a', _p2: 'old' },
  ]);
});
