import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { NoReport, unavailable } from '../no-report.js';
import { snapshotFolder } from '../snapshot-folders.js';
import { snapshotFile, type Snapshot, type SnapshotRequest } from '../snapshot-format.js';
import type { ReportDatabase } from './database.js';
import { LEAST_FREE_MEBIBYTES, type ReportDisk } from './disk.js';
import { untilEnded } from './interruption.js';
import { copyTo, inMapAlone, snapshotQuery } from './snapshot-queries.js';
import { usedProperties } from './used-properties.js';

/** How often the free disk space is checked while a snapshot is written. */
const DISK_INTERVAL_MS = 250;
/** The suffix of a file that is not complete yet. */
const PART = '.part';

export interface SnapshotParts {
  /** The data folder. */
  folder: string;
  database: ReportDatabase;
  disk: ReportDisk;
  /** The number of a site; NO_SITE if it is unknown. */
  siteOf: (key: string) => number;
  /** The tables contain the hits up to this time, Unix seconds. */
  asOf: () => number;
  /** `count` is the number of removals so far. */
  removals: { readonly count: number };
  /** Called if a snapshot does not end. */
  onStuck: () => void;
}

/** Writes snapshots, one after the other. */
export class Snapshots {
  private readonly closing = new AbortController();

  constructor(private readonly parts: SnapshotParts) {}

  close(): void {
    this.closing.abort(unavailable('The collector is stopping.'));
  }

  async write(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    const { database, removals, asOf } = this.parts;
    const folder = snapshotFolder(this.parts.folder, request.folder);
    if (!statSync(folder, { throwIfNoEntry: false })) throw unavailable('The folder of the snapshot does not exist.');
    const files = request.tables.map((table) => join(folder, snapshotFile(table)));
    try {
      // Written again if somebody was removed meanwhile: no snapshot may contain a person after the answer to their removal.
      for (;;) {
        const before = removals.count;
        const state = asOf();
        const snapshot = await database.readAll((connection) => this.writeFiles(connection, request, folder, signal));
        if (removals.count !== before) continue;
        for (const file of files) renameSync(file + PART, file);
        return { asOf: state, ...snapshot };
      }
    } catch (error) {
      for (const file of files) rmSync(file + PART, { force: true });
      throw error;
    }
  }

  private async writeFiles(
    connection: DuckDBConnection,
    { key, tables }: SnapshotRequest,
    folder: string,
    signal: AbortSignal,
  ): Promise<Omit<Snapshot, 'asOf'>> {
    const { database, disk, siteOf, onStuck } = this.parts;
    const full = new AbortController();
    const ended = AbortSignal.any([signal, this.closing.signal, full.signal]);
    const look = async (): Promise<void> => {
      if (!(await disk.hasSpaceForSnapshot())) full.abort(diskFull());
    };
    await look();
    const watch = setInterval(() => void look().catch(() => undefined), DISK_INTERVAL_MS);
    try {
      return await untilEnded(connection, ended, onStuck, async () => {
        const site = siteOf(key);
        const properties = await usedProperties(connection, site);
        database.propertyNames = new Map(properties.map(({ code, name }) => [code, name]));
        let hits = 0;
        for (const table of tables) {
          ended.throwIfAborted();
          const file = join(folder, snapshotFile(table)) + PART;
          const query = snapshotQuery(table, site, properties);
          const { rowsChanged } = await connection.run(copyTo(file, query, properties.length, database.memoryOfAPart));
          if (table === 'events') hits = rowsChanged;
        }
        ended.throwIfAborted();
        return { hits, inMap: inMapAlone(properties) };
      });
    } catch (error) {
      throw isFull(error) ? diskFull() : error;
    } finally {
      database.propertyNames = new Map();
      clearInterval(watch);
    }
  }
}

function diskFull(): NoReport {
  const error =
    `The disk of the data folder has no space for the copy of the hits that this command reads: ${LEAST_FREE_MEBIBYTES} MiB have to stay free for hits. ` +
    'The part that was written is removed.';
  // Not `unavailable`: the command would write it again and again.
  return new NoReport(500, { error, code: 'failed', member: '' });
}

function isFull(error: unknown): boolean {
  return /no space left|ENOSPC/i.test((error as Error).message);
}
