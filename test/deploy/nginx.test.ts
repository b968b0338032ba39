import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request as plainRequest, type IncomingHttpHeaders } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/clickhouse.js';
import { serve } from '../support/command.js';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { findNginx } from '../support/installed.js';
import { startNginx } from '../support/nginx.js';

const nginx = findNginx();

const TOKEN = 'a-token-of-an-owner-1';
const known = { headers: { Authorization: `Bearer ${TOKEN}` } };

/** nginx with deploy/nginx.conf, only addresses and the certificate replaced by those of the test. */
async function startSite(upstream: number): Promise<{ plain: number; tls: number }> {
  const folder = await temporaryFolder();
  const [plain, tls] = [await freePort(), await freePort()];
  const certificate = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`, '-subj', '/CN=kmq.example.com'];
  execFileSync('openssl', ['req', ...certificate, ...files], { stdio: 'ignore' });
  const site = (await readFile('deploy/nginx.conf', 'utf8'))
    .replace(/^ *listen \[::\].*\n/gm, '')
    .replace('listen 80;', `listen 127.0.0.1:${plain};`)
    .replace('listen 443', `listen 127.0.0.1:${tls}`)
    .replace('127.0.0.1:8484', `127.0.0.1:${upstream}`)
    .replace(/\/etc\/letsencrypt\S*fullchain.pem/, `${folder}/cert.pem`)
    .replace(/\/etc\/letsencrypt\S*privkey.pem/, `${folder}/key.pem`);
  await startNginx(site, plain);
  return { plain, tls };
}

/** nginx as somebody sets it up who has read no document. @param lines of its `location` @returns its port */
async function startPlainNginx(...lines: string[]): Promise<number> {
  const port = await freePort();
  await startNginx(`server { listen 127.0.0.1:${port}; location / { ${lines.join('\n')} } }`, port);
  return port;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** @param enough ends an answer that has no end of its own */
function ask(port: number, path: string, options: RequestOptions = {}, body = '', enough = /$^/): Promise<Answer> {
  const headers = { Host: 'kmq.example.com', ...(options.headers as Record<string, string>) };
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, rejectUnauthorized: false, ...options, headers }, (response) => {
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

test.runIf(nginx)(
  'hits, batches, long addresses and Live come through nginx as deploy/nginx.conf sets it up',
  async () => {
    const { origin } = await serve(['--data', await temporaryFolder(), '--trust-proxy', 'loopback', '--token', TOKEN]);
    const { plain, tls } = await startSite(Number(new URL(origin).port));
    expect((await ask(tls, '/e?_k=site&_p=bob&_n=one')).headers['content-type']).toBe('image/gif');
    expect((await ask(tls, `/e?_k=site&_p=bob&_n=two&text=${'x'.repeat(50_000)}`)).status).toBe(200);
    const batch = Array.from({ length: 500 }, (_, n) => `/e?_k=site&_p=bob&_n=n${n}&text=${'x'.repeat(1800)}`);
    expect((await ask(tls, '/b', { method: 'POST' }, batch.join('\n'))).status).toBe(200);
    const exported = await ask(tls, '/api/v1/export?key=site', known);
    expect(exported.body.trim().split('\n')).toHaveLength(502);

    // What a feed has to say arrives while it is open.
    const feed = ask(tls, '/api/v1/live?key=site', known, '', /"name":"late"/);
    await ask(tls, '/e?_k=site&_p=bob&_n=late');
    expect((await feed).body).toContain('event: hit');

    const redirected = await fetch(`http://127.0.0.1:${plain}/b?x=1`, { method: 'POST', redirect: 'manual' });
    expect([redirected.status, redirected.headers.get('location')]).toEqual([308, 'https://kmq.example.com/b?x=1']);
  },
);

test.runIf(nginx)('nginx says who a visitor is, whatever the visitor says', async () => {
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
      host: 'kmq.example.com',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'kmq.example.com',
    },
  ]);
});

const CLOSED = [
  '/',
  '/live',
  '/person',
  '/metrics',
  '/api/v1/about',
  '/api/v1/export?key=site',
  '/api/v1/people?key=site',
];

test.runIf(nginx)('with deploy/nginx.conf and nothing said to kmq, hits are taken and nobody reads them', async () => {
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

test.runIf(nginx).each([
  ['nothing but proxy_pass to an address', []],
  ['the host that was asked for', ['proxy_http_version 1.1;', 'proxy_set_header Host $host;']],
  ['the address of the client', ['proxy_http_version 1.1;', 'proxy_set_header X-Forwarded-For $remote_addr;']],
  ['the address under another name', ['proxy_http_version 1.1;', 'proxy_set_header X-Real-IP $remote_addr;']],
])('nor through an nginx that passes on %s', async (_, lines) => {
  const { origin } = await serve(['--data', await temporaryFolder()]);
  const port = await startPlainNginx(`proxy_pass ${origin};`, ...lines);
  const host = { Host: 'kmq.example.com' };
  expect(await statusOf(port, '/e?_k=site&_p=bob&_n=one', host)).toBe(200);
  for (const path of CLOSED) expect([path, await statusOf(port, path, host)]).toEqual([path, 403]);
  expect(await statusOf(port, '/api/v1/people/bob?key=site', host, 'DELETE')).toBe(403);
  expect(await clientOf(origin).export()).toHaveLength(1);
});

test.runIf(nginx)('an nginx that hides itself shows its pages in vain', async () => {
  const { origin } = await serve(['--data', await temporaryFolder()]);
  const port = await startPlainNginx('proxy_http_version 1.1;', `proxy_pass ${origin};`);
  const headers = { Host: 'kmq.example.com', Referer: `http://kmq.example.com:${port}/live?key=site` };
  expect(await statusOf(port, '/api/v1/live?key=site', headers)).toBe(403);
  expect(await statusOf(port, '/api/v1/export?key=site', headers)).toBe(403);
});

function statusOf(port: number, path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = plainRequest({ port, path, method, headers, agent: false }, (response) => {
      resolve(response.statusCode!);
      response.destroy();
    });
    sent.on('error', reject).end();
  });
}
