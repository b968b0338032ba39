import { close, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const dataSync = promisify(fdatasync);

/** A disk that takes longer is waited for elsewhere: the thread that takes hits would stand still for so long. */
const SLOW_MS = 1;
/** After so long, a slow disk is tried again. */
const PAUSE_MS = 1000;

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
    if (ended - began >= this.slowMs) this.slowUntil = ended + PAUSE_MS;
  }
}
