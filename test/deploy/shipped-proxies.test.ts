import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request as plainRequest, type IncomingHttpHeaders } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startCaddy, type ProxyPorts } from '../support/caddy.js';
import { freePort } from '../support/ports.js';
import { serve } from '../support/command.js';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { CLOSED } from '../support/closed-addresses.js';
import { findCaddy, findNginx } from '../support/installed.js';
import { startNginx } from '../support/nginx.js';

// The files of deploy/ that people copy, tested with their proxies. Only ports, the upstream and certificates are those of the test.

const TOKEN = 'a-token-of-an-owner-1';
/** The folder of the shipped files. */
const HOST = 'kmq.example.com';

const known = { headers: { Authorization: `Bearer ${TOKEN}` } };

interface Proxy {
  installed: boolean;
  /** Starts the proxy with the shipped file, in front of a port of this machine. @returns reads its logs */
  start: (upstream: number, ports: ProxyPorts) => Promise<() => string | Promise<string>>;
}

const PROXIES: Record<string, Proxy> = {
  nginx: {
    installed: Boolean(findNginx()),
    start: (upstream, ports) =>
      startShippedNginx(ports, (site) => site.replace('127.0.0.1:8484', `127.0.0.1:${upstream}`)),
  },
  Caddy: {
    installed: Boolean(findCaddy()),
    async start(upstream, ports) {
      const site = await readFile('deploy/Caddyfile', 'utf8');
      return startCaddy(site.replace('127.0.0.1:8484', `127.0.0.1:${upstream}`), HOST, ports);
    },
  },
};

/** @param change of the shipped file @returns reads its logs */
async function startShippedNginx({ plain, tls }: ProxyPorts, change: (site: string) => string) {
  const folder = await temporaryFolder();
  const certificate = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`, '-subj', '/CN=kmq.example.com'];
  execFileSync('openssl', ['req', ...certificate, ...files], { stdio: 'ignore' });
  const site = change(await readFile('deploy/nginx.conf', 'utf8'))
    .replace(/^ *listen \[::\].*\n/gm, '')
    .replace('listen 80;', `listen 127.0.0.1:${plain};`)
    .replace('listen 443', `listen 127.0.0.1:${tls}`)
    .replace(/\/etc\/letsencrypt\S*fullchain.pem/, `${folder}/cert.pem`)
    .replace(/\/etc\/letsencrypt\S*privkey.pem/, `${folder}/key.pem`)
    .replace('/var/log/nginx/error.log', `${folder}/error.log`);
  const logs = await startNginx(site, plain);
  return async () => (await logs()) + (await readFile(`${folder}/error.log`, 'utf8'));
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** @param enough ends an answer that has no end of its own */
function ask(
  port: number,
  path: string,
  { host = HOST, ...options }: RequestOptions = {},
  body = '',
  enough = /$^/,
): Promise<Answer> {
  const headers = { Host: host!, ...(options.headers as Record<string, string>) };
  const to = { host: '127.0.0.1', port, path, servername: host!, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const sent = request({ ...to, ...options, headers }, (response) => {
      const { statusCode: status = 0, headers } = response;
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (enough.test(text)) sent.destroy();
      });
      response.on('close', () => resolve({ status, headers, body: text }));
      response.on('error', () => {});
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

for (const [name, { installed, start }] of Object.entries(PROXIES)) {
  const startSite = async (upstream: number) => {
    const ports = { plain: await freePort(), tls: await freePort() };
    return { ...ports, logs: await start(upstream, ports) };
  };

  describe.runIf(installed)(`${name}, as its file in deploy/ sets it up`, () => {
    test('passes on hits, batches, long addresses and Live', async () => {
      const { origin } = await serve([
        '--data',
        await temporaryFolder(),
        '--trust-proxy',
        'loopback',
        '--token',
        TOKEN,
      ]);
      const { plain, tls } = await startSite(Number(new URL(origin).port));
      expect((await ask(tls, '/e?_k=site&_p=bob&_n=one')).headers['content-type']).toBe('image/gif');
      expect((await ask(tls, `/e?_k=site&_p=bob&_n=two&text=${'x'.repeat(50_000)}`)).status).toBe(200);
      const batch = Array.from({ length: 500 }, (_, n) => `/e?_k=site&_p=bob&_n=n${n}&text=${'x'.repeat(1800)}`);
      expect((await ask(tls, '/b', { method: 'POST' }, batch.join('\n'))).status).toBe(200);
      const exported = await ask(tls, '/api/v1/export?key=site', known);
      expect(exported.body.trim().split('\n')).toHaveLength(502);

      // A new hit arrives while the feed is open.
      const feed = ask(tls, '/api/v1/live?key=site', known, '', /"name":"late"/);
      await ask(tls, '/e?_k=site&_p=bob&_n=late');
      expect((await feed).body).toContain('event: hit');

      const headers = { Host: HOST };
      expect(await redirectFrom(plain, '/b?x=1', headers)).toEqual([308, 'https://kmq.example.com/b?x=1']);
    });

    test('passes on the visitor’s address, whatever headers the visitor sends', async () => {
      const seen: IncomingHttpHeaders[] = [];
      const recorder = createServer((request, response) => {
        seen.push(request.headers);
        response.end();
      }).listen(0, '127.0.0.1');
      onTestFinished(() => void recorder.close());
      await once(recorder, 'listening');
      const { tls } = await startSite((recorder.address() as AddressInfo).port);
      const lies = { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': 'evil.test' };
      await ask(tls, '/', { headers: lies });
      expect(seen).toMatchObject([
        {
          host: HOST,
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': HOST,
        },
      ]);
    });

    test('writes no identity into a log, whether kmq answers or not', async () => {
      const recorder = createServer((_request, response) => void response.end()).listen(0, '127.0.0.1');
      onTestFinished(() => void recorder.close());
      await once(recorder, 'listening');
      const { plain, tls, logs } = await startSite((recorder.address() as AddressInfo).port);
      const hit = '/e?_k=site&_p=ann%40example.com&_n=one';
      expect((await ask(tls, hit)).status).toBe(200);
      expect((await redirectFrom(plain, hit, { Host: HOST }))[0]).toBe(308);
      recorder.close().closeAllConnections();
      await once(recorder, 'close');
      expect((await ask(tls, hit)).status).toBe(502);
      // A log is written after the answer, and before the next one.
      expect((await ask(tls, '/')).status).toBe(502);
      expect(await logs()).not.toContain('ann%40');
    });

    test('passes hits on, and shows them to nobody, if kmq does not know the proxy', async () => {
      const { origin } = await serve(['--data', await temporaryFolder()]);
      const { tls } = await startSite(Number(new URL(origin).port));
      expect((await ask(tls, '/e?_k=site&_p=bob&_n=one')).status).toBe(200);
      expect((await ask(tls, '/site.js')).status).toBe(200);
      for (const path of CLOSED) {
        const { status, body } = await ask(tls, path);
        expect([path, status, body.includes('--trust-proxy')]).toEqual([path, 403, true]);
      }
      expect((await ask(tls, '/api/v1/people/bob?key=site', { method: 'DELETE' })).status).toBe(403);
      expect(await clientOf(origin).export()).toHaveLength(1);
    });
  });
}

test.runIf(findNginx())(
  'behind the nginx of docs/growing.md, two collectors accept hits while they answer no questions',
  async () => {
    // Nobody answers as ClickHouse.
    const store = `clickhouse://127.0.0.1:${await freePort()}/kmq`;
    const start = async () =>
      (
        await serve([
          ...['--data', await temporaryFolder(), '--store', store],
          ...['--trust-proxy', 'loopback', '--token', TOKEN],
        ])
      ).origin;
    const [one, two] = [await start(), await start()];
    const [, upstream, line] =
      /^# Instead of its `upstream`.*\n(upstream[^]*?\n\}\n)[^]*?\n(proxy_next_upstream[^]*?)```/m.exec(
        await readFile('docs/growing.md', 'utf8'),
      )!;
    const ports = { plain: await freePort(), tls: await freePort() };
    await startShippedNginx(ports, (site) =>
      site
        .replace(/^upstream [^]*?\n\}\n/m, upstream!)
        .replace('10.0.0.11:8484', new URL(one).host)
        .replace('10.0.0.12:8484', new URL(two).host)
        .replace('location / {', `location / {\n${line}`),
    );
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      statuses.push((await ask(ports.tls, '/api/v1/reports/names?key=site&q={}', known)).status);
      statuses.push((await ask(ports.tls, `/e?_k=site&_p=bob&_n=n${n}`)).status);
    }
    expect(statuses).toEqual(Array.from({ length: 8 }, () => [503, 200]).flat());
  },
);

test.runIf(findCaddy())('Caddy serves kmq below a path of a site, as deploy/Caddyfile-path configures it', async () => {
  const { origin } = await serve([
    ...['--data', await temporaryFolder(), '--base-path', '/stats', '--trust-proxy', 'loopback', '--token', TOKEN],
  ]);
  const www = join(await temporaryFolder(), 'www');
  await mkdir(www);
  await writeFile(join(www, 'index.html'), 'The site itself.');
  const ports = { plain: await freePort(), tls: await freePort() };
  const site = (await readFile('deploy/Caddyfile-path', 'utf8'))
    .replace('127.0.0.1:8484', new URL(origin).host)
    .replace('/var/www', www);
  const host = 'www.example.com';
  await startCaddy(site, host, ports);
  const at = (path: string, headers = {}): Promise<Answer> => ask(ports.tls, path, { host, headers });
  expect((await at('/')).body).toBe('The site itself.');
  expect((await at('/stats')).headers.location).toBe('/stats/');
  expect((await at('/stats/site.js')).headers['content-type']).toMatch(/javascript/);
  // An identity with a slash in it is one name.
  expect((await at('/stats/e?_k=site&_p=a%2Fb&_n=one')).headers['content-type']).toBe('image/gif');
  const person = await at('/stats/api/v1/people/a%2Fb?key=site', known.headers);
  expect(JSON.parse(person.body)).toMatchObject({ identities: ['a/b'] });
  expect((await at('/e?_k=site&_p=bob&_n=one')).status).toBe(404);
});

/** The status and the redirect of an address without TLS. */
function redirectFrom(port: number, path: string, headers: Record<string, string>): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const sent = plainRequest({ host: '127.0.0.1', port, path, headers, method: 'POST', agent: false }, (response) => {
      resolve([response.statusCode!, response.headers.location]);
      response.destroy();
    });
    sent.on('error', reject).end();
  });
}
