import type { IncomingMessage } from 'node:http';

/** The memory for addresses and bodies of requests that wait for their commit. While it is full, further requests wait. */
const ROOM_BYTES = 4 * 1024 * 1024;
/** As many of them as a commit takes: each is some kilobytes of objects, however short it is. */
const ROOM_REQUESTS = 4000;
/** When this much waits for memory, nothing is read until nothing waits. */
const HELD_REQUESTS = 250;
const HELD_BYTES = 1024 * 1024;

/** What is shut while too much waits. */
interface Gate {
  close: (from: IncomingMessage['socket']) => void;
  open: () => void;
}

type Request = Pick<IncomingMessage, 'socket'>;

/**
 * Bounds the memory that complete requests take until they are answered. Further requests are neither refused nor lost: kmq stops reading
 * them until there is memory, TCP fills up, and their senders slow down. They only wait for the store, never for a sender (see
 * arrivals.ts), so memory always becomes free.
 */
export class Room {
  /** Bytes of the requests that wait for their commit. */
  taken = 0;
  /** Requests that had to wait, since the start. */
  heldTotal = 0;
  private inside = 0;
  private heldBytes = 0;
  private closed = false;
  private admitting = false;
  private waiting: { bytes: number; request: Request; begin: () => void; since: number }[] = [];

  constructor(private readonly gate: Gate) {}

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
   * @param request that is complete, or has no body
   * @param begin called as soon as there is memory, mostly at once; never if the sender goes away before
   */
  enter(bytes: number, request: Request, begin: () => void): void {
    if (!this.waiting.length && this.fits(bytes)) {
      this.taken += bytes;
      this.inside += 1;
      begin();
      return;
    }
    this.heldTotal += 1;
    this.heldBytes += bytes;
    this.waiting.push({ bytes, request, begin, since: performance.now() });
    if (this.closed || this.waiting.length > HELD_REQUESTS || this.heldBytes > HELD_BYTES) {
      this.closed = true;
      this.gate.close(request.socket);
    }
  }

  leave(bytes: number): void {
    this.taken -= bytes;
    this.inside -= 1;
    // A request that begins may be answered at once, and so leave inside of `begin`: the loop that is running goes on with
    // the next one. One call inside the other would be as deep as there are requests that wait.
    if (this.admitting || !this.waiting.length) return;
    this.admitting = true;
    try {
      this.admit();
    } finally {
      this.admitting = false;
    }
  }

  private admit(): void {
    let next = 0;
    for (; next < this.waiting.length && this.fits(this.waiting[next]!.bytes); next++) {
      const { bytes, request, begin } = this.waiting[next]!;
      this.heldBytes -= bytes;
      if (request.socket.destroyed) continue;
      this.taken += bytes;
      this.inside += 1;
      begin();
    }
    this.waiting.splice(0, next);
    if (this.waiting.length || !this.closed) return;
    this.closed = false;
    this.gate.open();
  }

  private fits(bytes: number): boolean {
    return this.inside === 0 || (this.inside < ROOM_REQUESTS && this.taken + bytes <= ROOM_BYTES);
  }
}
