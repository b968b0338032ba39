import { isInputOutput, isNoRoom, NoRoom } from './errors.js';
import type { LogTruncation } from './log-truncation.js';
import type { Reserve } from './reserve.js';

/** Room is not looked for more often than this: it costs much more than to say that there is none. */
const LOOK_PAUSE_MS = 1000;

/** Room on the disk for what a database writes: what hits may take, and what is left for the removal of others. */
export class Room {
  private lookedAt = -Infinity;

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
      if (!this.make()) throw new NoRoom(error);
      this.reserve.ensure();
    }
    return this.orNoRoom(work);
  }

  /** Writes what makes room in the end; on a full disk, with the room of the reserve. @throws NoRoom */
  spend<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!this.isNoRoom(error)) throw error;
      this.make();
    }
    return this.orNoRoom(work);
  }

  /** Takes over the log, which could not be for want of room, with the room of the reserve. */
  relieve(): void {
    if (this.reserve.isNeeded) this.make();
  }

  /** A removal has ended: what it left free is the reserve's first. */
  restore(): void {
    this.reserve.restore();
  }

  /** @returns whether it was tried */
  private make(): boolean {
    const released = this.reserve.release();
    if (!released && performance.now() < this.lookedAt + LOOK_PAUSE_MS) return false;
    this.log.attempt();
    this.lookedAt = performance.now();
    return true;
  }

  private orNoRoom<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.isNoRoom(error) ? new NoRoom(error) : error;
    }
  }

  private isNoRoom(error: unknown): boolean {
    return isNoRoom(error) || (isInputOutput(error) && this.reserve.isNeeded);
  }
}
