import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { accessBy, SESSION_SECONDS } from '../../src/collector/access/token.js';
import { localPath } from '../../src/collector/access/same-origin.js';
import { PAGES } from '../../src/collector/api/pages.js';
import { createCollector } from '../../src/collector/server.js';
import { startCollector, temporaryFolder, type TestCollector } from '../support/collector.js';

const TOKEN = 'a-token-of-an-owner-1';

const CLOSED = [...Object.keys(PAGES), '/api/v1/about', '/api/v1/people?key=site', '/api/v1/people/bob?key=site'];
const CLOSED_STREAMS = ['/api/v1/live?key=site', '/api/v1/export?key=site'];
const OPEN = ['/healthz', '/site.js', '/kmq.js', '/i.js', '/dashboard/style.css', '/demo/', '/e?_k=site&_p=bob&_n=x'];

const ask = (collector: TestCollector, path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  collector.send(path, { redirect: 'manual', ...init, headers });

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const login = (collector: TestCollector, token: string, next = '', headers: Record<string, string> = {}) =>
  ask(collector, `/login${next}`, headers, { method: 'POST', body: new URLSearchParams({ token }) });

/** The cookie that a browser sends back after an answer. */
const cookieOf = (response: Response) => ({ cookie: response.headers.get('set-cookie')!.split(';')[0]! });

describe('with a token', () => {
  test.each([...CLOSED, ...CLOSED_STREAMS])('%s needs it', async (path) => {
    const collector = await startCollector({ token: TOKEN });
    for (const method of ['GET', 'HEAD']) {
      const response = await ask(collector, path, {}, { method });
      if (path.startsWith('/api/')) {
        expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      } else {
        expect([response.status, response.headers.get('location')]).toEqual([
          302,
          `/login?next=${encodeURIComponent(path)}`,
        ]);
      }
    }
    expect((await ask(collector, path, bearer('another-token-of-one'))).status).toBe(401);
    const response = await ask(collector, path, bearer(TOKEN));
    expect([200, 404]).toContain(response.status);
    await response.body?.cancel();
  });

  test('tracking, scripts, the demo shop and the health check do not need it', async () => {
    const collector = await startCollector({ token: TOKEN, demo: true });
    for (const path of OPEN) expect([path, (await ask(collector, path)).status]).toEqual([path, 200]);
    expect((await ask(collector, '/e?_k=site&_p=bob&_n=y', bearer('wrong-wrong-wrong-'))).status).toBe(200);
    expect((await ask(collector, '/no/such/page')).status).toBe(404);
  });

  test('the HTML of the pages and their folder are not served without it either', async () => {
    const collector = await startCollector({ token: TOKEN });
    for (const path of ['live.html', 'index.html', 'login.html', '', 'live%2ehtml', './live.html']) {
      expect([403, 404]).toContain((await ask(collector, `/dashboard/${path}`)).status);
    }
    for (const path of ['/live/', '/LIVE', '//live', '/./live', '/live?', '/api/v1/about/', '/%61pi/v1/about']) {
      expect([302, 401, 404]).toContain((await ask(collector, path)).status);
    }
  });

  test('a login gives a session, and leads back to the page that was opened first', async () => {
    const collector = await startCollector({ token: TOKEN });
    const response = await login(collector, TOKEN, '?next=%2Fperson%3Fkey%3Dsite%26id%3Dbob');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/person?key=site&id=bob']);
    const cookie = response.headers.get('set-cookie')!;
    expect(cookie).toMatch(
      /^kmq_session_[\w-]{8}=\d+\.[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    for (const path of CLOSED) {
      expect([200, 404]).toContain((await ask(collector, path, cookieOf(response))).status);
    }
    expect((await ask(collector, '/login?next=%2Flive', cookieOf(response))).headers.get('location')).toBe('/live');
  });

  test('a wrong token gives no access', async () => {
    const collector = await startCollector({ token: TOKEN });
    for (const token of ['', TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase()]) {
      const response = await login(collector, token);
      expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null]);
      expect(await response.text()).toContain('This is not the token.');
    }
  });

  test('a session of another collector with the same token is valid; one of another token or without a valid signature is not', async () => {
    const one = await startCollector({ token: TOKEN });
    const same = await startCollector({ token: TOKEN });
    const other = await startCollector({ token: `${TOKEN}2` });
    const session = cookieOf(await login(one, TOKEN));
    expect((await ask(same, '/api/v1/about', session)).status).toBe(200);
    expect((await ask(other, '/api/v1/about', session)).status).toBe(401);
    const [name, end, signature] = session.cookie.split(/[=.]/) as [string, string, string];
    for (const value of [`${end}.`, `${Number(end) + 1}.${signature}`, `${end}.${'A'.repeat(43)}`, TOKEN, '', '.']) {
      expect((await ask(one, '/api/v1/about', { cookie: `${name}=${value}` })).status).toBe(401);
    }
  });

  test('a session ends after two weeks', () => {
    const access = accessBy(TOKEN);
    const session = access.open(1_000_000);
    expect(access.isOpen(session, 1_000_000 + SESSION_SECONDS - 1)).toBe(true);
    expect(access.isOpen(session, 1_000_000 + SESSION_SECONDS)).toBe(false);
  });

  test('a logout removes the cookie', async () => {
    const collector = await startCollector({ token: TOKEN });
    const session = cookieOf(await login(collector, TOKEN));
    const response = await ask(collector, '/logout', session, { method: 'POST' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login']);
    expect(response.headers.get('set-cookie')).toMatch(/^kmq_session_[\w-]{8}=; Max-Age=0; Path=\//);
  });

  test('guessing is slowed down for each address, and the right token has to wait as well', async () => {
    // The clock that permits new guesses stands still.
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const collector = await startCollector({ token: TOKEN, trustedProxies: ['loopback'] });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    let refused = 0;
    for (let guess = 0; guess < 30; guess++) {
      // All addresses of one network count together: a client with one of them has all of them.
      const { status } = await login(collector, `guess-number-${guess}`, '', from(`2001:db8:1:2::${guess + 1}`));
      if (status === 429) refused++;
    }
    expect(refused).toBeGreaterThan(15);
    const blocked = await login(collector, TOKEN, '', from('2001:db8:1:2:ffff::1'));
    expect([blocked.status, Number(blocked.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await ask(collector, '/api/v1/about', { ...bearer(TOKEN), ...from('2001:db8:1:2::9') })).status).toBe(429);
    expect((await login(collector, TOKEN, '', from('2001:db8:1:3::1'))).status).toBe(303);
  });

  test('a login that a page of another origin sends is no attempt, and does not succeed', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const collector = await startCollector({ token: TOKEN });
    const { host } = new URL(collector.origin);
    const elsewhere: Record<string, string>[] = [
      ...['cross-site', 'same-site', 'none', ''].map((site) => ({ 'sec-fetch-site': site })),
      ...['https://evil.test', 'null', `https://${host}.evil.test`, `http://evil.test/${host}`].map((origin) => ({
        origin,
      })),
      { 'sec-fetch-site': 'cross-site', origin: collector.origin },
    ];
    for (let round = 0; round < 5; round++) {
      for (const headers of elsewhere) {
        for (const token of ['a-guess-of-somebody', TOKEN]) {
          const response = await login(collector, token, '', headers);
          expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null]);
          expect(await response.text()).toContain('another origin');
        }
      }
    }
    expect((await ask(collector, '/api/v1/about', bearer(TOKEN))).status).toBe(200);
    // The login page itself, and a client that is not a browser.
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: collector.origin }, {}]) {
      expect((await login(collector, TOKEN, '', headers as Record<string, string>)).status).toBe(303);
    }
  });

  test('a proxy may name the public port', async () => {
    const collector = await startCollector({ token: TOKEN, trustedProxies: ['loopback'] });
    const through = (origin: string, host: string) => login(collector, TOKEN, '', { origin, 'x-forwarded-host': host });
    expect((await through('http://kmq.test', 'kmq.test:80')).status).toBe(303);
    expect((await through('https://kmq.test', 'KMQ.test:443')).status).toBe(303);
    expect((await through('https://kmq.test', 'kmq.test:80')).status).toBe(403);
    expect((await through('https://kmq.test', 'kmq.test@evil')).status).toBe(403);
    expect((await through('https://kmq.test', '')).status).toBe(403);
  });

  test('after a link from another site the page requests itself again, since the browser did not send the cookie', async () => {
    const collector = await startCollector({ token: TOKEN });
    const response = await ask(collector, '/live?key=site', { 'sec-fetch-site': 'cross-site' });
    expect([response.status, response.headers.get('refresh'), await response.text()]).toEqual([
      200,
      '0; url=/live?key=site',
      '',
    ]);
  });
});

describe('a request that changes something', () => {
  /** The collector with an additional route that changes something, as the API has them. */
  async function collectorWith(token?: string) {
    const app = await createCollector({ data: await temporaryFolder(), logLevel: 'silent', ...(token && { token }) });
    onTestFinished(() => app.close());
    app.delete('/api/v1/something', async () => ({ done: true }));
    return async (headers: Record<string, string>) =>
      (
        await app.inject({
          method: 'DELETE',
          url: '/api/v1/something',
          headers: { host: 'kmq.localhost:84', ...headers },
        })
      ).statusCode;
  }

  test('is accepted from a page of this origin, never from another origin of the same site, whose requests contain the cookie', async () => {
    const ask = await collectorWith(TOKEN);
    const access = accessBy(TOKEN);
    const session = { cookie: `kmq_session_${access.cookie}=${access.open((Date.now() / 1000) | 0)}` };
    expect(await ask({})).toBe(401);
    expect(await ask({ ...session, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await ask({ ...session, origin: 'http://kmq.localhost:84' })).toBe(200);
    expect(await ask(bearer(TOKEN))).toBe(200);
    for (const site of ['same-site', 'cross-site', 'none', '']) {
      expect(await ask({ ...session, 'sec-fetch-site': site, origin: 'http://kmq.localhost:84' })).toBe(403);
    }
    for (const origin of [
      'http://www.kmq.localhost',
      'http://kmq.localhost',
      'null',
      'http://kmq.localhost:84.evil',
      '',
    ]) {
      expect(await ask({ ...session, origin })).toBe(403);
    }
    expect(await ask(session)).toBe(403);
  });

  test('is refused from a page of another site if there is no token', async () => {
    const ask = await collectorWith();
    expect(await ask({})).toBe(200);
    expect(await ask({ origin: 'http://evil.test' })).toBe(403);
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask({ 'sec-fetch-site': 'same-origin' })).toBe(200);
  });

  test('a page of another site logs nobody out', async () => {
    const collector = await startCollector({ token: TOKEN });
    const response = await ask(collector, '/logout', { 'sec-fetch-site': 'cross-site' }, { method: 'POST' });
    expect([response.status, response.headers.get('set-cookie')]).toEqual([303, null]);
  });
});

describe('the redirect after the login', () => {
  const elsewhere = ['//evil', '/\\evil', '\\\\evil', 'https://evil', 'javascript:alert(1)', 'evil', '', '/\t/evil'];
  const also = ['/\r\nevil', '/ä', '/\0', '/ x', '\t//evil', '/\n/evil', ' //evil'];
  test.each([...elsewhere, ...also])('never leads to %j', async (next) => {
    const collector = await startCollector({ token: TOKEN });
    const response = await login(collector, TOKEN, `?next=${encodeURIComponent(next)}`);
    expect(response.headers.get('location')).toBe('/');
  });

  test('leads to no other origin and adds no header if it is encoded twice or given twice', async () => {
    const collector = await startCollector({ token: TOKEN });
    for (const next of [
      '%252F%252Fevil',
      '%2F%252Fevil',
      '%2F%255Cevil',
      '/live&next=//evil',
      '%2F.%2F%2Fevil',
      '%2F%250d%250aX-Evil:x',
    ]) {
      const { headers } = await login(collector, TOKEN, `?next=${next}`);
      expect(new URL(headers.get('location')!, collector.origin).origin).toBe(collector.origin);
      expect(headers.get('x-evil')).toBeNull();
    }
    expect(localPath(['/live', '//evil'])).toBe('/');
  });
});

test.each(['', 'short', 'has a space in it, but is long', 'ein-langes-schlüsselwort'])(
  'the collector does not start with the token %j',
  async (token) => {
    await expect(startCollector({ token })).rejects.toThrow('16 ASCII characters');
  },
);
