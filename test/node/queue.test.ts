import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import fs from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Folder } from '../../src/node/folder.js';
import { Poster } from '../../src/node/post.js';
import { Queue, type QueueLimits } from '../../src/node/queue.js';
import { Sender } from '../../src/node/sender.js';
import { temporaryFolder } from '../support/collector.js';

const LIMITS = { maxBytes: 1_000_000, maxAge: 1000 };
const ignore = (): void => undefined;

const openQueue = async (): Promise<Queue> => new Queue(new Folder(await temporaryFolder()), LIMITS, ignore);

test('a sender that is stopped while it reads a file sends nothing more', async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  const queue = await openQueue();
  queue.append('/e?_p=ann&_n=x', Date.now());
  const { port } = server.address() as AddressInfo;
  const sender = new Sender(queue, new Poster(new URL(`http://127.0.0.1:${port}/b`)), ignore);
  const sent = sender.attempt();
  await sender.stop();
  expect([await sent, requests, queue.isEmpty]).toEqual([false, 0, false]);
  queue.close();
});

test('a queue that is smaller than a file keeps the newest hits, in no more bytes than are allowed', async () => {
  const folder = new Folder(await temporaryFolder());
  const queue = new Queue(folder, { ...LIMITS, maxBytes: 10_000 }, ignore);
  for (let n = 0; n < 1000; n++) queue.append(`/e?_p=ann&_n=${n}&text=${'x'.repeat(100)}`, Date.now());
  const kept = (): string[] => readdirSync(folder.path).map((file) => join(folder.path, file));
  const bytes = (): number => kept().reduce((sum, file) => sum + statSync(file).size, 0);
  await expect.poll(bytes).toBeLessThanOrEqual(10_000);
  expect(bytes()).toBeGreaterThan(5000);
  const left = kept().flatMap((file) => readFileSync(file, 'utf8').match(/_n=999&/g) ?? []);
  expect(left).toHaveLength(1);
  queue.close();
});

/** Adds a line to a file just before the file is removed, as its process does that was suspended. */
async function addingBeforeUnlink(line: string, work: () => Promise<unknown>): Promise<void> {
  const { unlink } = fs;
  let isAdded = false;
  fs.unlink = (path) => {
    if (!isAdded) appendFileSync(String(path), line);
    isAdded = true;
    return unlink(path);
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    fs.unlink = unlink;
    syncBuiltinESMExports();
  }
  expect(isAdded).toBe(true);
}

test.each<[string, Partial<QueueLimits>]>([
  ['acknowledged', {}],
  ['too old', { maxAge: -1 }],
])('a hit is sent that its suspended process adds to a file whose hits were %s', async (why, limits) => {
  const queue = new Queue(new Folder(await temporaryFolder()), { ...LIMITS, ...limits }, ignore);
  queue.append('/e?_p=ann&_n=first', Date.now());
  const batch = (await queue.next())!;
  await addingBeforeUnlink('/e?_p=ann&_n=late\n', async () => {
    if (why === 'acknowledged') return queue.remove(batch);
    queue.putBack(batch);
    await queue.next();
    await expect.poll(() => queue.dropped).toBe(1);
  });
  expect((await queue.next())?.lines).toEqual(['/e?_p=ann&_n=late']);
  queue.close();
});

test('a hit is sent that its suspended process adds to a file of which some hits are put back', async () => {
  const queue = await openQueue();
  queue.append('/e?_p=ann&_n=first', Date.now());
  queue.append('/e?_p=ann&_n=blocked', Date.now());
  const batch = (await queue.next())!;
  appendFileSync(batch.segment!.path, '/e?_p=ann&_n=late\n');
  await queue.putSomeBack(batch, ['/e?_p=ann&_n=blocked'], 0);
  const sent = [...(await queue.next())!.lines, ...(await queue.next())!.lines];
  expect(sent.sort()).toEqual(['/e?_p=ann&_n=blocked', '/e?_p=ann&_n=late']);
  queue.close();
});
