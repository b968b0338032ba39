/** The most names that are kept, which takes a few megabytes. Beyond them the oldest are evicted. */
const MOST_NAMES = 50_000;

/**
 * Token buckets by name. Each is one number: the time at which all units so far would have arrived at an even
 * rate (virtual scheduling, https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). So a unit needs no object and
 * no timer. A name whose bucket is full again is forgotten: names are addresses of visitors.
 */
export class Buckets {
  /** The name that took units longest ago comes first. */
  private readonly due = new Map<string, number>();
  private readonly interval: number;
  private readonly burst: number;

  /**
   * @param rate units a second, more than 0
   * @param seconds a full bucket contains the units of so many seconds
   */
  constructor(
    rate: number,
    seconds: number,
    private readonly most = MOST_NAMES,
  ) {
    this.interval = 1000 / rate;
    this.burst = seconds * 1000;
  }

  /** How many names are remembered. */
  get size(): number {
    return this.due.size;
  }

  /**
   * Takes units out of a bucket. If the bucket is not empty, more may be taken than it contains: otherwise a batch that is
   * larger than the bucket would never be allowed.
   * @param units 0 to take nothing and only ask
   * @param now milliseconds of a monotonic clock
   * @returns 0, or the seconds after which to ask again
   */
  take(name: string, units: number, now = performance.now()): number {
    this.forgetFull(now);
    const known = this.due.get(name);
    const due = known === undefined || known < now ? now : known;
    const over = due - now - this.burst;
    if (over > 0) return Math.ceil(over / 1000);
    if (units) {
      if (known === undefined && this.due.size >= this.most) this.due.delete(this.due.keys().next().value!);
      this.due.delete(name);
      this.due.set(name, due + units * this.interval);
    }
    return 0;
  }

  /** At most two names, since a call adds at most one. */
  private forgetFull(now: number): void {
    let left = 2;
    for (const [name, due] of this.due) {
      if (due > now || left === 0) return;
      this.due.delete(name);
      left -= 1;
    }
  }
}
