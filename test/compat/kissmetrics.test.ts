import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startBesideTls } from '../support/certificate.js';
import { KEY, startCollector } from '../support/collector.js';
import { afterLoad, openSite, snippets, useBrowser } from '../support/browser.js';
import { requirePackage } from './support/packages.js';

useBrowser();

type Callback = (error: unknown) => void;
interface Client {
  record(person: string, event: string, properties: object, callback: Callback): void;
  set(person: string, properties: object, callback: Callback): void;
  alias(person: string, aliases: string | string[], callback: Callback): void;
}
const Kissmetrics = requirePackage('kissmetrics') as new (options: object) => Client;

/** The client on a server, with promises instead of callbacks. */
function connect(port: number) {
  const client = new Kissmetrics({ key: KEY, host: '127.0.0.1', port });
  return {
    record: promisify(client.record.bind(client)),
    set: promisify(client.set.bind(client)),
    alias: promisify(client.alias.bind(client)),
  };
}

describe('npm kissmetrics, on a server', () => {
  test('the anonymous hits of the browser and the hits of the server belong to one person', async () => {
    const site = await openSite();
    await site.open(snippets.loader(site.collector));
    await afterLoad(site.page, `_kmq.push(['record', 'Viewed Plans'])`);
    await site.stored(1);
    const anonymous = (await site.cookies()).km_ai!;

    const client = connect(site.collector.port);
    // As its README says: the cookie is the identity until the visitor has a name.
    await client.alias(anonymous, ['ada', 'ada@example.com']);
    await client.record('ada', 'Signed Up', { 'Plan Name': 'Pro €', seats: 3 });
    await client.set('ada@example.com', { gender: 'female' });

    await site.stored(5);
    expect(await site.collector.person('ada')).toMatchObject({
      identities: expect.arrayContaining([anonymous, 'ada', 'ada@example.com']) as string[],
      events: [{ name: 'Viewed Plans' }, { name: 'Signed Up', properties: { 'Plan Name': 'Pro €', seats: '3' } }],
      properties: { gender: [{ value: 'female' }], 'Plan Name': [{ value: 'Pro €' }] },
    });
  });

  test('its hits, which it sends without TLS, are accepted at the second port of a collector with TLS', async () => {
    const collector = await startBesideTls();
    const client = connect(collector.port);
    await client.record('ada', 'Ordered', { amount: 1 });
    await client.alias('ada', ['ada@example.com']);
    expect(await collector.person('ada@example.com')).toMatchObject({
      identities: ['ada', 'ada@example.com'],
      events: [{ name: 'Ordered', properties: { amount: '1' } }],
    });
  });

  test('its _t, in milliseconds and without _d, is ignored: the hit counts at the time of the collector', async () => {
    const collector = await startCollector();
    const before = Math.floor(Date.now() / 1000);
    const client = connect(collector.port);
    await client.record('ada', 'Ordered', { amount: 1 });
    await client.record('ada', 'Ordered', { amount: 2 });
    const { hits, refusals } = await collector.live(2);
    expect(refusals).toEqual([]);
    expect(hits.map(({ warnings, duplicate }) => [warnings, duplicate])).toEqual([
      [[], false],
      [[], false],
    ]);
    const person = (await collector.person('ada'))!;
    expect(person.events.map(({ properties }) => properties.amount)).toEqual(['1', '2']);
    for (const { time } of person.events) {
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
    }
  });

  test('a _t of the application, with _d, is the time of the event', async () => {
    const collector = await startCollector();
    await connect(collector.port).record('ada', 'Imported', { _t: 1300000000, _d: 1 });
    expect((await collector.person('ada'))!.events).toEqual([{ name: 'Imported', time: 1300000000, properties: {} }]);
  });
});
