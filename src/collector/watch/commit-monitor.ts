import { codeOf, type StoredReason } from '../../protocol/reasons.js';
import type { Counts } from './counts.js';
import { COMMIT_FAILED, throttled, type Log } from './log.js';
import type { ArrivedHit, Entry, RefusedEntry, Writer } from '../store/store.js';

/** A commit that takes longer is logged: the disk or the machine is slow. */
const SLOW_SECONDS = 1;

/** Called for each commit with the number of entries and its duration in seconds. */
export type OnCommit = (entries: number, seconds: number) => void;

/** Wraps a store's `append`: counts commits, and logs when the store fails, recovers or is slow. */
export class CommitMonitor implements Writer {
  /** Why the latest commit failed; undefined if it succeeded. */
  failure: Error | undefined;
  /** How many commits have failed. Commits of single requests after a failed commit count as well. */
  failures = 0;
  /** When the latest commit succeeded, also an empty one, by `performance.now()`. */
  tookAt = -Infinity;

  private readonly logFailed;
  private readonly logSlow;
  private readonly logRefused;

  constructor(
    private readonly store: Writer,
    private readonly counts: Counts,
    private readonly log: Log,
    private readonly onCommit: OnCommit,
  ) {
    this.logFailed = throttled<unknown>((error, times) => log.error({ err: error, times }, COMMIT_FAILED));
    this.logSlow = throttled<object>((which, times) => log.warn({ ...which, times }, 'a commit was slow'));
    this.logRefused = throttled<null>((_, times) => log.warn({ times }, 'hits were refused: Live says why'));
  }

  async append(entries: readonly Entry[]): Promise<readonly RefusedEntry[]> {
    const began = performance.now();
    let refused: readonly RefusedEntry[];
    try {
      refused = await this.store.append(entries);
    } catch (error) {
      this.failure = error as Error;
      this.failures += 1;
      this.logFailed(error);
      throw error;
    }
    this.tookAt = performance.now();
    if (this.failure) {
      this.failure = undefined;
      this.log.info({ failures: this.failures }, 'the store accepts hits again');
    }
    if (!entries.length) return refused;
    const seconds = (this.tookAt - began) / 1000;
    if (seconds > SLOW_SECONDS) this.logSlow({ entries: entries.length, seconds });
    this.onCommit(entries.length, seconds);
    for (const entry of entries) {
      if ('hit' in entry) this.counts.accepted[entry.hit.kind] += 1;
      else this.countRefused(entry.refusal.reason);
    }
    for (const { entry, reason } of refused) {
      this.counts.accepted[(entries[entry] as ArrivedHit).hit.kind] -= 1;
      this.countRefused(reason);
    }
    return refused;
  }

  private countRefused(reason: StoredReason): void {
    const code = codeOf(reason);
    if (code !== null) this.counts.refused[code]! += 1;
    this.logRefused(null);
  }
}
