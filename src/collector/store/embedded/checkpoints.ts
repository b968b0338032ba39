import { StoreThread } from '../model/thread.js';

/** Entries after which the log is taken over into the database. */
const CHECKPOINT_ENTRIES = 4000;

export interface CheckpointJobs {
  checkpoint: () => void;
}

/**
 * Takes the write-ahead log over into the database while hits arrive, in a thread of its own: tens of megabytes to the
 * disk, here and there, for which no commit should wait. What a full log still has of them is little, and a commit
 * does that.
 */
export class Checkpoints {
  private readonly thread: StoreThread<CheckpointJobs>;
  private running: Promise<void> | undefined;
  /** Entries since the latest checkpoint began. */
  private entries = 0;

  /** @param file of the database */
  constructor(
    file: string,
    private readonly onError: (error: unknown) => void,
  ) {
    this.thread = new StoreThread('embedded/checkpoints-thread.js', file);
  }

  /** So many entries were written. */
  wrote(entries: number): void {
    this.entries += entries;
    if (this.entries < CHECKPOINT_ENTRIES || this.running) return;
    this.entries = 0;
    this.running = this.thread
      .call('checkpoint')
      .catch(this.onError)
      .finally(() => (this.running = undefined));
  }

  async close(): Promise<void> {
    await this.running;
    await this.thread.close();
  }
}
