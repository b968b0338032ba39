import { execFileSync } from 'node:child_process';
import { link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, inject, onTestFinished } from 'vitest';
import type { Erased, LiveHit, LiveRefusal, People, Person } from '../../src/protocol/api.js';
import type { Timeouts } from '../../src/collector/http/listener.js';
import type { CollectorOptions } from '../../src/collector/options.js';
import type { ReportEngine } from '../../src/collector/reports/report-engine.js';
import { createCollector } from '../../src/collector/server.js';
import { openStore } from '../../src/collector/store/open.js';
import { Reserve, RESERVE_FILE } from '../../src/collector/store/sqlite/reserve.js';
import type { ExportedHit, ImportWriter, Store } from '../../src/collector/store/store.js';
import { newDatabase } from './clickhouse.js';
import { putOldStore } from './old-store.js';
import { endBeside, removeAtTheEnd } from './ending.js';

export const KEY = 'site';

/** A folder that is removed after the tests of a file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kmq-'));
  // A process that was just killed may still have made a file.
  removeAtTheEnd(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  if (process.env.KMQ_MIGRATED) putOldStore(folder);
  return folder;
}

/** A folder with a reserve of disk space, for the collectors of a file. */
let withReserve: Promise<string> | undefined;

/**
 * A data folder for a collector. It has a reserve of disk space already: making one costs as much as all else that a collector
 * does at its start. All collectors of a file have the same one, so tests of full disks give their own folders to collectors.
 */
async function dataFolder(): Promise<string> {
  withReserve ??= temporaryFolder().then((folder) => {
    removeAtTheEnd(() => (withReserve = undefined));
    new Reserve(folder);
    return folder;
  });
  const [folder, data] = [await withReserve, await temporaryFolder()];
  // On a small disk there is none.
  await link(join(folder, RESERVE_FILE), join(data, RESERVE_FILE)).catch(() => undefined);
  return data;
}

/** A file system of this size; undefined if the system lets nobody make one. */
export async function smallDisk(megabytes: number, inodes?: number): Promise<string | undefined> {
  const folder = await temporaryFolder();
  try {
    const options = `size=${megabytes}m${inodes === undefined ? '' : `,nr_inodes=${inodes}`}`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  removeAtTheEnd(() => execFileSync('umount', ['--lazy', folder]));
  return folder;
}

export interface TestCollector {
  origin: string;
  port: number;
  send(address: string, init?: RequestInit): Promise<Response>;
  person(identity: string, key?: string): Promise<Person | undefined>;
  people(q: string, key?: string): Promise<People['people']>;
  export(key?: string): Promise<Record<string, unknown>[]>;
  /** What was removed of a person; undefined if the person was not found. */
  erase(identity: string, key?: string): Promise<Erased | undefined>;
  /** What Live shows, once it shows as many hits and refusals as expected. */
  live(count: number, key?: string): Promise<{ hits: LiveHit[]; refusals: LiveRefusal[] }>;
  close(): Promise<void>;
}

/**
 * The store of the tests of this vitest project (`kmq` or `on ClickHouse`): the embedded one by default. On ClickHouse, each data
 * folder has its own database, also when a second collector opens the folder.
 */
const databases = new Map<string, string>();
function addressOfStore(data: string): { store?: string } {
  const server = inject('clickHouse');
  if (!server) return {};
  if (!databases.has(data)) databases.set(data, newDatabase());
  return { store: `${server}${databases.get(data)}` };
}

/** The store itself, without a collector, for entries that a collector would not accept any more. */
export async function storeOfProject(): Promise<Store & ImportWriter> {
  const folder = await temporaryFolder();
  const store = openStore({ folder, url: addressOfStore(folder).store, counting: () => 'reference' });
  onTestFinished(() => store.close());
  return store;
}

/** All stored data of the hits of a site, once the collector of the folder is closed. */
export async function storedIn(folder: string, key = KEY): Promise<ExportedHit[]> {
  const store = openStore({ folder, url: addressOfStore(folder).store, counting: () => 'auto' });
  const hits: ExportedHit[] = [];
  for await (const hit of store.export(key)) hits.push(hit);
  await store.close();
  return hits;
}

/** The real collector on its own port, which is closed when the test is over. */
export async function startCollector(
  options: Partial<CollectorOptions> = {},
  timeouts?: Timeouts,
  reports?: ReportEngine,
): Promise<TestCollector> {
  const collector = await runCollector(options, timeouts, reports);
  // If a test has given it a store, the collector is closed before the store's server ends.
  onTestFinished(() => (options.store ? collector.close() : endBeside(collector.close())));
  return collector;
}

/**
 * One collector for the tests of a file that only read; call it at the top. A collector with a process of reports costs more
 * than most of these tests.
 * @param fill stores what they read, before the first of them
 * @param folder makes a data folder with a part of it
 */
export function sharedCollector(
  fill: (collector: TestCollector) => Promise<unknown>,
  folder = temporaryFolder,
): () => Promise<TestCollector> {
  let shared: Promise<TestCollector> | undefined;
  const start = async (): Promise<TestCollector> => {
    const collector = await runCollector({ data: await folder() });
    await fill(collector);
    return collector;
  };
  afterAll(async () => (await shared)?.close());
  return () => (shared ??= start());
}

/** Waits until the collector answers with a report. Meanwhile it answers 503, and a page says so and asks again. */
export async function reportsOpen(collector: Pick<TestCollector, 'send'>, key = KEY): Promise<void> {
  const names = `/api/v1/reports/names?${new URLSearchParams({ key }).toString()}`;
  await expect.poll(async () => (await collector.send(names)).status).toBe(200);
}

async function runCollector(
  options: Partial<CollectorOptions> = {},
  timeouts?: Timeouts,
  reports?: ReportEngine,
): Promise<TestCollector> {
  const data = options.data ?? (await dataFolder());
  const app = await createCollector(
    { data, ...addressOfStore(data), logLevel: 'silent', ...options },
    { ...(timeouts && { timeouts }), ...(reports && { reports }) },
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= app.close());
  const { port } = app.server.address() as AddressInfo;
  return { ...clientOf(`http://127.0.0.1:${port}`), port, close };
}

/** The requests of tests to a collector in any process. */
export function clientOf(origin: string): Omit<TestCollector, 'port' | 'close'> {
  const get = (path: string, key: string) => fetch(`${origin}/api/v1/${path}key=${encodeURIComponent(key)}`);
  return {
    origin,
    send: (address, init) => fetch(origin + address, init),
    async person(identity, key = KEY) {
      const response = await get(`people/${encodeURIComponent(identity)}?`, key);
      return response.status === 404 ? undefined : ((await response.json()) as Person);
    },
    async people(q, key = KEY) {
      return ((await (await get(`people?q=${encodeURIComponent(q)}&`, key)).json()) as People).people;
    },
    async export(key = KEY) {
      const text = await (await get('export?', key)).text();
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    async erase(identity, key = KEY) {
      const path = `people/${encodeURIComponent(identity)}?key=${encodeURIComponent(key)}`;
      const response = await fetch(`${origin}/api/v1/${path}`, { method: 'DELETE' });
      return response.status === 404 ? undefined : ((await response.json()) as Erased);
    },
    async live(count, key = KEY) {
      const stop = new AbortController();
      const response = await fetch(`${origin}/api/v1/live?key=${encodeURIComponent(key)}`, { signal: stop.signal });
      const hits: LiveHit[] = [];
      const refusals: LiveRefusal[] = [];
      for await (const { event, data } of readEvents(response)) {
        if (event === 'hit') hits.push(data as LiveHit);
        if (event === 'refused') refusals.push(data as LiveRefusal);
        if (hits.length + refusals.length >= count) break;
      }
      stop.abort();
      return { hits, refusals };
    },
  };
}

/**
 * Calls a function `count` times, a hundred calls in parallel. With thousands of connections at the same time on a busy machine, a
 * connection would take more than ten seconds, and then `fetch` gives up.
 */
export async function byHundreds(count: number, act: (n: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += 100) {
    await Promise.all(Array.from({ length: Math.min(100, count - from) }, (_, n) => act(from + n)));
  }
}

export interface ServerSentEvent {
  event: string;
  data: unknown;
  id: string | undefined;
}

/** Reads a stream of server-sent events, one after the other. */
export async function* readEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      yield { event: field('event') ?? '', data: JSON.parse(field('data') ?? 'null'), id: field('id') };
    }
  }
}
