import type { FiledEntry } from './indexed-hits.js';
import type { WaitingHits } from './waiting-hits.js';

/** Hits that are filed together: in the order of the index, some at a time. */
export class Round {
  private readonly order: Int32Array;
  /** How many hits are filed. */
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

  /** The next hits; fewer than `most` if the round is done. Hits that were removed meanwhile are left out. */
  next(most: number): FiledEntry[] {
    const entries: FiledEntry[] = [];
    for (; !this.isDone && entries.length < most; this.at++) {
      const entry = this.waiting.entryAt(this.order[this.at]!);
      if (entry) entries.push(entry);
    }
    return entries;
  }
}
