import { close, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const dataSync = promisify(fdatasync);

/**
 * Puts SQLite's write-ahead log on disk without holding up the thread that writes it. With `synchronous=NORMAL` a commit is a
 * write to the log; it survives a loss of power when the log is synced behind it, as `synchronous=FULL` does in the commit
 * itself (https://www.sqlite.org/pragma.html#pragma_synchronous). Its file stays the same for as long as the database is open.
 */
export class LogSync {
  private readonly file: number;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  /** @param database whose log exists: something was written to it since it was opened */
  constructor(database: string) {
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
    const running = dataSync(this.file).finally(() => {
      if (this.running === running) this.running = undefined;
    });
    this.running = running;
    return running;
  }
}
