import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startCollector } from '../support/collector.js';
import { readAnswers, type Answer } from '../support/socket.js';

/** How long the test runs, in milliseconds: seconds in every run, minutes on request. */
const TIME = process.env.KMQ_LONG ? 600_000 : 6_000;
const SEED = Number(process.env.KMQ_SEED ?? Date.now() % 2 ** 31);

/** The site of well-behaved senders, and its key, which nobody else can know. */
const KEY = `fuzz-${Math.random().toString(36).slice(2)}`;

/** One hit of one person, with a unique number. */
const goodHit = (number: number): string => `/e?_k=${KEY}&_p=person-${number}&_n=event-${number}&value=${number}`;

interface Request {
  bytes: Buffer;
  /** The request is valid HTTP for the tracking API, so its answer is known. */
  isHttp: boolean;
  /** The number of the good hit that it is. */
  number?: number;
}

const piece = fc.oneof(
  fc.constantFrom('_k=', '_p=', '_n=', '_t=', '_d=1', '_i=', '_a=', '&', '=', '?', '#', '%', '%zz', '%00', '%ff', '+'),
  fc.constantFrom('__proto__', 'constructor', 'site', 'bob', '/', '\\', '..', ';', '"', "'", '<b>', '{', '|', '^', '`'),
  fc.constantFrom('%0d%0a', '1e400', '-1', '99999999999999999999', '[object%20Object]', '%F0%9F%91%A9', '%ED%A0%80'),
  fc.stringMatching(/^[\x21-\x7e]{0,12}$/),
);
const text = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));

const header = fc.oneof(
  fc.tuple(
    fc.constantFrom('Origin', 'Referer', 'User-Agent', 'Cookie', 'X-Forwarded-For', 'Accept', 'Content-Type', 'X-Odd'),
    fc.stringMatching(/^[\x21-\x7e\x80-\xff][\x20-\x7e\x80-\xff]{0,60}[\x21-\x7e]$/),
  ),
  fc.constantFrom<[string, string][]>(
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Content-Type', 'application/json'],
    ['Content-Encoding', 'gzip'],
    ['Accept-Encoding', 'br, gzip'],
    ['If-None-Match', '*'],
    ['Range', 'bytes=0-3'],
    ['Authorization', 'Basic eDp5'],
    ['Connection', 'keep-alive'],
  ),
);

const body = fc.oneof(
  text,
  fc
    .array(fc.constantFrom('/e?', '/s?', '/a?', '/b?', '_k=other&_p=x&_n=y', '\n', '\r\n', '\0', 'é', '&&', ' '), {
      maxLength: 30,
    })
    .map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

/** A request to the tracking API that is valid HTTP, with any content. */
const valid: fc.Arbitrary<Request> = fc
  .record({
    method: fc.constantFrom('GET', 'POST'),
    origin: fc.constantFrom('', '', '', 'http://kmq.test', 'HTTP://x:1'),
    path: fc.constantFrom('/e', '/s', '/a', '/b'),
    query: fc.option(text),
    headers: fc.array(header, { maxLength: 6 }),
    content: fc.option(body),
    chunked: fc.boolean(),
  })
  .map(({ method, origin, path, query, headers, content, chunked }) => {
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const bytes = Buffer.from(content ?? '');
    const length = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes.length}`;
    const head = `${method} ${origin}${path}${query === null ? '' : `?${query}`} HTTP/1.1\r\nHost: x\r\n${lines}`;
    const chunk = chunked && bytes.length ? `${bytes.length.toString(16)}\r\n` : '';
    const end = chunked ? `${bytes.length ? '\r\n' : ''}0\r\n\r\n` : '';
    return {
      isHttp: true,
      bytes:
        content === null
          ? Buffer.from(`${head}\r\n`, 'latin1')
          : Buffer.concat([Buffer.from(`${head}${length}\r\n\r\n${chunk}`, 'latin1'), bytes, Buffer.from(end)]),
    };
  });

/**
 * A request that may be valid HTTP or not: with bytes changed, left out or inserted, with other methods and paths, or random
 * bytes.
 */
const broken: fc.Arbitrary<Request> = fc
  .oneof(
    fc
      .tuple(
        valid,
        fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.uint8Array({ maxLength: 8 })), { minLength: 1, maxLength: 5 }),
      )
      .map(([{ bytes }, changes]) =>
        changes.reduce((all, [at, left, put]) => {
          const place = at % (all.length + 1);
          return Buffer.concat([all.subarray(0, place), put, all.subarray(place + left)]);
        }, bytes),
      ),
    fc
      .tuple(
        fc.constantFrom(
          'GET',
          'HEAD',
          'PUT',
          'DELETE',
          'PATCH',
          'OPTIONS',
          'TRACE',
          'CONNECT',
          'PRI',
          'get',
          'M-SEARCH',
        ),
        fc.oneof(
          text,
          text.map((rest) => `/${rest}`),
          fc.constantFrom('*', '/', '/live', '/api/v1/people/%zz?key=x'),
        ),
        fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.1 ', ''),
        fc.constantFrom(
          'Upgrade: h2c\r\nConnection: upgrade',
          'Expect: 200-ok',
          'Expect: 100-continue',
          'Content-Length: -1',
          'X',
        ),
      )
      .map(([method, target, version, line]) =>
        Buffer.from(`${method} ${target} ${version}\r\nHost: x\r\n${line}\r\n\r\n`, 'latin1'),
      ),
    fc.uint8Array({ maxLength: 300 }).map((noise) => Buffer.from(noise)),
  )
  .map((bytes) => ({ isHttp: false, bytes }));

/**
 * Writes all bytes at once, or in two pieces, and returns the answers until the connection is closed. The collector waits for
 * the rest of an incomplete request longer than this test: the test ends once it has as many answers as it knows of.
 */
function talk(port: number, requests: Request[], known: number, cut: number): Promise<Answer[]> {
  const bytes = Buffer.concat(requests.map((request) => request.bytes));
  const at = cut % (bytes.length + 1);
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let idle: NodeJS.Timeout | undefined;
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes.subarray(0, at));
      setImmediate(() => socket.writable && socket.write(bytes.subarray(at)));
    });
    const wait = (): void => {
      clearTimeout(idle);
      const done = known < requests.length && readAnswers(received).length >= known;
      idle = setTimeout(() => socket.destroy(), done ? 150 : 60_000);
    };
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      wait();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(idle);
      resolve(readAnswers(received));
    });
    wait();
  });
}

test(
  `whatever is sent, the answer is valid, and no hit belongs to anybody else (KMQ_SEED=${SEED})`,
  async () => {
    const collector = await startCollector();
    let count = 0;
    const good = (close = false): Request => {
      const number = count++;
      const connection = close ? 'Connection: close\r\n' : '';
      const bytes = Buffer.from(`GET ${goodHit(number)} HTTP/1.1\r\nHost: x\r\n${connection}\r\n`);
      return { bytes, isHttp: true, number };
    };
    const sent = new Set<number>();
    const acknowledged = new Set<number>();
    const isImage = ({ status, body }: Answer): boolean =>
      status === 200 && body.length === 43 && body.startsWith('GIF89a');

    const talks = fc.array(fc.tuple(fc.array(fc.oneof(valid, valid, broken), { maxLength: 4 }), fc.nat()), {
      minLength: 1,
      maxLength: 8,
    });
    const run = fc.asyncProperty(talks, async (all) => {
      await Promise.all(
        all.map(async ([fuzz, cut]) => {
          // Good hits before, between and after the others, each in one write with its neighbours.
          const requests = [good(), ...fuzz.flatMap((request) => [request, good()]), good(true)];
          for (const { number } of requests) if (number !== undefined) sent.add(number);
          // As long as all requests are valid HTTP, there is one answer for each of them. After an invalid one nobody can tell
          // where a request ends.
          const orderly = requests.findIndex(({ isHttp }) => !isHttp);
          const known = orderly < 0 ? requests : requests.slice(0, orderly);
          const answers = await talk(collector.port, requests, known.length, cut);
          for (const { status } of answers) expect(status).toSatisfy((code: number) => code >= 100 && code < 500);
          expect(answers.slice(0, known.length).map(isImage)).toEqual(known.map(() => true));
          for (const { number } of known) if (number !== undefined) acknowledged.add(number);
        }),
      );
      expect((await collector.send('/healthz')).status).toBe(200);
    });
    await fc.assert(run, {
      seed: SEED,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: TIME,
      markInterruptAsFailure: false,
      // A run of the long tests is large: to shrink a failing one would take too long.
      endOnFailure: Boolean(process.env.KMQ_LONG),
    });

    const stored = new Map<number, number>();
    for (const line of await collector.export(KEY)) {
      const number = Number(line.value);
      const { _p, _n } = line;
      expect({ _p, _n, names: Object.keys(line).sort() }).toEqual({
        _p: `person-${number}`,
        _n: `event-${number}`,
        names: ['_n', '_p', '_t', 'value'],
      });
      stored.set(number, (stored.get(number) ?? 0) + 1);
    }
    expect(acknowledged.size).toBeGreaterThan(100);
    expect([...acknowledged].filter((number) => stored.get(number) !== 1)).toEqual([]);
    expect([...stored.keys()].filter((number) => !sent.has(number) || stored.get(number) !== 1)).toEqual([]);
    console.info(`fuzz: ${sent.size} good hits sent, ${acknowledged.size} known to be acknowledged, seed ${SEED}`);
  },
  TIME * 2 + 60_000,
);
