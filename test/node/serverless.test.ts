import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { KEY, startCollector, temporaryFolder } from '../support/collector.js';
import { expectStored } from './support.js';

/** The samples of docs/node.md: the handler of a function, and a hit that is sent without `kmq/node`. */
const [ofFunction, ofEdge] = [
  ...readFileSync('docs/node.md', 'utf8')
    .split('## Serverless functions')[1]!
    .matchAll(/^```js\n([^]*?)^```$/gm),
].map(([, code]) => code!);

/** A TCP proxy whose connections a test can close. */
async function openProxy(target: number): Promise<{ port: number; closeAll(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const beyond = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [socket, beyond],
      [beyond, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const closeAll = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onTestFinished(() => {
    closeAll();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, closeAll };
}

test('a function delivers each hit before its answer, also if its connection was closed while it was suspended', async () => {
  const collector = await startCollector();
  const proxy = await openProxy(collector.port);
  const queue = join(await temporaryFolder(), 'queue');
  const sample = ofFunction!
    .replace('https://kmq.example.com', `http://127.0.0.1:${proxy.port}`)
    .replace('/tmp/kmq', queue)
    .replace("'KEY'", `'${KEY}'`)
    .replace('2000', '120_000');
  for (const given of [String(proxy.port), queue, KEY, '120_000']) expect(sample).toContain(given);
  const program = `import { createClient } from 'kmq/node';
    import { createInterface } from 'node:readline';
    ${sample}
    for await (const line of createInterface(process.stdin)) {
      await handler({ email: 'ada@example.com', total: 1 });
      console.log('answered ' + line);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const answers = createInterface(child.stdout);
  for (let count = 1; count <= 3; count++) {
    child.stdin.write(`${count}\n`);
    expect(await once(answers, 'line')).toEqual([`answered ${count}`]);
    child.kill('SIGSTOP');
    await expectStored(collector, Array<string>(count).fill('Ordered'));
    proxy.closeAll();
    child.kill('SIGCONT');
  }
});

test('a hit that is sent twice without kmq/node, with the same id and time, counts once', async () => {
  const collector = await startCollector();
  const sample = ofEdge!.replace('https://kmq.example.com', collector.origin).replace("'KEY'", `'${KEY}'`);
  // `new Function` makes no function that can wait.
  const AsyncFunction = (async () => {}).constructor as new (code: string) => () => Promise<void>;
  for (let times = 0; times < 2; times++) await new AsyncFunction(sample)();
  expect(await collector.export()).toEqual([
    { _p: 'ada@example.com', _t: 1_790_000_000, _n: 'Ordered', _i: 'order-4711', total: '12.5' },
  ]);
});
