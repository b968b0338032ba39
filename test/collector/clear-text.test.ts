import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCollector } from '../../src/collector/server.js';
import { certify } from '../support/certificate.js';
import { temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { receivedFrom, exchange } from '../support/socket.js';
import { eachNth } from '../support/long.js';

const TOKEN = 'a-token-of-an-owner-1';
const known = { authorization: `Bearer ${TOKEN}` };

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

function ask(origin: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const request = origin.startsWith('https:') ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    request(origin + path, { method, headers, rejectUnauthorized: false, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

async function start(options: { token?: string; host?: string } = {}) {
  const { token = TOKEN, host = '127.0.0.1' } = options;
  const data = await temporaryFolder();
  const app = await createCollector({ data, logLevel: 'silent', token, demo: true, tls: certify(data, 'one.test') });
  await app.listen({ host, port: 0 });
  const port = await app.listenInClearText(0);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= app.close().then(() => undefined));
  onTestFinished(close);
  const secure = `https://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return { app, port, close, secure, plain: `http://127.0.0.1:${port}` };
}

describe('the additional port without TLS', () => {
  test('answers hits, the tracker and the health check', async () => {
    const { plain, secure } = await start();
    for (const path of ['/e?_k=site&_p=bob&_n=plain', '/healthz', '/site.js', '/kmq.js', '/i.js']) {
      const { status, headers } = await ask(plain, path);
      expect([path, status, headers['strict-transport-security']]).toEqual([path, 200, undefined]);
    }
    expect((await ask(plain, '/e?_k=site&_p=bob&_n=posted', {}, 'POST')).status).toBe(200);
    expect((await ask(secure, '/e?_k=site&_p=bob&_n=secure')).status).toBe(200);
    const { body } = await ask(secure, '/api/v1/export?key=site', known);
    expect(
      body
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { _n: string })._n),
    ).toEqual([...['plain', 'posted', 'secure']]);
  });

  test('answers nothing that shows people or asks for the token, even with the right token', async () => {
    const { plain, secure } = await start();
    const session = String((await login(secure)).headers['set-cookie'])
      .split(';')[0]!
      .replace('__Host-', '');
    const paths = [
      '/',
      '/live',
      '/person',
      '/login',
      '/metrics',
      '/demo/',
      '/demo',
      '/dashboard/style.css',
      '/api/v1/about',
    ];
    for (const path of [...paths, '/api/v1/export?key=site', '/api/v1/live?key=site', '/api/v1/people/bob?key=site']) {
      for (const headers of [{}, known, { cookie: session }, { 'x-forwarded-proto': 'https' }]) {
        for (const method of ['GET', 'HEAD']) {
          const { status, headers: answered, body } = await ask(plain, path, headers, method);
          expect([path, status, answered.location, answered['set-cookie']]).toEqual([path, 403, undefined, undefined]);
          if (method === 'GET') expect(body).toContain('https URL');
        }
      }
    }
    for (const [method, path] of [
      ['DELETE', '/api/v1/people/bob?key=site'],
      ['POST', '/login'],
      ['POST', '/logout'],
    ] as const) {
      expect((await ask(plain, path, known, method)).status).toBe(403);
    }
    expect((await ask(plain, '/no/such/thing')).status).toBe(404);
    expect((await ask(secure, '/api/v1/about', known)).status).toBe(200);
    expect((await ask(secure, '/', known)).headers['strict-transport-security']).toBe('max-age=31536000');
  });

  const login = (origin: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      tlsRequest(
        `${origin}/login`,
        { method: 'POST', headers, rejectUnauthorized: false, agent: false },
        (response) => {
          response.resume();
          resolve({ status: response.statusCode!, headers: response.headers, body: '' });
        },
      )
        .on('error', reject)
        .end(`token=${TOKEN}`);
    });

  test('answers requests that are not HTTP as the port with TLS does, on both addresses of localhost', async () => {
    const { port, app } = await start({ host: 'localhost' });
    expect(await exchange(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    const other = app.addresses().some((one) => typeof one === 'object' && one.family === 'IPv6') ? '::1' : '127.0.0.1';
    const socket = connect(port, other, function (this: Socket) {
      this.write(`GET /e?v=${'x'.repeat(2 ** 21)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    });
    expect(await receivedFrom(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: image\/gif/);
  });

  test('ends with the collector, which answers complete requests first', async () => {
    const { port, plain, close } = await start();
    const waiting = connect(port, '127.0.0.1');
    const answer = receivedFrom(waiting);
    waiting.write('GET /e?_k=site&_p=bob&_n=last HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => waiting.once('data', resolve));
    waiting.write('GET /e?_k=site&_p=bob&_n=after HTTP/1.1\r\nHost: x\r\n\r\n');
    await close();
    expect((await answer).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    await expect(ask(plain, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  test('is an error if it is in use, or if there is no port with TLS', async () => {
    const { app, port } = await start();
    const second = await start();
    await expect(second.app.listenInClearText(port)).rejects.toThrow('EADDRINUSE');
    expect(app.server.listening).toBe(true);
    const data = await temporaryFolder();
    const without = await createCollector({ data, logLevel: 'silent' });
    onTestFinished(() => without.close());
    await without.listen({ host: '127.0.0.1', port: 0 });
    await expect(without.listenInClearText(0)).rejects.toThrow('A port without TLS needs a port with TLS');
  });
});

describe('kmq serve', () => {
  const folderAndFlags = async () => {
    const data = await temporaryFolder();
    const { cert, key } = certify(data, 'one.test');
    return ['--data', data, '--token', TOKEN, '--tls-cert', cert, '--tls-key', key];
  };

  test.each(eachNth([['1'], ['3']], 2))(
    'prints both addresses and answers at both, with %s processes',
    async (processes) => {
      const flags = [...(await folderAndFlags()), '--http-port', '0', '--processes', processes];
      const { printed, origin, process: child, exited } = await serve(flags);
      const plain = /^No TLS {5}(http:\/\/127\.0\.0\.1:\d+)\//.exec(
        printed.find((line) => line.startsWith('No TLS'))!,
      )![1]!;
      expect(origin).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      for (let n = 0; n < 30; n++) expect((await ask(plain, `/e?_k=site&_p=bob&_n=n${n}`)).status).toBe(200);
      expect((await ask(plain, '/api/v1/export?key=site', known)).status).toBe(403);
      const { body } = await ask(origin, '/api/v1/export?key=site', known);
      expect(body.trim().split('\n')).toHaveLength(30);
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
      await expect(ask(plain, '/healthz')).rejects.toThrow('ECONNREFUSED');
    },
  );

  test.each(eachNth([['1'], ['2']], 2))('says which port is in use, with %s processes', async (processes) => {
    const running = await serve(['--data', await temporaryFolder()]);
    const { port } = new URL(running.origin);
    const flags = [...(await folderAndFlags()), '--processes', processes];
    await expect(serve([...flags, '--http-port', port])).rejects.toThrow(
      `--http-port: port ${port} of 127.0.0.1 is in use`,
    );
    await expect(serve([...flags, '--port', port])).rejects.toThrow(`--port: port ${port}`);
  });

  test('listens on an IPv6 address in brackets, and prints it in the same form', async () => {
    const { printed, origin } = await serve(['--data', await temporaryFolder(), '--host', '[::1]']);
    expect(origin).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(printed.find((line) => line.startsWith('Token'))).toBeUndefined();
    expect((await ask(origin, '/api/v1/about')).status).toBe(200);
  });

  test('listens on all addresses, and prints one that can be opened', async () => {
    const { origin } = await serve(['--data', await temporaryFolder(), '--host', '::', '--token', TOKEN]);
    expect(origin).toMatch(/^http:\/\/localhost:\d+$/);
    expect((await ask(origin.replace('localhost', '127.0.0.1'), '/api/v1/about', known)).status).toBe(200);
  });

  test.each([
    ['no-such-host.invalid', /--host: no-such-host\.invalid is (neither|not) an address/],
    ['192.0.2.1', /--host: 192\.0\.2\.1 is not an address of this machine/],
    ['[::1', /--host: \[::1 is (neither|not) an address/],
  ])('says that %s is not an address', async (host, sentence) => {
    await expect(serve(['--data', await temporaryFolder(), '--host', host])).rejects.toThrow(sentence);
  });
});
