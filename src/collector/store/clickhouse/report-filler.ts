import { setTimeout as pause } from 'node:timers/promises';
import { Turns } from '../model/turns.js';
import type { Nodes } from './nodes.js';
import { isMissing } from './error-code.js';
import { FillerElection, type Filled } from './filler-election.js';
import { ReportCopier } from './report-copier.js';
import { hasReportTables, prepareReportTables, versionOf } from './report-preparation.js';
import type { Tables } from './tables.js';
import { isUnreachable } from './unavailable.js';

/** How often to announce this collector while a step runs: a step may take longer than an announcement is valid. */
const ANNOUNCE_MS = 5000;
/** How long to wait before looking for new hits again. */
const INTERVAL_MS = 1000;
const PAUSE_AFTER_ERROR_MS = 10_000;
/** How often to look whether somebody has dropped a table: without new hits, no statement would notice that. */
const TABLES_CHECK_MS = 10_000;
/**
 * How long reports may wait while many hits wait to be stored. Copying a hit costs ClickHouse more than storing it, and fewer, larger
 * steps cost less: so a burst is stored first. Under a longer load, both share the processors.
 */
const LONGEST_WAIT_MS = 30_000;

export interface FillerOptions {
  nodes: Nodes;
  tables: Tables;
  /** The id of this collector. */
  filler: number;
  /** Resolves when the tables of the store exist. */
  prepare: () => Promise<void>;
  /** Called when a table was missing: the next `prepare` makes missing tables. */
  onMissing?: () => void;
  /** Whether many hits of this collector wait to be stored. */
  isBusy: () => boolean;
  intervalMs?: number | undefined;
  /** Smaller in tests. */
  longestWaitMs?: number;
  stepHits?: number;
  onError: (error: unknown) => void;
}

class DroppedTable extends Error {
  constructor() {
    super('Somebody has dropped a table of reports. kmq makes it again, and copies all hits into reports again.');
  }
}

/**
 * Copies hits into the tables of reports after their commits. ClickHouse's own statements do it, so no hit is sent to this
 * process. One of several collectors does it for all.
 */
export class ReportFiller {
  private readonly turns = new Turns();
  private readonly election: FillerElection;
  private readonly copier: ReportCopier;
  private isLeader = false;
  private failures = 0;
  /** When many hits waited, by `performance.now()`. */
  private busyAt = -Infinity;
  /** When all tables were there, by `performance.now()`. */
  private tablesAt = -Infinity;
  private closed = false;
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;

  constructor(private readonly options: FillerOptions) {
    const { nodes, tables, filler, stepHits } = options;
    this.copier = new ReportCopier(nodes, tables, () => this.election.say(), stepHits);
    // Others do not know the progress.
    const filled = (): Filled => (this.isLeader ? this.copier.filled : { asOf: 0, progress: 0 });
    this.election = new FillerElection(nodes, tables, filler, filled);
    this.running = this.run();
  }

  /** Runs work while this collector copies no hits. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.run(work);
  }

  /** Resolves when it has stopped. */
  async close(): Promise<void> {
    this.closed = true;
    this.closing.abort();
    await this.running;
    await this.election.leave().catch(() => undefined);
  }

  /** The last hits of a burst are few, so it also waits for a short time after there were many. */
  private waits(): boolean {
    const { isBusy, intervalMs = INTERVAL_MS, longestWaitMs = LONGEST_WAIT_MS } = this.options;
    if (isBusy()) this.busyAt = performance.now();
    return performance.now() - this.busyAt < intervalMs && this.copier.behindMs < longestWaitMs;
  }

  private async run(): Promise<void> {
    const { intervalMs = INTERVAL_MS, onError } = this.options;
    let isEnough: boolean | undefined;
    while (!this.closed && isEnough !== false) {
      let wait = intervalMs;
      try {
        isEnough ??= await this.begin();
        if (isEnough) await this.look();
        this.failures = 0;
      } catch (error) {
        this.copier.forget();
        if (isMissing(error) || error instanceof DroppedTable) {
          this.copier.restart();
          this.options.onMissing?.();
          isEnough = undefined;
        }
        this.failures += 1;
        // If ClickHouse is not reachable, the forwarder reports it.
        if (this.failures === 1 && !this.closed && !isUnreachable(error)) onError(error);
        wait = Math.min(PAUSE_AFTER_ERROR_MS, intervalMs * 2 ** this.failures);
      }
      if (!this.closed)
        await pause(wait, undefined, { ref: false, signal: this.closing.signal }).catch(() => undefined);
    }
  }

  /** @returns whether this version of ClickHouse supports reports */
  private async begin(): Promise<boolean> {
    const { nodes, tables, prepare } = this.options;
    await prepare();
    if (!(await versionOf(nodes)).isEnough) return false;
    await prepareReportTables(nodes, tables);
    this.tablesAt = performance.now();
    await this.election.join();
    return true;
  }

  private async look(): Promise<void> {
    await this.election.stay();
    // Each step is one turn, so an erasure waits for one step at most.
    while (!this.closed && !this.waits() && (await this.turns.run(() => this.step())));
  }

  /** @returns whether there are more */
  private async step(): Promise<boolean> {
    // An erasure may have come before this turn, and another collector may lead since.
    await this.election.stay();
    const wasLeader = this.isLeader;
    this.isLeader = await this.election.leads();
    if (!this.isLeader) return false;
    if (!wasLeader) this.copier.forget();
    await this.checkTables();
    // Otherwise another collector would begin the same step.
    const timer = setInterval(() => void this.election.stay().catch(() => undefined), ANNOUNCE_MS);
    return this.copier.next().finally(() => clearInterval(timer));
  }

  /** @throws DroppedTable */
  private async checkTables(): Promise<void> {
    if (performance.now() - this.tablesAt < TABLES_CHECK_MS) return;
    const { nodes, tables } = this.options;
    if (!(await hasReportTables(nodes, tables))) throw new DroppedTable();
    this.tablesAt = performance.now();
  }
}
