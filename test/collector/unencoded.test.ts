import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/sites/config.js';
import { startCollector, type TestCollector } from '../support/collector.js';
import { receivedFrom, exchange, readAnswers } from '../support/socket.js';

const HEADERS = 'Host: x\r\n';
const CLOSE = `${HEADERS}Connection: close\r\n\r\n`;

const get = (query: string, rest = CLOSE) =>
  Buffer.from(`GET /e?_k=site&_p=bob&${query} HTTP/1.1\r\n${rest}`, 'latin1');
const utf8 = (text: string) => Buffer.from(text).toString('latin1');

/** Sends each piece after the collector has read the previous one. */
const inPieces = (collector: TestCollector, ...pieces: (string | Buffer)[]): Promise<string> =>
  // As many turns of the event loop as a packet may need: the collector runs in this process.
  inTurns(collector, 20, pieces);

/** Sends each piece so many turns of the event loop after the previous one. */
async function inTurns(collector: TestCollector, turns: number, pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(collector.port, '127.0.0.1');
  socket.setNoDelay(true);
  const answer = receivedFrom(socket);
  await once(socket, 'connect');
  for (const piece of pieces) {
    const bytes = Buffer.from(piece as string, 'latin1');
    await new Promise<void>((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())));
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  return answer;
}

const isImage = ({ status, body }: { status: number; body: string }) => status === 200 && body.startsWith('GIF89a');
const images = (answer: string) => readAnswers(Buffer.from(answer, 'latin1')).map(isImage);

describe('unencoded letters in an address are read as if they were percent-encoded, with a warning', () => {
  test.each<[string, string, string]>([
    ['UTF-8', utf8('_n=böb'), 'böb'],
    ['a space', '_n=Signed Up', 'Signed Up'],
    ['several spaces, and one at the end', '_n=a  b &v=1', 'a  b '],
    ['text that looks like the end of the request line', '_n=a HTTP/1.1 b', 'a HTTP/1.1 b'],
    ['a tab and control characters', '_n=a\tb\x01c\x7f', 'a\tb\x01c\x7f'],
    ['next to encoded letters', utf8('_n=ö%20+ü'), 'ö  ü'],
  ])('%s', async (_, query, name) => {
    const collector = await startCollector();
    expect(images(await exchange(collector.port, get(query)))).toEqual([true]);
    expect((await collector.export()).map(({ _p, _n }) => [_p, _n])).toEqual([['bob', name]]);
    const { hits, refusals } = await collector.live(1);
    expect([hits[0]!.warningCodes, refusals]).toEqual([['unencoded-address'], []]);
  });

  test('a name in Latin-1 is stored, too', async () => {
    const collector = await startCollector();
    expect(images(await exchange(collector.port, get('_n=b\xf6b')))).toEqual([true]);
    const { hits } = await collector.live(1);
    expect(hits[0]!.warningCodes).toContain('unencoded-address');
  });

  const whole = get(utf8('_n=böb&v=a b')).toString('latin1');
  test.each([...Array(whole.length - 1).keys()].filter((at) => at % 7 === 3 || whole.charCodeAt(at) > 127))(
    'cut at byte %d',
    async (at) => {
      const collector = await startCollector();
      expect(images(await inPieces(collector, whole.slice(0, at), whole.slice(at)))).toEqual([true]);
      expect(await collector.export()).toMatchObject([{ _p: 'bob', _n: 'böb', v: 'a b' }]);
    },
  );

  test('a byte at a time', async () => {
    const collector = await startCollector();
    expect(images(await inPieces(collector, ...whole))).toEqual([true]);
    expect(await collector.export()).toMatchObject([{ _p: 'bob', _n: 'böb', v: 'a b' }]);
  });

  test('between other requests on one connection, all in one packet: each is answered in its place and stored once', async () => {
    const collector = await startCollector();
    const others = (n: number) => get(`_n=good${n}`, `${HEADERS}\r\n`);
    const bad = (n: number) => get(utf8(`_n=bäd${n}`), `${HEADERS}\r\n`);
    const post = Buffer.from(`POST /s?_k=site HTTP/1.1\r\n${HEADERS}Content-Length: 12\r\n\r\n_p=bob&v=1\r\n`);
    const all = [others(1), bad(1), others(2), post, bad(2), bad(3), others(3), get('_n=last')];
    expect(images(await exchange(collector.port, Buffer.concat(all)))).toEqual(all.map(() => true));
    const names = (await collector.export()).map(({ _n, v }) => _n ?? v);
    expect(names).toEqual(['good1', 'bäd1', 'good2', '1', 'bäd2', 'bäd3', 'good3', 'last']);
  });

  test.each([1, 2, 3, 4, 5, 20])(
    'between others that do not wait for answers, cut anywhere, when the second packet follows after %d turns',
    async (turns) => {
      const collector = await startCollector();
      const open = `${HEADERS}\r\n`;
      const requests = [
        get('_n=one', open),
        get(utf8('_n=twö'), open),
        get(utf8('_n=thrëe'), open),
        get(utf8('_n=föur')),
      ];
      const all = Buffer.concat(requests);
      for (let at = 7; at < all.length; at += 9) {
        const answer = await inTurns(collector, turns, [all.subarray(0, at), all.subarray(at)]);
        expect(images(answer), `cut at ${at}`).toEqual([true, true, true, true]);
      }
    },
  );

  test('one after the other on a persistent connection, as a proxy sends them', async () => {
    const collector = await startCollector();
    const socket = connect(collector.port, '127.0.0.1');
    const say = async (bytes: Buffer): Promise<string> => {
      let answer = '';
      const hear = (data: Buffer): void => void (answer += data.toString('latin1'));
      socket.on('data', hear).write(bytes);
      await expect.poll(() => answer).toContain('GIF89a');
      socket.off('data', hear);
      return answer;
    };
    const open = `${HEADERS}\r\n`;
    for (const name of ['one', 'tw\xf6', 'three', 'f\xf6ur', 'f\xefve'])
      expect(await say(get(`_n=${name}`, open))).toMatch(/ 200 OK/);
    socket.destroy();
    expect(await collector.export()).toHaveLength(5);
  });

  test('cut at any byte, after another request on a persistent connection, answered or not', async () => {
    const collector = await startCollector();
    const good = get('_n=good', `${HEADERS}\r\n`);
    const bad = get(utf8('_n=böb'));
    for (const at of [1, 10, 40, bad.length - 3]) {
      // The answer to the first request comes first, since the collector has stored it.
      const socket = connect(collector.port, '127.0.0.1').setNoDelay(true);
      const answer = receivedFrom(socket);
      socket.write(good);
      await once(socket, 'data');
      socket.write(bad.subarray(0, at));
      await new Promise((resolve) => setTimeout(resolve, 30));
      socket.write(bad.subarray(at));
      expect(images(await answer)).toEqual([true, true]);
      const half = good.length / 2;
      const both = Buffer.concat([good, bad]);
      const behind = good.length + at;
      const pieces = [both.subarray(0, half), both.subarray(half, behind), both.subarray(behind)];
      expect(images(await inPieces(collector, ...pieces.map((piece) => piece.toString('latin1'))))).toEqual([
        true,
        true,
      ]);
    }
  });

  test('in a POST, with its body, in any pieces', async () => {
    const collector = await startCollector();
    const head = Buffer.from(
      `POST /e?_k=site&_n=${utf8('böb')} HTTP/1.1\r\n${HEADERS}Content-Length: 10\r\n\r\n`,
      'latin1',
    );
    const next = get('_n=next');
    expect(images(await exchange(collector.port, Buffer.concat([head, Buffer.from('_p=bob&v=1'), next])))).toEqual([
      true,
      true,
    ]);
    expect(images(await inPieces(collector, head, '_p=bo', 'b&v=2', next))).toEqual([true, true]);
    const chunked = `POST /b? x HTTP/1.1\r\n${HEADERS}Transfer-Encoding: chunked\r\n\r\n`;
    const line = '/e?_k=site&_p=bob&_n=batch';
    const body = `${line.length.toString(16)}\r\n${line}\r\n0\r\n\r\n`;
    expect(images(await exchange(collector.port, Buffer.concat([Buffer.from(chunked + body), next])))).toEqual([
      true,
      true,
    ]);
    // A hit that follows a body may be stored before it.
    const names = (await collector.export()).map(({ _n }) => String(_n)).sort();
    expect(names).toEqual(['batch', 'böb', 'böb', 'next', 'next', 'next']);
  });

  test('by HEAD, which records nothing, and in the absolute form', async () => {
    const collector = await startCollector();
    const head = Buffer.from(`HEAD /e?_k=site&_p=bob&_n=ö HTTP/1.1\r\n${CLOSE}`);
    expect(await exchange(collector.port, head)).toMatch(/^HTTP\/1.1 200 /);
    const absolute = Buffer.from(`GET http://x:1/e?_k=site&_p=bob&_n=ö HTTP/1.1\r\n${CLOSE}`);
    expect(images(await exchange(collector.port, absolute))).toEqual([true]);
    expect(await collector.export()).toMatchObject([{ _n: 'ö' }]);
  });

  test('all rules apply: keys, origins, rates', async () => {
    const config = parseConfig({ sites: { site: { origins: ['https://shop.example'] } } });
    const collector = await startCollector({ config, keys: ['site'], addressRate: 0.2, trustedProxies: ['loopback'] });
    const from = (origin: string, client: string) =>
      `${HEADERS}Origin: ${origin}\r\nX-Forwarded-For: ${client}\r\nConnection: close\r\n\r\n`;
    const send = (query: string, origin: string, client: string) =>
      exchange(collector.port, get(query, from(origin, client)));
    expect(images(await send('_n=a b', 'https://shop.example', '203.0.113.1'))).toEqual([true]);
    expect(images(await send('_n=a b', 'https://evil.example', '203.0.113.2'))).toEqual([true]);
    expect(images(await send('_n=a b&_k=other', 'https://shop.example', '203.0.113.3'))).toEqual([true]);
    const statuses: string[] = [];
    for (let n = 0; n < 6; n++)
      statuses.push((await send('_n=a b', 'https://shop.example', '203.0.113.4')).slice(9, 12));
    expect(statuses.slice(-2)).toEqual(['429', '429']);
    const stored = 1 + statuses.filter((status) => status === '200').length;
    expect((await collector.live(stored + 2)).refusals.map(({ code }) => code)).toEqual([
      'foreign-origin',
      'unknown-key',
    ]);
    expect(await collector.export()).toHaveLength(stored);
  });
});

describe('another malformed request is still answered with 400', () => {
  test.each<[string, string]>([
    ['a page', `GET /live?q=ö HTTP/1.1\r\n${CLOSE}`],
    ['the read API', `GET /api/v1/export?key=site b HTTP/1.1\r\n${CLOSE}`],
    ['no version', 'GET /e?_k=site&_p=bob&_n=ö\r\n\r\n'],
    ['a bare carriage return', `GET /e?_k=site&_p=bob&_n=ö\rx HTTP/1.1\r\n${CLOSE}`],
    ['a bare line feed', `GET /e?_k=site&_p=bob&_n=ö HTTP/1.1\n${CLOSE}`],
    ['a hello of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    [
      'two lengths after it',
      `POST /e?_k=site&_p=bob&_n=ö HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    ],
    [
      'a length and chunks after it',
      `POST /e?_n=ö HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
  ])('%s', async (_, bytes) => {
    const collector = await startCollector();
    expect(await exchange(collector.port, Buffer.from(bytes, bytes.startsWith('\x16') ? 'latin1' : 'utf8'))).toMatch(
      /^HTTP\/1.1 400 /,
    );
    expect(await collector.export()).toEqual([]);
  });

  test('and text in the body of another request is not a request', async () => {
    const collector = await startCollector();
    const smuggled = 'GET /e?_n=ö HTTP/1.1\r\nHost: x\r\n\r\n';
    const post = `POST /e?_k=site&_p=bob&_n=x HTTP/1.1\r\n${HEADERS}Content-Length: ${Buffer.byteLength(smuggled)}\r\n\r\n${smuggled}`;
    const answer = await exchange(collector.port, Buffer.concat([Buffer.from(post), get(utf8('_n=böb'))]));
    expect(images(answer)).toEqual([true, true]);
    expect((await collector.export()).map(({ _p, _n }) => [_p, _n])).toEqual([
      ['bob', 'x'],
      ['bob', 'böb'],
    ]);
  });
});
