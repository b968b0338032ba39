import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AskedReports, areShared } from '../collector/reports/asked-reports.js';
import { NoReport } from '../collector/reports/no-report.js';
import type { SharedEngine } from '../collector/reports/shared-reports.js';
import { reportsOfOptions } from '../collector/reports-of-options.js';
import { openEmbeddedSource } from '../collector/store/embedded/source.js';
import type { storeSettings } from './store-settings.js';

/** How long to wait before a question is asked again, while reports are being built or their process is starting. */
const AGAIN_MS = 1000;

const STANDARD_ERROR = { warn: (sentence: string): void => console.error(sentence) };

export interface OpenReports extends SharedEngine {
  close(): Promise<void>;
}

export type StoreSettings = ReturnType<typeof storeSettings>;

/**
 * Looks for a site before reports are opened.
 * @returns whether the store has hits of the site: a typing mistake in the key would give zeros everywhere
 * @throws Error where there is no store, or no reports of it
 */
export async function findSite({ data, store }: StoreSettings, key: string): Promise<boolean> {
  if (store !== undefined) throw new Error('--store: there are no reports for hits in ClickHouse yet.');
  becomeOwner(data);
  const source = openEmbeddedSource(data);
  const keys = await source.keys().finally(() => source.close());
  return keys.includes(key);
}

/**
 * The reports of a data folder: of the collector that runs on it, else of a process that this command starts.
 * @throws Error where a collector has them, and this user may not ask it
 */
export async function openReports(settings: StoreSettings): Promise<OpenReports> {
  if (!(await areShared(settings.data))) return reportsOfOptions(settings, settings.sites, STANDARD_ERROR)!;
  return Object.assign(new AskedReports(settings.data), { close: () => Promise.resolve() });
}

/** Root becomes the owner of the folder: the collector could not write to files of root. */
function becomeOwner(folder: string): void {
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (process.geteuid?.() !== 0 || !owner?.uid) return;
  process.setgroups!([owner.gid]);
  process.setgid!(owner.gid);
  process.setuid!(owner.uid);
}

/** Asks again until there is an answer, and says on standard error what it waits for. */
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
