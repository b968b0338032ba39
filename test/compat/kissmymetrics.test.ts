import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { KEY, startCollector } from '../support/collector.js';
import { requirePackage } from './support/packages.js';

type Callback = (error: unknown) => void;
interface Client {
  event(person: string, event: string, properties: object, callback: Callback): void;
  set(person: string, properties: object, callback: Callback): void;
  alias(person: string, aliases: string | string[], callback: Callback): void;
}
const KissMyMetrics = requirePackage('kissmymetrics') as new (options: object) => Client;

/** The client on a server, with promises instead of callbacks. */
function connect(endpoint: string, allowManualTimestamp = false) {
  const client = new KissMyMetrics({ key: KEY, endpoint, allowManualTimestamp });
  return {
    event: promisify(client.event.bind(client)),
    set: promisify(client.set.bind(client)),
    alias: promisify(client.alias.bind(client)),
  };
}

test('npm kissmymetrics, on a server: events, properties and aliases make one person', async () => {
  const collector = await startCollector();
  const client = connect(collector.origin);
  await client.event('ada', 'Signed Up', { 'Plan Name': 'Pro & more + 100 %' });
  await client.set('ada@example.com', { gender: 'female' });
  await client.alias('ada', ['ada@example.com', 'user-17']);

  expect(await collector.export()).toHaveLength(4);
  expect(await collector.person('user-17')).toMatchObject({
    identities: expect.arrayContaining(['ada', 'ada@example.com', 'user-17']) as string[],
    customerIds: ['ada', 'ada@example.com'],
    events: [{ name: 'Signed Up', properties: { 'Plan Name': 'Pro & more + 100 %' } }],
    properties: { gender: [{ value: 'female' }] },
  });
});

test('npm kissmymetrics sends neither _t nor _i: equal events all count', async () => {
  const collector = await startCollector();
  const client = connect(collector.origin);
  await client.event('ada', 'Ordered', { amount: 1 });
  await client.event('ada', 'Ordered', { amount: 1 });
  expect((await collector.person('ada'))!.events).toHaveLength(2);
});

test('npm kissmymetrics gives an event a time if the application lets it', async () => {
  const collector = await startCollector();
  await connect(collector.origin, true).event('ada', 'Imported', { _t: 1300000000 });
  expect((await collector.person('ada'))!.events).toEqual([{ name: 'Imported', time: 1300000000, properties: {} }]);
});
