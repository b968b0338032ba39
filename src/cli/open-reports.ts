import { AskedReports, areShared } from '../collector/reports/asked-reports.js';
import type { ReportEngine } from '../collector/reports/reports.js';

export interface OpenReports extends ReportEngine {
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
