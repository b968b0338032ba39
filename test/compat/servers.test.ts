import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Gate } from '../../src/collector/http/gate.js';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import { startBesideTls } from '../support/certificate.js';
import { KEY, startCollector, type TestCollector } from '../support/collector.js';
import { exchange as exchangeAll } from '../support/socket.js';

/**
 * The requests of the original's clients for Ruby, PHP and Python, byte for byte except for host and times. The tests cannot
 * rely on a registry that has these clients. So each was run by hand, and its requests were recorded (docs/clients.md has
 * versions and commits).
 */
const NOTE = `100% + #1 = x; 'q' "d" ~ * ( ) 😀`;

interface Recording {
  headers: string[];
  /** For the last request of a connection, if it differs. */
  last?: string[];
  requests: string[];
  /** Whether all requests are sent on one connection, without waiting for answers. */
  pipelined?: boolean;
  /** The identity of the hits, and the properties of the event. */
  person: string;
  properties: Record<string, string>;
  /** False if the client sends no time, so that the time of arrival is used. */
  dated: boolean;
}

/** Booleans are sent as numbers, and a list as a property for each of its items. */
const PHP = {
  ...{ 'Plan Name': 'Pro & more €', seats: '3', note: NOTE },
  ...{ yes: '1', no: '0', 'tags[0]': 'a', 'tags[1]': 'b' },
};

const ruby = ['Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3', 'Accept: */*', 'User-Agent: Ruby'];

const recordings: Record<string, Recording> = {
  'km 1.3.0 (Ruby)': {
    headers: [...ruby, 'Host: HOST'],
    requests: [
      '/a?_n=ada%40example.com&_p=anonymous-7&_k=site&_d=1&_t=NOW',
      `/e?Plan%20Name=Pro%20%26%20more%20%E2%82%AC&seats=3&note=100%25%20%2B%20%231%20%3D%20x%3B%20'q'%20%22d%22%20~%20*%20(%20)%20%F0%9F%98%80&off=&yes=true&price%2C%20net%3A%20eur=12.5&_n=Signed%20Up&_p=ada%40example.com&_k=site&_d=1&_t=NOW`,
      '/e?_t=1300000000&_n=Imported&_p=ada%40example.com&_k=site&_d=1',
      '/s?gender=female&_p=ada%40example.com&_k=site&_d=1&_t=NOW',
    ],
    person: 'ada@example.com',
    properties: {
      'Plan Name': 'Pro & more €',
      seats: '3',
      note: NOTE,
      off: '',
      yes: 'true',
      'price  net  eur': '12.5',
    },
    dated: true,
  },
  'kmts 3.1.0 (Ruby)': {
    headers: [...ruby, 'Connection: close', 'Host: HOST'],
    requests: [
      '/a?_n=ada%40example.com&_p=anonymous-7&_t=NOW&_k=site',
      '/e?Plan%20Name=Pro%20%26%20more%20%E2%82%AC&seats=3&note=100%25%20%2B%20%231%20%3D%20x%3B%20%27q%27%20%22d%22%20~%20%2A%20%28%20%29%20%F0%9F%98%80&off=&_n=Signed%20Up&_p=ada%40example.com&_t=NOW&_k=site',
      '/e?_t=1300000000&_n=Imported&_p=ada%40example.com&_d=1&_k=site',
      '/s?gender=female&_p=ada%40example.com&_t=NOW&_k=site',
    ],
    person: 'ada@example.com',
    properties: { 'Plan Name': 'Pro & more €', seats: '3', note: NOTE, off: '' },
    dated: false,
  },
  'kissmetrics-php 0.3.0': {
    headers: ['Host: 127.0.0.1', 'Connection: Keep-Alive'],
    last: ['Host: 127.0.0.1', 'Connection: Close'],
    requests: [
      '/a?_p=anonymous-7&_n=ada%40example.com&_k=site',
      '/e?Plan%20Name=Pro%20%26%20more%20%E2%82%AC&seats=3&note=100%25%20%2B%20%231%20%3D%20x%3B%20%27q%27%20%22d%22%20~%20%2A%20%28%20%29%20%F0%9F%98%80&yes=1&no=0&tags%5B0%5D=a&tags%5B1%5D=b&_n=Signed%20Up&_p=ada%40example.com&_k=site&_t=NOW&_d=0',
      '/e?_n=Imported&_p=ada%40example.com&_k=site&_t=1300000000&_d=1',
      '/s?gender=female&_k=site&_p=ada%40example.com&_t=NOW&_d=0',
    ],
    pipelined: true,
    person: 'ada@example.com',
    properties: PHP,
    dated: false,
  },
  'kissmetrics-php 0.4.2': {
    headers: ['Host: HOST', 'Accept: */*', 'Connection: Keep-Alive'],
    requests: [
      '/a?_p=anonymous-7&_n=ada%40example.com&_k=site',
      '/e?Plan%20Name=Pro%20%26%20more%20%E2%82%AC&seats=3&note=100%25%20%2B%20%231%20%3D%20x%3B%20%27q%27%20%22d%22%20~%20%2A%20%28%20%29%20%F0%9F%98%80&yes=1&no=0&tags%5B0%5D=a&tags%5B1%5D=b&_n=Signed%20Up&_p=ada%40example.com&_k=site&_t=NOW&_d=0',
      '/e?_n=Imported&_p=ada%40example.com&_k=site&_t=1300000000&_d=1',
      '/s?gender=female&_k=site&_p=ada%40example.com&_t=NOW&_d=0',
    ],
    person: 'ada@example.com',
    properties: PHP,
    dated: false,
  },
  'py-KISSmetrics 1.1.0': {
    headers: ['Host: HOST', 'Accept-Encoding: identity', 'User-Agent: python-urllib3/2.7.0'],
    requests: [
      '/a?_k=site&_p=anonymous-7&_n=ada%40example.com',
      '/e?_k=site&_p=ada%40example.com&_n=Signed+Up&Plan+Name=Pro+%26+more+%E2%82%AC&seats=3&note=100%25+%2B+%231+%3D+x%3B+%27q%27+%22d%22+~+%2A+%28+%29+%F0%9F%98%80&off=None&yes=True&tags=%5B%27a%27%2C+%27b%27%5D',
      '/e?_k=site&_p=ada%40example.com&_d=1&_t=1300000000&_n=Imported',
      '/s?_k=site&_p=ada%40example.com&gender=female',
    ],
    person: 'ada@example.com',
    properties: { 'Plan Name': 'Pro & more €', seats: '3', note: NOTE, off: 'None', yes: 'True', tags: "['a', 'b']" },
    dated: false,
  },
};

describe.each([
  ['a collector', () => startCollector()],
  ['a collector with TLS, on its port without TLS', startBesideTls],
])('%s gets requests as they were recorded from', (_where, start) => {
  test.each(Object.entries(recordings))('%s', async (_, recording) => {
    const collector = await start();
    const before = Math.floor(Date.now() / 1000);
    const sent = before - 100;
    const requests = recording.requests.map((address, index) => {
      const isLast = index === recording.requests.length - 1;
      const headers = (isLast && recording.last) || recording.headers;
      const lines = [`GET ${address.replace('NOW', String(sent))} HTTP/1.1`, ...headers, '', ''];
      return lines.join('\r\n').replace('HOST', `127.0.0.1:${collector.port}`);
    });
    if (recording.pipelined) await sendUnread(collector.port, requests);
    else
      for (const request of requests) expect(await exchange(collector.port, request)).toMatch(/^HTTP\/1.1 200 OK\r\n/);

    const { hits, refusals } = await collector.live(4);
    expect([refusals, hits.flatMap(({ warnings }) => warnings)]).toEqual([[], []]);
    const person = (await collector.person(recording.person))!;
    expect(person.identities.sort()).toEqual(['ada@example.com', 'anonymous-7']);
    expect(person.events.map(({ name }) => name)).toEqual(['Imported', 'Signed Up']);
    const [imported, signedUp] = person.events;
    expect(imported!.time).toBe(1_300_000_000);
    expect(signedUp!.properties).toEqual(recording.properties);
    expect(person.properties.gender).toMatchObject([{ value: 'female' }]);
    if (recording.dated) expect(signedUp!.time).toBe(sent);
    else expect(signedUp!.time).toBeGreaterThanOrEqual(before);
  });
});

test('kissmetrics-php 0.3.0 sends many hits at once and closes without reading: all hits are stored', async () => {
  const collector = await startCollector();
  const COUNT = 400;
  for (let round = 0; round < 5; round++) {
    const requests = Array.from({ length: COUNT }, (_, n) => {
      const connection = n === COUNT - 1 ? 'Close' : 'Keep-Alive';
      return `GET /e?_n=Event%20${n}&_p=p${round}&_k=${KEY}&_t=${1_300_000_000 + n}&_d=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\n\r\n`;
    });
    await sendUnread(collector.port, requests);
  }
  await stores(collector, 5 * COUNT);
});

test('kissmetrics-php 0.3.0: a hit above the rate does not cost the hits behind it', async () => {
  const collector = await startCollector({ keyRate: 250 });
  let batches = 0;
  const sendBatch = async (): Promise<number> => {
    const hits = Array.from({ length: 2000 }, (_, n) => `/e?_n=Event&_p=p&_k=busy&_i=${batches}.${n}`);
    return (await collector.send('/b', { method: 'POST', body: hits.join('\n') })).status;
  };
  // More than the collector reads at once.
  const COUNT = 2000;
  const keys = ['a', 'b', 'c', 'd', 'e'];
  for (const key of keys) {
    // The last accepted batch is above the rate, so it takes seconds until another hit is accepted.
    while ((await sendBatch()) !== 429) batches++;
    const requests = Array.from({ length: COUNT + 1 }, (_, n) => {
      const connection = n === COUNT ? 'Close' : 'Keep-Alive';
      return `GET /e?_n=Event%20${n}&_p=p&_k=${n ? key : 'busy'}&_t=${1_300_000_000 + n}&_d=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\n\r\n`;
    });
    await sendUnread(collector.port, [requests.join('')]);
  }
  const stored = async (): Promise<number[]> =>
    Promise.all(keys.map(async (key) => (await collector.export(key)).length));
  await expect.poll(stored).toEqual(keys.map(() => COUNT));
  expect(await collector.export('busy')).toHaveLength(2000 * batches);
});

test('kissmetrics-php 0.3.0: all hits are stored also if kmq stops to read for a while', async () => {
  // The clock of the two seconds for which answers are held back at most.
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const watching = vi.spyOn(Gate.prototype, 'watch');
  const closing = vi.spyOn(Gate.prototype, 'close');
  onTestFinished(() => [watching, closing].forEach((spy) => spy.mockRestore()));
  const collector = await startCollector();
  const gate = watching.mock.contexts[0] as Gate;
  const append = Reflect.get(EmbeddedStore.prototype, 'append');
  const stored = vi.spyOn(EmbeddedStore.prototype, 'append').mockImplementation(async function (
    this: EmbeddedStore,
    entries,
  ) {
    const refused = await append.call(this, entries);
    if (!closing.mock.calls.length) gate.close(new Duplex());
    return refused;
  });
  onTestFinished(() => stored.mockRestore());
  // More than the collector reads at once.
  const COUNT = 3000;
  const requests = Array.from({ length: COUNT }, (_, n) => {
    const connection = n === COUNT - 1 ? 'Close' : 'Keep-Alive';
    return `GET /e?_n=Event%20${n}&_p=p&_k=${KEY}&_t=${1_300_000_000 + n}&_d=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\n\r\n`;
  });
  const sent = sendUnread(collector.port, [requests.join('')]);
  await expect.poll(() => closing.mock.calls.length).toBeGreaterThan(0);
  // The answers would be sent after 250 ms, and after two seconds at the latest.
  vi.advanceTimersByTime(3000);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  gate.open();
  await sent;
  await stores(collector, COUNT);
});

test('a client that sends similar requests and waits for an answer is answered', async () => {
  const collector = await startCollector();
  const request = `GET /e?_n=a&_p=ada&_k=${KEY} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Keep-Alive\r\n\r\n`;
  expect(await exchange(collector.port, request)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect((await collector.export()).length).toBe(1);
});

test('6,000 requests of one connection are all answered, more than the number of answers that kmq delays for such a client', async () => {
  const collector = await startCollector();
  const COUNT = 6000;
  const requests = Array.from({ length: COUNT }, (_, n) => {
    const connection = n === COUNT - 1 ? 'Close' : 'Keep-Alive';
    return `GET /e?_n=a&_p=ada&_k=${KEY} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\n\r\n`;
  });
  const answers = await exchangeAll(collector.port, requests.join(''));
  expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(COUNT);
});

async function stores(collector: TestCollector, count: number): Promise<void> {
  await expect.poll(async () => (await collector.export()).length).toBe(count);
}

/** One request on its own connection. @returns the beginning of the answer */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('error', reject).on('data', (chunk) => {
      resolve(chunk.toString('latin1'));
      socket.destroy();
    });
  });
}

/** Requests one after the other, each in its own write; the connection is closed without reading the answers. */
function sendUnread(port: number, requests: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.pause();
    socket.on('error', reject).on('close', () => resolve());
    socket.setNoDelay(true);
    const write = (index: number): void => {
      if (index === requests.length) socket.destroy();
      else socket.write(requests[index]!, () => write(index + 1));
    };
    socket.on('connect', () => write(0));
  });
}
