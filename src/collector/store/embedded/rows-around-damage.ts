import { isDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { DamagedRow } from '../store.js';
import { SELECT_HITS, type HitRow } from './hit-rows.js';

/** How many row numbers one query covers, whether the rows exist or not. */
const ROWS_AT_ONCE = 1000;

/**
 * If the number of the last row cannot be read, reading ends after so many times ROWS_AT_ONCE numbers without a readable row: after
 * so many damaged pages another row is unlikely.
 */
const MOST_LOST_READINGS = 10;

/** What was read, up to and including the last row. */
export interface RowsRead {
  rows: HitRow[];
  damaged: DamagedRow[];
  last: number;
}

/**
 * Reads around damaged pages of the database. Rows are read by ranges of their numbers. A range that fails is divided in halves,
 * down to single rows: so every row whose own page can be read is found, even if an index is damaged.
 */
export class RowsAroundDamage {
  private readonly between: Statement;
  private readonly one: Statement;
  private readonly head: Statement;
  private readonly following: Statement;
  private readonly newest: Statement;
  private readonly newestByIndex: Statement;

  constructor(db: Database) {
    // The plus prevents that SQLite uses the index of sites.
    this.between = db.prepare(`${SELECT_HITS} WHERE h.id > ? AND h.id <= ? AND +h.site = ? ORDER BY h.id`);
    // A single row is found without reading the next page.
    this.one = db.prepare(`${SELECT_HITS} WHERE h.id = ? AND +h.site = ?`);
    this.head = db.prepare('SELECT site, received FROM hits WHERE id = ?');
    this.following = db.prepare('SELECT id FROM hits WHERE id > ? ORDER BY id LIMIT 1');
    this.newest = db.prepare('SELECT max(id) AS id FROM hits');
    this.newestByIndex = db.prepare('SELECT max(id) AS id FROM hits INDEXED BY hits_by_site WHERE site = ?');
  }

  /** @param last the row after which it begins */
  read(site: number, last: number): RowsRead {
    const end = this.end(site);
    if (end === undefined) return this.readToNobodyKnowsWhere(site, last);
    const read: RowsRead = { rows: [], damaged: [], last: Math.max(last, Math.min(last + ROWS_AT_ONCE, end)) };
    this.readBetween(site, last, read.last, read);
    if (!read.rows.length && !read.damaged.length) read.last = this.beforeNext(read.last) ?? read.last;
    return read;
  }

  /** The number before the next row. A damaged page may contain a number far from all others; numbers in between are skipped. */
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

  /** @returns whether any part of the range could be read, with or without rows */
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

  /** The first columns of a row, if the rest of it is on another page that cannot be read. */
  private headOf(id: number): { site: number; received: number } | undefined {
    return readable(() => this.head.get(id) as { site: number; received: number } | undefined);
  }

  private end(site: number): number | undefined {
    const found = readable(() => this.newest.get()) ?? readable(() => this.newestByIndex.get(site));
    return (found as { id: number | null } | undefined)?.id ?? undefined;
  }
}

const UNREADABLE = 'no page of the database behind it can be read';
