import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { ArrivedHit } from '../../src/collector/store/store.js';
import { arrived } from '../support/arrived-hits.js';
import { temporaryFolder } from '../support/collector.js';
import { ReportStore } from '../support/report-store.js';

// Shared by tests of the engine: people who came, and how many of them reports know.

export const NOW = 1_790_000_000;
export const ALL = { from: '2026-09-01', to: '2026-09-30' };

let ids = 0;

/** A visit of a person. */
export function event(person: string, time = NOW, properties: [string, string][] = []): ArrivedHit {
  return arrived({ person, event: 'Came', time, properties, id: `id ${++ids}` });
}

export function alias(person: string, other: string): ArrivedHit {
  return arrived({ person, other, time: NOW, id: `id ${++ids}` });
}

export const many = (count: number, from = 0): ArrivedHit[] =>
  Array.from({ length: count }, (_, n) => event(`p${from + n}`));

export async function open(folder?: string): Promise<ReportStore> {
  const store = new ReportStore(folder ?? (await temporaryFolder()));
  onTestFinished(() => store.close());
  return store;
}

/** How many people came, or why that is not known. */
export async function people(store: ReportStore): Promise<number | string> {
  try {
    return (await store.ask('trend', { ...ALL, event: 'Came', count: 'people', by: 'month' })).total!;
  } catch (error) {
    return (error as Error).message;
  }
}

export const poll = (store: ReportStore) => expect.poll(() => people(store));

/** The contents of all files of reports. */
export function bytes(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.startsWith('reports.'),
  );
  return files
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'))
    .join('');
}
