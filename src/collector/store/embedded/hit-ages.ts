import { ALIAS } from '../model/kinds.js';
import { notingDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';

/** The number of ranges that one statement skips. */
const RANGES_AT_ONCE = 1000;

/** A sentence for the owner. */
const DAMAGED_AGES =
  'A database page of the table with the ages of hits cannot be read, so retention reads all hits of a site each time. ' +
  'Export what can be read, and import it into a new folder on another disk.';

/** Rows of one site that were looked at. */
export interface RowsLookedAt {
  rows: number;
  /** The last of them. */
  last: number;
  /** How many events and properties are too old. */
  old: number;
  /** Whether aliases are too old. They stay as long as their person. */
  hasOldAliases: boolean;
  /** The earliest time of the hits that are not too old, Unix seconds; null if there are none. */
  oldest: number | null;
}

/** When hits of a site were last looked at by their age. */
export interface LastTime {
  /** Unix seconds. */
  before: number;
  /** The newest row. */
  newest: number;
}

type CountedRow = Omit<RowsLookedAt, 'hasOldAliases'> & { aliases: 0 | 1 };

/**
 * The earliest time of a site's hits, by ranges of rows, so that retention can skip ranges without old hits. Aliases that were too
 * old when the range was read do not count: retention has seen them. A hit never changes its time, and none is inserted between
 * others, so the time of a range stays right; a removal can only make the range younger.
 * A range begins where the one before it ends; where there is no range, nothing is known. Methods that write are part of the
 * caller's transaction.
 */
export class HitAges {
  /** Whether no range is stored or read any more, because a page cannot be read: what is stored may be outdated. */
  private isLost = false;
  private readonly young: Statement;
  private readonly endOf: Statement;
  private readonly countOldIn: Statement;
  private readonly oldAliasesIn: Statement;
  private readonly following: Statement;
  private readonly dropBetween: Statement;
  private readonly insert: Statement;
  private readonly extend: Statement;

  constructor(db: Database) {
    this.young = db.prepare(`
      WITH RECURSIVE young (upto) AS (
        SELECT ?
        UNION ALL
        SELECT a.upto FROM young y CROSS JOIN hit_ages a ON a.site = ? AND a.behind = y.upto WHERE a.oldest >= ?
        LIMIT ${RANGES_AT_ONCE}
      )
      SELECT max(upto) AS upto FROM young`);
    this.endOf = db.prepare('SELECT upto FROM hit_ages WHERE site = ? AND behind = ?');
    this.countOldIn = db.prepare(`
      SELECT count(*) AS rows, coalesce(max(id), 0) AS last, coalesce(sum(is_old AND kind <> ${ALIAS}), 0) AS old,
        coalesce(max(is_old AND kind = ${ALIAS}), 0) AS aliases, min(CASE WHEN is_old THEN NULL ELSE time END) AS oldest
      FROM (
        SELECT id, kind, time, time < ? AS is_old FROM hits INDEXED BY hits_by_site
        WHERE site = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?
      )`);
    this.oldAliasesIn = db.prepare(`
      SELECT identity FROM hits INDEXED BY hits_by_site
      WHERE site = ? AND id > ? AND id <= ? AND time < ? AND (time >= ? OR id > ?) AND kind = ${ALIAS}`);
    // Reads only the index: the row may be on a page that cannot be read.
    this.following = db.prepare(
      'SELECT id FROM hits INDEXED BY hits_by_site WHERE site = ? AND id > ? ORDER BY id LIMIT 1',
    );
    this.dropBetween = db.prepare('DELETE FROM hit_ages WHERE site = ? AND behind >= ? AND behind < ?');
    this.insert = db.prepare('INSERT INTO hit_ages (site, behind, upto, oldest) VALUES (?, ?, ?, ?)');
    this.extend = db.prepare('UPDATE hit_ages SET behind = ? WHERE site = ? AND behind = ?');
  }

  /** The row up to which the ranges after another row have no old hits; the same row if the next range has some. */
  passYoung(site: number, before: number, behind: number): number {
    if (this.isLost) return behind;
    return (readable(() => this.young.get(behind, site, before)) as { upto: number } | undefined)?.upto ?? behind;
  }

  /** The last row of the range that begins after a row; undefined if there is no such range. */
  endOfRange(site: number, behind: number): number | undefined {
    if (this.isLost) return undefined;
    return (readable(() => this.endOf.get(site, behind)) as { upto: number } | undefined)?.upto;
  }

  /** Looks at the next hits of a site, and counts those that are too old. @param upto the last row @param most how many */
  countOld(site: number, before: number, behind: number, upto: number, most: number): RowsLookedAt {
    const { aliases, ...looked } = this.countOldIn.get(before, site, behind, upto, most) as CountedRow;
    return { ...looked, hasOldAliases: aliases === 1 };
  }

  /**
   * The identities of the aliases of a site that are too old, among some rows.
   * @param since aliases that were too old then are left out
   */
  oldAliases(site: number, before: number, behind: number, upto: number, since: LastTime): { identity: number }[] {
    return this.oldAliasesIn.all(site, behind, upto, before, since.before, since.newest) as { identity: number }[];
  }

  /** The next hit of a site after a row; undefined if there is none, or if the index cannot be read. */
  next(site: number, row: number): number | undefined {
    return (readable(() => this.following.get(site, row)) as { id: number } | undefined)?.id;
  }

  /** Stores a range, all hits of which were looked at. */
  remember(site: number, behind: number, upto: number, oldest: number): void {
    this.write(() => {
      this.dropBetween.run(site, behind, upto);
      this.insert.run(site, behind, upto, oldest);
    });
  }

  /** Joins a range that has no hits any more to the next one. */
  joinToNext(site: number, behind: number, upto: number): void {
    this.write(() => {
      this.dropBetween.run(site, behind, upto);
      this.extend.run(behind, site, upto);
    });
  }

  /** @throws NotedDamage */
  private write(work: () => void): void {
    if (!this.isLost) notingDamage(DAMAGED_AGES, work, () => (this.isLost = true));
  }
}
