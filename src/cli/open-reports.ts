import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AskedReports, areShared } from '../collector/reports/asked-reports.js';
import { NoReport } from '../collector/reports/reports.js';
import type { SharedEngine } from '../collector/reports/shared-reports.js';

/** How often reports that are being built, or begin anew, are asked again. */
const AGAIN_MS = 1000;

export const STANDARD_ERROR = { warn: (sentence: string): void => console.error(sentence) };

export interface OpenReports extends SharedEngine {
  close(): Promise<void>;
}

/**
 * The reports of a data folder: those of the collector that runs on it, else those that this command starts.
 * @param start opens them in a process of the command's own
 * @throws Error where a collector has them, and this user may not ask it
 */
export async function openReports(folder: string, start: () => OpenReports): Promise<OpenReports> {
  if (!(await areShared(folder))) return start();
  return Object.assign(new AskedReports(folder), { close: () => Promise.resolve() });
}

/** Files that root makes in the folder could not be written by the collector: root asks as the folder's owner. */
export function becomeOwner(folder: string): void {
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
      const { message, progress = 0 } = error;
      const line = error.progress === undefined ? message : `${message} ${Math.floor(progress * 100)} %`;
      if (line !== said) console.error((said = line));
    }
  }
}
