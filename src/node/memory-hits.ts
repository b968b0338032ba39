/** The most characters that are kept in memory while the disk cannot be written. */
const MOST_CHARACTERS = 2_000_000;

/** Hits that are kept in memory, since the disk could not be written: the newest ones, up to a limit. */
export class MemoryHits {
  private hits: string[] = [];
  private characters = 0;

  get length(): number {
    return this.hits.length;
  }

  /** All of them, oldest first. */
  get all(): readonly string[] {
    return this.hits;
  }

  /** Adds newer hits. @returns how many hits were evicted, the oldest ones */
  add(newer: readonly string[]): number {
    this.hits.push(...newer);
    return this.evict(newer);
  }

  /** Takes older hits back. @returns how many hits were evicted, the oldest ones */
  putBack(older: readonly string[]): number {
    this.hits = [...older, ...this.hits];
    return this.evict(older);
  }

  /** Removes all of them. */
  take(): string[] {
    const { hits } = this;
    this.hits = [];
    this.characters = 0;
    return hits;
  }

  private evict(added: readonly string[]): number {
    for (const hit of added) this.characters += hit.length;
    if (this.characters <= MOST_CHARACTERS) return 0;
    let count = 0;
    // A tenth more than necessary, so that this does not happen with each hit.
    while (this.characters > MOST_CHARACTERS * 0.9) this.characters -= this.hits[count++]!.length;
    this.hits.splice(0, count);
    return count;
  }
}
