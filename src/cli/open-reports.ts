import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AskedReports, areShared } from '../collector/reports/asked-reports.js';
import { NoReport } from '../collector/reports/no-report.js';
import type { SharedEngine } from '../collector/reports/shared-reports.js';
import type { ReportEngine } from '../collector/reports/report-engine.js';
import { clickHouseReportsOfOptions, reportsOfOptions } from '../collector/reports-of-options.js';
import { openEmbeddedSource } from '../collector/store/embedded/export-source.js';
import { noSite } from './no-site.js';
import type { storeSettings } from './store-settings.js';

/** How long to wait before asking again, while reports are being built or their process is starting. */
const AGAIN_MS = 1000;

/**
 * A command may have been given other settings than the collector. Their `retention` removes nothing from the store, so it must not remove
 * hits from the file of reports either: the collector would not copy them again.
 */
const OF_A_COMMAND = { keepsOtherSettings: true, expired: () => ({}) };

const STANDARD_ERROR = { warn: (sentence: string): void => console.error(sentence) };

export interface OpenReports extends ReportEngine {
  close(): Promise<void>;
}

/** The reports of a data folder, which can also write snapshots. */
export interface OpenSharedReports extends SharedEngine {
  close(): Promise<void>;
}

export type StoreSettings = ReturnType<typeof storeSettings>;

/**
 * The keys of the sites in a data folder, read before its reports are opened: a mistyped key would give zeros everywhere.
 * @throws Error if there is no store
 */
export async function keysIn({ data }: Pick<StoreSettings, 'data'>): Promise<string[]> {
  becomeOwner(data);
  const source = openEmbeddedSource(data, (sentence) => console.error(sentence));
  return source.keys().finally(() => source.close());
}

/**
 * The reports of a data folder. The collector that runs on it answers, or else a process that this command starts: also if the
 * collector stops while the command waits for it.
 * @throws Error if a collector runs, and this user may not ask it
 */
export async function openSharedReports(settings: StoreSettings): Promise<OpenSharedReports> {
  const asked = new AskedReports(settings.data);
  let own: ReturnType<typeof reportsOfOptions>;
  const reports = async (): Promise<SharedEngine> => {
    if (!own && (await areShared(settings.data))) return asked;
    return (own ??= reportsOfOptions(settings, settings.sites, STANDARD_ERROR, OF_A_COMMAND))!;
  };
  await reports();
  return {
    ask: async (...question) => (await reports()).ask(...question),
    snapshot: async (...request) => (await reports()).snapshot(...request),
    close: async () => own?.close(),
  };
}

/**
 * The reports of the store that has the hits.
 * @returns also a sentence if the store has no hits of the site: a mistyped key would give zeros everywhere
 * @throws Error if there is no store, or ClickHouse does not answer
 */
export async function openReports(
  settings: StoreSettings,
  key: string,
): Promise<{ reports: OpenReports; missing: string | undefined }> {
  const reports = clickHouseReportsOfOptions(settings, settings.sites);
  if (!reports) {
    const keys = await keysIn(settings);
    return { reports: await openSharedReports(settings), missing: keys.includes(key) ? undefined : noSite(key, keys) };
  }
  try {
    // All sites are read only if this one is missing: ClickHouse reads every identity for that.
    return { reports, missing: (await reports.hasSite(key)) ? undefined : noSite(key, await reports.keys()) };
  } catch (error) {
    await reports.close();
    throw error;
  }
}

/** Run by root, the command continues as the owner of the folder: the collector could not write to root's files. */
export function becomeOwner(folder: string): void {
  if (process.geteuid?.() !== 0) return;
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (!owner?.uid) return;
  process.setgroups!([owner.gid]);
  process.setgid!(owner.gid);
  process.setuid!(owner.uid);
}

/** Asks again until there is an answer, and shows on standard error why it waits. */
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
