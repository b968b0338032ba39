import { isInputOutput, isNoRoom, NoRoom } from './errors.js';
import type { LogTruncation } from './log-truncation.js';
import type { Reserve } from './reserve.js';

/** The log is not taken over more often than this for want of room: it costs much more than to say that there is none. */
const PAUSE_MS = 1000;

/** Room on the disk for what a database writes: what hits may take, and what is left for the removal of others. */
export class DiskRoom {
  private relievedAt = -Infinity;

  constructor(
    private readonly reserve: Reserve,
    private readonly log: LogTruncation,
  ) {}

  /** Writes what came in; on a full disk, once more where the log had room to give. @throws NoRoom */
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

  /** The bytes that are missing where who can wait wants so many. */
  missingFor(bytes: number): number {
    return this.reserve.missingFor(bytes);
  }

  /** Writes what makes room in the end; on a full disk, with the room of the reserve. @throws NoRoom */
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
   * Takes over a log that could not be for want of room, with that of the reserve, which it gives back: the log has been
   * as large. @returns whether it was tried
   */
  relieve(): boolean {
    if (performance.now() < this.relievedAt + PAUSE_MS) return false;
    this.reserve.release();
    this.log.attempt();
    this.reserve.restore();
    this.relievedAt = performance.now();
    return true;
  }

  /** A removal has ended: what room there is, is the reserve's first. */
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
