import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve as resolvePath } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { examineAccess } from '../../src/cli/doctor/access.js';
import { examineCollector } from '../../src/cli/doctor/collector.js';
import { examineClickHouse } from '../../src/cli/doctor/clickhouse.js';
import { examineDataFolder } from '../../src/cli/doctor/data-folder.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { examinePublicUrl } from '../../src/cli/doctor/public-url.js';
import { examineTls } from '../../src/cli/doctor/tls.js';
import { resolve, type Settings } from '../../src/cli/resolve.js';
import { certify } from '../support/certificate.js';
import { clickHouseOfTest, findClickHouse } from '../support/clickhouse.js';
import { freePort } from '../support/ports.js';
import { clientOf, smallDisk, startCollector, temporaryFolder } from '../support/collector.js';
import { serve } from '../support/command.js';
import { run } from '../support/transfer.js';

const TOKEN = 'a-token-of-an-owner-1';

/** The settings of a start without flags. */
const settingsOf = (flags: Record<string, unknown>): Settings => resolve(flags, {}).settings;

const linesOf = (findings: Finding[]): string[] =>
  findings.map(({ level, about, says }) => `${level} ${about}: ${says}`);

async function serveHttp(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

/** What a proxy does with a request: it answers with a status and a body, or passes it on and changes headers of the answer. */
interface Changed {
  status?: number;
  body?: string;
  headers?: Record<string, string | string[]>;
}
type Change = (asked: IncomingMessage) => Changed | 'closes' | false | undefined;

async function proxyTo(port: number, change: Change = () => undefined) {
  const proxy = await serveHttp((asked, response) => {
    const changed = change(asked);
    if (changed === 'closes') return void asked.socket.destroy();
    const { status, body, headers = {} } = changed || {};
    if (status !== undefined) return void response.writeHead(status, headers).end(body);
    const passed = request({
      ...{ host: '127.0.0.1', port, path: asked.url, method: asked.method },
      headers: { ...asked.headers, host: `127.0.0.1:${port}` },
    });
    passed.on('response', (got) => got.pipe(response.writeHead(got.statusCode!, { ...got.headers, ...headers })));
    asked.pipe(passed);
  });
  return `http://127.0.0.1:${proxy}`;
}

/** What a command prints, run by a user without permissions. */
async function asNobody(command: string[]): Promise<string> {
  const child = spawn(process.execPath, ['server/bin/kmq.js', ...command], { uid: 65534, gid: 65534 });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await once(child, 'close');
  return out;
}

describe('kmq doctor', () => {
  test('says which file of settings was read, or where there is none', async () => {
    const data = await temporaryFolder();
    const config = join(data, 'mine.json');
    writeFileSync(config, '{}');
    const installation = ['doctor', '--data', data, '--port', String(await freePort())];
    expect((await run([...installation, '--config', config])).out).toContain(
      `ok     settings     The file of settings is ${config}.\n`,
    );
    expect((await run(installation)).out).toContain(
      `note   settings     No file of settings was read: there is no ${resolvePath('kmq.config.json')}. Each site has the default settings`,
    );
  });

  test('finds nothing wrong in an installation that works, and finds the hit that it sends', async () => {
    const data = await temporaryFolder();
    const { origin } = await serve(['--data', data, '--key', 'shop']);
    const installation = ['doctor', '--data', data, '--port', new URL(origin).port, '--key', 'shop'];
    const first = await run(installation);
    expect(first.err).toBe('');
    expect(first.out.split('\n').map((line) => line.slice(0, 19).trim())).toEqual([
      'note   settings',
      'ok     disk',
      'note   data folder',
      'ok     token',
      'ok     collector',
      'No faults, 2 notes.',
      '',
    ]);
    expect(first.code).toBe(0);
    expect(await clientOf(origin).export('shop')).toEqual([]);

    const second = await run([...installation, '--hit', 'shop']);
    expect(second.out).toMatch(
      /^ok {5}hit {10}An event of “kmq doctor [-\w]{36}” was sent to http:\S+ and is in the store, after \d+ ms\.$/m,
    );
    expect(second.code).toBe(0);
    expect(await clientOf(origin).export('shop')).toMatchObject([{ _n: 'kmq doctor' }]);
  });

  test('says what is wrong and what to do, and ends with 1', async () => {
    const data = await temporaryFolder();
    const { origin } = await serve(['--data', data, '--key', 'shop', '--token', TOKEN]);
    const installation = ['doctor', '--data', data, '--port', new URL(origin).port];
    const { code, out } = await run([...installation, '--token', `${TOKEN}2`, '--hit', 'other']);
    expect(out).toContain('FAULT  token        The collector at ');
    expect(out).toContain(
      'FAULT  hit          The event was sent, but kmq cannot look for it: the read API answers 401.',
    );
    expect(out).toMatch(/^2 faults, \d notes?\.$/m);
    expect(code).toBe(1);

    const wrong = await run(['doctor', '--port', 'x', '--key-rate', '-1']);
    expect(wrong.out.split('\n')).toEqual([
      'FAULT  settings     --port: must be a whole number from 0 to 65535',
      'FAULT  settings     --key-rate: must be a number; 0 for no limit',
      '2 faults, 0 notes.',
      '',
    ]);
    expect(wrong.code).toBe(1);
  });
});

describe('about a data folder, kmq doctor', () => {
  const look = async (data: string) => linesOf(await examineDataFolder(settingsOf({ data })));

  test('notes that it does not exist or that others can read it, and reports a file in its place as a fault', async () => {
    const folder = await temporaryFolder();
    const missing = join(folder, 'a', 'b');
    expect((await look(missing))[0]).toBe(
      `note data folder: ${missing} is not there yet. The first start of kmq serve makes it.`,
    );
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o755);
    expect((await look(open))[0]).toBe(
      `note data folder: Other users of this machine can look into ${open}. To keep them out: chmod 700 ${open}`,
    );
    const file = join(folder, 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o700);
    expect(await look(file)).toEqual([`fault data folder: ${file} is a file. Name a folder with --data.`]);
  });

  test('reports a database that cannot be read as a fault', async () => {
    const data = await temporaryFolder();
    writeFileSync(join(data, 'kmq.db'), Buffer.alloc(8192, 'x'));
    expect((await look(data)).at(-1)).toMatch(/^fault data folder: .*kmq\.db/);
  });

  test('notes hits of an embedded store in the folder of a collector with ClickHouse', async () => {
    const beside = async (data: string) =>
      linesOf(await examineDataFolder(settingsOf({ data, store: 'clickhouse://127.0.0.1:1/kmq' })))
        .filter((line) => line.includes('data folder'))
        .map((line) => line.split('. ')[0]);
    const data = await temporaryFolder();
    expect(await beside(data)).toEqual([]);
    const collector = await startCollector({ data });
    expect(await beside(data)).toEqual([]);
    await collector.send('/e?_k=site&_p=ann&_n=n');
    await collector.close();
    const file = join(data, 'kmq.db');
    const note = (has: string) => [`note data folder: ${file} ${has} from before hits were kept in ClickHouse`];
    expect(await beside(data)).toEqual(note('has hits of 1 site'));
    // A store that cannot be read, which may be a store of an earlier version.
    writeFileSync(file, Buffer.alloc(8192, 'x'));
    expect(await beside(data)).toEqual(note('may have hits'));
  });

  test('reports files of another user, and a token that the owner of the folder cannot read', async (context) => {
    if (process.geteuid?.() !== 0) return context.skip('only root can make files of others');
    const data = await temporaryFolder();
    writeFileSync(join(data, 'kmq.lock'), '', { mode: 0o644 });
    chownSync(data, 65534, 65534);
    const { code, out } = await run(['doctor', '--data', data, '--port', String(await freePort())]);
    expect(out).toMatch(/^FAULT {2}data folder {2}.*kmq\.lock belongs to user 0/m);
    expect(code).toBe(1);

    const token = join(data, 'token-of-root');
    writeFileSync(token, TOKEN, { mode: 0o600 });
    const second = await run(['doctor', '--data', data, '--port', '0', '--token-file', token]);
    expect(second.out).toMatch(/^FAULT {2}token {8}User 65534, who owns the data folder, cannot read /m);
  });

  test('says of a folder in a closed one that it is not permitted, not that it is missing', async (context) => {
    if (process.geteuid?.() !== 0) return context.skip('only root can act as another user');
    const closed = await temporaryFolder();
    const data = join(closed, 'data');
    mkdirSync(data);
    const link = join(await temporaryFolder(), 'link');
    symlinkSync(data, link);
    chmodSync(join(link, '../'), 0o755);
    const notPermitted = (folder: string) =>
      new RegExp(
        `^kmq: The data folder ${folder} cannot be read.* this process runs as user 65534.* Run the command as`,
        'm',
      );
    for (const folder of [data, link]) {
      const out = await asNobody(['doctor', '--data', folder, '--port', '0']);
      expect(out).toMatch(
        /^FAULT {2}data folder {2}.* cannot be (written|read) \(EACCES\)\. .* this process runs as user 65534/m,
      );
      expect(out).not.toMatch(/not exist|missing|not there/);
      expect(await asNobody(['export', '--data', folder])).toMatch(notPermitted(folder));
    }
    expect(await asNobody(['export', '--data', closed])).toMatch(notPermitted(closed));
    // A folder that can be looked into, with a database that cannot be read.
    const open = await temporaryFolder();
    await (await startCollector({ data: open })).close();
    chmodSync(open, 0o755);
    chmodSync(join(open, 'kmq.db'), 0o600);
    expect(await asNobody(['export', '--data', open])).toMatch(notPermitted(open));
  });

  test('reports a link to a missing folder', async () => {
    const link = join(await temporaryFolder(), 'link');
    symlinkSync('/nowhere/kmq', link);
    expect((await look(link))[0]).toBe(
      `fault data folder: ${link} is a link to /nowhere/kmq, which does not exist. Is its disk mounted?`,
    );
  });

  test('reports a folder in whose path DuckDB cannot keep reports', async () => {
    const data = join(await temporaryFolder(), 'what?');
    mkdirSync(data);
    expect((await look(data)).find((line) => line.includes('“?”'))).toBe(
      `fault data folder: There are no reports, because the path of the data folder, ${realpathSync(data)}, contains a “?”: move the folder to a path without one.`,
    );
  });

  test('reports a disk with few inodes', async (context) => {
    // The folder itself uses one of the inodes.
    const data = (await smallDisk(200, 6)) ?? context.skip('no file system can be mounted here');
    expect((await look(data)).find((line) => line.includes('inodes'))).toMatch(
      /^fault disk: The disk of \S+ has space, but only 5 inodes for new files/,
    );
  });

  test('reports a disk that is nearly full', async (context) => {
    const data = (await smallDisk(24)) ?? context.skip('no file system can be mounted here');
    expect((await look(data)).find((line) => line.startsWith('fault disk'))).toMatch(
      /^fault disk: \d+ MiB are free for .* When the disk is full, hits are answered with 503\./,
    );
  });
});

describe('about the access to people, kmq doctor', () => {
  const look = (flags: Record<string, unknown>) => linesOf(examineAccess(resolve(flags, {})));

  test('says where the token is and who can read it, and reports a file that contains no token', async () => {
    const data = await temporaryFolder();
    expect(look({ data })).toEqual(['ok token: No token is needed: only this machine can open the pages.']);
    expect(look({ data, token: TOKEN })[0]).toMatch(/^note token: The token is a flag or a variable/);
    const reachable = { data, host: '0.0.0.0' };
    expect(look(reachable)[0]).toMatch(/^note token: There is no token yet\./);
    const file = join(data, 'token');
    writeFileSync(file, 'short\n', { mode: 0o600 });
    expect(look(reachable)[0]).toMatch(/^fault token: .* contains no token\./);
    writeFileSync(file, `${TOKEN}\n`);
    expect(look(reachable)).toEqual([`ok token: The token is in ${file}.`]);
    chmodSync(file, 0o644);
    expect(look(reachable)[0]).toMatch(/^note token: Other users of this machine can read/);
    const config = join(data, 'kmq.config.json');
    writeFileSync(config, JSON.stringify({ server: { token: TOKEN } }), { mode: 0o600 });
    expect(look({ data, config })).toEqual([`ok token: The token is in ${config}.`]);
    expect(look({ data, config, token: TOKEN })[0]).toMatch(/^note token: The token is a flag or a variable/);
    chmodSync(config, 0o644);
    expect(look({ data, config })[0]).toBe(
      `note token: Other users of this machine can read ${config}. To keep them out: chmod 600 ${config}`,
    );
  });

  test('reports a public URL without a trusted proxy as a fault', async () => {
    const flags = { data: await temporaryFolder(), publicUrl: 'https://stats.example.com' };
    // In a container, no request of a proxy comes from a loopback address.
    expect(look(flags).at(-1)).toMatch(
      /^fault proxies: .* give --trust-proxy loopback, or --trust-proxy uniquelocal if kmq runs in a container; .* its address\.$/,
    );
    expect(look({ ...flags, trustProxy: ['loopback'] }).at(-1)).toBe(
      'ok proxies: The X-Forwarded-* headers of loopback are trusted.',
    );
  });
});

test('kmq doctor reports a certificate of another key or host, and one that has expired', async () => {
  const folder = await temporaryFolder();
  const look = (tls: { cert: string; key: string }, more = {}) =>
    linesOf(examineTls(settingsOf({ tlsCert: tls.cert, tlsKey: tls.key, ...more })))[0];
  const first = certify(folder, 'first.test');
  const second = certify(folder, 'second.test');
  expect(look(first, { publicUrl: 'https://first.test' })).toMatch(/^(ok|note) TLS: /);
  expect(look(first, { publicUrl: 'https://second.test' })).toMatch(
    /^fault TLS: .* is not a certificate of second\.test/,
  );
  expect(look({ cert: first.cert, key: second.key })).toMatch(/^fault TLS: .* are not a certificate and its key/);
  // It is valid for two days only.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 86_400_000 });
  onTestFinished(() => void vi.useRealTimers());
  expect(look(first)).toMatch(/^fault TLS: .* expired on .*: browsers refuse it\./);
});

describe('about a collector, kmq doctor', () => {
  const look = async (flags: Record<string, unknown>, token?: string) =>
    linesOf((await examineCollector(settingsOf(flags), token)).findings);

  test('notes that none runs, and reports another program at its port as a fault', async () => {
    const port = await freePort();
    expect(await look({ port: String(port) })).toEqual([
      `note collector: No collector runs at http://127.0.0.1:${port}, and the port is free. kmq serve starts one.`,
    ]);
    expect((await look({ port: String(port), host: '192.0.2.1' }))[0]).toMatch(/^fault collector: /);
    const other = await serveHttp((_, response) => response.end('hello'));
    expect((await look({ port: String(other) }))[0]).toMatch(/^fault collector: Another program than kmq answers at /);
    expect((await look({ port: '0' }))[0]).toMatch(/^note collector: Port 0 stands for any free port\./);
  });

  test('reports one that cannot store hits, and notes another version, waiting hits and incomplete reports', async () => {
    // A program of the test gives the answers of a collector in these states, since none of them can be produced quickly.
    const metrics = ['kmq_build_info{version="0.0.1"} 1', 'kmq_store_backlog 12', 'kmq_reports_progress 0.5'].join(
      '\n',
    );
    const port = await serveHttp((incoming, response) => {
      if (incoming.url === '/metrics') return void response.end(metrics);
      response.writeHead(503).end('{"status":"failing","reason":"A test write to the store failed (ENOSPC)."}');
    });
    expect((await look({ port: String(port) })).map((line) => line.replace(/ http:\S+/, ''))).toEqual([
      'fault collector: stores no hits: A test write to the store failed (ENOSPC). The log of the collector says more.',
      expect.stringMatching(/^note version: The collector has version 0\.0\.1, and this command has version /),
      expect.stringMatching(/^note ClickHouse: 12 hits wait for ClickHouse/),
      'note reports: Reports are being built: 50 % of the hits are in them.',
    ]);
  });

  test('says that reports include all hits', async () => {
    const collector = await startCollector();
    const { port, origin } = collector;
    await collector.send('/e?_k=site&_p=bob&_n=x');
    const q = encodeURIComponent(JSON.stringify({ from: '2020-01-01', to: '2020-01-02' }));
    await expect.poll(async () => (await fetch(`${origin}/api/v1/reports/overview?key=site&q=${q}`)).status).toBe(200);
    await expect.poll(() => look({ port: String(port) })).toContain('ok reports: Reports include all hits.');
  });
});

describe('about a public URL, kmq doctor', () => {
  const look = async (port: number, publicUrl: string) =>
    linesOf(await examinePublicUrl(settingsOf({ port: String(port), publicUrl }), TOKEN));

  test('finds the collector through a proxy that changes nothing', async () => {
    const { port } = await startCollector({ token: TOKEN });
    const url = await proxyTo(port);
    expect(await look(port, url)).toEqual([`ok public URL: ${url} leads to the collector.`]);
  });

  test('reports a URL that does not lead to the collector, or not with all its requests', async () => {
    const { port } = await startCollector({ token: TOKEN });
    const [nobody] = await look(port, `http://127.0.0.1:${await freePort()}`);
    expect(nobody).toMatch(/^fault public URL: http:\S+ cannot be reached from this machine: connect ECONNREFUSED/);
    const [badGateway] = await look(port, await proxyTo(port, () => ({ status: 502, body: 'Bad gateway' })));
    expect(badGateway).toMatch(
      /^fault public URL: \S+\/healthz answers 502\. The proxy does not reach the collector\./,
    );
    const [page] = await look(port, await proxyTo(port, () => ({ status: 404, body: 'Not found' })));
    expect(page).toMatch(/^fault public URL: \S+\/healthz answers 404\. That is not the collector\./);
    const stale = await proxyTo(port, ({ url }) =>
      url === '/kmq.js' ? { status: 200, body: '/* old */' } : undefined,
    );
    expect((await look(port, stale)).at(-1)).toMatch(
      /^note public URL: \S+\/kmq\.js is not the tracker of this collector\./,
    );
    const blocked = await proxyTo(port, ({ url }) => (url === '/kmq.js' ? { status: 403, body: '' } : undefined));
    expect((await look(port, blocked))[0]).toMatch(
      /^fault public URL: \S+\/kmq\.js answers 403, so no page gets the tracker\./,
    );
  });

  /** The findings behind a proxy that changes answers. */
  const behind = async (change: Change) => {
    const { port } = await startCollector({ token: TOKEN });
    return look(port, await proxyTo(port, change));
  };
  const isPost = ({ method }: IncomingMessage): boolean => method === 'POST';
  const bytesOf = ({ headers }: IncomingMessage): number => Number(headers['content-length'] ?? 0);

  test.each<[string, Change, RegExp]>([
    [
      'allows no POST',
      (asked) => isPost(asked) && { status: 405, body: '' },
      /^fault proxies: POST \S+\/b answers 405/,
    ],
    [
      'allows only small bodies',
      (asked) => bytesOf(asked) > 100_000 && { status: 413, body: '' },
      /^fault proxies: POST \S+\/b with 128 KiB answers 413: .*client_max_body_size/,
    ],
    [
      'closes the connection of large bodies',
      (asked) => bytesOf(asked) > 100_000 && 'closes',
      /^fault proxies: POST \S+\/b with 128 KiB does not answer \(.*\): large batches do not arrive/,
    ],
    [
      'allows only short URLs',
      ({ url }) => url!.length > 1500 && { status: 414, body: '' },
      /^fault proxies: A URL of 2000 characters at \S+ answers 414/,
    ],
    [
      'does not pass on images',
      ({ url }) => url === '/e' && { status: 403, body: '' },
      /^fault proxies: \S+\/e answers 403, so hits that pages send by GET do not arrive/,
    ],
    [
      'caches answers',
      ({ url }) => url === '/e' && { headers: { 'cache-control': 'max-age=3600' } },
      /^fault proxies: \S+\/e may be cached: its Cache-Control is “max-age=3600” instead of “no-store”/,
    ],
    [
      'answers from its cache',
      ({ url }) => url === '/e' && { headers: { age: '12' } },
      /^fault proxies: \S+\/e may be cached/,
    ],
    [
      'adds a header that is there already',
      (asked) => isPost(asked) && { headers: { 'access-control-allow-origin': ['*', 'https://shop.example'] } },
      /^fault proxies: \S+\/b answers with Access-Control-Allow-Origin “\*, https:\/\/shop.example” instead of “\*”/,
    ],
    [
      'removes headers',
      (asked) => isPost(asked) && { headers: { 'access-control-allow-origin': [] } },
      /^fault proxies: \S+\/b answers with Access-Control-Allow-Origin “” instead of “\*”/,
    ],
    [
      'redirects',
      ({ url }) => ({ status: 301, body: '', headers: { location: `https://shop.example${url}` } }),
      /^fault public URL: \S+\/healthz redirects to https:\/\/shop.example\/healthz\. .*--public-url/,
    ],
  ])('%s', async (_, change, expected) => {
    const findings = await behind(change);
    expect(findings.filter((line) => !line.startsWith('ok'))).toEqual([expect.stringMatching(expected)]);
  });

  test('reports a proxy that holds back the stream of Live', async () => {
    const { port } = await startCollector({ token: TOKEN });
    const through = await proxyTo(port);
    const held = await serveHttp((asked, answer) => {
      if (asked.url!.startsWith('/api/v1/live')) return;
      asked.pipe(
        request(through + asked.url!, { method: asked.method, headers: asked.headers }, (got) =>
          got.pipe(answer.writeHead(got.statusCode!, got.headers)),
        ),
      );
    });
    expect(await look(port, `http://127.0.0.1:${held}`)).toEqual([
      expect.stringMatching(/^ok public URL/),
      expect.stringMatching(/^note proxies: \S+\/api\/v1\/live sends nothing for 3 seconds, so Live stays empty\./),
    ]);
  });

  test('reports a path that the collector does not know', async () => {
    const { port } = await startCollector({ token: TOKEN });
    expect(await look(port, `${await proxyTo(port)}/stats`)).toEqual([
      expect.stringMatching(
        /^fault public URL: \S+\/stats\/healthz answers 404\. The collector gets the path \/stats, .*--base-path/,
      ),
    ]);
  });

  test('says how to check a certificate of a private authority', async () => {
    const { port } = await startCollector({ token: TOKEN });
    const { cert, key } = certify(await temporaryFolder(), 'localhost');
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port: there } = server.address() as AddressInfo;
    expect(await look(port, `https://localhost:${there}`)).toEqual([
      expect.stringMatching(
        /cannot be reached from this machine: .*whole chain of certificates.*NODE_EXTRA_CA_CERTS=FILE/,
      ),
    ]);
  });

  test('reports that anybody can read people, if the proxy is not named and there is no token', async () => {
    const { port } = await startCollector();
    // An address that other machines do not take for their own.
    const url = (await proxyTo(port)).replace('127.0.0.1', '0.0.0.0');
    expect((await look(port, url))[0]).toMatch(
      /^fault token: \S+ answers without the token: anybody can read people\./,
    );
  });

  test('notes that programs of this machine can read people without a token', async () => {
    const { port } = await startCollector();
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await look(port, `http://${host}:${port}`)).toEqual([
        `ok public URL: http://${host}:${port} leads to the collector.`,
        `note token: http://${host}:${port} needs no token, since only this machine can open it. If a program forwards it to other machines, set a token.`,
      ]);
  });
});

describe('about ClickHouse, kmq doctor', () => {
  const look = async (store: string) => linesOf(await examineClickHouse(settingsOf({ store })));

  test('reports that it does not answer', async () => {
    const port = await freePort();
    expect((await look(`clickhouse://127.0.0.1:${port}/kmq`))[0]).toMatch(
      /^fault ClickHouse: ClickHouse does not answer as it should: ClickHouse at \S+ does not answer \(ECONNREFUSED\)\. Hits wait/,
    );
  });

  test.runIf(findClickHouse())('says its version, and notes if that is too old for reports', async () => {
    const server = await clickHouseOfTest();
    expect((await look(server.url('kmq')))[0]).toMatch(
      /^(ok ClickHouse: Version \d\S* answers\.|note ClickHouse: Version \d\S* stores hits, but reports need version 24\.8 or later\.)$/,
    );
  });
});
