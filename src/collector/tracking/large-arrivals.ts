import { LARGE_GRACE_MS, latest, restOf, TRY_MS, type ArrivalState } from './arrival.js';

/** How many large requests are read at the same time, in total and from one sender. Others wait. */
const LARGE_AT_ONCE = 6;
const LARGE_OF_SENDER = 3;
/**
 * Large requests with at most this many bytes left do not count for these limits. They have other limits: their remaining bytes, in
 * total and from one sender.
 */
const SHORT_BYTES = 192 * 1024;
const SHORT_AT_ONCE_BYTES = 3 * 1024 * 1024;
const SHORT_OF_SENDER_BYTES = SHORT_AT_ONCE_BYTES / 2;

/** The lowest speed of a large request while others wait to be read. */
const LEAST_LARGE_BYTES_A_SECOND = 32 * 1024;
/** A slower request has stalled: it has to wait again, and the next one is read. After several times it is ended. */
const LEAST_TRY_BYTES_A_SECOND = 4 * 1024;
const MOST_TRIES = 3;

/** Decides which large requests are read. Few are read at the same time, and the others wait with their senders. */
export class LargeArrivals {
  /** Large requests that had to wait, since the start. */
  heldTotal = 0;
  private readonly read = new Set<ArrivalState>();
  private readonly waiting = new Set<ArrivalState>();

  constructor(private readonly now: () => number) {}

  /** How many large requests wait to be read. */
  get held(): number {
    return this.waiting.size;
  }

  /** Call it when a request has become large. @returns whether it may be read; otherwise it waits now */
  mayRead(state: ArrivalState): boolean {
    if (this.hasPlace(state)) {
      this.takePlace(state);
      return true;
    }
    this.heldTotal += 1;
    this.wait(state);
    return false;
  }

  /** Forgets a request, large or not, that is complete or was ended. */
  forget(state: ArrivalState): void {
    this.waiting.delete(state);
    if (!state.large) return;
    this.read.delete(state);
    this.admit();
  }

  /** Reads waiting requests: first those that have not stalled, and among them the one that has waited longest. */
  admit(): void {
    while (this.waiting.size) {
      let next: ArrivalState | undefined;
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

  /**
   * Checks the requests that are read, while others wait: a stalled one has to wait as well.
   * @param end called for a request that must be ended
   */
  judge(now: number, end: (state: ArrivalState) => void): void {
    if (!this.waiting.size) return;
    for (const state of [...this.read]) {
      const age = now - state.large!.since;
      const came = state.arrived - state.large!.arrived;
      const hardly = age >= TRY_MS && came < (age / 1000) * LEAST_TRY_BYTES_A_SECOND;
      if (hardly || now - latest(state) >= TRY_MS) {
        state.tries += 1;
        if (state.tries >= MOST_TRIES) {
          end(state);
          continue;
        }
        this.read.delete(state);
        state.large = undefined;
        this.wait(state);
      } else if (age > LARGE_GRACE_MS && came < (age / 1000) * LEAST_LARGE_BYTES_A_SECOND) {
        end(state);
      }
    }
  }

  /** Whether a large request may be read now. One that stalls must not delay others with few bytes left. */
  private hasPlace(state: ArrivalState): boolean {
    const rest = restOf(state);
    const isShort = rest <= SHORT_BYTES;
    let all = 0;
    let own = 0;
    for (const { large, sender } of this.read) {
      if (large!.rest <= SHORT_BYTES !== isShort) continue;
      const taken = isShort ? large!.rest : 1;
      all += taken;
      if (sender === state.sender && sender !== undefined) own += taken;
    }
    if (isShort) return all + rest <= SHORT_AT_ONCE_BYTES && own + rest <= SHORT_OF_SENDER_BYTES;
    return all < LARGE_AT_ONCE && own < LARGE_OF_SENDER;
  }

  private takePlace(state: ArrivalState): void {
    state.large = { since: this.now(), arrived: state.arrived, rest: restOf(state) };
    this.read.add(state);
  }

  private wait(state: ArrivalState): void {
    state.waits = true;
    this.waiting.add(state);
    state.conversation.pause();
  }
}
