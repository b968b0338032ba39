/** Above so many hits of one identity, a set says which hashes are among them. */
const FEW = 16;

/** A hit that is not filed by its identity yet. */
export interface WaitingHit {
  row: number;
  /** Its `_t`, 0 without one. */
  sent: number;
  /** Of its id (hit-hash.ts). */
  hash: number;
}

/** The hits of one identity that wait, in the order of arrival. */
export interface Group {
  /** The latest `_t` of the hits before them: what is later is nowhere else. */
  before: number;
  hits: WaitingHit[];
  /** The hashes of all of them, where there are many. */
  hashes: Set<number> | undefined;
}

/** Hits that wait to be filed, by identity. */
export class WaitingHits {
  /** How many. */
  count = 0;
  private readonly groups = new Map<number, Group>();

  /** @param before the latest `_t` of the hits of its identity before it; -Infinity where there are none */
  add(identity: number, before: number, hit: WaitingHit): void {
    let group = this.groups.get(identity);
    if (!group) this.groups.set(identity, (group = { before, hits: [], hashes: undefined }));
    group.hits.push(hit);
    if (group.hashes) group.hashes.add(hit.hash);
    else if (group.hits.length > FEW) group.hashes = new Set(group.hits.map(({ hash }) => hash));
    this.count += 1;
  }

  of(identity: number): Group | undefined {
    return this.groups.get(identity);
  }

  remove(identity: number, rows: ReadonlySet<number>): void {
    const group = this.groups.get(identity);
    if (!group) return;
    const left = group.hits.filter(({ row }) => !rows.has(row));
    this.count -= group.hits.length - left.length;
    group.hits = left;
    if (!left.length) this.groups.delete(identity);
  }

  /** In the order of the index. */
  identities(): Float64Array {
    return Float64Array.from(this.groups.keys()).sort();
  }
}

/** A place in the index by identity, and the row that stands there. */
export type FiledEntry = [identity: number, sent: number, hash: number, row: number];

/** Hits that are filed together, in the order of the index, some at a time. */
export class Round {
  private readonly identities: Float64Array;
  /** How far it has got: the place of an identity, and of a hit in its group. */
  private at = 0;
  private hit = 0;

  /** @param end the row of the last hit */
  constructor(
    readonly waiting: WaitingHits,
    readonly end: number,
  ) {
    this.identities = waiting.identities();
  }

  get isDone(): boolean {
    return this.at === this.identities.length;
  }

  /** The next ones; fewer than the most where the round is done. */
  next(most: number): FiledEntry[] {
    const entries: FiledEntry[] = [];
    for (; !this.isDone; this.at++, this.hit = 0) {
      const identity = this.identities[this.at]!;
      // Those of an identity may have been removed since.
      const hits = this.waiting.of(identity)?.hits ?? [];
      for (; this.hit < hits.length; this.hit++) {
        if (entries.length === most) return entries;
        const { row, sent, hash } = hits[this.hit]!;
        entries.push([identity, sent, hash, row]);
      }
    }
    return entries;
  }

  remove(identity: number, rows: ReadonlySet<number>): void {
    if (this.identities[this.at] === identity) {
      const passed = this.waiting.of(identity)?.hits.slice(0, this.hit) ?? [];
      this.hit -= passed.filter(({ row }) => rows.has(row)).length;
    }
    this.waiting.remove(identity, rows);
  }
}
