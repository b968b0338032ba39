import { request } from 'node:http';
import { expect, test } from 'vitest';
import { freePort } from '../support/ports.js';
import { CLOSED } from '../support/closed-addresses.js';
import { serve } from '../support/command.js';
import { clientOf, temporaryFolder } from '../support/collector.js';
import { findNginx } from '../support/installed.js';
import { startNginx } from '../support/nginx.js';

// The behaviour of nginx as people configure it who have read no document; the shipped file is tested in shipped-proxies.test.ts.

const nginx = findNginx();

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

function statusOf(port: number, path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, method, headers, agent: false }, (response) => {
      resolve(response.statusCode!);
      response.destroy();
    });
    sent.on('error', reject).end();
  });
}
