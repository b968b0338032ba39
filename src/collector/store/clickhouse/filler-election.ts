import { setTimeout as pause } from 'node:timers/promises';
import { Mutations } from './mutations.js';
import type { Nodes } from './nodes.js';
import { clockOf } from './server-clock.js';
import { number } from './sql.js';
import type { Tables } from './tables.js';

/** How often a collector announces itself; below, how long an announcement is valid. */
const ALIVE_MS = 10_000;
const GONE_AFTER_MS = 35_000;
/**
 * If the latest announcement of all collectors is older, none of them runs. This time is longer than an announcement is valid: a collector that is
 * about to take over from a killed one may be late on a busy ClickHouse.
 */
export const NONE_RUNS_AFTER_MS = GONE_AFTER_MS + 25_000;
/** An announcement that is later than now by so much was made before the clock of ClickHouse was set back. */
const FUTURE_MS = 60_000;
/** The wait after the first announcement, since other collectors may announce themselves at the same moment. */
const HESITATION_MS = 300;

/** How far the tables of reports are. */
export interface Filled {
  /** Hits up to this time are copied, Unix seconds; 0 before all old hits are. */
  asOf: number;
  /** Which part of all hits is copied, from 0 to 1. */
  progress: number;
}

/** Decides which of several collectors fills the tables of reports: the one that has waited longest. */
export class FillerElection {
  /** When this collector began to wait, in milliseconds by ClickHouse's clock; 0 if it has not begun, and when it stops. */
  private since = 0;
  /** When it has announced itself, by `performance.now()`: the clock may be set back. */
  private saidAt = -Infinity;

  /** @param filler the id of this collector @param filled read for each announcement */
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly filler: number,
    private readonly filled: () => Filled,
  ) {}

  /** Begins to wait. */
  async join(): Promise<void> {
    this.since = (await this.forgetFuture()).now;
    await this.say();
    await pause(HESITATION_MS);
  }

  /** Announces that this collector stops, so that another one can continue at once. */
  async leave(): Promise<void> {
    if (!this.since) return;
    this.since = 0;
    await this.say();
  }

  /** Call it while this collector waits or fills. */
  async stay(): Promise<void> {
    if (performance.now() - this.saidAt <= ALIVE_MS) return;
    const { now, hadAny } = await this.forgetFuture();
    // This collector began to wait by a clock that was ahead: those that start now would be taken for earlier ones.
    if (hadAny) this.since = now;
    await this.say();
  }

  /**
   * Begins to remove announcements from the future. They would replace all later ones of their collectors, and a collector that has ended would be
   * taken for one that fills the tables, until the clock is where it was.
   * @returns the time by the clock of ClickHouse, in milliseconds, and whether there were any
   */
  private async forgetFuture(): Promise<{ now: number; hadAny: boolean }> {
    const now = await clockOf(this.nodes);
    const isFuture = `at > ${number(now + FUTURE_MS)}`;
    const fillers = this.tables.all('report_fillers');
    const late = await this.nodes.rows(`SELECT 1 AS one FROM ${fillers} WHERE ${isFuture} LIMIT 1`);
    if (!late.length) return { now, hadAny: false };
    const mutations = new Mutations(this.nodes, this.tables);
    // Nothing waits for it: the next announcement looks again.
    if (!(await mutations.waiting('report_fillers')).length) await mutations.deleteLater('report_fillers', isFuture);
    return { now, hadAny: true };
  }

  /** Whether this collector is the one that fills the tables. */
  async leads(): Promise<boolean> {
    const [first] = await this.nodes.rows<{ filler: number }>(`
      SELECT filler FROM ${this.tables.all('report_fillers')} FINAL
      WHERE since > 0 AND at > toUnixTimestamp64Milli(now64(3)) - ${GONE_AFTER_MS} ORDER BY since, filler LIMIT 1`);
    return first?.filler === this.filler;
  }

  /**
   * Stores a row with this collector and the progress of the tables, or with the fact that it stops. A collector that has just started
   * does not know the progress, and its new row replaces its earlier one. So each row gets the largest progress of all rows.
   */
  async say(): Promise<void> {
    this.saidAt = performance.now();
    const { asOf, progress } = this.filled();
    const fillers = this.tables.all('report_fillers');
    await this.nodes.execute(`
      INSERT INTO ${fillers} (filler, since, at, as_of, progress)
      SELECT ${number(this.filler)}, ${number(this.since)}, toUnixTimestamp64Milli(now64(3)),
        greatest(toUInt64(${number(asOf)}), (SELECT max(as_of) FROM ${fillers})),
        greatest(toFloat64(${progress}), (SELECT max(progress) FROM ${fillers}))`);
  }
}
