import type { Nodes } from './nodes.js';
import type { Filled } from './filler-election.js';
import { ReportMerges, type Alias } from './report-merges.js';
import { ReportProgress, SETTLED_SECONDS } from './report-progress.js';
import { isIn, ReportRows, type StampRange } from './report-rows.js';
import { copyHits, filling, STEPS } from './report-step.js';
import { isAboutRights } from './rights.js';
import { clockOf, startsOf } from './server-clock.js';
import { spoolEnds, type SpoolEnd } from './spool-ends.js';
import { StepSize } from './step-size.js';
import type { Tables } from './tables.js';
import { isAboutCount } from './unavailable.js';

/** The most hits of one step. A step that fails, perhaps for lack of time or memory, is tried again with fewer hits, down to a number. */
const STEP_HITS = 200_000;
const FEWEST_STEP_HITS = 1000;
/** How many pairs of aliases one query reads. */
const PAGE_ALIASES = 50_000;

/**
 * What was stored at one moment. It is copied completely before the next goal is set: so `asOf` advances even if hits arrive faster
 * than they are copied.
 */
interface Goal {
  ends: SpoolEnd[];
  /** The moment, in Unix seconds by the clock of ClickHouse, and by `performance.now()`. */
  at: number;
  setAt: number;
}

/** Copies hits into the tables of reports, step by step. Each step may be repeated, by any collector. */
export class ReportCopier {
  readonly filled: Filled = { asOf: 0, progress: 0 };
  private readonly merges: ReportMerges;
  private readonly stored: ReportProgress;
  private readonly size: StepSize;
  private goal: Goal | undefined;
  /** When the last goal that was reached had been set, by `performance.now()`. */
  private completeAt = -Infinity;
  /** For each spool, the stamp up to which its hits are copied; undefined if not known yet. */
  private cursors: Map<number, number> | undefined;
  /** When the server that was started last was started, Unix seconds. */
  private started = 0;
  /** When each server was started. Behind a load balancer, another one may answer each time. */
  private readonly starts = new Map<string, number>();
  /** When `cursors` were read, Unix seconds by the clock of ClickHouse. */
  private recalledAt = 0;

  /**
   * @param onFilled called when the progress in `filled` has changed; not if only its time has
   * @param stepHits smaller in tests
   */
  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
    private readonly onFilled: () => Promise<void>,
    stepHits = STEP_HITS,
  ) {
    this.size = new StepSize(Math.min(FEWEST_STEP_HITS, stepHits), stepHits);
    this.merges = new ReportMerges(nodes, tables);
    this.stored = new ReportProgress(nodes, tables);
  }

  /** Call it when another collector may have copied hits, or after an error: the next step then reads from the tables where it begins. */
  forget(): void {
    this.cursors = undefined;
    this.goal = undefined;
  }

  /** Call it when a table was dropped: all hits are copied again. */
  restart(): void {
    this.forget();
    this.completeAt = -Infinity;
    Object.assign(this.filled, { asOf: 0, progress: 0 } satisfies Filled);
  }

  /** For how long hits may have been missing in the tables, in milliseconds; Infinity before they are complete for the first time. */
  get behindMs(): number {
    return performance.now() - this.completeAt;
  }

  /** Copies the next hits. @returns whether there are more */
  async next(): Promise<boolean> {
    const cursors = (this.cursors ??= await this.recall());
    const began = Math.floor((await clockOf(this.nodes)) / 1000);
    const settled = this.started + SETTLED_SECONDS;
    if ((await this.startOf()) !== this.started || (this.recalledAt < settled && began >= settled)) {
      // ClickHouse may have lost the latest rows. Lost hits that were sent again may have stamps before the cursors.
      this.forget();
      return true;
    }
    const goal = (this.goal ??= { at: began, setAt: performance.now(), ends: await this.ends() });
    const ranges = await this.ranges(cursors, goal.ends);
    if (ranges.length) {
      if (!this.filled.asOf) await this.measure(cursors);
      await this.measuredStep(ranges);
      for (const { source, upto } of ranges) cursors.set(source, upto);
    }
    if (goal.ends.some(({ source, stamp }) => (cursors.get(source) ?? 0) < stamp)) return true;
    // Hits that have arrived meanwhile are found the next time.
    this.goal = undefined;
    this.size.more();
    this.completeAt = goal.setAt;
    const isNews = ranges.length > 0 || !this.filled.asOf;
    this.filled.asOf = goal.at;
    this.filled.progress = 1;
    if (isNews) {
      await this.onFilled();
      await this.merges.foldIfDue();
      await this.stored.trimIfDue(this.started);
    }
    return false;
  }

  private ends(): Promise<SpoolEnd[]> {
    return spoolEnds(this.nodes, this.tables, 'progress');
  }

  /** The next ranges of each spool, with at most so many hits. */
  private async ranges(cursors: Map<number, number>, ends: readonly SpoolEnd[]): Promise<StampRange[]> {
    const left = ends
      .map(({ source, stamp }) => ({ source, from: cursors.get(source) ?? 0, upto: stamp }))
      .filter(({ from, upto }) => from < upto);
    const most = Math.max(1, Math.floor(this.size.current / Math.max(1, left.length)));
    return Promise.all(
      left.map(async (range) => {
        const [last] = await this.nodes.rows<{ count: number; stamp: number }>(`
          SELECT count() AS count, max(stamp) AS stamp FROM (
            SELECT stamp FROM ${this.tables.all('arrivals')} WHERE ${isIn(range)} ORDER BY stamp LIMIT ${most})`);
        return last!.count < most ? range : { ...range, upto: last!.stamp };
      }),
    );
  }

  private async measuredStep(ranges: readonly StampRange[]): Promise<void> {
    try {
      await this.step(ranges);
    } catch (error) {
      if (!isAboutCount(error)) this.size.failed();
      throw error;
    }
    this.size.succeeded();
  }

  private async step(ranges: readonly StampRange[]): Promise<void> {
    await copyHits(this.nodes, this.merges, new ReportRows(this.tables, ranges));
    await this.stored.note(ranges);
  }

  /** The stamps up to which spools are copied. Hits that ClickHouse may have lost are copied again. */
  private async recall(): Promise<Map<number, number>> {
    await this.stepsEnded();
    this.started = await this.startOf();
    this.recalledAt = Math.floor((await clockOf(this.nodes)) / 1000);
    const cursors = await this.stored.recall(this.started);
    if (!cursors.size) await this.bringPeople();
    return cursors;
  }

  /**
   * Waits for steps that still run in ClickHouse: of a collector that was killed, or because their connection broke before their end. A user who
   * may not see them needs this right to remove people as well, and is told so then.
   */
  private async stepsEnded(): Promise<void> {
    await STEPS.ended(this.nodes, this.tables).catch((error: unknown) => {
      if (!isAboutRights(error)) throw error;
    });
  }

  /** Copies identities and aliases of a store that existed before the reports: the hits with them may have been removed. */
  private async bringPeople(): Promise<void> {
    const { nodes, tables } = this;
    await nodes.execute(
      filling(`INSERT INTO ${tables.all('report_identities')} (site, identity, name, began)
      SELECT site, sipHash64(site, identity), identity, minMerge(began) FROM ${tables.all('identities')} GROUP BY site, identity`),
    );
    for (let last = ['', '', '']; ;) {
      const behind = last.map((value) => `unhex('${Buffer.from(value).toString('hex')}')`).join(', ');
      const page = await this.merges.noteAll(() =>
        nodes.rows<Alias & { a: string; b: string }>(`
        SELECT site, a, b, toString(sipHash64(site, a)) AS one, toString(sipHash64(site, b)) AS other
        FROM (SELECT DISTINCT site, one AS a, other AS b FROM ${tables.all('edges')}
          WHERE one < other AND (site, one, other) > (${behind}) ORDER BY site, a, b LIMIT ${PAGE_ALIASES})`),
      );
      if (page.length < PAGE_ALIASES) return;
      const { site, a, b } = page.at(-1)!;
      last = [site, a, b];
    }
  }

  /** Measures which part of all hits is in the tables, from 0 to 1. */
  private async measure(cursors: Map<number, number>): Promise<void> {
    const { nodes, tables } = this;
    const done = [...cursors].map(([source, stamp]) => isIn({ source, from: 0, upto: stamp })).join(' OR ');
    const [count] = await nodes.rows<{ done: number; all: number }>(
      `SELECT countIf(${done || '0'}) AS done, count() AS all FROM ${tables.all('arrivals')}`,
    );
    this.filled.progress = count!.all ? Math.min(0.99, count!.done / count!.all) : 0;
    await this.onFilled();
  }

  /** When the server that was started last was started. A difference of two seconds is no other start: see `ServerStart`. */
  private async startOf(): Promise<number> {
    for (const { server, started } of await startsOf(this.nodes)) this.starts.set(server, started);
    const latest = Math.max(...this.starts.values());
    return Math.abs(latest - this.started) <= 2 ? this.started : latest;
  }
}
