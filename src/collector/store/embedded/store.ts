import { join } from 'node:path';
import type { Erased } from '../../../protocol/api.js';
import { claimFolder } from '../sqlite/claim.js';
import { BUSY_TIMEOUT_MS, openDatabase, type Database } from '../sqlite/database.js';
import { isForbidden, isInputOutput, isDiskFull } from '../sqlite/errors.js';
import { Durability } from './durability.js';
import { LogSync } from '../sqlite/log-sync.js';
import { LogTruncation } from '../sqlite/log-truncation.js';
import { Reserve } from '../sqlite/reserve.js';
import { DiskSpace } from '../sqlite/disk-space.js';
import { markStore } from '../sqlite/store-mark.js';
import { UnusedSpace } from '../sqlite/unused-space.js';
import { FRAME_HEADER_BYTES } from '../sqlite/write-ahead-log.js';
import type { Bookmark, Entry, RefusedEntry, StoreOptions, WritableStore } from '../store.js';
import { Checkpoints } from './checkpoints.js';
import { Filing } from './filing.js';
import type { Portions } from './portions.js';
import { EmbeddedReader } from './reader.js';
import { Removal } from './removal.js';
import { DATABASE_FILE, migrate } from './schema.js';
import { SearchIndex } from './search-index.js';
import { siteNumbers } from './sites.js';
import { Steps } from './removal-steps.js';
import { Upgrade } from './upgrade.js';
import { Wiping } from './wiping.js';
import { EmbeddedWriter } from './writer.js';

const PAGE_BYTES = 4096;
/** Pages of the write-ahead log after which a commit runs a checkpoint: 64 MiB. */
const LOG_PAGES = 16_384;
const LEAST_LOG_PAGES = 64;

/**
 * The store inside the collector's process: SQLite with a write-ahead log, which is synced after each commit, before its entries
 * are acknowledged. It writes in the thread that has made it, and reads in another: so no question, however large, delays a
 * commit. While a slow disk syncs, the thread reads further requests.
 */
export class EmbeddedStore extends EmbeddedReader implements WritableStore {
  private readonly lock: Database;
  private readonly db: Database;
  private readonly durability: Durability;
  private readonly diskSpace: DiskSpace;
  private readonly writer: EmbeddedWriter;
  private readonly index: SearchIndex;
  private readonly removal: Removal;
  private readonly upgrade: Upgrade;
  private readonly wiping: Wiping;
  private readonly space: UnusedSpace;
  private readonly filing: Filing;
  private readonly checkpoints: Checkpoints;
  private readonly site: (key: string) => number;

  constructor(options: StoreOptions, portions: Portions = {}) {
    const { folder, counting, durability = 'full' } = options;
    const { onError = () => undefined, onNotice = () => undefined, onHidden = () => undefined } = options;
    super(folder, counting);
    /** What has been opened so far: it is closed if something after it fails. */
    const opened: { close: () => unknown }[] = [];
    const open = <T extends { close: () => unknown }>(part: T): T => {
      opened.push(part);
      return part;
    };
    this.lock = open(claimFolder(folder, DATABASE_FILE, onNotice));
    const file = join(folder, DATABASE_FILE);
    try {
      const reserve = new Reserve(folder);
      this.db = open(openStoreDatabase(file, reserve, onNotice));
      const log = new LogTruncation(this.db);
      // After a migration the write-ahead log is as large as all that was written. After a removal that was killed it contains what was
      // removed.
      if (!log.attempt()) log.later();
      reserve.restore();
      this.diskSpace = new DiskSpace(reserve, log);
      this.durability = open(new Durability(durability === 'full' ? new LogSync(file) : undefined, log));
      const told = new Set<string>();
      const tellOnce = ({ message }: Error): void => {
        if (!told.has(message)) onNotice(message);
        told.add(message);
      };
      this.writer = new EmbeddedWriter(this.db, portions, tellOnce);
      this.index = new SearchIndex(this.db, this.writer, this.diskSpace, onError);
      const steps = new Steps(this.writer.transaction, this.diskSpace);
      const { db, durability: onDisk, diskSpace, writer } = this;
      this.space = open(new UnusedSpace(file, db, log));
      const wiping = new Wiping({ db, writer, diskSpace, log, space: this.space, onError });
      this.wiping = wiping;
      const callbacks = { onError, onNotice, onHidden };
      const parts = { db, writer, index: this.index, steps, log, wiping, durability: onDisk, ...callbacks };
      this.removal = new Removal(parts);
      const onDone = (): void => wiping.start();
      this.upgrade = new Upgrade({ db, writer, diskSpace, log, onError, onNotice, onDone, portions });
      this.filing = new Filing(this.writer, this.diskSpace, onError);
      this.checkpoints = new Checkpoints(file, (error) => {
        onError(error);
        if (reserve.isNeeded()) this.diskSpace.relieve();
      });
      this.site = siteNumbers(this.db);
    } catch (error) {
      for (const part of opened.reverse()) void part.close();
      throw error;
    }
    this.removal.resume();
    this.upgrade.start();
    this.index.wake();
    this.filing.wake();
  }

  async append(entries: readonly Entry[]): Promise<readonly RefusedEntry[]> {
    this.durability.ensure();
    const refused = this.diskSpace.take(() => this.writer.append(entries));
    this.wrote(entries);
    await this.durability.committed();
    return refused;
  }

  async appendWithBookmarks(
    entries: readonly Entry[],
    bookmarks: readonly Bookmark[],
    onRefused: (refused: readonly RefusedEntry[]) => void,
  ): Promise<void> {
    this.durability.ensure();
    // A transaction that fails at its commit is tried again, and refuses the same entries.
    let told = false;
    const tellOnce: typeof onRefused = (refused) => {
      if (!told) onRefused(refused);
      told = true;
    };
    this.diskSpace.take(() => this.writer.appendWithBookmarks(entries, bookmarks, tellOnce));
    this.wrote(entries);
    await this.durability.committed();
  }

  async bookmark(name: string): Promise<number> {
    return this.writer.bookmark(name);
  }

  erase(key: string, identity: string): Promise<Erased | undefined> {
    return this.removal.erase(key, identity);
  }

  expire(key: string, before: number): Promise<number> {
    return this.removal.expire(this.site(key), before);
  }

  expireRefusals(key: string | null, before: number): Promise<number> {
    return this.removal.expireRefusals(key, before);
  }

  unfinishedErasures(): number {
    return this.removal.unfinished;
  }

  /** Always 0: acknowledged hits can be read at once. */
  backlog(): number {
    return 0;
  }

  override async close(): Promise<void> {
    this.index.close();
    this.filing.close();
    await Promise.all([this.removal.close(), this.upgrade.close(), this.wiping.close()]);
    await Promise.all([super.close(), this.checkpoints.close(), this.durability.close()]);
    this.db.close();
    this.space.close();
    // The space that the write-ahead log frees on closing goes to the reserve, which the next start may need.
    this.diskSpace.restore();
    this.lock.close();
  }

  private wrote(entries: readonly Entry[]): void {
    this.index.wake();
    this.filing.wake();
    this.checkpoints.wrote(entries.length);
  }
}

/** @throws Error with a sentence for the owner, if the disk has too little space to open the database */
function openStoreDatabase(file: string, reserve: Reserve, onNotice: (sentence: string) => void): Database {
  const db = openDatabase(file);
  try {
    // A write-ahead log of 64 MiB and a cache of as much: with SQLite's own 4 and 2 MiB a busy collector
    // writes the same index pages to the database again and again. On a small disk the log is smaller: the reserve needs space.
    const pages = reserve.isOfFullSize
      ? LOG_PAGES
      : Math.max(LEAST_LOG_PAGES, Math.floor(reserve.bytes / PAGE_BYTES / 2));
    db.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA wal_autocheckpoint = ${pages}; PRAGMA cache_size = -65536;
      PRAGMA secure_delete = ON;
      -- The write-ahead log may grow while a long reader, such as a backup, is open. When it is reused, it is truncated to this size.
      PRAGMA journal_size_limit = ${pages * (PAGE_BYTES + FRAME_HEADER_BYTES)};
    `);
    migrate(db, onNotice);
    markStore(db);
    return db;
  } catch (error) {
    db.close();
    if (!isDiskFull(error) && !((isInputOutput(error) || isForbidden(error)) && reserve.isNeeded())) throw error;
    const sentence =
      'The disk has no space to open the store or to bring it to this version. Free some space. Nothing was changed.';
    throw new Error(`${file}: ${sentence}`, { cause: error });
  }
}
