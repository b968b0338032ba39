import { BATCH_HITS, REQUEST_BYTES } from '../protocol/limits.js';
import { NotAcknowledged, type Poster } from './post.js';
import type { Batch, Queue } from './queue.js';

/** How long a hit waits, so that others can be sent with it. */
const GATHER_MS = 200;
/** The longest pause between two attempts, before it is multiplied by a random number up to 1.5. A Retry-After may be longer. */
const LONGEST_PAUSE_MS = 60_000;
/** After so many failures without an acknowledgement between them, the hits are not the cause. */
const MOST_FAILURES = 24;
/** A hit is given up when it was blocked this often while others were acknowledged. */
const BLOCKS_OF_A_HIT = 5;
/** After so many failures of a whole batch, other batches are tried before it. */
const FAILURES_OF_A_BATCH = 3;

/** What is known about a batch that was not acknowledged. */
interface Suspect {
  /** How many requests had been acknowledged before its first failure, or at the end of its latest round. */
  acknowledged: number;
  /** How often the whole batch has failed. */
  failures: number;
  /** Rounds: how often only some of its hits failed, while others were acknowledged. */
  rounds: number;
}

/** Sends the hits of the queue until they are acknowledged: one batch after the other, so that hits stay in their order. */
export class Sender {
  /** Attempts in a row that have failed. */
  failures = 0;
  private running: Promise<boolean> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** When the timer ends, by the monotonic clock. */
  private wakesAt = 0;
  /** Until when the collector has asked for a pause, by the monotonic clock. */
  private notBefore = 0;
  /** How many requests were acknowledged. */
  private acknowledged = 0;
  private stopped = false;
  /** Keyed by the file of the batch; undefined for hits in memory. */
  private readonly suspects = new Map<string | undefined, Suspect>();

  constructor(
    private readonly queue: Queue,
    private readonly poster: Poster,
    private readonly report: (message: string, cause?: unknown) => void,
  ) {}

  get isSending(): boolean {
    return !!this.running;
  }

  /** Starts the timer for waiting hits. It does not keep the process running. */
  wake(pauseMs = GATHER_MS): void {
    if (this.running || this.stopped) return;
    const at = performance.now() + pauseMs;
    // A new hit ends the wait for hits that are held back, but not the pause after a failure.
    if (this.timer && (this.failures || this.wakesAt <= at)) return;
    clearTimeout(this.timer);
    this.wakesAt = at;
    this.timer = setTimeout(() => void this.attempt(), pauseMs).unref();
  }

  /** Sends all waiting hits. @returns whether they were acknowledged; false after the first failed attempt */
  attempt(): Promise<boolean> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (!this.queue.isEmpty) this.wake(this.failures ? this.pauseMs() : Math.max(GATHER_MS, this.queue.pauseMs));
    });
    return this.running;
  }

  /** As `attempt`, but also for hits that were added while another attempt was running. */
  async flush(): Promise<boolean> {
    return (!this.running || (await this.running)) && this.attempt();
  }

  /** Aborts the current request, and starts no other. */
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
      if (!batch) return this.queue.isEmpty;
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
   * A firewall that blocks one hit for its text must not stop the others, whether it answers with an error, with a page with
   * status 200 or not at all. A batch that fails while others are acknowledged is halved until the blocked hits are found. These
   * wait behind all others, with growing pauses. When they were blocked several times they are given up; hits that fail in
   * another way are given up when they are too old.
   */
  private async deliver(batch: Batch): Promise<void> {
    const id = batch.segment?.path;
    const suspect = this.suspects.get(id) ?? { acknowledged: this.acknowledged, failures: 0, rounds: 0 };
    const begun = this.acknowledged;
    const left: string[] = [];
    let failures = 0;
    let fault: unknown;
    let areBlocked = true;

    const send = async (lines: string[]): Promise<void> => {
      const body = lines.join('\n');
      if (lines.length <= BATCH_HITS && body.length < REQUEST_BYTES) {
        try {
          // While a file was read, or another request was answered.
          if (this.stopped) throw new Error('the client is closed');
          await this.poster.post(body);
          this.acknowledged++;
          return;
        } catch (error) {
          if (this.stopped || !isAtFault(error, suspect, this.acknowledged)) throw error;
          const since = isBlock(error) ? suspect.acknowledged : begun;
          if (++failures > MOST_FAILURES && this.acknowledged === since) throw error;
          if (lines.length === 1) {
            left.push(lines[0]!);
            fault = error;
            areBlocked &&= isBlock(error);
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
      if (left.length && this.acknowledged === suspect.acknowledged) throw fault;
    } catch (error) {
      suspect.failures++;
      this.suspects.set(id, suspect);
      const isHeld = isBlock(error) || suspect.failures >= FAILURES_OF_A_BATCH;
      this.queue.putBack(batch, isHeld ? 0 : undefined);
      throw error;
    }
    if (!left.length || (areBlocked && suspect.rounds + 1 >= BLOCKS_OF_A_HIT)) {
      this.suspects.delete(id);
      this.queue.drop(left.length, `they were ${reasonOf(fault)} while others were acknowledged`);
      return this.queue.remove(batch);
    }
    const rounds = suspect.rounds + 1;
    this.suspects.set(id, { acknowledged: this.acknowledged, failures: suspect.failures, rounds });
    if (rounds === 1)
      this.report(`${left.length} hits wait: they were ${reasonOf(fault)} while others were acknowledged`);
    await this.queue.putSomeBack(batch, left, backoffMs(rounds));
    // Hits in memory cannot be held back one by one: the attempt fails.
    if (!batch.segment) throw fault;
  }

  private fail(error: Error): void {
    const retryAfter = error instanceof NotAcknowledged ? error.retryAfter : 0;
    // With jitter: not all clients should send in the same second when a collector comes back.
    this.notBefore = performance.now() + retryAfter * 1000 * (1 + Math.random() / 10);
    // One message for an outage, however long it is.
    if (!this.failures++ && !this.stopped)
      this.report('hits wait, because the collector has not acknowledged them', error);
  }

  private pauseMs(): number {
    return Math.max(backoffMs(this.failures), this.notBefore - performance.now());
  }
}

/** Exponential backoff, times a random factor between 0.5 and 1.5. */
function backoffMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures) * (0.5 + Math.random());
}

/**
 * Whether a failure may be caused by the hits: a blocked request always, another failure after several ones of this batch,
 * if others were acknowledged since the first. An answer that asks for a pause is not caused by the hits.
 */
function isAtFault(error: unknown, { acknowledged, failures }: Suspect, acknowledgedNow: number): boolean {
  if (isBlock(error)) return true;
  if (error instanceof NotAcknowledged && error.isPause) return false;
  return failures >= FAILURES_OF_A_BATCH && acknowledgedNow > acknowledged;
}

function isBlock(error: unknown): error is NotAcknowledged {
  return error instanceof NotAcknowledged && error.isBlock;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
