import { StoreThread } from '../model/thread.js';

/** Entries after which a checkpoint begins. */
const CHECKPOINT_ENTRIES = 4000;

export interface CheckpointJobs {
  checkpoint: () => void;
}

/**
 * Runs checkpoints while hits arrive, in a thread: each copies tens of megabytes of the write-ahead log to pages all over the
 * database, and no commit should wait for that. The rest that is in the log when the log is full is small, and a commit copies it.
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

  /** This number of entries was written. */
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
