import { NotDurable } from '../store.js';
import type { LogSync } from '../sqlite/log-sync.js';
import type { LogTruncation } from '../sqlite/log-truncation.js';

const STILL_NOT_DURABLE =
  'The latest hits could not be synced to disk, and a checkpoint of the write-ahead log failed as well: the disk still fails, or another program ' +
  'reads the store for a long time.';

/** Tells when commits are on disk. */
export class Durability {
  private failed = false;

  /** @param sync syncs the write-ahead log. Without it, a commit counts as durable when it is in the system's page cache */
  constructor(
    private readonly sync: Pick<LogSync, 'committed' | 'close'> | undefined,
    private readonly log: LogTruncation,
  ) {}

  /**
   * Call it before hits are stored. A system that failed to write a file to the disk may forget the data, and report success the
   * next time. So after a failure a checkpoint first copies the whole write-ahead log into the database.
   * @throws Error if that fails: nothing was stored
   */
  ensure(): void {
    if (!this.failed) return;
    if (!this.log.attempt()) throw new Error(STILL_NOT_DURABLE);
    this.failed = false;
  }

  /** Resolves when everything that was committed before is on disk; without `sync` at once. @throws NotDurable */
  async committed(): Promise<void> {
    try {
      await this.sync?.committed();
    } catch (error) {
      // A checkpoint syncs the database, so the commits are on disk then, too.
      if (this.log.attempt()) return;
      this.failed = true;
      throw new NotDurable(error);
    }
  }

  async close(): Promise<void> {
    await this.sync?.close();
  }
}
