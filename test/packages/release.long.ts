import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copyOfWorkTree, remove, run } from './support.js';

interface Published {
  name: string;
  version: string;
}

/** A server with what publishing needs of a registry. npm's registry keeps each version forever, so tests cannot use it. */
async function startRegistry(): Promise<{ address: string; published: Published[]; refuse: Set<string> }> {
  const published: Published[] = [];
  const refuse = new Set<string>();
  const read = async (request: IncomingMessage): Promise<string> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    return body;
  };
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url!.slice(1).split(/[?/]/)[0]!);
    if (request.method !== 'PUT') {
      const versions = published.filter((one) => one.name === name).map(({ version }) => version);
      if (!versions.length) return void response.writeHead(404).end('{"error":"Not found"}');
      const manifests = Object.fromEntries(versions.map((version) => [version, { name, version, dist: {} }]));
      const document = { name, 'dist-tags': { latest: versions.at(-1) }, versions: manifests };
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    }
    void read(request).then((body) => {
      if (refuse.has(name)) return response.writeHead(503).end('{"error":"not now"}');
      const [version] = Object.keys((JSON.parse(body) as { versions: object }).versions);
      published.push({ name, version: version! });
      return response.writeHead(201).end('{"success":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, published, refuse };
}

test('one command releases both packages as one version, and continues where it was interrupted', async () => {
  const clone = copyOfWorkTree();
  onTestFinished(() => remove(clone));
  const git = (...parameters: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...parameters], {
      cwd: clone,
      encoding: 'utf8',
    }).trim();
  symlinkSync(join(process.cwd(), 'node_modules'), join(clone, 'node_modules'));
  git('init', '--quiet');
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@example.com');
  // The modules are a link here, which an ignore rule for folders does not match.
  writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n.npmrc\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Before');

  const registry = await startRegistry();
  writeFileSync(
    join(clone, '.npmrc'),
    `registry=http://${registry.address}/\n//${registry.address}/:_authToken=none\nfetch-retries=0\naudit=false\n`,
  );
  const release = () => run('npm', ['run', 'release', '--', '7.8.9'], clone);

  registry.refuse.add('kmq-server');
  await expect(release()).rejects.toThrow(/kmq-server@7\.8\.9|503/);
  registry.refuse.clear();
  // The published files are the tagged ones, without later changes.
  writeFileSync(join(clone, 'dist/kmq.js'), 'changed');
  await expect(release()).rejects.toThrow('The work tree has changes');
  git('checkout', '--', '.');
  // As after an interruption between the commit and its tag.
  git('tag', '--delete', 'v7.8.9');
  expect(await release()).toContain('kmq@7.8.9 is already published');

  expect(registry.published).toEqual([
    { name: 'kmq', version: '7.8.9' },
    { name: 'kmq-server', version: '7.8.9' },
  ]);
  expect([git('tag'), git('log', '-1', '--format=%s'), git('status', '--porcelain')]).toEqual([
    'v7.8.9',
    'Release 7.8.9',
    '',
  ]);
  // The command that is printed at the end also pushes the tag.
  const remote = mkdtempSync(join(tmpdir(), 'kmq-remote-'));
  onTestFinished(() => remove(remote));
  execFileSync('git', ['init', '--quiet', '--bare', remote]);
  git('remote', 'add', 'origin', remote);
  git('push', '--quiet', '--set-upstream', 'origin', 'HEAD');
  git('push', '--quiet', '--follow-tags');
  expect(git('ls-remote', '--tags', 'origin')).toContain(git('rev-parse', 'HEAD'));
  const today = new Date().toISOString().slice(0, 10);
  expect(readFileSync(join(clone, 'CHANGELOG.md'), 'utf8')).toContain(`## 7.8.9 (${today})`);
  expect(readFileSync(join(clone, 'dist/kmq.js'), 'utf8')).toContain('kmq 7.8.9');
}, 300_000);
