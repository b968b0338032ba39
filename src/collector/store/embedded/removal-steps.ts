import { setImmediate as turn } from 'node:timers/promises';
import { RemovalStopped } from '../model/removal-stopped.js';
import { isDamage } from '../sqlite/damage.js';
import { DiskFull } from '../sqlite/errors.js';
import type { DiskSpace } from '../sqlite/disk-space.js';
import type { Transact } from '../sqlite/transaction.js';

/** If the disk has no space for a step, or a page cannot be read, it is tried again with the number of rows divided by this. */
const LESS = 4;

/** A sentence for the owner. */
export const KEPT_BY_DAMAGE =
  'A database page of the store cannot be read, so hits and people on this page and beside it stay for longer than the retention of their site. ' +
  'Export what can be read, and import it into a new folder on another disk.';

/** Splits large work into small transactions, between which hits are committed. */
export class Steps {
  private stopped = false;

  constructor(
    private readonly transaction: Transact,
    private readonly diskSpace: DiskSpace,
  ) {}

  /** Does something with a few rows at a time. @throws DiskFull if the disk has no space for a single row */
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
   * Does something with all together; if that fails because of damage, with each alone.
   * @param work is called again for each alone, also for those with which it succeeded before the failure
   * @returns those with which it failed
   */
  async aroundDamage<T>(all: readonly T[], work: (some: readonly T[]) => Promise<void>): Promise<T[]> {
    try {
      await work(all);
      return [];
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    if (all.length === 1) return [...all];
    const failed: T[] = [];
    for (const one of all) failed.push(...(await this.aroundDamage([one], work)));
    return failed;
  }

  /**
   * Repeats a step until it does less than its limit: then nothing is left.
   * @param work does at most `most` in a transaction, and returns how much it did
   * @param pass called if a step with a limit of 1 fails because of damage: has to skip what this step does
   */
  async whileFull(
    atOnce: number,
    work: (most: number) => number,
    onDone: (count: number) => void = () => undefined,
    pass?: (error: unknown) => void,
  ): Promise<void> {
    let limit = atOnce;
    let most = limit;
    for (;;) {
      this.goOn();
      const tried = most;
      let done: number;
      try {
        done = this.diskSpace.spend(() => this.transaction(() => work(tried)));
      } catch (error) {
        const isPassed = pass !== undefined && isDamage(error);
        if (!isPassed && (!(error instanceof DiskFull) || most === 1)) throw error;
        if (isPassed && most === 1) pass(error);
        most = Math.max(1, Math.floor(most / LESS));
        if (!isPassed) limit = most;
        await turn();
        continue;
      }
      onDone(done);
      await turn();
      if (done < tried) return;
      most = Math.min(limit, most * 2);
    }
  }

  /** @throws RemovalStopped */
  goOn(): void {
    if (this.stopped) throw new RemovalStopped();
  }

  /** Call it when all is done: free space goes to the reserve, for the next time. */
  ended(): void {
    this.diskSpace.restore();
  }

  stop(): void {
    this.stopped = true;
  }
}
