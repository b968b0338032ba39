import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AskedReports, areShared } from '../collector/reports/asked-reports.js';
import { NoReport } from '../collector/reports/no-report.js';
import type { SharedEngine } from '../collector/reports/shared-reports.js';
import { reportsOfOptions } from '../collector/reports-of-options.js';
import { openEmbeddedSource } from '../collector/store/embedded/source.js';
import type { storeSettings } from './store-settings.js';

/** How often reports are asked again that are being built, or whose process is being started again. */
const AGAIN_MS = 1000;

const STANDARD_ERROR = { warn: (sentence: string): void => console.error(sentence) };

export interface OpenReports extends SharedEngine {
  close(): Promise<void>;
}

export type StoreSettings = ReturnType<typeof storeSettings>;

/**
 * What a command does before it opens reports.
 * @returns whether there are hits of the site: a slip would make zeros everywhere
 * @throws Error where there is no store, or one that has no reports
 */
export async function findSite({ data, store }: StoreSettings, key: string): Promise<boolean> {
  if (store !== undefined) throw new Error('--store: hits that are kept in ClickHouse have no reports yet.');
  becomeOwner(data);
  const source = openEmbeddedSource(data);
  const keys = await source.keys().finally(() => source.close());
  return keys.includes(key);
}

/**
 * The reports of a data folder: those of the collector that runs on it, else those that this command starts in a process of its own.
 * @throws Error where a collector has them, and this user may not ask it
 */
export async function openReports(settings: StoreSettings): Promise<OpenReports> {
  if (!(await areShared(settings.data))) return reportsOfOptions(settings, settings.sites, STANDARD_ERROR)!;
  return Object.assign(new AskedReports(settings.data), { close: () => Promise.resolve() });
}

/** Files that root makes in the folder could not be written by the collector: root asks as the folder's owner. */
function becomeOwner(folder: string): void {
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (process.geteuid?.() !== 0 || !owner?.uid) return;
  process.setgroups!([owner.gid]);
  process.setgid!(owner.gid);
  process.setuid!(owner.uid);
}

/** Asks until there is an answer, and says on standard error why there is none yet. */
export async function untilBuilt<T>(ask: () => Promise<T>): Promise<T> {
  for (let said = ''; ; await wait(AGAIN_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NoReport) || !['building', 'unavailable'].includes(error.code)) throw error;
      if (error.message !== said) console.error((said = error.message));
    }
  }
}
