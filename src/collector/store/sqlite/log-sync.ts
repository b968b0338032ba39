import { close, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const dataSync = promisify(fdatasync);

/**
 * A sync that takes longer than this, twice in a row, makes the disk count as slow: syncs run in another thread then, so that the one
 * that takes hits does not stand still. One slow sync says nothing: of every disk some in a hundred take ten times as long.
 */
const SLOW_MS = 1;
/** A slow disk is tried again after so many times as long as it took: to try costs a twentieth of the thread's time at most. */
const PAUSE_OF_SYNCS = 20;

/**
 * Puts SQLite's write-ahead log on disk. With `synchronous=NORMAL` a commit is a write to the log; it survives a loss of power
 * when the log is synced behind it, as `synchronous=FULL` does in the commit itself
 * (https://www.sqlite.org/pragma.html#pragma_synchronous). A fast disk is waited for where the commit was made, as SQLite does: to
 * hand a sync to another thread costs as much as it takes. A slow one is waited for in a thread of Node's pool, and the next batch is
 * read meanwhile. The log's file stays the same for as long as the database is open.
 */
export class LogSync {
  private readonly file: number;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  /** Until when the disk counts as slow, by `performance.now()`. */
  private slowUntil = 0;
  private wasSlow = false;

  /** @param database whose log exists: something was written to it since it was opened */
  constructor(
    database: string,
    private readonly slowMs = SLOW_MS,
  ) {
    this.file = openSync(`${database}-wal`, 'r+');
  }

  /**
   * Resolves when all that was committed before is on disk. A sync that has begun may have begun too early, so the next one
   * counts, for all who ask until it begins. @throws the system's error
   */
  committed(): Promise<void> {
    if (!this.running) return this.begin();
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.begin();
      });
    return this.next;
  }

  async close(): Promise<void> {
    await (this.next ?? this.running)?.catch(() => undefined);
    await promisify(close)(this.file);
  }

  private begin(): Promise<void> {
    if (performance.now() >= this.slowUntil) return this.syncHere();
    const running = dataSync(this.file).finally(() => {
      if (this.running === running) this.running = undefined;
    });
    this.running = running;
    return running;
  }

  private async syncHere(): Promise<void> {
    const began = performance.now();
    fdatasyncSync(this.file);
    const ended = performance.now();
    const isSlow = ended - began >= this.slowMs;
    if (isSlow && this.wasSlow) this.slowUntil = ended + PAUSE_OF_SYNCS * (ended - began);
    this.wasSlow = isSlow;
  }
}
