import { isInputOutput, isNoRoom, NoRoom } from './errors.js';
import type { LogTruncation } from './log-truncation.js';
import type { Reserve } from './reserve.js';

/** For lack of space, a checkpoint runs no more often than this: it costs much more than the answer that there is no space. */
const PAUSE_MS = 1000;

/** Disk space for the writes of a database: the space that hits may use, and the space that is reserved for removals. */
export class DiskRoom {
  private relievedAt = -Infinity;

  constructor(
    private readonly reserve: Reserve,
    private readonly log: LogTruncation,
  ) {}

  /** Writes hits; on a full disk, again after a checkpoint if the log had space to free. @throws NoRoom */
  take<T>(work: () => T): T {
    this.reserve.ensure();
    try {
      return work();
    } catch (error) {
      if (!this.isNoRoom(error)) throw error;
      if (!this.relieve()) throw new NoRoom(error);
      this.reserve.ensure();
    }
    return this.orNoRoom(work);
  }

  /** How many of the wanted bytes are missing, for work that can wait. */
  missingFor(bytes: number): number {
    return this.reserve.missingFor(bytes);
  }

  /** Writes something that frees space in the end; on a full disk, with the space of the reserve. @throws NoRoom */
  spend<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!this.isNoRoom(error)) throw error;
    }
    this.reserve.release();
    this.log.attempt();
    return this.orNoRoom(work);
  }

  /**
   * Runs a checkpoint that failed for lack of space, with the space of the reserve, which is given back: the log was as large
   * before. @returns whether it was tried
   */
  relieve(): boolean {
    if (performance.now() < this.relievedAt + PAUSE_MS) return false;
    this.reserve.release();
    this.log.attempt();
    this.reserve.restore();
    this.relievedAt = performance.now();
    return true;
  }

  /** A removal has ended: free space goes to the reserve first. */
  restore(): void {
    this.reserve.restore();
  }

  private orNoRoom<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.isNoRoom(error) ? new NoRoom(error) : error;
    }
  }

  private isNoRoom(error: unknown): boolean {
    return isNoRoom(error) || (isInputOutput(error) && this.reserve.isNeeded());
  }
}
