import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createClient, type Client, type ClientOptions } from '../../src/node/index.js';
import { KEY, temporaryFolder, type TestCollector } from '../support/collector.js';

export interface TestClient extends Client {
  queue: string;
  errors: string[];
}

/** A client with its own queue, closed when the test is over. */
export async function openClient(options: Partial<ClientOptions>): Promise<TestClient> {
  const queue = options.queue ?? (await temporaryFolder());
  const errors: string[] = [];
  const onError = ({ message }: Error): void => void errors.push(message);
  const client = createClient({ key: KEY, collector: 'http://127.0.0.1:1', onError, ...options, queue });
  onTestFinished(async () => void (await client.close(0)));
  // On a busy machine the ten seconds of the default may be too short.
  const flush = (limit = 120_000): Promise<boolean> => client.flush(limit);
  return Object.assign(Object.create(client) as Client, { queue, errors, flush });
}

/** The names of numbered hits. */
export function numbered(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, n) => `hit ${from + n}`);
}

/** Waits until the collector has stored as many events, and expects exactly these, each once. */
export async function expectStored(collector: Pick<TestCollector, 'export'>, names: string[]): Promise<void> {
  const stored = async (): Promise<string[]> => (await collector.export()).map(({ _n }) => String(_n));
  await expect.poll(async () => (await stored()).length, { interval: 200 }).toBeGreaterThanOrEqual(names.length);
  expect((await stored()).sort()).toEqual([...names].sort());
}

/** Every file below a folder. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

export interface Program {
  child: ChildProcess;
  /** All lines that the process has printed. */
  lines: string[];
  /** Resolves with its exit code, null after a signal. */
  ended: Promise<number | null>;
}

/** test/node/programs/sender.js in its own process, killed when the test is over. */
export function startSender(wanted: object, command = [process.execPath]): Program {
  const [program, ...before] = command;
  const child = spawn(program!, [...before, 'test/node/programs/sender.js', JSON.stringify(wanted)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  let text = '';
  const read = (chunk: Buffer): void => {
    const parts = (text + chunk.toString()).split('\n');
    text = parts.pop()!;
    lines.push(...parts);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return { child, lines, ended: once(child, 'close').then(([code]) => code as number | null) };
}

export function numbersOf(lines: string[]): number[] {
  return lines.filter((line) => /^\d+$/.test(line)).map(Number);
}
