import { connect, type Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { isAcknowledgement } from '../../src/node/acknowledgement.js';
import { GIF } from '../../src/collector/tracking/answers.js';
import { TIMEOUTS } from '../../src/collector/http/listener.js';
import { startBesideTls } from '../support/certificate.js';
import { clientOf, startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';
import { serve } from '../support/command.js';
import { receivedFrom, exchange } from '../support/socket.js';

/*
 * Trackers delete a hit when its answer looks like an acknowledgement. So all acknowledgements are the same, in each byte and
 * in each header that a page of another origin can read, and no other answer looks like one.
 */

const TOKEN = 'a-token-of-an-owner-1';
const HIT = '/e?_k=site&_p=bob&_n=x';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** An answer as it arrived, without the headers that depend on the connection or the time. */
function readAnswer(bytes: string): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const [first, ...lines] = bytes.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
      .filter(([name]) => !/^(date|connection|keep-alive)$/.test(name!)),
  ) as Record<string, string>;
  return { status: Number(first!.split(' ')[1]), headers, body: Buffer.from(bytes.slice(end + 4), 'latin1') };
}

async function ask(port: number, address: string, method = 'GET', headers = '', body = ''): Promise<Answer> {
  const length = method === 'POST' ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : '';
  const head = `${method} ${address} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${length}${headers}Connection: close\r\n\r\n`;
  return readAnswer(await exchange(port, head + body));
}

const ACKNOWLEDGEMENT: Answer = {
  status: 200,
  headers: {
    'content-type': 'image/gif',
    'content-length': '43',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  },
  body: GIF,
};

describe('each acknowledgement is the same:', () => {
  const cases: [string, (collector: TestCollector) => Promise<Answer>][] = [
    ['of a hit by GET', ({ port }) => ask(port, HIT)],
    ['of properties', ({ port }) => ask(port, '/s?_k=site&_p=bob&a=b')],
    ['of an alias', ({ port }) => ask(port, '/a?_k=site&_p=bob&_n=ada')],
    ['of a hit by POST', ({ port }) => ask(port, '/e', 'POST', '', HIT.slice(3))],
    ['of a batch', ({ port }) => ask(port, '/b', 'POST', '', `${HIT}\n${HIT}`)],
    ['of a batch from a page', ({ port }) => ask(port, '/b', 'POST', 'Origin: https://www.example.com\r\n', HIT)],
    ['of a hit that is refused', ({ port }) => ask(port, '/e?_k=site')],
    ['of a hit without an identity', ({ port }) => ask(port, '/e')],
    ['of a hit of another key', ({ port }) => ask(port, '/e?_k=other&_p=bob&_n=x')],
    ['of an empty batch', ({ port }) => ask(port, '/b', 'POST')],
    [
      'of a body that is too long',
      ({ port }) => ask(port, '/e', 'POST', '', `${HIT.slice(3)}&v=`.padEnd(2 ** 21, 'x')),
    ],
    ['of an address that is too long', ({ port }) => ask(port, `${HIT}&v=`.padEnd(2 ** 21, 'x'))],
    ['of an address with raw letters', ({ port }) => ask(port, '/e?_k=site&_p=bób&_n=x')],
    ['of an address in its absolute form', ({ port }) => ask(port, `http://www.example.com${HIT}`)],
    [
      'of the first of several on a connection',
      async ({ port }) => {
        const both = await exchange(
          port,
          `GET ${HIT} HTTP/1.1\r\nHost: x\r\n\r\nGET ${HIT} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
        );
        return readAnswer(both.slice(0, both.indexOf('HTTP/1.1', 1)));
      },
    ],
    [
      'of a client in PHP, which is answered later',
      async ({ port }) => {
        const one = (connection: string): string =>
          `GET ${HIT} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`;
        const both = await exchange(port, one('Keep-Alive') + one('Close'));
        return readAnswer(both.slice(0, both.indexOf('HTTP/1.1', 1)));
      },
    ],
    ['of a reload with If-None-Match', ({ port }) => ask(port, HIT, 'GET', 'If-None-Match: *\r\nRange: bytes=0-9\r\n')],
  ];
  test.each(cases)('%s', async (_, answer) => {
    const collector = await startCollector({ keys: ['site'] });
    expect(await answer(collector)).toEqual(ACKNOWLEDGEMENT);
  });

  test('and kmq/node accepts it', () => {
    expect(isAcknowledgement(ACKNOWLEDGEMENT.headers, ACKNOWLEDGEMENT.body)).toBe(true);
  });

  test('below a path that a proxy passes on or removes', async () => {
    const { port } = await startCollector({ basePath: '/stats' });
    for (const at of ['', '/stats']) {
      expect(await ask(port, at + HIT)).toEqual(ACKNOWLEDGEMENT);
      expect(await ask(port, `${at}/b`, 'POST', '', HIT)).toEqual(ACKNOWLEDGEMENT);
    }
  });

  test('over TLS, and on the additional port without TLS', async () => {
    const collector = await startBesideTls();
    expect(await ask(collector.port, HIT)).toEqual(ACKNOWLEDGEMENT);
    expect(await ask(collector.port, '/b', 'POST', '', HIT)).toEqual(ACKNOWLEDGEMENT);
    const answer = await collector.send('/b', { method: 'POST', body: HIT });
    expect(Object.fromEntries(answer.headers)).toMatchObject(ACKNOWLEDGEMENT.headers);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(GIF);
  });

  test('of several processes', async () => {
    const command = await serve(['--data', await temporaryFolder(), '--processes', '2']);
    const port = Number(new URL(command.origin).port);
    const collector = { ...clientOf(command.origin), port, close: async () => {} };
    for (let n = 0; n < 10; n++) {
      expect(await ask(port, HIT)).toEqual(ACKNOWLEDGEMENT);
      expect(await ask(port, '/b', 'POST', '', `${HIT}\n${HIT}`)).toEqual(ACKNOWLEDGEMENT);
    }
    expect(await cases.find(([name]) => name.includes('too long'))![1](collector)).toEqual(ACKNOWLEDGEMENT);
  });
});

test('HEAD is answered with the same headers, and is not an acknowledgement', async () => {
  const { port } = await startCollector();
  const answer = await ask(port, HIT, 'HEAD');
  expect(answer).toEqual({ ...ACKNOWLEDGEMENT, body: Buffer.alloc(0) });
  expect(isAcknowledgement(answer.headers, answer.body)).toBe(false);
});

describe('no other answer looks like an acknowledgement:', () => {
  function expectNone({ status, headers, body }: Answer): void {
    expect(body.subarray(0, 3).toString('latin1')).not.toBe('GIF');
    expect(isAcknowledgement(headers, body)).toBe(false);
    // With an image, a tracker sees only its width and height: the status of the answer does not matter.
    expect(headers['content-type'] ?? '').not.toMatch(/^image\//);
    if (status === 200) expect(Number(headers['content-length'] ?? body.length)).not.toBe(GIF.length);
  }

  const others: [string, number, (port: number) => Promise<Answer>][] = [
    ['another method', 405, (port) => ask(port, HIT, 'PUT')],
    ['a preflight', 204, (port) => ask(port, '/b', 'OPTIONS')],
    ['no HTTP', 400, async (port) => readAnswer(await exchange(port, '\0\x01 nonsense\r\n\r\n'))],
    ['raw letters on a page', 400, (port) => ask(port, '/lïve')],
    ['another address', 404, (port) => ask(port, '/events?_k=site')],
    ['an address with a slash at its end', 404, (port) => ask(port, '/e/?_k=site')],
    ['an address like the API’s', 401, (port) => ask(port, '/api/v1/about')],
    ['a page that asks for a login', 302, (port) => ask(port, '/live', 'GET', 'Accept: text/html\r\n')],
    ['the login', 200, (port) => ask(port, '/login')],
    [
      'a wrong token',
      401,
      (port) => ask(port, '/login', 'POST', 'Content-Type: application/x-www-form-urlencoded\r\n', 'token=x'),
    ],
    ['the tracker', 200, (port) => ask(port, '/site.js')],
    ['the empty script', 200, (port) => ask(port, '/i.js')],
    ['health', 200, (port) => ask(port, '/healthz')],
  ];
  test.each(others)('%s', async (_, status, answer) => {
    const { port } = await startCollector({ token: TOKEN });
    const other = await answer(port);
    expect(other.status).toBe(status);
    expectNone(other);
  });

  test('a page that needs a token, for a client without one', async () => {
    const { port } = await startCollector();
    const bytes = await exchange(
      port,
      'GET / HTTP/1.1\r\nHost: kmq.test\r\nAccept: text/html\r\nConnection: close\r\n\r\n',
    );
    expect(readAnswer(bytes).status).toBe(403);
    expectNone(readAnswer(bytes));
  });

  test('a redirect to a path', async () => {
    const { port } = await startCollector({ basePath: '/stats' });
    const answer = await ask(port, '/stats');
    expect(answer.status).toBe(302);
    expectNone(answer);
  });

  test('a sender that exceeds its rate', async () => {
    const { port } = await startCollector({ addressRate: 1, trustedProxies: ['loopback'] });
    const sender = 'X-Forwarded-For: 198.51.100.7\r\n';
    const batch = `${HIT}\n`.repeat(20);
    await ask(port, '/b', 'POST', sender, batch);
    for (const answer of [await ask(port, HIT, 'GET', sender), await ask(port, '/b', 'POST', sender, batch)]) {
      expect(answer.status).toBe(429);
      expectNone(answer);
    }
  });

  test('a clock that is not set', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 });
    try {
      const { port } = await startCollector();
      for (const answer of [await ask(port, HIT), await ask(port, '/b', 'POST', '', HIT)]) {
        expect(answer.status).toBe(503);
        expectNone(answer);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([`GET ${HIT} HTTP/1.1\r\n`, 'POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n/e?'])(
    'a request that is too slow: %j',
    async (start) => {
      const quick = { requestTimeout: 300, headersTimeout: 200, connectionsCheckingInterval: 50 };
      const { port } = await startCollector({}, { ...TIMEOUTS, ...quick });
      const bytes = await receivedFrom(
        connect(port, '127.0.0.1', function (this: Socket) {
          this.write(start);
        }),
      );
      expect(readAnswer(bytes).status).toBe(408);
      expectNone(readAnswer(bytes));
    },
  );
});
