import type { IncomingMessage } from 'node:http';

/** The most bytes of URLs and bodies of requests that wait for their commit. Beyond them, further requests wait to begin. */
const MOST_BYTES = 4 * 1024 * 1024;
/** The most such requests, as many as fit into a commit: even a short request takes some kilobytes of objects. */
const MOST_REQUESTS = 4000;
/** When more than this waits to begin, kmq stops reading from all connections until nothing waits. */
const HELD_REQUESTS = 250;
const HELD_BYTES = 1024 * 1024;

/** Stops and resumes reading from connections. */
interface Gate {
  close: (from: IncomingMessage['socket']) => void;
  open: () => void;
}

type Request = Pick<IncomingMessage, 'socket'>;

/**
 * Bounds the memory of complete requests until they are answered. Further requests are neither refused nor lost: kmq stops reading
 * from connections, so that TCP makes their senders wait. They wait only for the store and never for a sender (see
 * arrivals.ts), so memory always becomes free again.
 */
export class RequestMemory {
  /** Bytes of the requests that have begun and wait for their commit. */
  taken = 0;
  /** How many requests had to wait to begin, since the start. */
  heldTotal = 0;
  private inside = 0;
  private heldBytes = 0;
  private closed = false;
  private admitting = false;
  private waiting: { bytes: number; request: Request; begin: () => void; since: number }[] = [];

  constructor(private readonly gate: Gate) {}

  /** How many requests wait now. */
  get held(): number {
    return this.waiting.length;
  }

  /** Since when the oldest of them waits, by `performance.now()`; undefined if none waits. */
  get heldSince(): number | undefined {
    return this.waiting[0]?.since;
  }

  /**
   * Begins a request when there is memory.
   * @param bytes the memory of the request; free it with `leave`
   * @param request a request that is complete, or has no body
   * @param begin called when there is memory, usually at once; never if the sender has gone before
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
    // A request may be answered within `begin`, which calls `leave` again. Then the loop in `admit` continues with the next one:
    // with nested calls, the stack would be as deep as the number of waiting requests.
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
    return this.inside === 0 || (this.inside < MOST_REQUESTS && this.taken + bytes <= MOST_BYTES);
  }
}
