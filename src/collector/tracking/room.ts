import type { IncomingMessage } from 'node:http';

/** The memory for URLs and bodies of the requests that wait for their commit; what comes while it is full waits. */
const ROOM_BYTES = 4 * 1024 * 1024;

/**
 * Bounds the memory that complete requests take until they are answered. What comes on top is not refused and not lost: it
 * is not read any further until there is room, TCP fills up, and its sender slows down. Only the store is waited for,
 * never a sender (see arrivals.ts), so memory always becomes free.
 */
export class Room {
  /** Bytes of the requests that wait for their commit. */
  taken = 0;
  /** Requests that had to wait, since the start. */
  heldTotal = 0;
  private admitting = false;
  private waiting: { bytes: number; request: IncomingMessage; begin: () => void; since: number }[] = [];

  /** Requests that wait now. */
  get held(): number {
    return this.waiting.length;
  }

  /** Since when the oldest of those waits, by `performance.now()`; undefined where none does. */
  get heldSince(): number | undefined {
    return this.waiting[0]?.since;
  }

  /**
   * @param bytes that the request takes; give them back with `leave`
   * @param begin called as soon as there is room, mostly at once; never, should the sender go away before
   */
  enter(bytes: number, request: IncomingMessage, begin: () => void): void {
    if (!this.waiting.length && this.fits(bytes)) {
      this.taken += bytes;
      begin();
      return;
    }
    this.heldTotal += 1;
    // No further requests of this connection, either, which would all have to be kept.
    request.socket.pause();
    this.waiting.push({ bytes, request, begin, since: performance.now() });
  }

  /** What has been read to its end has its place, whatever else waits. */
  take(bytes: number): void {
    this.taken += bytes;
  }

  leave(bytes: number): void {
    this.taken -= bytes;
    // A request that begins may be answered at once, and so leave inside of `begin`: the loop that is running goes on with
    // the next one. One call inside the other would be as deep as there are requests that wait.
    if (this.admitting) return;
    this.admitting = true;
    try {
      while (this.waiting.length && this.fits(this.waiting[0]!.bytes)) {
        const next = this.waiting.shift()!;
        if (next.request.destroyed) continue;
        this.taken += next.bytes;
        next.request.socket.resume();
        next.begin();
      }
    } finally {
      this.admitting = false;
    }
  }

  private fits(bytes: number): boolean {
    return this.taken === 0 || this.taken + bytes <= ROOM_BYTES;
  }
}
