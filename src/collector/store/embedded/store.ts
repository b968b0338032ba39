import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedReader } from './queries.js';
import { EmbeddedWriter } from './writer.js';
import { EmbeddedReads } from './reading-store.js';
import { ReadingThread } from './reading-thread.js';
import { Removal } from './removal.js';
import { migrate } from './schema.js';
import { SearchIndex } from './search-index.js';
import { tornLogNotice } from '../sqlite/torn-log.js';
import { lockForWriting } from '../sqlite/writer-lock.js';
import { BUSY_TIMEOUT, openDatabase, type Database } from '../sqlite/database.js';
import type { Bookmark, Counting, Entry, Erasure, Store } from '../store.js';

/** The name of the database in the store's folder. */
export const DATABASE_FILE = 'kmq.db';

/** Entries after which the log is taken over. */
const CHECKPOINT = 4000;

export interface EmbeddedOptions {
  /** Folder of the database file; made where it is missing. */
  folder: string;
  /** How a site counts. */
  counting: (key: string) => Counting;
  /**
   * `full` (default): each batch is on disk before it is acknowledged. `fast`: the system writes it when it likes; a
   * process that is killed loses nothing, a machine without power what came since the last checkpoint.
   */
  durability?: 'full' | 'fast' | undefined;
  /** Told of what goes wrong where nobody waits for an answer. */
  onError?: (error: unknown) => void;
  /** Told, in a sentence for the owner, of what was found when the store was opened. */
  onNotice?: (sentence: string) => void;
}

/**
 * The store inside the collector's process: SQLite with a write-ahead log, and an fsync for each batch
 * (`synchronous=FULL`, https://www.sqlite.org/pragma.html#pragma_synchronous). It writes in the thread that it is made
 * in and reads in another: no question, however large, holds up a commit.
 */
export class EmbeddedStore extends EmbeddedReads implements Store {
  private readonly lock: Database;
  private readonly db: Database;
  private readonly writer: EmbeddedWriter;
  private readonly index: SearchIndex;
  private readonly removal: Removal;
  private readonly lookup: EmbeddedReader;
  /**
   * Takes the log over while hits arrive: tens of megabytes to the disk, here and there, for which no commit should
   * wait. What a full log still has of them is little, and a commit does that.
   */
  private readonly checkpoints: ReadingThread;
  private checkpointing: Promise<void> | undefined;
  /** Entries since the latest of them. */
  private appended = 0;
  private readonly onError: (error: unknown) => void;
  /** Removals follow one another. */
  private removing: Promise<unknown>;

  constructor(options: EmbeddedOptions) {
    const { folder, counting, durability = 'full', onError = () => undefined, onNotice = () => undefined } = options;
    const file = join(folder, DATABASE_FILE);
    super(file, counting);
    this.onError = onError;
    this.checkpoints = new ReadingThread(file);
    mkdirSync(folder, { recursive: true });
    this.lock = lockForWriting(folder);
    const torn = tornLogNotice(file);
    if (torn) onNotice(torn);
    const db = (this.db = openDatabase(file));
    // A write-ahead log of 64 MiB and a cache of as much: with SQLite's own 4 and 2 MiB a busy collector
    // writes the same index pages to the database over and over.
    db.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'};
      PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA wal_autocheckpoint = 16384; PRAGMA cache_size = -65536;
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
    this.writer = new EmbeddedWriter(db, counting);
    this.index = new SearchIndex(db, this.writer, onError);
    this.removal = new Removal(db, this.writer, this.index);
    this.lookup = new EmbeddedReader(db);
    this.removing = this.removal.resume().catch(onError);
    this.index.wake();
  }

  async append(entries: readonly Entry[], bookmark?: Bookmark): Promise<void> {
    this.writer.append(entries, bookmark);
    this.index.wake();
    this.appended += entries.length;
    if (this.appended >= CHECKPOINT && !this.checkpointing) this.checkpoint();
  }

  async bookmark(source: string): Promise<number> {
    return this.writer.bookmark(source);
  }

  erase(key: string, identity: string): Promise<Erasure | undefined> {
    return this.inTurn(async () => {
      const identities = this.lookup.identitiesOfPerson(key, identity);
      return identities.length ? this.removal.erase(key, identities) : undefined;
    });
  }

  expire(key: string, before: number): Promise<number> {
    return this.inTurn(() => this.removal.expire(this.lookup.site(key), before));
  }

  backlog(): number {
    return 0;
  }

  override async close(): Promise<void> {
    this.index.close();
    this.removal.stop();
    await this.removing;
    await this.checkpointing;
    await Promise.all([super.close(), this.checkpoints.close()]);
    this.db.close();
    this.lock.close();
  }

  private checkpoint(): void {
    this.appended = 0;
    this.checkpointing = this.checkpoints
      .ask('checkpoint')
      .catch(this.onError)
      .finally(() => (this.checkpointing = undefined));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.removing.then(work);
    this.removing = done.catch(() => undefined);
    return done;
  }
}
