import { isNoRoom, NoRoom } from './errors.js';
import type { LogSync } from './log-sync.js';
import type { LogTruncation } from './log-truncation.js';

/** When what was committed is on disk. */
export class Durability {
  private failed = false;

  /** @param sync of the log; without it a commit counts when the system has it */
  constructor(
    private readonly sync: Pick<LogSync, 'committed' | 'close'> | undefined,
    private readonly log: LogTruncation,
  ) {}

  /**
   * Before a commit: a system that could not write a file to the disk may forget what was in it, and say that all is well the next
   * time. So after a failure all of the log is taken over into the database first.
   * @throws NoRoom where that is not possible
   */
  ensure(): void {
    if (!this.failed) return;
    if (!this.log.attempt()) throw new NoRoom();
    this.failed = false;
  }

  /** Resolves when all that was committed before is on disk; without a sync at once. @throws NoRoom, and the system's error */
  async committed(): Promise<void> {
    try {
      await this.sync?.committed();
    } catch (error) {
      this.failed = true;
      throw isNoRoom(error) ? new NoRoom(error) : error;
    }
  }

  async close(): Promise<void> {
    await this.sync?.close();
  }
}
