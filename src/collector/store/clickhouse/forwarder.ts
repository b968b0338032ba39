import type { Load, Spool } from './spool.js';
import { Unavailable, type Nodes } from './nodes.js';
import { HIT_COLUMNS, type Tables } from './tables.js';

/** How long hits are gathered for one insert, in milliseconds: ClickHouse likes few and large ones. */
const GATHER = 250;
const MOST_ROWS = 50_000;
const MOST_BYTES = 16 * 1024 * 1024;
/** The longest pause between attempts while ClickHouse does not take anything, in milliseconds. */
const LONGEST_PAUSE = 5_000;
/** How long a reader waits for what was acknowledged before, in milliseconds. */
const PATIENCE = 10_000;
/** How often it is looked whether ClickHouse was started again, in milliseconds. */
const WATCH = 10_000;
/**
 * How long what was forwarded is kept, in milliseconds. ClickHouse leaves its files to the system, which writes them
 * to disk within half a minute, and keeps what it merged for eight minutes more.
 */
const KEEP = 120_000;

export interface ForwarderOptions {
  spool: Spool;
  nodes: Nodes;
  tables: Tables;
  /** Told of aliases that ClickHouse has now. */
  onAliases: (aliased: Load['aliased']) => void;
  /** Told how many refused requests ClickHouse was given. */
  onRefusals: (count: number) => void;
  /** Told of the first of several failures in a row. */
  onError: (error: unknown) => void;
  onNotice: (sentence: string) => void;
}

/** Carries the spool into ClickHouse, for as long as it takes. Every insert may be repeated (see tables.ts). */
export class Forwarder {
  private timer: NodeJS.Timeout | undefined;
  /** When the timer fires, in milliseconds. */
  private due = 0;
  private working: Promise<void> | undefined;
  private waiting: { stamp: number; settle: () => void }[] = [];
  private ready: Promise<void> | undefined;
  private failures = 0;
  private looked = 0;
  /** Loads that were forwarded, by when. */
  private forwarded: { last: number; at: number }[] = [];
  private closed = false;

  constructor(private readonly options: ForwarderOptions) {
    this.forwarded.push({ last: options.spool.done, at: Date.now() });
    this.wake(0);
  }

  /** There is something in the spool. While ClickHouse is away, that is no reason to ask it more often. */
  added(): void {
    if (!this.failures) this.wake(GATHER);
  }

  /** There is something to do, in so many milliseconds at the latest. */
  private wake(delay: number): void {
    const due = Date.now() + delay;
    if (this.working || this.closed || (this.timer && this.due <= due)) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.working = this.work().finally(() => {
        this.working = undefined;
        this.plan();
      });
    }, delay);
  }

  /** Resolves when the tables are there. @throws Unavailable while ClickHouse is away */
  prepare(): Promise<void> {
    this.ready ??= this.options.tables.create(this.options.nodes).catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    return this.ready;
  }

  /**
   * Resolves when everything that was acknowledged before is where it is read from.
   * @throws Unavailable when that takes too long
   */
  async flushed(): Promise<void> {
    const { spool } = this.options;
    const stamp = spool.end;
    let late: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Unavailable('ClickHouse has not yet taken what was acknowledged.')), PATIENCE);
    });
    const arrived = this.prepare().then(() => {
      if (spool.done >= stamp) return;
      if (!this.failures) this.wake(0);
      return new Promise<void>((settle) => this.waiting.push({ stamp, settle }));
    });
    await Promise.race([arrived, patience]).finally(() => clearTimeout(late));
  }

  /** Ends what is under way; what is left in the spool waits for the next start. */
  async close(): Promise<void> {
    if (this.options.spool.backlog && !this.failures) await this.flushed().catch(() => undefined);
    this.closed = true;
    clearTimeout(this.timer);
    await this.working;
  }

  private plan(): void {
    const { spool } = this.options;
    if (this.failures) this.wake(Math.min(100 * 2 ** this.failures, LONGEST_PAUSE));
    else if (spool.backlog) this.wake(this.waiting.length ? 0 : GATHER);
    else if (this.forwarded.length) this.wake(this.letGo() ? GATHER : WATCH);
  }

  /** Removes from the spool what ClickHouse has for certain: a few loads at a time. @returns whether there were any */
  private letGo(): boolean {
    const certain = this.forwarded.findIndex(({ at }) => at >= this.looked - KEEP);
    const count = Math.min(certain < 0 ? this.forwarded.length : certain, 2);
    if (!count) return false;
    try {
      this.options.spool.prune(this.forwarded[count - 1]!.last);
      this.forwarded.splice(0, count);
      return true;
    } catch (error) {
      this.options.onError(error);
      return false;
    }
  }

  private async work(): Promise<void> {
    const { spool, nodes, tables, onAliases, onRefusals, onError, onNotice } = this.options;
    try {
      await this.prepare();
      await this.watch();
      for (let load; !this.closed && (load = spool.next(MOST_ROWS, MOST_BYTES));) {
        if (load.hits) await nodes.insert(tables.all('hits'), HIT_COLUMNS, load.hits);
        if (load.refusals) {
          const columns = 'key, stamp, source, received, reason, request';
          await nodes.insert(tables.all('refusals'), columns, load.refusals);
          onRefusals(load.refusals.split('\n').length - 1);
        }
        const progress = `${JSON.stringify({ source: spool.source, stamp: load.last })}\n`;
        await nodes.insert(tables.all('progress'), 'source, stamp', progress);
        spool.take(load);
        this.forwarded.push({ last: load.last, at: Date.now() });
        this.letGo();
        this.waiting = this.waiting.filter(({ stamp, settle }) => stamp > spool.done || settle());
        if (load.aliased.length) onAliases(load.aliased);
        if (load.rows < MOST_ROWS / 2) break;
      }
      if (this.failures) onNotice('ClickHouse takes hits again.');
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      if (this.failures === 1) onError(error);
    }
  }

  /** Sends again what a ClickHouse that was started again may have lost. */
  private async watch(): Promise<void> {
    const { spool, nodes, onNotice } = this.options;
    const now = Date.now();
    if (!this.failures && now - this.looked < WATCH) return;
    const rows = await nodes.rowsEverywhere<{ started: number }>('SELECT toUInt32(now()) - uptime() AS started');
    const started = rows.map(([row]) => row!.started);
    this.looked = now;
    const known = JSON.parse((spool.read('started') as string | undefined) ?? 'null') as number[] | null;
    // The two times of the difference tick apart by a second.
    const restarted = known && started.some((time, index) => Math.abs(time - (known[index] ?? time)) > 1);
    if (!known || restarted) spool.write('started', JSON.stringify(started));
    if (restarted) {
      const before = spool.backlog;
      spool.rewind();
      this.forwarded = [];
      const again = spool.backlog - before;
      if (again) onNotice(`ClickHouse was started again: the ${again} latest hits are sent once more.`);
    }
  }
}
