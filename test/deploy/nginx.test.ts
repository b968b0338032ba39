import { request } from 'node:http';
import { expect, test } from 'vitest';
import { examinePublicUrl } from '../../src/cli/doctor/public-url.js';
import { resolve } from '../../src/cli/resolve.js';
import { createClient } from '../../src/node/index.js';
import { freePort } from '../support/ports.js';
import { CLOSED } from '../support/closed-addresses.js';
import { serve } from '../support/command.js';
import { clientOf, KEY, startCollector, temporaryFolder } from '../support/collector.js';
import { findNginx } from '../support/installed.js';
import { startNginx } from '../support/nginx.js';

// The behaviour of nginx as people configure it who have read no document; the shipped file is tested in shipped-proxies.test.ts.

const nginx = findNginx();

const TOKEN = 'a-token-of-an-owner-1';

/** nginx as a person configures it who has read no document. @param lines of its `location` @returns its port */
async function startPlainNginx(...lines: string[]): Promise<number> {
  const port = await freePort();
  await startNginx(`server { listen 127.0.0.1:${port}; location / { ${lines.join('\n')} } }`, port);
  return port;
}

test.runIf(nginx).each([
  ['nothing but proxy_pass to an address', []],
  ['the host that was asked for', ['proxy_http_version 1.1;', 'proxy_set_header Host $host;']],
  ['the address of the client', ['proxy_http_version 1.1;', 'proxy_set_header X-Forwarded-For $remote_addr;']],
  ['the address under another name', ['proxy_http_version 1.1;', 'proxy_set_header X-Real-IP $remote_addr;']],
])('nobody can read hits through an nginx that passes on %s', async (_, lines) => {
  const { origin } = await serve(['--data', await temporaryFolder()]);
  const port = await startPlainNginx(`proxy_pass ${origin};`, ...lines);
  const host = { Host: 'kmq.example.com' };
  expect(await statusOf(port, '/e?_k=site&_p=bob&_n=one', host)).toBe(200);
  for (const path of CLOSED) expect([path, await statusOf(port, path, host)]).toEqual([path, 403]);
  expect(await statusOf(port, '/api/v1/people/bob?key=site', host, 'DELETE')).toBe(403);
  expect(await clientOf(origin).export()).toHaveLength(1);
});

test.runIf(nginx)('an nginx that hides itself shows pages without data', async () => {
  const { origin } = await serve(['--data', await temporaryFolder()]);
  const port = await startPlainNginx('proxy_http_version 1.1;', `proxy_pass ${origin};`);
  const headers = { Host: 'kmq.example.com', Referer: `http://kmq.example.com:${port}/live?key=site` };
  expect(await statusOf(port, '/api/v1/live?key=site', headers)).toBe(403);
  expect(await statusOf(port, '/api/v1/export?key=site', headers)).toBe(403);
});

test.runIf(nginx)(
  'hits are stored below a path that nginx replaces by a slash, and kmq doctor says what is wrong',
  async () => {
    const collector = await startCollector({ basePath: '/stats', trustedProxies: ['loopback'], token: TOKEN });
    const port = await freePort();
    // The slash at the end of the second URL, and none at the end of the path: nginx requests `//e`.
    const location = `location /stats { proxy_pass ${collector.origin}/; }`;
    await startNginx(`server { listen 127.0.0.1:${port}; ${location} }`, port);
    const publicUrl = `http://127.0.0.1:${port}/stats`;
    expect((await fetch(`${publicUrl}/e?_k=site&_p=bob&_n=one`)).status).toBe(200);
    const client = createClient({ key: KEY, collector: publicUrl, queue: await temporaryFolder() });
    client.record('bob', 'two');
    expect(await client.close(60_000)).toBe(true);
    expect((await fetch(`${publicUrl}//e?_k=site&_p=bob&_n=three`)).status).toBe(200);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const stored = await (await fetch(`${collector.origin}/api/v1/export?key=site`, { headers })).text();
    expect(stored.match(/"_n":"\w+"/g)).toEqual(['"_n":"one"', '"_n":"two"', '"_n":"three"']);
    // A URL of a page with two slashes could bypass a rule of the proxy.
    expect((await fetch(`${publicUrl}/api/v1/about`, { headers })).status).toBe(404);

    const data = await temporaryFolder();
    const flags = { data, host: '127.0.0.1', port: collector.port, basePath: '/stats', publicUrl, token: TOKEN };
    const findings = await examinePublicUrl(resolve(flags, {}).settings, TOKEN);
    expect(findings.map(({ says }) => says)).toEqual([
      `${publicUrl}/healthz answers 404. The proxy seems to replace /stats by a slash, so that the collector gets //healthz. ` +
        'Let it pass on the path: in nginx, with nothing after the port in proxy_pass.',
    ]);
  },
);

function statusOf(port: number, path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, method, headers, agent: false }, (response) => {
      resolve(response.statusCode!);
      response.destroy();
    });
    sent.on('error', reject).end();
  });
}
