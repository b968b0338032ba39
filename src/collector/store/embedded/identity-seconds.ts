import { foldName } from '../../../protocol/text.js';
import type { Comparisons, StoredEvents } from './stored-events.js';

/**
 * How many stored hits may be read to learn what an identity did in an earlier second: the most, and how many more with each new
 * hit. Without a limit, a sender that switches between seconds of thousands of hits would cause all of them to be read for each
 * hit.
 */
const MOST_LOOKS = 1000;
const LOOKS_PER_HIT = 16;

/** How many hits of an identity's latest second are remembered: people do less in one second. */
const MOST_HASHES = 32;
/** For how many seconds of an identity, besides its latest, events are remembered. */
const MOST_SECONDS = 8;
/** How many names of events are remembered of one second of an identity: a sender may invent any number. */
const MOST_NAMES = 1000;

/** The seconds in which an identity did something, in memory: so nearly every hit is stored without a query. */
export class IdentitySeconds {
  /** The events of the latest second, if known. */
  private events: Comparisons | undefined = undefined;
  /** The hashes of the ids of that second's hits, if all are known. */
  private hashes: number[] | undefined = undefined;
  /** The events of earlier seconds that were needed. */
  private asked: Map<number, Comparisons> | undefined = undefined;
  /** How many stored hits may still be read for other seconds. */
  private looks = MOST_LOOKS;

  constructor(
    readonly id: number,
    /** The latest `_t` of its hits; -Infinity if it has none; undefined if not known yet: it must be set before a hit is stored. */
    public latest: number | undefined,
  ) {}

  /** Call it when a hit of the identity has arrived. */
  noteArrival(): void {
    this.looks = Math.min(MOST_LOOKS, this.looks + LOOKS_PER_HIT);
  }

  /** Whether it may have a hit with this `_t` and this hash. If not, no query is needed. */
  mayHave(sent: number, hash: number): boolean {
    if (sent > this.latest!) return false;
    return sent < this.latest! || !this.hashes || this.hashes.includes(hash);
  }

  /**
   * By the reference's rule (docs/reference.md#8.4) the same event of the same identity in the same second counts once. Returns
   * the comparisons of such events that were stored before. Nearly all hits are of a new second and need no query. Others need one
   * if the events of their second are not in memory.
   */
  comparedBefore(name: string, sent: number, stored: StoredEvents): number {
    if (sent > this.latest!) return 0;
    return this.eventsOf(sent, stored).get(foldName(name)) ?? 0;
  }

  /** Remembers an event, for those that may follow in the same second. @param compared all comparisons of such events so far */
  noteEvent(name: string, sent: number, compared: number): void {
    if (sent > this.latest!) {
      this.latest = sent;
      this.events = new Map([[foldName(name), compared]]);
    } else {
      const folded = foldName(name);
      // If there are more names, they are forgotten: later events of this second need a query, as long as `looks` allows one.
      const latest = sent === this.latest ? this.events?.set(folded, compared) : undefined;
      if (latest && latest.size > MOST_NAMES) this.events = undefined;
      const asked = this.asked?.get(sent)?.set(folded, compared);
      if (asked && asked.size > MOST_NAMES) this.asked?.delete(sent);
    }
  }

  /** Notes a hit that is no event, or an event that is not compared, in a second after the latest one. */
  noteSecond(sent: number): void {
    this.latest = sent;
    this.events = new Map();
  }

  /** @param before the latest `_t` before this hit */
  noteHash(sent: number, hash: number, before: number): void {
    if (sent > before) this.hashes = [hash];
    else if (sent === before && this.hashes && this.hashes.push(hash) > MOST_HASHES) this.hashes = undefined;
  }

  /** The events of a second. They stay in memory: a sender whose clock stands still must not cause all to be read for each hit. */
  private eventsOf(sent: number, stored: StoredEvents): Comparisons {
    if (sent === this.latest && this.events) return this.events;
    const known = this.asked?.get(sent);
    if (known) return known;
    const found = stored.ofSecond(this.id, sent, this.looks);
    this.looks = found ? this.looks - found.looked : 0;
    // If no more stored hits may be read for the identity, a late event counts as if it were the first.
    if (!found) return new Map();
    if (!this.asked || this.asked.size >= MOST_SECONDS) this.asked = new Map();
    this.asked.set(sent, found.events);
    return found.events;
  }
}
