import { describe, expect, test } from 'vitest';
import { startCollector, storedIn, temporaryFolder, type TestCollector } from '../support/collector.js';
import { openClient } from '../node/support.js';
import { exchange } from '../support/socket.js';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const HEADLESS = CHROME.replace('Chrome/', 'HeadlessChrome/');

/** Sends requests to a collector. @returns the agent that is stored for each hit, by the hit's name */
async function agentsOf(send: (collector: TestCollector) => Promise<unknown>): Promise<Record<string, string>> {
  const data = await temporaryFolder();
  const collector = await startCollector({ data });
  await send(collector);
  await collector.close();
  return Object.fromEntries((await storedIn(data)).map(({ name, agent }) => [String(name), agent]));
}

/** A request on the wire with only these headers. */
const request = (address: string, ...headers: string[]): Buffer =>
  Buffer.from([`GET ${address} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n'), 'latin1');

/** Headers that clients and browsers really send, with the agent of each. */
const AGENTS: Record<string, [agent: string, headers: string[]]> = {
  chrome: ['browser', [`User-Agent: ${CHROME}`]],
  'internet explorer 6': ['browser', ['User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)']],
  googlebot: ['bot', [`User-Agent: ${GOOGLEBOT}`]],
  'a bot that looks like a mobile phone': [
    'bot',
    [`User-Agent: ${CHROME} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`],
  ],
  'headless chromium': ['bot', [`User-Agent: ${HEADLESS}`]],
  php: ['server', ['User-Agent: KISSmetrics PHP']],
  ruby: ['server', ['User-Agent: Ruby']],
  requests: ['server', ['User-Agent: python-requests/2.32.3']],
  curl: ['server', ['User-Agent: curl/8.5.0']],
  'a bot that does not look like a browser': [
    'server',
    ['User-Agent: Googlebot/2.1 (+http://www.google.com/bot.html)'],
  ],
  'small letters': ['server', [`User-Agent: ${CHROME.toLowerCase()}`]],
  'Mozilla in the middle': ['server', [`User-Agent: x ${CHROME}`]],
  'no header': ['server', []],
  'an empty one': ['server', ['User-Agent: ']],
  'the first of two headers': ['browser', [`User-Agent: ${CHROME}`, 'User-Agent: curl/8.5.0']],
  'in other case': ['bot', [`uSER-aGENT: ${GOOGLEBOT}`]],
  'bytes beyond ASCII': ['browser', [`User-Agent: ${CHROME} caf\xe9\xff`]],
  'only bytes beyond ASCII': ['server', ['User-Agent: \xff\xfe']],
  '100 KB': ['browser', [`User-Agent: ${CHROME} ${'x y'.repeat(33_000)}`]],
  '100 KB of a bot': ['bot', [`User-Agent: ${GOOGLEBOT} ${'x y'.repeat(33_000)}`]],
  'a bot after the part of the header that is read': [
    'browser',
    [`User-Agent: ${CHROME} ${'x y'.repeat(33_000)} Googlebot`],
  ],
  '100 KB of nothing': ['server', [`User-Agent: ${'x y'.repeat(33_000)}`]],
};

describe('the kind of program that has sent a hit is stored with the hit', () => {
  test('as its header says', async () => {
    const stored = await agentsOf(async ({ port }) => {
      for (const [name, [, headers]] of Object.entries(AGENTS)) {
        const address = `/e?_k=site&_p=bob&_n=${encodeURIComponent(name)}`;
        expect(await exchange(port, request(address, ...headers))).toContain('HTTP/1.1 200');
      }
    });
    expect(stored).toEqual(Object.fromEntries(Object.entries(AGENTS).map(([name, [agent]]) => [name, agent])));
  });

  test('for every kind of hit, and for every way to send it', async () => {
    const stored = await agentsOf(async (collector) => {
      const headers = { 'User-Agent': GOOGLEBOT, 'Content-Type': 'text/plain' };
      const post = (address: string, body: string) => collector.send(address, { method: 'POST', headers, body });
      await collector.send('/a?_k=site&_p=bob&_n=alias', { headers });
      await collector.send('/s?_k=site&_p=bob&gender=male', { headers });
      await post('/e', '_k=site&_p=bob&_n=form');
      await post('/b', ['first', 'second'].map((name) => `/e?_k=site&_p=bob&_n=${name}`).join('\n'));
      // An address with unencoded letters is read by other code.
      await exchange(collector.port, request('/e?_k=site&_p=bob&_n=\xc3\xa9', `User-Agent: ${GOOGLEBOT}`));
    });
    const names = ['alias', 'null', 'form', 'first', 'second', 'é'];
    expect(stored).toEqual(Object.fromEntries(names.map((name) => [name, 'bot'])));
  });

  test('of kmq/node, whose ids look like the tracker’s, it is a server', async () => {
    const stored = await agentsOf(async ({ origin }) => {
      const kmq = await openClient({ collector: origin });
      kmq.record('bob', 'x');
      expect(await kmq.flush()).toBe(true);
    });
    expect(stored).toEqual({ x: 'server' });
  });

  test('of a hit that is sent again, the first sender counts', async () => {
    const stored = await agentsOf(async (collector) => {
      for (const agent of [CHROME, GOOGLEBOT, 'x']) {
        await collector.send('/e?_k=site&_p=bob&_n=once&_i=i1&_t=1400000000', { headers: { 'User-Agent': agent } });
      }
    });
    expect(stored).toEqual({ once: 'browser' });
  });

  test('for more programs than the collector remembers', async () => {
    const stored = await agentsOf(async (collector) => {
      for (let n = 0; n < 2100; n += 100) {
        const sent = Array.from({ length: 100 }, (_, i) => {
          const agent = `${(n + i) % 2 ? CHROME : HEADLESS} ${n + i}`;
          return collector.send(`/e?_k=site&_p=bob&_n=n${n + i}`, { headers: { 'User-Agent': agent } });
        });
        await Promise.all(sent);
      }
    });
    const expected = Array.from({ length: 2100 }, (_, n) => [`n${n}`, n % 2 ? 'browser' : 'bot']);
    expect(stored).toEqual(Object.fromEntries(expected));
  });
});
