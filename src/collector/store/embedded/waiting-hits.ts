import { NO_HASH } from './hit-hash.js';
import type { FiledEntry } from './indexed-hits.js';
import { NO_PLACE, PlaceTable } from './place-table.js';

/** The capacity at first; doubled when it is full. */
const PLACES = 1024;

/** A hit that is not filed by its identity yet. */
export interface WaitingHit {
  row: number;
  /** Its `_t`, 0 without one. */
  sent: number;
  /** The hash of its id (hit-hash.ts). */
  hash: number;
}

/** Stands for the row of a removed hit: SQLite's rows begin at 1. */
const REMOVED = 0;

/**
 * Hits that wait to be filed, found by identity and by the hash of their id. Columns of numbers instead of objects: there may be
 * tens of thousands of hits, which the garbage collector would have to copy.
 */
export class WaitingHits {
  /** How many hits wait. */
  count = 0;
  private places = PLACES;
  private taken = 0;
  private identities = new Float64Array(PLACES);
  private rows = new Float64Array(PLACES);
  private sent = new Float64Array(PLACES);
  private hashes = new Float64Array(PLACES);
  /** For each place, the place of the previous hit of the same identity. */
  private previous = new Int32Array(PLACES);
  /** For each identity, the place of its last hit. */
  private readonly last = new Map<number, number>();
  private byHash = new PlaceTable(PLACES);

  add(identity: number, { row, sent, hash }: WaitingHit): void {
    if (this.taken === this.places) this.grow();
    const place = this.taken++;
    this.identities[place] = identity;
    this.rows[place] = row;
    this.sent[place] = sent;
    this.hashes[place] = hash;
    this.previous[place] = this.last.get(identity) ?? NO_PLACE;
    this.last.set(identity, place);
    this.enter(place);
    this.count += 1;
  }

  /** The hits of an identity, the last one first. */
  *of(identity: number): Generator<WaitingHit> {
    for (let place = this.last.get(identity) ?? NO_PLACE; place !== NO_PLACE; place = this.previous[place]!) {
      if (this.rows[place] !== REMOVED) yield this.at(place);
    }
  }

  /** The rows of the hits of an identity, a second and a hash. */
  rowsOf(identity: number, sent: number, hash: number): number[] {
    const rows: number[] = [];
    const { byHash } = this;
    for (let slot = byHash.slotOf(hash); byHash.placeIn(slot) !== NO_PLACE; slot = byHash.after(slot)) {
      const place = byHash.placeIn(slot);
      if (this.hashes[place] !== hash || this.identities[place] !== identity || this.sent[place] !== sent) continue;
      if (this.rows[place] !== REMOVED) rows.push(this.rows[place]!);
    }
    return rows;
  }

  remove(identity: number, rows: ReadonlySet<number>): void {
    for (let place = this.last.get(identity) ?? NO_PLACE; place !== NO_PLACE; place = this.previous[place]!) {
      if (!rows.has(this.rows[place]!)) continue;
      this.rows[place] = REMOVED;
      this.count -= 1;
    }
  }

  /** The places of all hits, sorted by identity, as the index is. */
  inOrder(): Int32Array {
    const order = new Int32Array(this.taken);
    let end = 0;
    for (const identity of Float64Array.from(this.last.keys()).sort()) {
      for (let place = this.last.get(identity)!; place !== NO_PLACE; place = this.previous[place]!)
        order[end++] = place;
    }
    return order;
  }

  /** The index entry of a hit; undefined if the hit was removed. */
  entryAt(place: number): FiledEntry | undefined {
    const row = this.rows[place]!;
    if (row === REMOVED) return undefined;
    return [this.identities[place]!, this.sent[place]!, this.hashes[place]!, row];
  }

  private at(place: number): WaitingHit {
    return { row: this.rows[place]!, sent: this.sent[place]!, hash: this.hashes[place]! };
  }

  private enter(place: number): void {
    // Hits without an id are never looked up by hash, and would all have the same one.
    const hash = this.hashes[place]!;
    if (hash !== NO_HASH) this.byHash.enter(hash, place);
  }

  private grow(): void {
    this.places *= 2;
    this.identities = copyOf(this.identities, this.places);
    this.rows = copyOf(this.rows, this.places);
    this.sent = copyOf(this.sent, this.places);
    this.hashes = copyOf(this.hashes, this.places);
    this.previous = copyOf(this.previous, this.places);
    this.byHash = new PlaceTable(this.places);
    for (let place = 0; place < this.taken; place++) this.enter(place);
  }
}

function copyOf<Column extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  column: Column,
  places: number,
): Column {
  const copy = new (column.constructor as new (length: number) => Column)(places);
  copy.set(column);
  return copy;
}
