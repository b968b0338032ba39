import { join } from 'node:path';
import type { Erased } from '../../../protocol/api.js';
import { Turns } from '../model/turns.js';
import { claimFolder } from '../sqlite/claim.js';
import { BUSY_TIMEOUT_MS, openDatabase, type Database } from '../sqlite/database.js';
import type { Bookmark, Entry, ImportWriter, RefusedEntry, Store, StoreOptions } from '../store.js';
import { Checkpoints } from './checkpoints.js';
import { PeopleQueries } from './people-queries.js';
import { EmbeddedReader } from './reader.js';
import { Removal } from './removal.js';
import { DATABASE_FILE, migrate } from './schema.js';
import { SearchIndex } from './search-index.js';
import { siteNumbers } from './sites.js';
import { EmbeddedWriter } from './writer.js';

/**
 * The store inside the collector's process: SQLite with a write-ahead log, and an fsync for each batch
 * (`synchronous=FULL`, https://www.sqlite.org/pragma.html#pragma_synchronous). It writes in the thread that it is made
 * in and reads in another: no question, however large, holds up a commit.
 */
export class EmbeddedStore extends EmbeddedReader implements Store, ImportWriter {
  private readonly lock: Database;
  private readonly db: Database;
  private readonly writer: EmbeddedWriter;
  private readonly index: SearchIndex;
  private readonly removal: Removal;
  private readonly checkpoints: Checkpoints;
  private readonly identities: PeopleQueries;
  private readonly site: (key: string) => number;
  private readonly removals = new Turns();

  constructor(options: StoreOptions) {
    const { folder, counting, durability = 'full', onError = () => undefined, onNotice = () => undefined } = options;
    super(folder, counting);
    this.lock = claimFolder(folder, DATABASE_FILE, onNotice);
    const file = join(folder, DATABASE_FILE);
    const db = (this.db = openDatabase(file));
    // A write-ahead log of 64 MiB and a cache of as much: with SQLite's own 4 and 2 MiB a busy collector
    // writes the same index pages to the database over and over.
    db.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'};
      PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA wal_autocheckpoint = 16384; PRAGMA cache_size = -65536;
      PRAGMA secure_delete = ON;
    `);
    try {
      migrate(db);
    } catch (error) {
      this.lock.close();
      throw error;
    }
    // A migration leaves a log as large as what it wrote.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.checkpoints = new Checkpoints(file, onError);
    this.writer = new EmbeddedWriter(db);
    this.index = new SearchIndex(db, this.writer, onError);
    this.removal = new Removal(db, this.writer, this.index);
    this.identities = new PeopleQueries(db);
    this.site = siteNumbers(db);
    this.removals.run(() => this.removal.resume()).catch(onError);
    this.index.wake();
  }

  async append(entries: readonly Entry[]): Promise<readonly RefusedEntry[]> {
    const refused = this.writer.append(entries);
    this.wrote(entries);
    return refused;
  }

  async appendWithBookmark(
    entries: readonly Entry[],
    bookmark: Bookmark,
    onRefused: (refused: readonly RefusedEntry[]) => void,
  ): Promise<void> {
    this.writer.appendWithBookmark(entries, bookmark, onRefused);
    this.wrote(entries);
  }

  async bookmark(source: string): Promise<number> {
    return this.writer.bookmark(source);
  }

  erase(key: string, identity: string): Promise<Erased | undefined> {
    return this.removals.run(async () => {
      const identities = this.identities.identitiesOfPerson(key, identity);
      return identities.length ? this.removal.erase(key, identities) : undefined;
    });
  }

  expire(key: string, before: number): Promise<number> {
    return this.removals.run(() => this.removal.expire(this.site(key), before));
  }

  /** What is acknowledged is where it is read from. */
  backlog(): number {
    return 0;
  }

  override async close(): Promise<void> {
    this.index.close();
    this.removal.stop();
    await this.removals.ended();
    await Promise.all([super.close(), this.checkpoints.close()]);
    this.db.close();
    this.lock.close();
  }

  private wrote(entries: readonly Entry[]): void {
    this.index.wake();
    this.checkpoints.wrote(entries.length);
  }
}
