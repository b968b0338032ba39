import { makeSnapshotFolder } from '../collector/reports/snapshot-folders.js';
import type { Snapshot, SnapshotTable } from '../collector/reports/snapshots.js';
import { reportsOfOptions } from '../collector/reports-of-options.js';
import { openEmbeddedSource } from '../collector/store/embedded/source.js';
import { becomeOwner, openReports, STANDARD_ERROR, untilBuilt } from './open-reports.js';
import { removedOnSignals } from './signals.js';
import type { storeSettings } from './store-settings.js';

export interface OpenSnapshot extends Snapshot {
  /** The folder with the files. */
  path: string;
}

type StoreSettings = ReturnType<typeof storeSettings>;

/**
 * Has a snapshot of a site written, by the collector that runs on the data folder or by the command itself, and does something with it.
 * It goes with the command, however that ends: at the latest the next one removes it.
 * @throws Error for a site without hits, and a store that has no reports
 */
export async function withSnapshot(
  settings: StoreSettings,
  key: string,
  tables: readonly SnapshotTable[],
  use: (snapshot: OpenSnapshot) => Promise<void>,
): Promise<void> {
  if (settings.store !== undefined) throw new Error('--store: hits that are kept in ClickHouse have no reports yet.');
  becomeOwner(settings.data);
  await checkKey(settings.data, key);
  const folder = makeSnapshotFolder(settings.data);
  const keep = removedOnSignals(folder.path);
  try {
    const snapshot = await write(settings, { key, folder: folder.name, tables });
    await use({ ...snapshot, path: folder.path });
  } finally {
    folder.remove();
    keep();
  }
}

async function write(
  settings: StoreSettings,
  request: { key: string; folder: string; tables: readonly SnapshotTable[] },
): Promise<Snapshot> {
  const reports = await openReports(settings.data, () => reportsOfOptions(settings, settings.sites, STANDARD_ERROR)!);
  try {
    const { signal } = new AbortController();
    return await untilBuilt(() => reports.snapshot(request, signal));
  } finally {
    await reports.close();
  }
}

/** A slip would be tables that are empty. @throws Error where there is no store, or no such site */
async function checkKey(folder: string, key: string): Promise<void> {
  const source = openEmbeddedSource(folder);
  const keys = await source.keys().finally(() => source.close());
  if (!keys.includes(key)) throw new Error(`There are no hits of a site “${key}”.`);
}
