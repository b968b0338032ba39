import { BATCH_HITS, REQUEST_BYTES } from '../protocol/limits.js';
import { NotTaken, type Poster } from './post.js';
import type { Batch, Queue } from './queue.js';

/** How long a hit waits for others to go with it. */
const GATHER_MS = 200;
/** The longest wait between two attempts. */
const LONGEST_PAUSE_MS = 60_000;
/** Refusals, with nothing taken between them, after which it is not the hits that are at fault. */
const MOST_REFUSALS = 24;

/** Sends what the queue holds, one batch after the other so that hits stay in their order, until it is acknowledged. */
export class Sender {
  /** Attempts in a row that have failed. */
  failures = 0;
  private running: Promise<boolean> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Until when the collector wants to be left alone, by a clock that nobody sets. */
  private notBefore = 0;
  /** Requests that were acknowledged, ever. */
  private taken = 0;
  private stopped = false;
  /** Batches of which nothing was taken, by their file, with `taken` as it was then. */
  private readonly suspects = new Map<string | undefined, number>();

  constructor(
    private readonly queue: Queue,
    private readonly poster: Poster,
    private readonly report: (message: string, cause?: unknown) => void,
  ) {}

  /** Something waits. No timer of it holds a process. */
  wake(pauseMs = GATHER_MS): void {
    if (this.timer || this.running || this.stopped) return;
    this.timer = setTimeout(() => void this.attempt(), pauseMs).unref();
  }

  /** Sends all that waits. @returns whether it was acknowledged; false after the first attempt that failed */
  attempt(): Promise<boolean> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (!this.queue.isEmpty) this.wake(this.failures ? this.pauseMs() : GATHER_MS);
    });
    return this.running;
  }

  /** As `attempt`, for what waits by now, although another attempt may be on its way. */
  async flush(): Promise<boolean> {
    return (!this.running || (await this.running)) && this.attempt();
  }

  /** Breaks off what is on its way, and begins nothing more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.poster.abort();
    await this.running;
    this.poster.close();
  }

  private async run(): Promise<boolean> {
    if (performance.now() < this.notBefore) return this.queue.isEmpty;
    while (!this.stopped) {
      const batch = await this.queue.next();
      if (!batch) return true;
      try {
        await this.deliver(batch);
        this.failures = 0;
      } catch (error) {
        this.fail(error as Error);
        return false;
      }
    }
    return this.queue.isEmpty;
  }

  /**
   * A firewall that dislikes the text of one hit must not cost the others: what is refused is halved until those
   * hits are found. They are given up once others have been taken, and until then let others try first.
   */
  private async deliver(batch: Batch): Promise<void> {
    const id = batch.segment?.path;
    const before = this.suspects.get(id) ?? this.taken;
    const refused: string[] = [];
    let refusals = 0;
    let reason = '';

    const send = async (lines: string[]): Promise<void> => {
      const body = lines.join('\n');
      if (lines.length <= BATCH_HITS && body.length < REQUEST_BYTES) {
        try {
          await this.poster.post(body);
          this.taken++;
          return;
        } catch (error) {
          if (!isRefusal(error) || (++refusals > MOST_REFUSALS && this.taken === before)) throw error;
          if (lines.length === 1) {
            refused.push(lines[0]!);
            reason = error.message;
            return;
          }
        }
      }
      const middle = Math.ceil(lines.length / 2);
      await send(lines.slice(0, middle));
      await send(lines.slice(middle));
    };

    try {
      await send(batch.lines);
      if (refused.length && this.taken === before) throw new NotTaken(reason, 400, 0);
    } catch (error) {
      if (isRefusal(error)) this.suspects.set(id, before);
      this.queue.putBack(batch, isRefusal(error));
      throw error;
    }
    this.suspects.delete(id);
    this.queue.drop(refused.length, `they were ${reason}`);
    await this.queue.remove(batch);
  }

  private fail(error: Error): void {
    const retryAfter = error instanceof NotTaken ? error.retryAfter : 0;
    // With jitter: a collector that comes back must not meet everyone in the same second.
    this.notBefore = performance.now() + retryAfter * 1000 * (1 + Math.random() / 10);
    // One line for an outage, however long.
    if (!this.failures++ && !this.stopped) this.report('hits wait, the collector is out of reach', error);
  }

  private pauseMs(): number {
    const backoffMs = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** this.failures) * (0.5 + Math.random());
    return Math.max(backoffMs, this.notBefore - performance.now());
  }
}

function isRefusal(error: unknown): error is NotTaken {
  return error instanceof NotTaken && error.isRefusal;
}
