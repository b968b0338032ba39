import { setTimeout as pause } from 'node:timers/promises';
import { BUSY_TIMEOUT_MS, type Database } from './database.js';

/** The number of attempts in `soon`, and the pause between two of them. */
const ATTEMPTS = 20;
const ATTEMPT_PAUSE_MS = 100;
/** The pause between two attempts in `later`, while a reader stays open for long. */
const LATER_PAUSE_MS = 1000;

/**
 * Truncates the write-ahead log: it contains old copies of pages, also with data that was removed since. While a program such as a
 * backup reads an old state of the store, the log cannot be truncated.
 */
export class LogTruncation {
  private timer: NodeJS.Timeout | undefined;
  private readonly onDone = new Set<() => void>();
  private closed = false;

  constructor(private readonly db: Database) {}

  /** Makes one attempt. @returns whether the log is empty now */
  attempt(): boolean {
    try {
      this.db.exec('PRAGMA busy_timeout = 0');
      const { busy } = this.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
      return !busy;
    } catch {
      // The disk is full or fails. Truncation can wait, and the next write reports the error.
      return false;
    } finally {
      this.db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  /** Makes several attempts. @returns whether the log is empty now */
  async soon(): Promise<boolean> {
    for (let attempt = 1; !this.closed; attempt++) {
      if (this.attempt()) return true;
      if (attempt === ATTEMPTS) return false;
      await pause(ATTEMPT_PAUSE_MS);
    }
    return false;
  }

  /**
   * Tries until the log is empty. If the store is closed before, the next start tries again.
   * @param onDone called when it is empty; once, also if it was given several times
   */
  later(onDone?: () => void): void {
    if (this.closed) return;
    if (onDone) this.onDone.add(onDone);
    this.timer ??= setInterval(() => {
      if (!this.attempt()) return;
      clearInterval(this.timer);
      this.timer = undefined;
      const waiting = [...this.onDone];
      this.onDone.clear();
      for (const done of waiting) done();
    }, LATER_PAUSE_MS).unref();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }
}
