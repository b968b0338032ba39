import { NotDurable, type Entry, type RefusedEntry, type Writer } from '../store/store.js';

/**
 * A commit with this many entries takes no further request, so that it blocks the event loop only for some tens of milliseconds.
 */
const MOST_ENTRIES = 4000;
/** After so many failed requests in a row, the store itself is the cause, and the rest is not tried. */
const MOST_FAILURES = 3;

/** `not durable`: the store has the entries, but could not sync them to its disk. */
export type Outcome = 'durable' | 'not durable' | 'not stored';

type Settle = (outcome: Outcome, refused: readonly RefusedEntry[]) => void;

const NONE: readonly RefusedEntry[] = [];

interface Unit {
  entries: readonly Entry[];
  settle: Settle;
  since: number;
}

/**
 * Makes one commit of all entries that arrived since the previous commit was on disk. On a fast disk these are the entries of one
 * turn of the event loop. Every sender waits for the disk, but the disk syncs once. `setImmediate` runs when the turn has read
 * all sockets with data. So a commit grows with the load, and an idle collector answers at once; a timer would add its delay.
 */
export class GroupCommit {
  /** How many entries wait for a commit. */
  length = 0;
  private waiting: Unit[] = [];
  private committing = false;
  private current: Unit[] = [];
  private idle: (() => void)[] = [];

  constructor(
    private readonly store: Writer,
    private readonly onError: (error: unknown) => void,
  ) {}

  /**
   * @param entries the entries of one request; either all are stored or none
   * @param settle called once: with `durable` when they are on disk, and with the entries that were stored as refusals
   */
  add(entries: readonly Entry[], settle: Settle): void {
    this.waiting.push({ entries, settle, since: performance.now() });
    this.length += entries.length;
    if (!this.committing) {
      this.committing = true;
      setImmediate(() => void this.commit());
    }
  }

  /** Since when the oldest entry waits to be on disk, by `performance.now()`; undefined if none waits. */
  get since(): number | undefined {
    return (this.current[0] ?? this.waiting[0])?.since;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    if (this.committing) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private async commit(): Promise<void> {
    const units = this.take();
    this.current = units;
    try {
      const refused = await this.store.append(
        units.length === 1 ? units[0]!.entries : units.flatMap(({ entries }) => entries),
      );
      let first = 0;
      for (const { entries, settle } of units) {
        settle('durable', refused.length ? among(refused, first, entries.length) : NONE);
        first += entries.length;
      }
    } catch (error) {
      this.onError(error);
      if (error instanceof NotDurable) for (const { settle } of units) settle('not durable', NONE);
      else await this.commitSingly(units);
    }
    this.current = [];
    if (this.waiting.length) {
      setImmediate(() => void this.commit());
    } else {
      this.committing = false;
      for (const resolve of this.idle.splice(0)) resolve();
    }
  }

  /** Takes the requests for the next commit, in their order; at least one. */
  private take(): Unit[] {
    let count = 0;
    let end = 0;
    while (end < this.waiting.length && count < MOST_ENTRIES) count += this.waiting[end++]!.entries.length;
    this.length -= count;
    return this.waiting.splice(0, end);
  }

  /**
   * Commits requests one by one after their common commit has failed: a request that the store cannot accept must not make the
   * others fail. But a store that can accept none, because its disk is full, must not be tried a thousand times.
   */
  private async commitSingly(units: Unit[]): Promise<void> {
    let failures = 0;
    for (const { entries, settle } of units) {
      let outcome: Outcome = 'not stored';
      let refused = NONE;
      try {
        if (failures < MOST_FAILURES) {
          refused = await this.store.append(entries);
          outcome = 'durable';
        }
      } catch (error) {
        if (error instanceof NotDurable) outcome = 'not durable';
      }
      failures = outcome === 'durable' ? 0 : failures + 1;
      settle(outcome, refused);
    }
  }
}

/** The refused entries of a commit that belong to one request, with their indexes in the request. */
function among(refused: readonly RefusedEntry[], first: number, count: number): readonly RefusedEntry[] {
  return refused
    .filter(({ entry }) => entry >= first && entry < first + count)
    .map(({ entry, reason }) => ({ entry: entry - first, reason }));
}
