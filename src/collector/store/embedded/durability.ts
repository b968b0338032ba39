import { NotDurable } from '../store.js';
import type { LogSync } from '../sqlite/log-sync.js';
import type { LogTruncation } from '../sqlite/log-truncation.js';

const STILL_NOT_DURABLE =
  'The disk could not keep the latest hits, and what the log has of them cannot be written to the database: the disk fails still, or ' +
  'somebody reads the store for long.';

/** When what was committed is on disk. */
export class Durability {
  private failed = false;

  /** @param sync of the log; without it a commit counts when the system has it */
  constructor(
    private readonly sync: Pick<LogSync, 'committed' | 'close'> | undefined,
    private readonly log: LogTruncation,
  ) {}

  /**
   * Before hits are stored: a system that could not write a file to the disk may forget what was in it, and say that all is well
   * the next time. So after a failure all of the log is taken over into the database first.
   * @throws Error where that is not possible: nothing was stored
   */
  ensure(): void {
    if (!this.failed) return;
    if (!this.log.attempt()) throw new Error(STILL_NOT_DURABLE);
    this.failed = false;
  }

  /** Resolves when all that was committed before is on disk; without a sync at once. @throws NotDurable */
  async committed(): Promise<void> {
    try {
      await this.sync?.committed();
    } catch (error) {
      // What is taken over into the database is synced with it.
      if (this.log.attempt()) return;
      this.failed = true;
      throw new NotDurable(error);
    }
  }

  async close(): Promise<void> {
    await this.sync?.close();
  }
}
