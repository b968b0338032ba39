import { setTimeout as pause } from 'node:timers/promises';
import { Turns } from '../model/turns.js';
import { Unavailable, type Nodes } from './nodes.js';
import { ReportMerges, type Alias } from './report-merges.js';
import { prepareReportTables, versionOf } from './report-preparation.js';
import { ReportProgress, SETTLED_SECONDS } from './report-progress.js';
import { isIn, ReportRows, type StampRange } from './report-rows.js';
import { number } from './sql.js';
import type { Tables } from './tables.js';

/** How long to wait before looking for new hits again. */
const INTERVAL_MS = 1000;
const PAUSE_AFTER_ERROR_MS = 10_000;
/** How often a collector announces itself; below, how long an announcement is valid. */
const ALIVE_MS = 10_000;
const GONE_AFTER_MS = 35_000;
/** The wait after an announcement, since other collectors may announce themselves at the same moment. */
const HESITATION_MS = 300;
/** The most hits of one step. */
const STEP_HITS = 200_000;
/** How many pairs of aliases one query reads. */
const PAGE_ALIASES = 50_000;
/** Identifies the statements of a step among all queries of a server. */
const STEP = '/* kmq fills reports */';

export interface FillerOptions {
  nodes: Nodes;
  tables: Tables;
  /** The id of this collector. */
  filler: number;
  /** Resolves when the tables of the store exist. */
  prepare: () => Promise<void>;
  intervalMs?: number | undefined;
  onError: (error: unknown) => void;
}

/**
 * Copies hits into the tables of reports after their commits. ClickHouse's own statements do it, so no hit is sent to this
 * process. One of several collectors does it for all: the one that has waited longest. Each step may be repeated, by any collector.
 */
export class ReportFiller {
  private readonly turns = new Turns();
  private readonly merges: ReportMerges;
  private readonly stored: ReportProgress;
  /** When this collector began to wait, in milliseconds by ClickHouse's clock; 0 if it has not begun, and when it stops. */
  private since = 0;
  private saidAt = 0;
  private isLeader = false;
  private asOf = 0;
  private progress = 0;
  /** For each spool, the stamp up to which its hits are copied; undefined if not known yet. */
  private cursors: Map<number, number> | undefined;
  /** When ClickHouse was started, Unix seconds. */
  private started = 0;
  /** When `cursors` were read, Unix seconds by the clock of ClickHouse. */
  private recalledAt = 0;
  private failures = 0;
  private closed = false;
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;

  constructor(private readonly options: FillerOptions) {
    this.merges = new ReportMerges(options.nodes, options.tables);
    this.stored = new ReportProgress(options.nodes, options.tables);
    this.running = this.run();
  }

  /** Runs work while this collector copies no hits. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.run(work);
  }

  /** Resolves when it has stopped. Another collector can then continue at once. */
  async close(): Promise<void> {
    this.closed = true;
    this.closing.abort();
    await this.running;
    if (!this.since) return;
    this.since = 0;
    await this.say().catch(() => undefined);
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
        this.cursors = undefined;
        this.failures += 1;
        // If ClickHouse is not reachable, the forwarder reports it.
        if (this.failures === 1 && !this.closed && !(error instanceof Unavailable)) onError(error);
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
    this.since = await this.clock();
    await this.say();
    await pause(HESITATION_MS);
    return true;
  }

  private async look(): Promise<void> {
    if (Date.now() - this.saidAt > ALIVE_MS) await this.say();
    const wasLeader = this.isLeader;
    this.isLeader = await this.leads();
    if (!this.isLeader) return;
    if (!wasLeader) this.cursors = undefined;
    // Each step is one turn, so an erasure waits for one step at most.
    while (!this.closed && (await this.turns.run(() => this.fill()))) {
      if (Date.now() - this.saidAt > ALIVE_MS) await this.say();
      if (!(await this.leads())) return;
    }
  }

  private async leads(): Promise<boolean> {
    const { nodes, tables, filler } = this.options;
    const [first] = await nodes.rows<{ filler: number }>(`
      SELECT filler FROM ${tables.all('report_fillers')} FINAL
      WHERE since > 0 AND at > toUnixTimestamp64Milli(now64(3)) - ${GONE_AFTER_MS} ORDER BY since, filler LIMIT 1`);
    return first?.filler === filler;
  }

  /** Copies the next hits. @returns whether there are more */
  private async fill(): Promise<boolean> {
    const { nodes, tables } = this.options;
    const cursors = (this.cursors ??= await this.recall());
    const began = Math.floor((await this.clock()) / 1000);
    const settled = this.started + SETTLED_SECONDS;
    if ((await this.startOf()) !== this.started || (this.recalledAt < settled && began >= settled)) {
      // ClickHouse may have lost the latest rows. Lost hits that were sent again may have stamps before the cursors.
      this.cursors = undefined;
      return true;
    }
    const ends = await nodes.rows<{ source: number; stamp: number }>(
      `SELECT source, max(stamp) AS stamp FROM ${tables.all('progress')} GROUP BY source`,
    );
    const ranges = await this.ranges(cursors, ends);
    if (ranges.length) {
      if (!this.asOf) await this.measure(cursors);
      await this.step(ranges);
      for (const { source, upto } of ranges) cursors.set(source, upto);
    }
    // Hits that have arrived meanwhile are found the next time.
    if (ends.some(({ source, stamp }) => (cursors.get(source) ?? 0) < stamp)) return true;
    const isNews = ranges.length > 0 || !this.asOf;
    this.asOf = began;
    this.progress = 1;
    if (isNews) {
      await this.say();
      await this.merges.foldIfDue();
      await this.stored.trimIfDue(this.started);
    }
    return false;
  }

  /** The next ranges of each spool, with at most so many hits. */
  private async ranges(
    cursors: Map<number, number>,
    ends: readonly { source: number; stamp: number }[],
  ): Promise<StampRange[]> {
    const left = ends
      .map(({ source, stamp }) => ({ source, from: cursors.get(source) ?? 0, upto: stamp }))
      .filter(({ from, upto }) => from < upto);
    const most = Math.max(1, Math.floor(STEP_HITS / Math.max(1, left.length)));
    return Promise.all(
      left.map(async (range) => {
        const [last] = await this.options.nodes.rows<{ count: number; stamp: number }>(`
          SELECT count() AS count, max(stamp) AS stamp FROM (
            SELECT stamp FROM ${this.options.tables.all('arrivals')} WHERE ${isIn(range)} ORDER BY stamp LIMIT ${most})`);
        return last!.count < most ? range : { ...range, upto: last!.stamp };
      }),
    );
  }

  private async step(ranges: readonly StampRange[]): Promise<void> {
    const { nodes, tables } = this.options;
    const rows = new ReportRows(tables, ranges);
    const removal = await this.lastRemoval();
    const aliases = await nodes.rows<Alias>(
      `SELECT site, toString(one) AS one, toString(other) AS other FROM (${rows.aliases})`,
    );
    await this.merges.note(aliases);
    // Names come behind the hits that carry them: see ReportRemoval.
    for (const statement of [rows.identities, rows.seen, rows.hits, rows.names]) await nodes.execute(marked(statement));
    if ((await this.lastRemoval()) !== removal) await this.sweep();
    await this.stored.note(ranges);
  }

  /** The stamps up to which spools are copied. Hits that ClickHouse may have lost are copied again. */
  private async recall(): Promise<Map<number, number>> {
    this.started = await this.startOf();
    this.recalledAt = Math.floor((await this.clock()) / 1000);
    const cursors = await this.stored.recall(this.started);
    if (!cursors.size) await this.bringPeople();
    return cursors;
  }

  /** Copies identities and aliases of a store that existed before the reports: the hits with them may have been removed. */
  private async bringPeople(): Promise<void> {
    const { nodes, tables } = this.options;
    await nodes.execute(
      marked(`INSERT INTO ${tables.all('report_identities')} (site, identity, name, began)
      SELECT site, sipHash64(site, identity), identity, minMerge(began) FROM ${tables.all('identities')} GROUP BY site, identity`),
    );
    for (let last = ['', '', '']; ;) {
      const behind = last.map((value) => `unhex('${Buffer.from(value).toString('hex')}')`).join(', ');
      const page = await nodes.rows<Alias & { a: string; b: string }>(`
        SELECT site, a, b, toString(sipHash64(site, a)) AS one, toString(sipHash64(site, b)) AS other
        FROM (SELECT DISTINCT site, one AS a, other AS b FROM ${tables.all('edges')}
          WHERE one < other AND (site, one, other) > (${behind}) ORDER BY site, a, b LIMIT ${PAGE_ALIASES})`);
      await this.merges.note(page);
      if (page.length < PAGE_ALIASES) return;
      const { site, a, b } = page.at(-1)!;
      last = [site, a, b];
    }
  }

  /** Measures which part of all hits is in the tables, from 0 to 1. */
  private async measure(cursors: Map<number, number>): Promise<void> {
    const { nodes, tables } = this.options;
    const done = [...cursors].map(([source, stamp]) => isIn({ source, from: 0, upto: stamp })).join(' OR ');
    const [count] = await nodes.rows<{ done: number; all: number }>(
      `SELECT countIf(${done || '0'}) AS done, count() AS all FROM ${tables.all('arrivals')}`,
    );
    this.progress = count!.all ? Math.min(0.99, count!.done / count!.all) : 0;
    await this.say();
  }

  /** After a removal during a step: deletes rows of people who do not exist any more. */
  private async sweep(): Promise<void> {
    const { nodes, tables } = this.options;
    const known = `SELECT sipHash64(site, identity) FROM ${tables.all('identities')}`;
    for (const [table, column] of [
      ['report_people', 'identity'],
      // A person is the number of one of their identities.
      ['report_merges', 'person'],
      ['report_identities', 'identity'],
      ['report_hits', 'identity'],
    ] as const) {
      await nodes.everywhere(
        `ALTER TABLE ${tables.local(table)} DELETE WHERE ${column} NOT IN (${known}) SETTINGS mutations_sync = 1`,
      );
    }
  }

  private async lastRemoval(): Promise<number> {
    const { nodes, tables } = this.options;
    const [last] = await nodes.rows<{ removal: number }>(
      `SELECT max(removal) AS removal FROM ${tables.all('report_removals')}`,
    );
    return last!.removal;
  }

  private async clock(): Promise<number> {
    const [row] = await this.options.nodes.rows<{ now: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS now');
    return row!.now;
  }

  /** When the node that was started last was started, to about a minute. */
  private async startOf(): Promise<number> {
    const rows = await this.options.nodes.rowsEverywhere<{ started: number }>(
      'SELECT toUInt32(now()) - uptime() AS started',
    );
    const latest = Math.max(...rows.map(([row]) => row!.started));
    return Math.abs(latest - this.started) <= 2 ? this.started : latest;
  }

  /** Announces this collector, or that it stops. */
  private async say(): Promise<void> {
    const { nodes, tables, filler } = this.options;
    this.saidAt = Date.now();
    await nodes.execute(`
      INSERT INTO ${tables.all('report_fillers')} (filler, since, at, as_of, progress)
      SELECT ${number(filler)}, ${number(this.since)}, toUnixTimestamp64Milli(now64(3)), ${number(this.asOf)}, ${this.progress}`);
  }
}

const marked = (statement: string): string => statement.replace('INSERT', `INSERT ${STEP}`);
