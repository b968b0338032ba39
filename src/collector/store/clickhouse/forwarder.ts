import { isMissing } from './error-code.js';
import { piecesOf } from './insert-pieces.js';
import { NewerTables, prepareTables } from './migration.js';
import type { Nodes } from './nodes.js';
import { RESTART_CHECK_MS, RestartDetection } from './restart-detection.js';
import { RetainedGroups } from './retained-groups.js';
import type { Spool } from './spool.js';
import type { Batch } from './spool-batches.js';
import { StepSize } from './step-size.js';
import { HIT_COLUMNS, REFUSAL_COLUMNS, type Tables } from './tables.js';
import { isAboutCount, Unavailable } from './unavailable.js';
import { WaitingReaders } from './waiting-readers.js';

/** How long hits are collected for one insert: ClickHouse needs few and large inserts. */
const LINGER_MS = 250;
const GROUP_ROWS = 50_000;
/** If so many hits wait, ClickHouse may not store them as fast as they arrive. */
const MANY_ROWS = 10_000;
const GROUP_BYTES = 16 * 1024 * 1024;
/**
 * After an insert that failed, the next ones are smaller, down to so many bytes: a proxy in front of ClickHouse may refuse large requests (of
 * nginx, the limit is 1 MiB), and a small server may have no memory for them.
 */
const FEWEST_INSERT_BYTES = 64 * 1024;
/** The pause after the first failure, which doubles with each further one, and the longest pause. */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;
/** How long a reader waits for hits that were acknowledged before its question. */
const FLUSH_TIMEOUT_MS = 10_000;

export interface ForwarderOptions {
  spool: Spool;
  nodes: Nodes;
  tables: Tables;
  /** Called with aliases that were inserted into ClickHouse. */
  onAliases: (aliased: Batch['aliased']) => void;
  /** Called with the number of refused requests that were inserted into ClickHouse. */
  onRefusals: (count: number) => void;
  /** Called with the first of several errors in a row. */
  onError: (error: unknown) => void;
  onNotice: (sentence: string) => void;
}

/** Forwards the spool to ClickHouse, and retries until it succeeds. Every insert may be repeated (see tables.ts). */
export class Forwarder {
  /** Set when the tables cannot be used, because a newer version has changed them. */
  refusal: NewerTables | undefined;
  private readonly readers = new WaitingReaders();
  private readonly insertBytes = new StepSize(FEWEST_INSERT_BYTES, GROUP_BYTES);
  private readonly retained: RetainedGroups;
  private readonly restarts: RestartDetection;
  private isToldOfSeveral = false;
  private timer: NodeJS.Timeout | undefined;
  /** When the timer fires, by `performance.now()`. */
  private due = 0;
  private working: Promise<void> | undefined;
  private ready: Promise<void> | undefined;
  /** How many attempts in a row have failed. */
  private failures = 0;
  /** The error of the last of them. */
  private failure: unknown;
  private closed = false;

  constructor(private readonly options: ForwarderOptions) {
    const { spool, nodes } = options;
    this.retained = new RetainedGroups(spool);
    this.restarts = new RestartDetection(nodes, spool.state, ([one, other]) => this.tellSeveral(one, other));
    this.wake(0);
  }

  /** Call it when something was added to the spool. While ClickHouse is not reachable, it does not cause more attempts. */
  added(): void {
    if (!this.failures) this.wake(LINGER_MS);
  }

  /** Whether many hits wait. */
  get isBusy(): boolean {
    return this.options.spool.backlog >= MANY_ROWS;
  }

  /** Resolves when the tables exist. @throws Unavailable while ClickHouse is not reachable, NewerTables */
  prepare(): Promise<void> {
    const { nodes, tables } = this.options;
    this.ready ??= prepareTables(nodes, tables).catch((error: unknown) => {
      this.ready = undefined;
      if (error instanceof NewerTables) this.refusal = error;
      throw error;
    });
    return this.ready;
  }

  /** Call it when a table was missing: the next `prepare` makes missing tables. */
  forgetTables(): void {
    this.ready = undefined;
  }

  /**
   * Resolves when all hits that were acknowledged before are in ClickHouse.
   * @throws Unavailable when that takes too long
   */
  async flushed(): Promise<void> {
    const offset = this.options.spool.endOffset;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const why = this.failures ? ` ${(this.failure as Error).message}` : '';
        reject(new Unavailable(`ClickHouse does not have all acknowledged hits yet.${why}`, { cause: this.failure }));
      }, FLUSH_TIMEOUT_MS);
    });
    await Promise.race([this.forwardedUpTo(offset), timeout]).finally(() => clearTimeout(timer));
  }

  /** Forwards what it can in FLUSH_TIMEOUT_MS, unless ClickHouse fails. The rest is forwarded after the next start. */
  async close(): Promise<void> {
    if (this.options.spool.backlog && !this.failures) await this.flushed().catch(() => undefined);
    this.closed = true;
    clearTimeout(this.timer);
    await this.working;
  }

  private async forwardedUpTo(offset: number): Promise<void> {
    await this.prepare();
    if (this.options.spool.forwardedOffset >= offset) return;
    if (!this.failures) this.wake(0);
    await this.readers.until(offset);
  }

  /** Starts the next round after so many milliseconds at the latest. */
  private wake(delay: number): void {
    const due = performance.now() + delay;
    if (this.working || this.closed || (this.timer && this.due <= due)) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.working = this.work().finally(() => {
        this.working = undefined;
        this.wakeAgain();
      });
    }, delay);
  }

  private wakeAgain(): void {
    if (this.failures) this.wake(Math.min(FIRST_RETRY_MS * 2 ** (this.failures - 1), LONGEST_RETRY_MS));
    else if (this.options.spool.backlog) this.wake(this.readers.length ? 0 : LINGER_MS);
    else if (this.retained.length) this.wake(this.trim() ? LINGER_MS : RESTART_CHECK_MS);
  }

  private async work(): Promise<void> {
    const { onError, onNotice } = this.options;
    try {
      await this.prepare();
      if (this.failures || this.restarts.due) await this.rewindAfterRestart();
      await this.forward();
      if (this.failures) onNotice('ClickHouse accepts hits again.');
      this.failures = 0;
    } catch (error) {
      // Somebody has dropped a table, or ClickHouse was started with an empty disk.
      if (isMissing(error)) this.forgetTables();
      this.failures += 1;
      this.failure = error;
      if (this.failures === 1) onError(error);
    }
  }

  /** Forwards until too few hits are left for a large insert. */
  private async forward(): Promise<void> {
    const { spool, onAliases } = this.options;
    while (!this.closed) {
      const most = this.insertBytes.current;
      const group = spool.nextGroup(GROUP_ROWS, most);
      if (!group) return;
      await this.insert(group);
      spool.markForwarded(group);
      this.retained.add(group.end);
      this.trim();
      this.readers.forwarded(spool.forwardedOffset);
      if (group.aliased.length) onAliases(group.aliased);
      if (group.rows < GROUP_ROWS / 2 && group.bytes < most / 2) return;
    }
  }

  private async insert({ hits, refusals, end }: Batch): Promise<void> {
    const { spool, nodes, tables, onRefusals } = this.options;
    await this.insertLines(tables.all('hits'), HIT_COLUMNS, hits);
    if (refusals) {
      await this.insertLines(tables.all('refusals'), REFUSAL_COLUMNS, refusals);
      onRefusals(refusals.split('\n').length - 1);
    }
    const progress = `${JSON.stringify({ source: spool.source, stamp: end })}\n`;
    await nodes.insert(tables.all('progress'), 'source, stamp', progress);
  }

  /**
   * Inserts lines in pieces, since a single batch may be larger than an insert may be. The limit is applied to characters, of which some have
   * three bytes: if a piece is too large because of that, the next attempt is smaller.
   */
  private async insertLines(table: string, columns: string, lines: string): Promise<void> {
    for (const piece of piecesOf(lines, this.insertBytes.current)) {
      try {
        await this.options.nodes.insert(table, columns, piece);
      } catch (error) {
        if (!isAboutCount(error)) this.insertBytes.failed();
        throw error;
      }
      // A small insert does not show that a large one would succeed.
      if (piece.length > this.insertBytes.current / 2) this.insertBytes.succeeded();
    }
  }

  /** After a restart of ClickHouse, sends again the hits that it may have lost. */
  private async rewindAfterRestart(): Promise<void> {
    const { spool, onNotice } = this.options;
    if (!(await this.restarts.restarted())) return;
    const before = spool.backlog;
    spool.rewind();
    this.retained.clear();
    const again = spool.backlog - before;
    if (again) onNotice(`ClickHouse was started again: the ${again} latest hits are sent once more.`);
  }

  private tellSeveral(one: string, other: string): void {
    if (this.isToldOfSeveral) return;
    this.isToldOfSeveral = true;
    this.options.onNotice(
      `An address in the URL of ClickHouse leads to several servers (${one} and ${other}). If they do not share their tables, some hits ` +
        'would be missing in each answer: name each server in the URL, with the name of their cluster (docs/growing.md).',
    );
  }

  /** Removes hits that are safe in ClickHouse from the spool. @returns whether there were any */
  private trim(): boolean {
    try {
      return this.retained.trim(this.restarts.checkedAt);
    } catch (error) {
      this.options.onError(error);
      return false;
    }
  }
}
