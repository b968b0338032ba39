import type { Turns } from '../model/turns.js';
import { StuckMutation } from './stuck-mutation.js';
import { isUnreachable } from './unavailable.js';

/** The pause after the first failure, which doubles with each further one, and the longest pause. */
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300_000;

/** A removal that is to be completed, or begun. */
export interface Task {
  /** The same as long as it is to be done. */
  id: string;
  /** @param upto the offset up to which the spool was forwarded before */
  run: (upto: number) => Promise<void>;
}

export interface RepeatedTasksParts {
  /** Those that are not done. One that is done, or has become another task, is not among them any more. */
  tasks: () => Task[];
  turns: Turns;
  /** Called before some tasks are attempted. An error would be the same for each of them. @returns `upto` of `Task.run` */
  begin: () => Promise<number>;
  /** Called after some tasks were attempted. */
  end: () => Promise<void>;
  onError: (error: unknown) => void;
}

interface Failed {
  failures: number;
  /** When it is attempted again, by `performance.now()`: the clock may be set. */
  dueAt: number;
  cause: string;
}

/** The id of what is done before all tasks. */
const BEGINNING = '';

/**
 * Attempts tasks until they succeed. One that fails does not stop the others: its person may be the cause, such as by very many identities.
 * It is attempted again after pauses that grow. They are not stored: after a start, all tasks are attempted at once.
 */
export class RepeatedTasks {
  private readonly failed = new Map<string, Failed>();
  private timer: NodeJS.Timeout | undefined;
  /** When the timer fires, by `performance.now()`. */
  private timerAt = 0;
  private stopped = false;

  constructor(private readonly parts: RepeatedTasksParts) {}

  /** Attempts those that are due. */
  attempt(): void {
    this.forgetDone();
    if (!this.parts.tasks().length) return;
    this.parts.turns
      .run(() => this.attemptAll())
      .catch((error: unknown) => {
        this.fail(BEGINNING, error);
        this.later(FIRST_PAUSE_MS);
      });
  }

  /** Attempts again when the first task is due; one that has not failed here is due after the first pause. @param least a longer pause */
  later(least = 0): void {
    if (this.stopped) return;
    const pauses = this.parts.tasks().map(({ id }) => this.pauseOf(id) ?? FIRST_PAUSE_MS);
    const pause = Math.ceil(Math.max(least, pauses.length ? Math.min(...pauses) : FIRST_PAUSE_MS));
    const at = performance.now() + pause;
    if (this.timer && this.timerAt <= at) return;
    clearTimeout(this.timer);
    this.timerAt = at;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.attempt();
    }, pause).unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async attemptAll(): Promise<void> {
    const upto = await this.parts.begin();
    this.failed.delete(BEGINNING);
    try {
      await this.attemptEach(upto);
    } finally {
      await this.parts.end();
    }
    this.forgetDone();
    if (this.parts.tasks().length) this.later();
  }

  private async attemptEach(upto: number): Promise<void> {
    const tried = new Set<string>();
    for (let task = this.next(tried); task && !this.stopped; task = this.next(tried)) {
      const { id, run } = task;
      tried.add(id);
      try {
        await run(upto);
        this.failed.delete(id);
      } catch (error) {
        // This throws if ClickHouse cannot be reached. Otherwise only this task gets no answer, as if its statement takes too long.
        if (isUnreachable(error)) await this.parts.begin();
        this.fail(id, error);
        // The others would wait for it as well.
        if (error instanceof StuckMutation) break;
      }
    }
  }

  /** The task that is due and has failed least often. */
  private next(tried: ReadonlySet<string>): Task | undefined {
    const failures = ({ id }: Task): number => this.failed.get(id)?.failures ?? 0;
    const due = this.parts.tasks().filter(({ id }) => !tried.has(id) && !this.pauseOf(id));
    return due.sort((one, other) => failures(one) - failures(other))[0];
  }

  /** Says why, unless something else fails for the same reason. That ClickHouse is not reachable is reported by the forwarder. */
  private fail(id: string, error: unknown): void {
    const cause = causeOf(error);
    const isNews = ![...this.failed.values()].some((one) => one.cause === cause);
    const failures = (this.failed.get(id)?.failures ?? 0) + 1;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    this.failed.set(id, { failures, dueAt: performance.now() + pause, cause });
    if (isNews && !this.stopped && (id !== BEGINNING || !isUnreachable(error))) this.parts.onError(error);
  }

  /** How long to wait until it is due; undefined if it has not failed here. */
  private pauseOf(id: string): number | undefined {
    const failed = this.failed.get(id);
    return failed && Math.max(0, failed.dueAt - performance.now());
  }

  /** Somebody may have asked again for an erasure that has failed, and got it. */
  private forgetDone(): void {
    const ids = this.parts.tasks().map(({ id }) => id);
    for (const id of this.failed.keys())
      if (!ids.includes(id) && (id !== BEGINNING || !ids.length)) this.failed.delete(id);
  }
}

/** The same for errors that differ only in amounts, such as of memory. Another mutation is ended by another statement, so it is another cause. */
function causeOf(error: unknown): string {
  const { message } = error as Error;
  const mutation = error instanceof StuckMutation ? error.mutation : '';
  return `${mutation} ${message.replace(/\d+/g, '#')}`;
}
