import { join } from 'node:path';
import { BUSY_TIMEOUT_MS, openDatabase, type Database, type Statement } from '../sqlite/database.js';
import type { DiskSpace } from '../sqlite/disk-space.js';
import { markStore } from '../sqlite/store-mark.js';

/** The name of the spool in the data folder. */
export const SPOOL_FILE = 'spool.db';

/** @param durability `full`: writes are on disk when a commit returns; `fast`: after a checkpoint at the latest */
export function openSpoolDatabase(folder: string, durability: 'full' | 'fast'): Database {
  const db = openDatabase(join(folder, SPOOL_FILE));
  db.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'};
    PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA secure_delete = ON;
    CREATE TABLE IF NOT EXISTS batches (
      id INTEGER PRIMARY KEY AUTOINCREMENT, -- the stamp of its last row, which is never given again
      rows INTEGER NOT NULL, bytes INTEGER NOT NULL, hits TEXT NOT NULL, refusals TEXT NOT NULL, aliased TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS bookmarks (source TEXT PRIMARY KEY, lines INTEGER NOT NULL) WITHOUT ROWID;
  `);
  markStore(db);
  return db;
}

/** Small values that are stored in the spool. */
export interface SpoolValues {
  /** Identifies this spool's rows among those of all spools. */
  source: number;
  /** The offset up to which everything was forwarded. */
  forwarded: number;
  /** When each server of ClickHouse was started, JSON. */
  servers: string;
  /** The same by address, as earlier versions have stored it, JSON. */
  started: string;
  /** Requests to erase people that could not begin, JSON: a list of keys, each with an identity. */
  asked: string;
  /** The people who are being erased, JSON: a list of keys, each with identities. */
  erasing: string;
  /** The keys of sites whose old hits were removed, but not yet the people without hits, JSON. */
  expiring: string;
  /** People whose newer hits are being copied into reports again, JSON. */
  returning: string;
}

export class SpoolState {
  private readonly find: Statement;
  private readonly set: Statement;

  constructor(
    db: Database,
    private readonly diskSpace: DiskSpace,
  ) {
    this.find = db.prepare('SELECT value FROM state WHERE name = ?');
    this.set = db.prepare('INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  }

  read<N extends keyof SpoolValues>(name: N): SpoolValues[N] | undefined {
    return (this.find.get(name) as { value: SpoolValues[N] } | undefined)?.value;
  }

  write<N extends keyof SpoolValues>(name: N, value: SpoolValues[N]): void {
    this.diskSpace.spend(() => this.set.run(name, value));
  }
}
