import { REQUEST_BYTES } from '../../protocol/limits.js';

/** Bytes for all that has arrived of requests that are not complete. What would exceed them costs the slowest theirs. */
const UNFILLED_BYTES = 12 * 1024 * 1024;
/** A request of up to so many bytes waits for no other. */
const SMALL_BYTES = 64 * 1024;
/** Larger ones that are read at the same time, in all and of one sender; the others wait, having sent so much. */
const LARGE_AT_ONCE = 6;
const LARGE_OF_SENDER = 3;
/** Of which no more than this is to come does not count as one of those, but as its bytes; of them, in all and of one sender. */
const SHORT_BYTES = 192 * 1024;
const SHORT_AT_ONCE_BYTES = 3 * 1024 * 1024;
const SHORT_OF_SENDER_BYTES = SHORT_AT_ONCE_BYTES / 2;
/** Requests of one sender that are not complete; each is a connection, and at home mere milliseconds long. */
const MOST_OF_SENDER = 200;

/** How long a sender may say nothing in the middle of a request. */
const QUIET_MS = 10_000;
/** What a sender keeps up on average, beginning with the time that a bad connection may need to get going. */
const LEAST_BYTES_A_SECOND = 500;
const GRACE_MS = 10_000;
/** The same for a large request, as long as others wait for its place. */
const LEAST_LARGE_BYTES_A_SECOND = 32 * 1024;
const LARGE_GRACE_MS = 2000;
/** One of which hardly anything comes for so long lets the next one try, and is ended when that has happened too often. */
const TRY_MS = 300;
const LEAST_TRY_BYTES_A_SECOND = 4 * 1024;
const MOST_TRIES = 3;
const SWEEP_MS = 1000;
const LATE_MS = 200;

/**
 * Why a request was ended before it was complete: `quiet`, nothing came for seconds; `slow`, it came below the least rate;
 * `crowded`, others needed its memory; `many`, its sender had too many of them.
 */
export type EndCode = 'quiet' | 'slow' | 'crowded' | 'many';

/** The connection of a request, as far as it is needed here. */
export interface Conversation {
  pause: () => void;
  resume: () => void;
  /** Answers, and ends the connection. */
  end: (code: EndCode) => void;
}

/** A request that has begun to arrive, and is not complete. */
export interface Arrival {
  /** Bytes that it takes in memory. */
  bytes: number;
  /** Bytes that came, also those that were not kept. */
  readonly arrived: number;
}

interface State extends Arrival {
  arrived: number;
  readonly sender: string | undefined;
  readonly conversation: Conversation;
  /** Bytes that are to be read of it, as far as it says. */
  readonly announced: number;
  readonly began: number;
  progressed: number;
  /** When it got the place of a large one, with what had arrived by then. */
  large: { since: number; arrived: number; rest: number } | undefined;
  waits: boolean;
  /** How often it lost that place, since nothing came. */
  tries: number;
}

/**
 * Requests while they arrive. They are counted by what has come, not by what was announced: a sender that promises a
 * megabyte and says nothing takes nothing from anybody. Those who are slow are ended after seconds, and where memory is
 * short, the slowest first: by an answer after which the tracker and `kmq/node` send again.
 */
export class Arrivals {
  /** Bytes that they take together. */
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

  /** Requests that are not complete. */
  get size(): number {
    return this.all.size;
  }

  /** Large requests that wait for their place. */
  get held(): number {
    return this.waiting.size;
  }

  /**
   * @param sender whose requests are counted together; undefined where anybody may be behind it, as a proxy
   * @param announced bytes that it says it will have; nothing is kept free for them
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
   * Something has arrived.
   * @param came the bytes that did
   * @param bytes that the request takes in memory from now on
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

  /** It is complete, or its sender has gone: nobody ends it any more. What it takes in memory is no longer counted here. */
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

  /** A megabyte that stalls must not be in the way of a batch of a hundred kilobytes. */
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

  /** Who has not stalled goes first, and of those who waits longest. */
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

  /** Makes room by a quarter, so that not each packet has to look for somebody. */
  private relieve(): void {
    for (const state of this.slowestFirst(this.all)) {
      if (this.bytes <= UNFILLED_BYTES * 0.75) return;
      if (state.bytes) this.end(state, 'crowded');
    }
  }

  /**
   * First those who stalled in the place of a large one. Who has just begun cannot be called slow: of those the ones that
   * say nothing, or wait with the most to come, are before those that are being read.
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
    // This process was held up itself, and has not read what came meanwhile. Where that is so every time, it judges all the same.
    this.late = !this.late && now - this.due > LATE_MS;
    if (this.late) return this.sweepIn(0);
    for (const state of this.all) {
      // Who waits for a place was told to.
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

  /** Others wait for the place of this one. */
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

/** Bytes that are to come. */
function restOf({ announced, arrived }: State): number {
  return Math.max(announced - arrived, 0);
}

/** When something came at last, or could have. */
function latest({ progressed, large }: State): number {
  return large ? Math.max(progressed, large.since) : progressed;
}
