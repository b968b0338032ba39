// A server whose site has declared its events.
import { createClient } from 'kmq/node';

const client = createClient({ key: 'KEY', collector: 'https://kmq.example.com' });
client.record('ada', 'Signed Up', { 'Plan Name': 'Pro' });
client.record('ada', 'Ordered', { total: 12.5, kind: 'tea', _t: 1_700_000_000, _i: 'order-7' });
client.record(7, 'Left');
client.record(7, 'Left', null);
client.set('ada', { anything: 1, later: undefined });

// @ts-expect-error no such event
client.record('ada', 'Signd Up', { 'Plan Name': 'Pro' });
// @ts-expect-error a property is needed
client.record('ada', 'Signed Up');
// @ts-expect-error no such property
client.record('ada', 'Signed Up', { 'Plan Name': 'Pro', colour: 'red' });
// @ts-expect-error a number
client.record('ada', 'Ordered', { total: '12.50', kind: 'tea' });
