import type { Reason } from './reasons.js';

/** So many warnings are kept for one hit, which may have thousands of faulty parameters. */
const MOST_WARNINGS = 20;

/** The warnings of one hit for the site's owner: the first ones, and how many more there were. */
export class Warnings {
  private readonly losses: Reason[] = [];
  private readonly first: Reason[] = [];
  private more = 0;

  add(...reason: Reason): void {
    if (this.first.length < MOST_WARNINGS) this.first.push(reason);
    else this.more += 1;
  }

  /** A warning that part of the hit was not kept. It is always listed, and first. */
  addLoss(...reason: Reason): void {
    this.losses.push(reason);
  }

  list(): Reason[] {
    // The case of nearly every hit.
    if (!this.losses.length && !this.more) return this.first;
    const all = [...this.losses, ...this.first];
    return this.more ? [...all, ['more-warnings', String(this.more)]] : all;
  }
}
