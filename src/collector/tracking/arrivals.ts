import { REQUEST_BYTES } from '../../protocol/limits.js';

/** Bytes of all incomplete requests. Above this, the slowest requests are ended. */
const UNFILLED_BYTES = 12 * 1024 * 1024;
/** A request of up to this size never waits for others. */
const SMALL_BYTES = 64 * 1024;
/** How many larger requests are read at the same time, in total and from one sender. Others wait after SMALL_BYTES. */
const LARGE_AT_ONCE = 6;
const LARGE_OF_SENDER = 3;
/**
 * A large request with less than this left does not count among those, but by its remaining bytes. Their limits, in total and per
 * sender:
 */
const SHORT_BYTES = 192 * 1024;
const SHORT_AT_ONCE_BYTES = 3 * 1024 * 1024;
const SHORT_OF_SENDER_BYTES = SHORT_AT_ONCE_BYTES / 2;
/** The most incomplete requests of one sender. Each needs its own connection, and a normal one takes milliseconds. */
const MOST_OF_SENDER = 200;

/** How long a sender may pause within a request. */
const QUIET_MS = 10_000;
/** The lowest average speed of a sender, after an initial time for slow connections. */
const LEAST_BYTES_A_SECOND = 500;
const GRACE_MS = 10_000;
/** The lowest speed of a large request while others wait to be read. */
const LEAST_LARGE_BYTES_A_SECOND = 32 * 1024;
const LARGE_GRACE_MS = 2000;
/**
 * A large request that receives almost nothing for this long has to wait again, and the next one is read. After several times it
 * is ended.
 */
const TRY_MS = 300;
const LEAST_TRY_BYTES_A_SECOND = 4 * 1024;
const MOST_TRIES = 3;
const SWEEP_MS = 1000;
const LATE_MS = 200;

/**
 * Why a request was ended before it was complete. `quiet`: no bytes for seconds; `slow`: below the lowest speed;
 * `crowded`: others needed its memory; `many`: its sender had too many incomplete requests.
 */
export type EndCode = 'quiet' | 'slow' | 'crowded' | 'many';

/** The connection of a request, with the methods that are needed here. */
export interface Conversation {
  pause: () => void;
  resume: () => void;
  /** Answers and closes the connection. */
  end: (code: EndCode) => void;
}

/** An incomplete request. */
export interface Arrival {
  /** Bytes that it takes in memory. */
  bytes: number;
  /** Bytes that have arrived, also those that were not kept. */
  readonly arrived: number;
}

interface State extends Arrival {
  arrived: number;
  readonly sender: string | undefined;
  readonly conversation: Conversation;
  /** Its total of bytes, as far as it announces them. */
  readonly announced: number;
  readonly began: number;
  progressed: number;
  /** Set while it is read as a large request: since when, and what had arrived by then. */
  large: { since: number; arrived: number; rest: number } | undefined;
  waits: boolean;
  /** How often it had to wait again because nothing arrived. */
  tries: number;
}

/**
 * Bounds the memory of incomplete requests. They count by received bytes and not by announced ones: a sender that announces a
 * megabyte and sends nothing uses no memory. Slow requests are ended after seconds; when memory is short, the slowest are ended
 * first. The answer makes the tracker and `kmq/node` send again.
 */
export class Arrivals {
  /** Bytes that all incomplete requests use. */
  bytes = 0;
  /** Large requests that had to wait, since the start. */
  heldTotal = 0;
  readonly ended: Record<EndCode, number> = { quiet: 0, slow: 0, crowded: 0, many: 0 };
  private readonly all = new Set<State>();
  private readonly bySender = new Map<string, Set<State>>();
  private readonly large = new Set<State>();
  private readonly waiting = new Set<State>();
  private timer: NodeJS.Timeout | undefined;
  private due = 0;
  private late = false;

  constructor(private readonly now = () => performance.now()) {}

  /** How many requests are incomplete. */
  get size(): number {
    return this.all.size;
  }

  /** How many large requests wait to be read. */
  get held(): number {
    return this.waiting.size;
  }

  /**
   * @param sender the requests of one sender count together; undefined for an address that many senders may share, such as a
   *   proxy's
   * @param announced bytes that the request announces; no memory is reserved for them
   */
  begin(sender: string | undefined, conversation: Conversation, announced = REQUEST_BYTES): Arrival {
    const now = this.now();
    const times = { began: now, progressed: now };
    const state: State = {
      bytes: 0,
      arrived: 0,
      sender,
      conversation,
      announced: Math.min(announced, REQUEST_BYTES),
      ...times,
      large: undefined,
      waits: false,
      tries: 0,
    };
    this.all.add(state);
    if (!this.timer) this.sweepIn(SWEEP_MS);
    if (sender !== undefined) {
      let own = this.bySender.get(sender);
      if (!own) this.bySender.set(sender, (own = new Set()));
      own.add(state);
      if (own.size > MOST_OF_SENDER) this.end(this.slowestFirst(own)[0]!, 'many');
    }
    return state;
  }

  /**
   * Counts a part that has arrived.
   * @param came the bytes of the part
   * @param bytes the memory that the request uses from now on
   */
  grow(arrival: Arrival, came: number, bytes: number): void {
    const state = arrival as State;
    if (!this.all.has(state)) return;
    state.arrived += came;
    state.progressed = this.now();
    this.bytes += bytes - state.bytes;
    state.bytes = bytes;
    if (bytes > SMALL_BYTES && !state.large && !state.waits) this.askForPlace(state);
    if (this.bytes > UNFILLED_BYTES) this.relieve();
  }

  /**
   * Called when a request is complete or its sender has gone. It cannot be ended any more, and its memory no longer counts here.
   */
  finish(arrival: Arrival): void {
    const state = arrival as State;
    if (!this.all.delete(state)) return;
    this.bytes -= state.bytes;
    this.waiting.delete(state);
    const own = state.sender === undefined ? undefined : this.bySender.get(state.sender);
    if (own?.delete(state) && !own.size) this.bySender.delete(state.sender!);
    if (!state.large) return;
    this.large.delete(state);
    this.admit();
  }

  private end(state: State, code: EndCode): void {
    this.finish(state);
    this.ended[code] += 1;
    state.conversation.end(code);
  }

  private askForPlace(state: State): void {
    if (this.hasPlace(state)) return this.takePlace(state);
    this.heldTotal += 1;
    this.wait(state);
    this.sweepIn(TRY_MS);
  }

  private wait(state: State): void {
    state.waits = true;
    this.waiting.add(state);
    state.conversation.pause();
  }

  /** Whether a large request may be read now. One that stalls must not delay others with few bytes left. */
  private hasPlace(state: State): boolean {
    const rest = restOf(state);
    const isShort = rest <= SHORT_BYTES;
    let all = 0;
    let own = 0;
    for (const { large, sender } of this.large) {
      if (large!.rest <= SHORT_BYTES !== isShort) continue;
      const taken = isShort ? large!.rest : 1;
      all += taken;
      if (sender === state.sender && sender !== undefined) own += taken;
    }
    if (isShort) return all + rest <= SHORT_AT_ONCE_BYTES && own + rest <= SHORT_OF_SENDER_BYTES;
    return all < LARGE_AT_ONCE && own < LARGE_OF_SENDER;
  }

  private takePlace(state: State): void {
    state.large = { since: this.now(), arrived: state.arrived, rest: restOf(state) };
    this.large.add(state);
  }

  /** Reads waiting requests: first those that have not stalled, and among them the one that has waited longest. */
  private admit(): void {
    while (this.waiting.size) {
      let next: State | undefined;
      for (const state of this.waiting) {
        if ((!next || state.tries < next.tries) && this.hasPlace(state)) next = state;
      }
      if (!next) return;
      this.waiting.delete(next);
      next.waits = false;
      this.takePlace(next);
      next.conversation.resume();
    }
  }

  /** Ends requests until a quarter of the memory is free, so that this does not happen for every packet. */
  private relieve(): void {
    for (const state of this.slowestFirst(this.all)) {
      if (this.bytes <= UNFILLED_BYTES * 0.75) return;
      if (state.bytes) this.end(state, 'crowded');
    }
  }

  /**
   * Sorts requests, the first to be ended first: requests that stalled while they were read as large ones, then by speed. A request
   * that has just begun is not slow yet: among those, requests that receive nothing, or wait with the most bytes left, come
   * before requests that are being read.
   */
  private slowestFirst(states: Iterable<State>): State[] {
    const now = this.now();
    const rank = (state: State): [number, number] => {
      const { began, progressed, waits, tries, arrived, bytes } = state;
      const age = (waits ? progressed : now) - began;
      const silence = now - latest(state);
      if (tries) return [0, -tries];
      if (age >= LARGE_GRACE_MS) return [1, arrived / age];
      if (waits) return [3, -restOf(state)];
      if (silence >= TRY_MS) return [bytes > SMALL_BYTES ? 2 : 4, -silence];
      return [5, -bytes];
    };
    return [...states]
      .map((state) => ({ state, rank: rank(state) }))
      .sort((one, other) => one.rank[0] - other.rank[0] || one.rank[1] - other.rank[1])
      .map(({ state }) => state);
  }

  private sweepIn(milliseconds: number): void {
    clearTimeout(this.timer);
    this.due = this.now() + milliseconds;
    this.timer = setTimeout(() => this.sweep(), milliseconds).unref();
  }

  private sweep(): void {
    const now = this.now();
    // If this process was delayed, it has not read what arrived, so no request is judged. But not twice in a row.
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
    for (const state of this.waiting.size ? [...this.large] : []) this.judgePlace(state, now);
    this.admit();
    if (this.all.size) this.sweepIn(this.waiting.size ? TRY_MS : SWEEP_MS);
    else this.timer = undefined;
  }

  /** Checks a large request while others wait to be read. */
  private judgePlace(state: State, now: number): void {
    const age = now - state.large!.since;
    const came = state.arrived - state.large!.arrived;
    const hardly = age >= TRY_MS && came < (age / 1000) * LEAST_TRY_BYTES_A_SECOND;
    if (hardly || now - latest(state) >= TRY_MS) {
      state.tries += 1;
      if (state.tries >= MOST_TRIES) return this.end(state, 'crowded');
      this.large.delete(state);
      state.large = undefined;
      this.wait(state);
    } else if (age > LARGE_GRACE_MS && came < (age / 1000) * LEAST_LARGE_BYTES_A_SECOND) {
      this.end(state, 'crowded');
    }
  }
}

/** Bytes that have not arrived yet. */
function restOf({ announced, arrived }: State): number {
  return Math.max(announced - arrived, 0);
}

/** When bytes last arrived, or could have been read. */
function latest({ progressed, large }: State): number {
  return large ? Math.max(progressed, large.since) : progressed;
}
