/** The most names that are remembered, a few megabytes; then the oldest are forgotten. */
const MOST_NAMES = 50_000;

/**
 * Token buckets by name, each as one number: the time at which everything let through so far would have arrived at an even
 * rate (the virtual scheduling form of https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). A unit that is let through costs
 * no object and no timer, and a name that is not used any more needs no cleaning up.
 */
export class Buckets {
  private readonly due = new Map<string, number>();
  private readonly interval: number;
  private readonly burst: number;

  /**
   * @param rate of units a second, more than 0
   * @param seconds how many seconds' worth of units a full bucket holds
   */
  constructor(
    rate: number,
    seconds: number,
    private readonly most = MOST_NAMES,
  ) {
    this.interval = 1000 / rate;
    this.burst = seconds * 1000;
  }

  /**
   * Takes units out of a bucket. While anything is in it, more may be taken than it contains: otherwise a batch that is
   * larger than a bucket would never pass.
   * @param units 0 only asks
   * @param now milliseconds of a clock that is never set back
   * @returns 0, or the seconds after which to ask again
   */
  take(name: string, units: number, now = performance.now()): number {
    const known = this.due.get(name);
    const due = known === undefined || known < now ? now : known;
    const over = due - now - this.burst;
    if (over > 0) return Math.ceil(over / 1000);
    if (units) {
      if (known === undefined && this.due.size >= this.most) this.due.delete(this.due.keys().next().value!);
      this.due.set(name, due + units * this.interval);
    }
    return 0;
  }
}
