import { makeSnapshotFolder } from '../collector/reports/snapshot-folders.js';
import type { Snapshot, SnapshotTable } from '../collector/reports/snapshot-format.js';
import { noSite } from './no-site.js';
import { keysIn, openSharedReports, untilBuilt, type StoreSettings } from './open-reports.js';
import { removedOnSignals } from './signals.js';

export interface OpenSnapshot extends Snapshot {
  /** The folder with the files. */
  path: string;
}

/**
 * Calls back with a snapshot of a site. The collector that runs on the data folder writes it, or else the command itself. It is
 * removed when the command ends; if the command is killed, the next one removes it.
 * @throws Error for a site without hits, and if ClickHouse has the hits
 */
export async function withSnapshot(
  settings: StoreSettings,
  key: string,
  tables: readonly SnapshotTable[],
  use: (snapshot: OpenSnapshot) => Promise<void>,
): Promise<void> {
  if (settings.store !== undefined)
    throw new Error(
      'This command reads an embedded store only, but --store, KMQ_STORE or the file of settings names ClickHouse.',
    );
  const keys = await keysIn(settings);
  if (!keys.includes(key)) throw new Error(noSite(key, keys));
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
  const reports = await openSharedReports(settings);
  try {
    const { signal } = new AbortController();
    return await untilBuilt(() => reports.snapshot(request, signal));
  } finally {
    await reports.close();
  }
}
