import { setImmediate as turn } from 'node:timers/promises';
import { NoRoom } from '../sqlite/errors.js';
import type { DiskRoom } from '../sqlite/disk-room.js';
import type { Transact } from '../sqlite/transaction.js';

/** Rows of a step that had no room on the disk are tried again with so many times less. */
const LESS = 4;

/** Large work in small transactions, between which hits are committed. */
export class Steps {
  private stopped = false;

  constructor(
    private readonly transaction: Transact,
    private readonly room: DiskRoom,
  ) {}

  /** Does something with a few at a time. @throws NoRoom where the disk has none for a single one */
  async each<T>(all: readonly T[], atOnce: number, work: (few: readonly T[]) => void): Promise<void> {
    let done = 0;
    await this.whileFull(
      atOnce,
      (most) => {
        const few = all.slice(done, done + most);
        if (few.length) work(few);
        return few.length;
      },
      (count) => (done += count),
    );
  }

  /**
   * Repeats something for as long as there is as much to do as may be done at once.
   * @param work does as much in a transaction as it is told, and says how much it was
   */
  async whileFull(
    atOnce: number,
    work: (most: number) => number,
    onDone: (count: number) => void = () => undefined,
  ): Promise<void> {
    let most = atOnce;
    for (;;) {
      this.goOn();
      const tried = most;
      let done: number;
      try {
        done = this.room.spend(() => this.transaction(() => work(tried)));
      } catch (error) {
        if (!(error instanceof NoRoom) || most === 1) throw error;
        most = Math.max(1, Math.floor(most / LESS));
        continue;
      }
      onDone(done);
      await turn();
      if (done < tried) return;
    }
  }

  /** @throws Error when the collector stops */
  goOn(): void {
    if (this.stopped) throw new Error('The collector stops; it goes on with the removal when it starts again.');
  }

  /** All is done: what room there is now is kept for the next time. */
  ended(): void {
    this.room.restore();
  }

  stop(): void {
    this.stopped = true;
  }
}
