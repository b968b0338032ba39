import { Mutations } from './mutations.js';
import type { Nodes } from './nodes.js';
import type { StampRange } from './report-rows.js';
import { number } from './sql.js';
import type { Tables } from './tables.js';

/** After a power failure, ClickHouse may have lost the rows of so many seconds before its start. */
const LOST_SECONDS = 600;
/**
 * So many seconds after a start of ClickHouse, collectors have sent lost hits again: they check for a restart every ten seconds. Then each
 * filler reads once more from where hits were certainly copied, and only rows from after that are trusted.
 */
export const SETTLED_SECONDS = 120;
/** Rows older than so many seconds may be removed: by then, later rows are on ClickHouse's disk. */
const OLD_SECONDS = 3600;
/** How often old rows are removed. Each spool adds up to 1,440 rows in that time. */
const TRIM_MS = 86_400_000;

/**
 * Stores up to which stamp the hits of each spool are copied, a row per minute: after a power failure the latest hits and rows
 * may be lost.
 */
export class ReportProgress {
  /** By `performance.now()`. */
  private trimmedAt = -Infinity;

  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
  ) {}

  /** Stores that the hits of these ranges are copied. */
  async note(ranges: readonly StampRange[]): Promise<void> {
    const minute = 'intDiv(toUnixTimestamp(now()), 60)';
    for (const { source, upto } of ranges) {
      await this.nodes.execute(
        `INSERT INTO ${this.tables.all('report_progress')} (source, minute, stamp) SELECT ${number(source)}, ${minute}, ${number(upto)}`,
      );
    }
  }

  /**
   * For each spool, the stamp up to which its hits are certainly copied.
   * @param started when ClickHouse was started, Unix seconds. A row from soon after the start may be ahead of hits that were sent again
   */
  async recall(started: number): Promise<Map<number, number>> {
    const sure = Math.floor((started - LOST_SECONDS) / 60);
    const rows = await this.nodes.rows<{ source: number; stamp: number }>(`
      SELECT source, if(${isLater(started)}, max(stamp), maxIf(stamp, minute < ${number(sure)})) AS stamp
      FROM ${this.tables.all('report_progress')} GROUP BY source`);
    return new Map(rows.map(({ source, stamp }) => [source, stamp]));
  }

  /**
   * Removes the old rows of each spool, except the newest of them.
   * @param started when ClickHouse was started, Unix seconds. Spools without hits since then keep all rows, from which `recall`
   *   chooses
   */
  async trimIfDue(started: number): Promise<void> {
    if (performance.now() - this.trimmedAt < TRIM_MS) return;
    this.trimmedAt = performance.now();
    const isOld = `minute < intDiv(toUnixTimestamp(now()) - ${OLD_SECONDS}, 60)`;
    const rows = await this.nodes.rows<{ source: number; newest: number }>(`
      SELECT source, maxIf(minute, ${isOld}) AS newest FROM ${this.tables.all('report_progress')}
      GROUP BY source HAVING ${isLater(started)} AND minIf(minute, ${isOld}) < newest`);
    if (!rows.length) return;
    const gone = rows.map(({ source, newest }) => `(source = ${number(source)} AND minute < ${number(newest)})`);
    await new Mutations(this.nodes, this.tables).deleteLater('report_progress', gone.join(' OR '));
  }
}

/** SQL: whether the latest row of a spool was written after collectors had sent lost hits again. @param started when ClickHouse was started */
const isLater = (started: number): string => `max(minute) * 60 >= ${number(started + SETTLED_SECONDS)}`;
