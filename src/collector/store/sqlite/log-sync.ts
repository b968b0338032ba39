import { close, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const dataSync = promisify(fdatasync);

/**
 * When two syncs in a row take longer than this, the disk counts as slow. Then syncs run in another thread, so that the thread that
 * accepts hits does not wait. A single slow sync does not count: on every disk a few in a hundred take ten times as long.
 */
const SLOW_MS = 1;
/**
 * After this multiple of the time of its last sync, a slow disk is tried again in this thread. That costs at most a twentieth of
 * the thread's time.
 */
const PAUSE_OF_SYNCS = 20;

/**
 * Syncs SQLite's write-ahead log to the disk. With `synchronous=NORMAL` a commit only writes to the log. It survives a power
 * failure when the log was synced after it, which `synchronous=FULL` does in the commit itself
 * (https://www.sqlite.org/pragma.html#pragma_synchronous). On a fast disk the committing thread waits, as SQLite does: passing
 * a sync to another thread costs as much as the sync. On a slow disk a thread of Node's pool waits, and further requests are read
 * meanwhile. The log's file stays the same for as long as the database is open.
 */
export class LogSync {
  private readonly file: number;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  /** Until when the disk counts as slow, by `performance.now()`. */
  private slowUntil = 0;
  private wasSlow = false;

  /** @param database its log must exist, so something must have been written since it was opened */
  constructor(
    database: string,
    private readonly slowMs = SLOW_MS,
  ) {
    this.file = openSync(`${database}-wal`, 'r+');
  }

  /**
   * Resolves when everything that was committed before is on disk. A sync that is running may have begun too early, so this waits
   * for the next one, which serves all calls until it begins. @throws the system's error
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
