import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { EmbeddedStore } from '../../src/collector/store/embedded/store.js';
import type { ArrivedHit, ExportedHit } from '../../src/collector/store/store.js';
import { csvRows } from '../../src/transfer/csv-rows.js';
import { readerOf, type Format } from '../../src/transfer/format.js';
import { importLines, type Counts, type ImportOptions, type Reject } from '../../src/transfer/import.js';
import { openInput } from '../../src/transfer/input.js';
import { KEY } from './collector.js';

export interface Finished {
  code: number | NodeJS.Signals;
  out: string;
  /** Standard error without the lines of `waits`. */
  err: string;
}

/** The lines by which a command says that it waits for reports: on a busy machine, any that reads reports may have to wait. */
const WAITS = /^Reports are being (built|opened): .*\n/gm;

/** A command as it is installed, in its own process. */
export function start(parameters: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const all = { PATH: process.env.PATH, ...env };
  const child = spawn(process.execPath, ['server/bin/kmq.js', ...parameters], { env: all });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/**
 * A command from its start to its end.
 * @returns also the lines by which it said that it waits for reports
 */
export async function runWaiting(
  parameters: string[],
  input: string | Buffer = '',
  env?: NodeJS.ProcessEnv,
): Promise<Finished & { waits: string[] }> {
  const child = start(parameters, env);
  let out = '';
  let err = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin!.on('error', () => {}).end(input);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const waits = err.match(WAITS) ?? [];
  return { code: code ?? signal!, out, err: err.replace(WAITS, ''), waits };
}

/** A command from its start to its end. */
export async function run(...parameters: Parameters<typeof runWaiting>): Promise<Finished> {
  const { code, out, err } = await runWaiting(...parameters);
  return { code, out, err };
}

/** An embedded store, closed when the test is over. */
export function openFolder(folder: string, onNotice?: (sentence: string) => void): EmbeddedStore {
  const store = new EmbeddedStore({ folder, counting: () => 'reference', ...(onNotice && { onNotice }) });
  let closed = false;
  const close = store.close.bind(store);
  store.close = async () => {
    if (!closed) await close();
    closed = true;
  };
  onTestFinished(() => store.close());
  return store;
}

export async function storedHits(store: EmbeddedStore, key = KEY): Promise<ExportedHit[]> {
  const hits: ExportedHit[] = [];
  for await (const hit of store.export(key)) hits.push(hit);
  return hits;
}

/** 2026-01-01. */
export const NOW = 1_767_225_600;

/** The result of an import of an input in the given chunks, without a store. */
export async function readInput(
  format: Format,
  ...chunks: (string | Buffer)[]
): Promise<{ hits: ArrivedHit[]; rejects: [line: number, reason: string][]; counts: Counts }> {
  const bytes = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })();
  const { lines } = await openInput(bytes);
  const hits: ArrivedHit[] = [];
  const rejects: Reject[] = [];
  const counts = await importLines({
    records: format === 'csv' ? csvRows(lines) : lines,
    read: readerOf(format, KEY, () => NOW),
    store: storeInto(hits),
    source: 'test',
    onRejects: (some) => rejects.push(...some),
    onProgress: () => {},
  });
  return { hits, rejects: rejects.map(({ line, reason }) => [line.number, reason]), counts };
}

/** A store for imports that only puts the hits into a list. */
export const storeInto = (hits: ArrivedHit[]): ImportOptions['store'] => ({
  bookmark: async () => 0,
  appendWithBookmarks: async (entries) => void hits.push(...(entries as ArrivedHit[])),
  backlog: () => 0,
});
