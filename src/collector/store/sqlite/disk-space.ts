import { isInputOutput, isDiskFull, DiskFull } from './errors.js';
import type { LogTruncation } from './log-truncation.js';
import type { Reserve } from './reserve.js';

/** On a full disk, a checkpoint is run at most this often: it costs much more than the error that there is no space. */
const PAUSE_MS = 1000;

/** Disk space for the writes of a database: the space that hits may use, and the space that is reserved for removals. */
export class DiskSpace {
  private relievedAt = -Infinity;

  constructor(
    private readonly reserve: Reserve,
    private readonly log: LogTruncation,
  ) {}

  /** Writes hits; on a full disk, again after a checkpoint if the reserve has its space back (see `relieve`). @throws DiskFull */
  take<T>(work: () => T): T {
    this.reserve.ensure();
    try {
      return work();
    } catch (error) {
      if (!this.isDiskFull(error)) throw error;
      if (!this.relieve()) throw new DiskFull(error);
      this.reserve.ensure();
    }
    return this.orDiskFull(work);
  }

  /** How many of the wanted bytes are missing, for work that can wait. */
  missingFor(bytes: number): number {
    return this.reserve.missingFor(bytes);
  }

  /** Writes something that frees space in the end; on a full disk, with the space of the reserve. @throws DiskFull */
  spend<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!this.isDiskFull(error)) throw error;
    }
    this.reserve.release();
    this.log.attempt();
    return this.orDiskFull(work);
  }

  /**
   * Runs a checkpoint that failed for lack of space, with the space of the reserve. The reserve gets its space back, since the log
   * frees as much. @returns whether it was tried: not if the last one was just before
   */
  relieve(): boolean {
    if (performance.now() < this.relievedAt + PAUSE_MS) return false;
    this.reserve.release();
    this.log.attempt();
    this.reserve.restore();
    this.relievedAt = performance.now();
    return true;
  }

  /** Call it when a removal has ended: free space is given to the reserve first. */
  restore(): void {
    this.reserve.restore();
  }

  private orDiskFull<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.isDiskFull(error) ? new DiskFull(error) : error;
    }
  }

  private isDiskFull(error: unknown): boolean {
    return isDiskFull(error) || (isInputOutput(error) && this.reserve.isNeeded());
  }
}
