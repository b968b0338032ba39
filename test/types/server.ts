// An application on a server.
import { createClient, readVisitor, type Client, type ClientOptions, type Properties } from 'kmq/node';

const options: ClientOptions = {
  key: 'KEY',
  collector: new URL('https://kmq.example.com'),
  maxBytes: 1e6,
  maxAge: 3600,
};
const client: Client = createClient({ ...options, queue: '/var/lib/shop/kmq', onError: ({ message }) => void message });
const properties: Properties = { plan: 'pro', seats: 3, tags: ['a', 1], trial: true, coupon: null, later: undefined };
client.record('ada', 'Signed Up', properties);
client.record(7, 'Ordered', { _t: 1_700_000_000, _i: 'order-7' });
client.record(7, 'Ordered', { _t: 1_700_000_000, _d: 1, _i: 7 });
const texts: Record<string, string> = { plan: 'pro' };
client.set('ada', texts);
client.set('ada', { gender: 'female', since: new Date(), visits: [new Date()] });
client.identify('ada', 'km_ai=V');
client.identify('ada', null);
client.alias('ada', 7);
const delivered: Promise<boolean>[] = [client.flush(), client.close(5000)];
const anonymous: string | undefined = readVisitor('km_ai=V').anonymous;
// Methods may be passed on.
const { record } = client;
void [delivered, anonymous, record, client.dropped];

// @ts-expect-error an event has a name
client.record('ada');
// @ts-expect-error and a person
client.record({ name: 'Signed Up' });
// @ts-expect-error nested objects do not travel
client.record('ada', 'a', { b: { c: 1 } });
// @ts-expect-error a property must not choose the person
client.record('ada', 'a', { _p: 'eve' });
// @ts-expect-error a time is in seconds
client.record('ada', 'a', { _t: new Date() });
// @ts-expect-error there is no current person on a server
client.set({ gender: 'female' });
// @ts-expect-error whose cookies?
client.identify('ada');
// @ts-expect-error an alias has two identities
client.alias('ada');
// @ts-expect-error a collector is needed
createClient({ key: 'KEY' });
// @ts-expect-error no such option
createClient({ ...options, flushAt: 20 });
// @ts-expect-error it is counted, not set
client.dropped = 0;
