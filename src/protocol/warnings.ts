import type { Reason } from './reasons.js';

/** Ten thousand faulty parameters need no ten thousand warnings. */
const MOST_WARNINGS = 20;

/** What the site's owner is warned of with one hit: the first of them, and how many more there were. */
export class Warnings {
  private readonly losses: Reason[] = [];
  private readonly first: Reason[] = [];
  private more = 0;

  add(...reason: Reason): void {
    if (this.first.length < MOST_WARNINGS) this.first.push(reason);
    else this.more += 1;
  }

  /** For what is said once, and must not go under: a part of the hit was not kept. */
  addLoss(...reason: Reason): void {
    this.losses.push(reason);
  }

  list(): Reason[] {
    // As of nearly every hit.
    if (!this.losses.length && !this.more) return this.first;
    const all = [...this.losses, ...this.first];
    return this.more ? [...all, ['more-warnings', String(this.more)]] : all;
  }
}
