// An application with one of the clients that bench/node.js measures, in a separate process:
// node server-application.js CLIENT ORIGIN QUEUE cost|stay|nothing|NUMBER
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { createClient } from 'kmq/node';
import { median, pause } from './figures.js';

const [name, origin, queue, what] = process.argv.slice(2);
const requirePeer = createRequire(`${process.cwd()}/bench/peers/package.json`);

/** How many events may wait in a client: more than are recorded. All other settings have their defaults. */
const MOST = 1e6;

const clients = {
  kmq() {
    const client = createClient({ key: 'key', collector: origin, queue });
    return { record: (n) => client.record(n % 500, `Event ${n}`, { plan: 'Pro' }), flush: () => client.flush(60_000) };
  },
  'posthog-node'() {
    const { PostHog } = requirePeer('posthog-node');
    const client = new PostHog('key', { host: origin, maxQueueSize: MOST });
    return {
      record: (n) => client.capture({ distinctId: String(n % 500), event: `Event ${n}`, properties: { plan: 'Pro' } }),
      flush: () => client.shutdown(60_000),
    };
  },
  '@segment/analytics-node'() {
    const { Analytics } = requirePeer('@segment/analytics-node');
    const client = new Analytics({ writeKey: 'key', host: origin });
    return {
      record: (n) => client.track({ userId: String(n % 500), event: `Event ${n}`, properties: { plan: 'Pro' } }),
      flush: () => client.closeAndFlush({ timeout: 60_000 }),
    };
  },
};

const client = clients[name]();
const micros = (start, calls) => ((performance.now() - start) * 1000) / calls;

if (what === 'cost') {
  const loop = [];
  const apart = [];
  let n = 0;
  for (let round = 0; round < 50; round++) {
    const start = performance.now();
    for (let call = 0; call < 100; call++) client.record(n++);
    // Work that a client does after the call has returned is not measured.
    loop.push(micros(start, 100));
    await pause(10);
  }
  for (let round = 0; round < 200; round++) {
    const start = performance.now();
    client.record(n++);
    apart.push(micros(start, 1));
    await pause(10);
  }
  await client.flush();
  process.send({ loop: median(loop), apart: median(apart) });
  process.exit();
} else if (Number(what)) {
  const start = performance.now();
  for (let n = 0; n < Number(what); n++) {
    client.record(n);
    // A pause as between the requests of a server, in which the client can send.
    if (n % 100 === 99) await pause(0);
  }
  await client.flush();
  process.send({ seconds: (performance.now() - start) / 1000 });
  process.exit();
} else {
  if (what === 'stay') for (let n = 0; n < 1000; n++) client.record(n);
  process.send({});
}
