import { isDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { DamagedRow } from '../store.js';
import { SELECT_HITS, type HitRow } from './hit-rows.js';

/** Rows that one reading looks at, whether they are there or not. */
const ROWS_AT_ONCE = 1000;

/**
 * Where not even the number of the last row can be read, the rows behind so many that cannot be read are given up: they are
 * on more pages than a row is likely to be lost among.
 */
const MOST_LOST_READINGS = 10;

/** What was read: up to and with the last row. */
export interface RowsRead {
  rows: HitRow[];
  damaged: DamagedRow[];
  last: number;
}

/**
 * Reads around pages of the database that cannot be read. The rows are looked up by their numbers, in halves of halves down to
 * single ones: so an index may be damaged, and every row whose own page can be read is found.
 */
export class RowsAroundDamage {
  private readonly between: Statement;
  private readonly one: Statement;
  private readonly head: Statement;
  private readonly following: Statement;
  private readonly newest: Statement;
  private readonly newestByIndex: Statement;

  constructor(db: Database) {
    // The plus keeps the index of the sites out of it.
    this.between = db.prepare(`${SELECT_HITS} WHERE h.id > ? AND h.id <= ? AND +h.site = ? ORDER BY h.id`);
    // A row that is asked for alone is found without a look at the next page.
    this.one = db.prepare(`${SELECT_HITS} WHERE h.id = ? AND +h.site = ?`);
    this.head = db.prepare('SELECT site, received FROM hits WHERE id = ?');
    this.following = db.prepare('SELECT id FROM hits WHERE id > ? ORDER BY id LIMIT 1');
    this.newest = db.prepare('SELECT max(id) AS id FROM hits');
    this.newestByIndex = db.prepare('SELECT max(id) AS id FROM hits INDEXED BY hits_by_site WHERE site = ?');
  }

  /** @param last the row behind which it begins */
  read(site: number, last: number): RowsRead {
    const end = this.end(site);
    if (end === undefined) return this.readToNobodyKnowsWhere(site, last);
    const read: RowsRead = { rows: [], damaged: [], last: Math.max(last, Math.min(last + ROWS_AT_ONCE, end)) };
    this.readBetween(site, last, read.last, read);
    if (!read.rows.length && !read.damaged.length) read.last = this.beforeNext(read.last) ?? read.last;
    return read;
  }

  /** A number that a damaged page has made up may be far away from all others: what lies in between is not looked up. */
  private beforeNext(last: number): number | undefined {
    const next = readable(() => this.following.get(last)) as { id: number } | undefined;
    return next && next.id - 1;
  }

  private readToNobodyKnowsWhere(site: number, last: number): RowsRead {
    const read: RowsRead = { rows: [], damaged: [], last };
    for (let reading = 0; reading < MOST_LOST_READINGS; reading++) {
      const from = read.last;
      read.last += ROWS_AT_ONCE;
      if (this.readBetween(site, from, read.last, read)) return read;
    }
    return { rows: [], damaged: [{ row: `${last + 1} and what follows`, received: null, reason: UNREADABLE }], last };
  }

  /** @returns whether any of it could be read */
  private readBetween(site: number, last: number, end: number, read: RowsRead): boolean {
    if (end <= last) return false;
    if (end === last + 1) return this.readOne(site, end, read);
    try {
      read.rows.push(...(this.between.all(last, end, site) as HitRow[]));
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const middle = Math.floor((last + end) / 2);
    const first = this.readBetween(site, last, middle, read);
    return this.readBetween(site, middle, end, read) || first;
  }

  private readOne(site: number, id: number, read: RowsRead): boolean {
    try {
      const row = this.one.get(id, site) as HitRow | undefined;
      if (row) read.rows.push(row);
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      const head = this.headOf(id);
      if (!head || head.site === site) {
        read.damaged.push({ row: String(id), received: head?.received ?? null, reason: (error as Error).message });
      }
      return head !== undefined;
    }
  }

  /** What the beginning of a row says, where the rest of it is on another page. */
  private headOf(id: number): { site: number; received: number } | undefined {
    return readable(() => this.head.get(id) as { site: number; received: number } | undefined);
  }

  private end(site: number): number | undefined {
    const found = readable(() => this.newest.get()) ?? readable(() => this.newestByIndex.get(site));
    return (found as { id: number | null } | undefined)?.id ?? undefined;
  }
}

const UNREADABLE = 'no page of the database behind it can be read';
