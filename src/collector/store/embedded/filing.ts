import type { DiskSpace } from '../sqlite/disk-space.js';
import { DiskFull } from '../sqlite/errors.js';
import { DamagedIndex } from './index-filing.js';
import type { EmbeddedWriter } from './writer.js';

/** When hits are too few for a round, they are filed this long after the first of them. */
const DELAY_MS = 5000;
/** Hits that one transaction files: some milliseconds. */
const HITS_PER_TRANSACTION = 1000;

/** Files waiting hits in the index by identity when no new hits arrive, whose commits would file them. */
export class Filing {
  private timer: NodeJS.Timeout | undefined;
  /** The rounds that had begun when the timer was set. */
  private rounds = 0;
  private closed = false;

  constructor(
    private readonly writer: EmbeddedWriter,
    private readonly diskSpace: DiskSpace,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Call it when hits may wait. */
  wake(): void {
    if (this.timer || this.closed) return;
    this.rounds = this.writer.index.filing.roundsBegun;
    this.timer = setTimeout(() => this.due(), DELAY_MS).unref();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private due(): void {
    this.timer = undefined;
    // While many hits arrive, rounds begin without this timer, and waiting hits are younger than the delay.
    if (this.writer.index.filing.roundsBegun === this.rounds) this.step();
    else this.wake();
  }

  private step(): void {
    if (this.closed) return;
    const { index, transaction } = this.writer;
    try {
      const filed = this.diskSpace.take(() => transaction(() => index.filing.fileSome(HITS_PER_TRANSACTION)));
      if (filed === HITS_PER_TRANSACTION) setImmediate(() => this.step());
    } catch (error) {
      if (error instanceof DamagedIndex) {
        // Each attempt gets further: see `insertEntries`.
        this.writer.onDamage(error);
        setImmediate(() => this.step());
        return;
      }
      // Commits log a full disk already.
      if (!(error instanceof DiskFull)) this.onError(error);
      this.wake();
    }
  }
}
