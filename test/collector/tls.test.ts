import { once } from 'node:events';
import { copyFile, rename, symlink, writeFile } from 'node:fs/promises';
import { request, type Server } from 'node:https';
import { join } from 'node:path';
import { connect as connectWithoutTls } from 'node:net';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { newCounts } from '../../src/collector/watch/counts.js';
import { createListener, TIMEOUTS } from '../../src/collector/http/listener.js';
import { readTls, renewTls } from '../../src/collector/http/tls.js';
import { createCollector } from '../../src/collector/server.js';
import { certify } from '../support/certificate.js';
import { temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';

const TOKEN = 'a-token-of-an-owner-1';

async function start(timeouts = TIMEOUTS) {
  const folder = await temporaryFolder();
  const tls = certify(folder, 'first.test');
  const app = await createCollector({ data: folder, logLevel: 'silent', token: TOKEN, tls }, { timeouts });
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const { port } = app.server.address() as { port: number };
  return { app, folder, tls, port };
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
}

function ask(port: number, path: string, method = 'GET', body = ''): Promise<Answer> {
  const headers = body ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
  return new Promise((resolve, reject) => {
    request({ port, path, method, headers, rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode!, headers: response.headers });
    })
      .on('error', reject)
      .end(body);
  });
}

/** The name in the certificate, and the version of TLS. */
function greet(port: number, options: object = {}): Promise<{ name: string; version: string | null }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      const certificate = socket.getPeerCertificate();
      resolve({ name: String(certificate.subject.CN), version: socket.getProtocol() });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('hits, pages and logins work over TLS 1.2 and later, with Secure cookies', async () => {
  const { port } = await start();
  expect((await ask(port, '/e?_k=site&_p=bob&_n=x')).status).toBe(200);
  const login = await ask(port, '/login', 'POST', `token=${TOKEN}`);
  expect(login.status).toBe(303);
  expect(String(login.headers['set-cookie'])).toMatch(
    /^__Host-kmq_session_[\w-]{8}=.*; HttpOnly; Secure; SameSite=Strict$/,
  );
  expect((await greet(port)).version).toBe('TLSv1.3');
  expect((await greet(port, { maxVersion: 'TLSv1.2' })).version).toBe('TLSv1.2');
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  await expect(greet(port, old)).rejects.toThrow();
});

test('the pages for people demand TLS for later visits, the answers for visitors’ browsers do not', async () => {
  const { port } = await start();
  const told = async (path: string) => (await ask(port, path)).headers['strict-transport-security'];
  for (const path of ['/', '/login', '/api/v1/about']) expect(await told(path)).toBe('max-age=31536000');
  for (const path of ['/site.js', '/e?_k=site&_p=bob&_n=x', '/healthz']) expect(await told(path)).toBeUndefined();
});

test.each([
  ['nothing', ''],
  ['what is not TLS', 'GET / HTTP/1.1\r\n\r\n'],
])('senders of %s, who do not end their side of the connection, lose their places to others', async (_, sent) => {
  const { port } = await start({ ...TIMEOUTS, headersTimeout: 3000, maxConnections: 5 });
  for (let place = 0; place < 5; place++) {
    const socket = connectWithoutTls({ port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {}).resume();
    await new Promise((resolve) => socket.write(sent, resolve));
  }
  const status = () =>
    ask(port, '/e?_k=site&_p=bob&_n=x').then(
      (answer) => answer.status,
      () => 0,
    );
  await expect.poll(status).toBe(200);
});

test('a connection that has not begun TLS does not delay the end', async () => {
  const { app, port } = await start({ ...TIMEOUTS, headersTimeout: 3_600_000, requestTimeout: 3_600_000 });
  const socket = connectWithoutTls({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(app.server, 'connection');
  await app.close();
});

test('a new certificate is used after SIGHUP, and one that does not fit its key is not', async () => {
  const { folder, tls, port } = await start();
  const second = certify(folder, 'second.test');
  await writeFile(tls.cert, 'half a file');
  process.kill(process.pid, 'SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await greet(port)).name).toBe('first.test');
  await copyFile(second.key, `${tls.key}.new`);
  await rename(`${tls.key}.new`, tls.key);
  await copyFile(second.cert, tls.cert);
  process.kill(process.pid, 'SIGHUP');
  await expect.poll(async () => (await greet(port)).name).toBe('second.test');
});

test('several processes use a new certificate after SIGHUP to the first of them, and go on', async () => {
  const folder = await temporaryFolder();
  const tls = certify(folder, 'first.test');
  const second = certify(folder, 'second.test');
  const flags = ['--data', folder, '--processes', '2', '--tls-cert', tls.cert, '--tls-key', tls.key];
  const { process: child, origin, log } = await serve([...flags, '--log-level', 'info']);
  await expect.poll(() => log.filter((line) => line.includes('Server listening')).length).toBe(2);
  const names = async () => {
    const greetings = Array.from({ length: 8 }, () => greet(Number(new URL(origin).port)));
    return new Set((await Promise.all(greetings)).map(({ name }) => name));
  };
  expect(await names()).toEqual(new Set(['first.test']));
  await copyFile(second.key, tls.key);
  await copyFile(second.cert, tls.cert);
  child.kill('SIGHUP');
  await expect.poll(names).toEqual(new Set(['second.test']));
  expect(child.exitCode).toBeNull();
});

test('a new certificate is also used without a signal, if a link leads to it, as with Let’s Encrypt', async () => {
  const folder = await temporaryFolder();
  const [first, second] = [certify(folder, 'first.test'), certify(folder, 'second.test')];
  const live = { cert: join(folder, 'live.pem'), key: join(folder, 'live.key') };
  const lead = async (to: typeof first) => {
    for (const part of ['key', 'cert'] as const) {
      await symlink(to[part], `${live[part]}.new`);
      await rename(`${live[part]}.new`, live[part]);
    }
  };
  await lead(first);
  const server = createListener(
    (_request, response) => response.end(),
    TIMEOUTS,
    newCounts(),
    readTls(live),
  ) as unknown as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = renewTls([server], live, () => {}, 50);
  onTestFinished(() => {
    stop();
    server.close();
  });
  const { port } = server.address() as { port: number };
  expect((await greet(port)).name).toBe('first.test');
  await lead(second);
  await expect.poll(async () => (await greet(port)).name).toBe('second.test');
});

test('files that cannot be loaded again do not end the old certificate, and the log says so', async () => {
  const folder = await temporaryFolder();
  const [first, second] = [certify(folder, 'first.test'), certify(folder, 'second.test')];
  const live = { cert: join(folder, 'live.pem'), key: join(folder, 'live.key') };
  await copyFile(first.cert, live.cert);
  await copyFile(first.key, live.key);
  const said: string[] = [];
  const stop = renewTls([], live, (error) => said.push((error as Error).message), 50);
  onTestFinished(stop);
  await copyFile(second.cert, live.cert);
  await expect.poll(() => said.join()).toMatch(/the previous one stays in use.* are not a certificate and its key: /);
});

test('files that are not a certificate with its key prevent the start of the collector, and are named', async () => {
  const folder = await temporaryFolder();
  const one = certify(folder, 'one.test');
  const two = certify(folder, 'two.test');
  const start = (tls: object) => createCollector({ data: folder, logLevel: 'silent', tls: tls as typeof one });
  await expect(start({ cert: one.cert, key: two.key })).rejects.toThrow(/one\.test\.pem and .*two\.test\.key are not/);
  await expect(start({ cert: one.cert, key: join(folder, 'none') })).rejects.toThrow(/none: ENOENT/);
});
