import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'kmq-node-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('kmq/node stores a hit where no package is installed', () => {
  cpSync('dist/node.mjs', join(folder, 'node.mjs'));
  writeFileSync(
    join(folder, 'app.mjs'),
    `import { createClient, readVisitor } from './node.mjs';
    const kmq = createClient({ key: 'KEY', collector: 'http://127.0.0.1:9', queue: 'queue' });
    kmq.record(readVisitor('km_ni=ada').named, 'Ordered', { total: 12.5 });
    process.exit(kmq.dropped);`,
  );
  execFileSync(process.execPath, ['app.mjs'], { cwd: folder });
  const files = readdirSync(join(folder, 'queue'), { recursive: true, encoding: 'utf8' });
  expect(files.filter((name) => name.endsWith('.hits'))).toHaveLength(1);
});

test('kmq/node uses the timers and encoders of Node where a test runner has put those of a browser in their place', () => {
  cpSync('dist/node.mjs', join(folder, 'node.mjs'));
  writeFileSync(
    join(folder, 'in-jsdom.mjs'),
    `import { createServer } from 'node:http';
    import { once } from 'node:events';
    const { setTimeout, setInterval } = globalThis;
    const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
    const arrived = [];
    const server = createServer(async (request, response) => {
      for await (const chunk of request) arrived.push(String(chunk));
      response.writeHead(200, { 'Content-Type': 'image/gif', Connection: 'close' }).end(gif);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // As in Jest with jsdom: timers are numbers, and there are no encoders.
    globalThis.setTimeout = (...parameters) => Number(setTimeout(...parameters));
    globalThis.setInterval = (...parameters) => Number(setInterval(...parameters));
    for (const name of ['TextEncoder', 'TextDecoder', 'Buffer', 'URL', 'performance']) globalThis[name] = undefined;
    const { createClient } = await import('./node.mjs');
    const faults = [];
    const kmq = createClient({
      key: 'KEY', collector: 'http://127.0.0.1:' + server.address().port, queue: 'queue-in-jsdom',
      onError: ({ message }) => faults.push(message),
    });
    kmq.record('ada', 'Ordered', { note: 'x'.repeat(9000) });
    console.log(await kmq.close(30000), faults, arrived.join('').includes('_n=Ordered'));
    server.close();`,
  );
  const printed = execFileSync(process.execPath, ['in-jsdom.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(printed).toBe('true [] true\n');
});
