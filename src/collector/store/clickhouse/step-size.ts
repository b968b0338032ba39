/** After so many steps in a row, a step is made larger. */
const STEPS_BEFORE_MORE = 8;
/** The most of them, so that a large store is not copied in small steps for hours. */
const MOST_STEPS_BEFORE_MORE = 256;

/**
 * How large a step is, in hits or in bytes. After a step that failed, perhaps for lack of time or memory, it is half as large, down to a
 * limit. After some steps in a row it is twice as large again. If that fails, twice as many steps come before the next attempt, until the
 * largest size has succeeded several times in a row.
 */
export class StepSize {
  current: number;
  /** How many steps were done in a row with this size. */
  private done = 0;
  private before = STEPS_BEFORE_MORE;
  /** Whether the size was doubled, and no step was done with it yet. */
  private isTried = false;

  constructor(
    private readonly fewest: number,
    private readonly most: number,
  ) {
    this.current = most;
  }

  failed(): void {
    if (this.isTried) this.before = Math.min(2 * this.before, MOST_STEPS_BEFORE_MORE);
    this.current = Math.min(this.current, Math.max(this.fewest, Math.floor(this.current / 2)));
    this.isTried = false;
    this.done = 0;
  }

  succeeded(): void {
    this.isTried = false;
    this.done += 1;
    if (this.current === this.most && this.done >= STEPS_BEFORE_MORE) this.before = STEPS_BEFORE_MORE;
    if (this.done >= this.before) this.more();
  }

  /** Call it when nothing is left to do. */
  more(): void {
    if (this.current === this.most) return;
    this.done = 0;
    this.current = Math.min(2 * this.current, this.most);
    this.isTried = true;
  }
}
