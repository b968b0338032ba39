import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AskedReports, areShared } from '../collector/reports/asked-reports.js';
import { NoReport } from '../collector/reports/no-report.js';
import type { SharedEngine } from '../collector/reports/shared-reports.js';
import type { ReportEngine } from '../collector/reports/report-engine.js';
import { clickHouseReportsOfOptions, reportsOfOptions } from '../collector/reports-of-options.js';
import { openEmbeddedSource } from '../collector/store/embedded/source.js';
import type { storeSettings } from './store-settings.js';

/** How often reports are asked again that are being built, or whose process is being started again. */
const AGAIN_MS = 1000;

const STANDARD_ERROR = { warn: (sentence: string): void => console.error(sentence) };

export interface OpenReports extends ReportEngine {
  close(): Promise<void>;
}

/** Those of a data folder, which write snapshots as well. */
export interface OpenSharedReports extends SharedEngine {
  close(): Promise<void>;
}

export type StoreSettings = ReturnType<typeof storeSettings>;

/**
 * What a command does before it opens the reports of a data folder.
 * @returns whether there are hits of the site: a slip would make zeros everywhere
 * @throws Error where there is no store
 */
export async function findSite({ data }: Pick<StoreSettings, 'data'>, key: string): Promise<boolean> {
  becomeOwner(data);
  const source = openEmbeddedSource(data);
  const keys = await source.keys().finally(() => source.close());
  return keys.includes(key);
}

/**
 * The reports of a data folder: those of the collector that runs on it, else those that this command starts in a process of its own.
 * @throws Error where a collector has them, and this user may not ask it
 */
export async function openSharedReports(settings: StoreSettings): Promise<OpenSharedReports> {
  if (!(await areShared(settings.data))) return reportsOfOptions(settings, settings.sites, STANDARD_ERROR)!;
  return Object.assign(new AskedReports(settings.data), { close: () => Promise.resolve() });
}

/**
 * The reports of a site, wherever its hits are, and whether there are any: a slip would make zeros everywhere.
 * @throws Error where there is no store, or nobody answers
 */
export async function openReports(
  settings: StoreSettings,
  key: string,
): Promise<{ reports: OpenReports; isThere: boolean }> {
  const reports = clickHouseReportsOfOptions(settings, settings.sites);
  if (!reports) {
    const isThere = await findSite(settings, key);
    return { reports: await openSharedReports(settings), isThere };
  }
  try {
    return { reports, isThere: await reports.hasSite(key) };
  } catch (error) {
    await reports.close();
    throw error;
  }
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
