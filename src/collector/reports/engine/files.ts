import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// The collector knows these names without DuckDB, whose library would take memory in each of its processes.

/** The files of reports in the data folder. They can all be deleted: they are built again from the store of hits. */
export const REPORTS_FILE = 'reports.duckdb';
export const LOG = `${REPORTS_FILE}.wal`;
export const NEW = `${REPORTS_FILE}.new`;
export const SPILL = 'reports.tmp';

/** Whether there is a database of reports in a folder. */
export function hasReports(folder: string): boolean {
  return existsSync(join(folder, REPORTS_FILE));
}

/** Deletes the files of reports in a folder. No process may have them open. */
export function discardReports(folder: string): void {
  for (const name of [REPORTS_FILE, LOG, NEW, `${NEW}.wal`, SPILL])
    rmSync(join(folder, name), { recursive: true, force: true });
}
