import { REQUEST_BYTES } from '../../protocol/limits.js';
import {
  latest,
  newArrival,
  SMALL_BYTES,
  TRY_MS,
  type Arrival,
  type ArrivalState,
  type Conversation,
  type EndCode,
} from './arrival.js';
import { LargeArrivals } from './large-arrivals.js';
import { slowestFirst } from './slowest-first.js';

/** Bytes of all incomplete requests. Above this, the slowest requests are ended. */
const UNFILLED_BYTES = 12 * 1024 * 1024;
/** The most incomplete requests of one sender. Each needs its own connection, and a normal one takes milliseconds. */
const MOST_OF_SENDER = 200;

/** How long a sender may pause within a request. */
const QUIET_MS = 10_000;
/** The lowest average speed of a small request, after an initial time for slow connections. */
const LEAST_BYTES_A_SECOND = 500;
const GRACE_MS = 10_000;
const SWEEP_MS = 1000;
const LATE_MS = 200;

/**
 * Bounds the memory of incomplete requests. They count by received bytes and not by announced ones: a sender that announces a
 * megabyte and sends nothing uses no memory. Slow requests are ended after seconds; when memory is short, the slowest are ended
 * first. The answer makes the tracker and `kmq/node` send again.
 */
export class Arrivals {
  /** Bytes that all incomplete requests use. */
  bytes = 0;
  readonly ended: Record<EndCode, number> = { quiet: 0, slow: 0, crowded: 0, many: 0 };
  private readonly all = new Set<ArrivalState>();
  private readonly bySender = new Map<string, Set<ArrivalState>>();
  private readonly large: LargeArrivals;
  private timer: NodeJS.Timeout | undefined;
  private due = 0;
  private late = false;

  /** @param now milliseconds of a clock that stands still while nothing is read from any sender */
  constructor(private readonly now = () => performance.now()) {
    this.large = new LargeArrivals(now);
  }

  /** How many requests are incomplete. */
  get size(): number {
    return this.all.size;
  }

  /** How many large requests wait to be read. */
  get held(): number {
    return this.large.held;
  }

  /** Large requests that had to wait, since the start. */
  get heldTotal(): number {
    return this.large.heldTotal;
  }

  /**
   * @param sender the requests of one sender count together; undefined for an address that many senders may share, such as a
   *   proxy's
   * @param announced bytes that the request announces; no memory is reserved for them
   */
  begin(sender: string | undefined, conversation: Conversation, announced = REQUEST_BYTES): Arrival {
    const state = newArrival(sender, conversation, announced, this.now());
    this.all.add(state);
    if (!this.timer) this.sweepIn(SWEEP_MS);
    if (sender !== undefined) {
      let own = this.bySender.get(sender);
      if (!own) this.bySender.set(sender, (own = new Set()));
      own.add(state);
      if (own.size > MOST_OF_SENDER) this.end(slowestFirst(own, this.now())[0]!, 'many');
    }
    return state;
  }

  /**
   * Counts a part that has arrived.
   * @param came the bytes of the part
   * @param bytes the memory that the request uses from now on
   */
  grow(arrival: Arrival, came: number, bytes: number): void {
    const state = arrival as ArrivalState;
    if (!this.all.has(state)) return;
    state.arrived += came;
    state.progressed = this.now();
    this.bytes += bytes - state.bytes;
    state.bytes = bytes;
    const isNewlyLarge = bytes > SMALL_BYTES && !state.large && !state.waits;
    if (isNewlyLarge && !this.large.mayRead(state)) this.sweepWithin(TRY_MS);
    if (this.bytes > UNFILLED_BYTES) this.relieve();
  }

  /**
   * Called when a request is complete or its sender has gone. It cannot be ended any more, and its memory no longer counts here.
   */
  finish(arrival: Arrival): void {
    const state = arrival as ArrivalState;
    if (!this.all.delete(state)) return;
    this.bytes -= state.bytes;
    const own = state.sender === undefined ? undefined : this.bySender.get(state.sender);
    if (own?.delete(state) && !own.size) this.bySender.delete(state.sender!);
    this.large.forget(state);
  }

  private end(state: ArrivalState, code: EndCode): void {
    this.finish(state);
    this.ended[code] += 1;
    state.conversation.end(code);
  }

  /** Ends requests until a quarter of the memory is free, so that this does not happen for every packet. */
  private relieve(): void {
    for (const state of slowestFirst(this.all, this.now())) {
      if (this.bytes <= UNFILLED_BYTES * 0.75) return;
      if (state.bytes) this.end(state, 'crowded');
    }
  }

  private sweepIn(milliseconds: number): void {
    clearTimeout(this.timer);
    this.due = this.now() + milliseconds;
    this.timer = setTimeout(() => this.sweep(), milliseconds).unref();
  }

  /** Sweeps earlier than planned, if necessary. It never delays a sweep: large requests may arrive all the time. */
  private sweepWithin(milliseconds: number): void {
    if (this.due - this.now() > milliseconds) this.sweepIn(milliseconds);
  }

  private sweep(): void {
    const now = this.now();
    // If this process was delayed, it has not read what arrived, so it judges no request now. It does not skip this twice in a row.
    this.late = !this.late && now - this.due > LATE_MS;
    if (this.late) return this.sweepIn(0);
    for (const state of this.all) {
      // A request that waits for a place is not slow: kmq does not read it.
      if (state.waits) continue;
      const age = now - state.began;
      if (now - latest(state) > QUIET_MS) this.end(state, 'quiet');
      else if (age > GRACE_MS && !state.large && state.arrived < (age / 1000) * LEAST_BYTES_A_SECOND)
        this.end(state, 'slow');
    }
    this.large.judge(now, (state) => this.end(state, 'crowded'));
    this.large.admit();
    if (this.all.size) this.sweepIn(this.large.held ? TRY_MS : SWEEP_MS);
    else this.timer = undefined;
  }
}
