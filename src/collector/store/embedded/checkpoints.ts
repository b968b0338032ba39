import { StoreThread } from '../model/thread.js';

/** Entries after which a checkpoint begins. */
const CHECKPOINT_ENTRIES = 4000;

export interface CheckpointJobs {
  checkpoint: () => void;
}

/**
 * Runs checkpoints in a thread while hits arrive: each copies tens of megabytes from the write-ahead log to many pages of the
 * database, and no commit should wait for that. When the write-ahead log is full, only a small part of it is not copied yet, and the next
 * commit copies it.
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

  /** Call it after so many entries were written. */
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
