import { randomInt } from 'node:crypto';
import { NO_HASH } from './hit-hash.js';

/** Places for hits, at first; doubled where they do not do. */
const PLACES = 1024;

/** A hit that is not filed by its identity yet. */
export interface WaitingHit {
  row: number;
  /** Its `_t`, 0 without one. */
  sent: number;
  /** Of its id (hit-hash.ts). */
  hash: number;
}

/** The row of a hit that was removed: SQLite's begin at 1. */
const REMOVED = 0;
const NONE = -1;

const SALT = randomInt(2 ** 32);
/** Odd, with bits all over (the golden ratio). */
const MULTIPLIER = 0x9e3779b1;

/**
 * Hits that wait to be filed, found by identity and by the hash of their id. Columns of numbers instead of objects: there are tens
 * of thousands of them all the time, which the garbage collector would move about.
 */
export class WaitingHits {
  /** How many. */
  count = 0;
  private places = PLACES;
  private taken = 0;
  private identities = new Float64Array(PLACES);
  private rows = new Float64Array(PLACES);
  private sent = new Float64Array(PLACES);
  private hashes = new Float64Array(PLACES);
  /** The place of the hit of the same identity before it. */
  private previous = new Int32Array(PLACES);
  /** The place of the last hit of an identity. */
  private readonly last = new Map<number, number>();
  /** Places by hash: a table with open addressing, of twice as many slots as there are places. */
  private slots = new Int32Array(2 * PLACES).fill(NONE);

  add(identity: number, { row, sent, hash }: WaitingHit): void {
    if (this.taken === this.places) this.grow();
    const place = this.taken++;
    this.identities[place] = identity;
    this.rows[place] = row;
    this.sent[place] = sent;
    this.hashes[place] = hash;
    this.previous[place] = this.last.get(identity) ?? NONE;
    this.last.set(identity, place);
    this.enter(place);
    this.count += 1;
  }

  /** The hits of an identity, the last one first. */
  *of(identity: number): Generator<WaitingHit> {
    for (let place = this.last.get(identity) ?? NONE; place !== NONE; place = this.previous[place]!) {
      if (this.rows[place] !== REMOVED) yield this.at(place);
    }
  }

  /** The rows of the hits of an identity, a second and a hash. */
  rowsOf(identity: number, sent: number, hash: number): number[] {
    const rows: number[] = [];
    for (let slot = this.slotOf(hash); this.slots[slot] !== NONE; slot = this.after(slot)) {
      const place = this.slots[slot]!;
      if (this.hashes[place] !== hash || this.identities[place] !== identity || this.sent[place] !== sent) continue;
      if (this.rows[place] !== REMOVED) rows.push(this.rows[place]!);
    }
    return rows;
  }

  remove(identity: number, rows: ReadonlySet<number>): void {
    for (let place = this.last.get(identity) ?? NONE; place !== NONE; place = this.previous[place]!) {
      if (!rows.has(this.rows[place]!)) continue;
      this.rows[place] = REMOVED;
      this.count -= 1;
    }
  }

  /** The places of all hits, in the order of the index by identity. */
  inOrder(): Int32Array {
    const order = new Int32Array(this.taken);
    let end = 0;
    for (const identity of Float64Array.from(this.last.keys()).sort()) {
      for (let place = this.last.get(identity)!; place !== NONE; place = this.previous[place]!) order[end++] = place;
    }
    return order;
  }

  /** A hit and where it is filed; undefined where it was removed. */
  entryAt(place: number): FiledEntry | undefined {
    const row = this.rows[place]!;
    if (row === REMOVED) return undefined;
    return [this.identities[place]!, this.sent[place]!, this.hashes[place]!, row];
  }

  private at(place: number): WaitingHit {
    return { row: this.rows[place]!, sent: this.sent[place]!, hash: this.hashes[place]! };
  }

  private enter(place: number): void {
    // Hits without an id are not looked for by it, and would all stand in one place.
    if (this.hashes[place] === NO_HASH) return;
    let slot = this.slotOf(this.hashes[place]!);
    while (this.slots[slot] !== NONE) slot = this.after(slot);
    this.slots[slot] = place;
  }

  private slotOf(hash: number): number {
    // Who sends hits can find ids whose hashes end alike, and does not know the salt.
    const mixed = Math.imul((hash >>> 0) ^ SALT, MULTIPLIER) ^ Math.floor(hash / 2 ** 32);
    return (Math.imul(mixed ^ (mixed >>> 15), MULTIPLIER) >>> 8) % this.slots.length;
  }

  private after(slot: number): number {
    return slot + 1 === this.slots.length ? 0 : slot + 1;
  }

  private grow(): void {
    this.places *= 2;
    this.identities = copyOf(this.identities, this.places);
    this.rows = copyOf(this.rows, this.places);
    this.sent = copyOf(this.sent, this.places);
    this.hashes = copyOf(this.hashes, this.places);
    const previous = new Int32Array(this.places);
    previous.set(this.previous);
    this.previous = previous;
    this.slots = new Int32Array(2 * this.places).fill(NONE);
    for (let place = 0; place < this.taken; place++) this.enter(place);
  }
}

function copyOf(column: Float64Array<ArrayBuffer>, places: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(places);
  copy.set(column);
  return copy;
}

/** A place in the index by identity, and the row that stands there. */
export type FiledEntry = [identity: number, sent: number, hash: number, row: number];

/** Hits that are filed together, in the order of the index, some at a time. */
export class Round {
  private readonly order: Int32Array;
  /** How far it has got. */
  private at = 0;

  /** @param end the row of the last hit */
  constructor(
    readonly waiting: WaitingHits,
    readonly end: number,
  ) {
    this.order = waiting.inOrder();
  }

  get isDone(): boolean {
    return this.at === this.order.length;
  }

  /** The next ones; fewer than the most where the round is done. Those that were removed since are left out. */
  next(most: number): FiledEntry[] {
    const entries: FiledEntry[] = [];
    for (; !this.isDone && entries.length < most; this.at++) {
      const entry = this.waiting.entryAt(this.order[this.at]!);
      if (entry) entries.push(entry);
    }
    return entries;
  }
}
