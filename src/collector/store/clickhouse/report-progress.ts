import type { Nodes } from './nodes.js';
import type { StampRange } from './report-rows.js';
import { number } from './sql.js';
import type { Tables } from './tables.js';

/** What a ClickHouse that lost power may have lost, in seconds before its start. */
const LOST_SECONDS = 600;
/** So many seconds after its start, collectors have sent once more what it has lost: they look for a restart every ten seconds. */
const SENT_AGAIN_SECONDS = 60;
/** From so many seconds after its start, a row of this minute says that. */
export const SETTLED_SECONDS = SENT_AGAIN_SECONDS + 60;
/** Rows that are so old in seconds may be removed: they are on ClickHouse's disk, and so are some that came later. */
const OLD_SECONDS = 3600;
/** How often old rows are removed: there are 1,440 new ones of a spool by then. */
const TRIM_MS = 86_400_000;

/** How far the hits of each spool are in. There is a row for each minute: a ClickHouse that lost power may have lost the latest hits and rows. */
export class ReportProgress {
  private trimmedAt = 0;

  constructor(
    private readonly nodes: Nodes,
    private readonly tables: Tables,
  ) {}

  /** Stores that the hits of these ranges are in. */
  async note(ranges: readonly StampRange[]): Promise<void> {
    const minute = 'intDiv(toUnixTimestamp(now()), 60)';
    for (const { source, upto } of ranges) {
      await this.nodes.execute(
        `INSERT INTO ${this.tables.all('report_progress')} (source, minute, stamp) SELECT ${number(source)}, ${minute}, ${number(upto)}`,
      );
    }
  }

  /**
   * Up to which stamp the hits of each spool are in for certain.
   * @param started when ClickHouse was started, Unix seconds: what was noted soon after it may lack hits that came once more behind the note
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
   * @param started when ClickHouse was started, Unix seconds: rows of spools that had no hits since are all left, `recall` chooses among them
   */
  async trimIfDue(started: number): Promise<void> {
    if (Date.now() - this.trimmedAt < TRIM_MS) return;
    this.trimmedAt = Date.now();
    const isOld = `minute < intDiv(toUnixTimestamp(now()) - ${OLD_SECONDS}, 60)`;
    const rows = await this.nodes.rows<{ source: number; newest: number }>(`
      SELECT source, maxIf(minute, ${isOld}) AS newest FROM ${this.tables.all('report_progress')}
      GROUP BY source HAVING ${isLater(started)} AND minIf(minute, ${isOld}) < newest`);
    if (!rows.length) return;
    const gone = rows.map(({ source, newest }) => `(source = ${number(source)} AND minute < ${number(newest)})`);
    await this.nodes.everywhere(
      `ALTER TABLE ${this.tables.local('report_progress')} DELETE WHERE ${gone.join(' OR ')} SETTINGS mutations_sync = 1`,
    );
  }
}

/** Whether the latest row of a spool was written when nothing was sent once more any longer. @param started when ClickHouse was started */
const isLater = (started: number): string => `max(minute) * 60 >= ${number(started + SENT_AGAIN_SECONDS)}`;
