import { isDamage, readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { atOneMoment } from '../sqlite/transaction.js';
import type { Counting } from '../store.js';
import { newestHitIn } from './newest-hit.js';
import { reportHitIn, SELECT_REPORT_ROWS, type ReportHit, type ReportRow } from './report-hit.js';
import { TextReader } from './text-reader.js';

export interface ReportIdentity {
  id: number;
  site: number;
  name: string;
  person: number;
}

/** Some hits in one direction, and the row up to which the page is complete. */
export interface ReportPage {
  hits: ReportHit[];
  /** If there are no more hits: `upto` of `hitsBehind`, and undefined for `hitsDownFrom`. */
  end: number | undefined;
}

const PAGE_HITS = 8000;
/** The size of a page, in characters of properties. The page ends with the hit that exceeds it. */
const PAGE_CHARACTERS = 16 * 1024 * 1024;
const PAGE_IDENTITIES = 50_000;
/** How many numbers of identities are tried in a page around damage. */
const PAGE_AROUND_DAMAGE = 8000;

/** The site of identities that are being erased. */
const ERASED = 0;

/** Reads the embedded store for reports, page by page, in another process than the one that writes. */
export class ReportSource {
  readonly newest: () => number;
  private readonly texts: TextReader;
  private readonly behind: Statement;
  private readonly before: Statement;
  private readonly one: Statement;
  private readonly following: Statement;
  private readonly oneIdentity: Statement;
  private readonly lastIdentity: Statement;
  private readonly newestIdentity: Statement;
  private readonly sitesBehind: Statement;
  private readonly find: Statement;
  private readonly version: Statement;
  private readonly personById: Statement;

  /** @param counting how a site counts, by its number */
  constructor(
    private readonly db: Database,
    private readonly counting: (site: number) => Counting,
  ) {
    db.exec('PRAGMA query_only = ON; PRAGMA cache_size = -16384');
    this.newest = newestHitIn(db);
    this.texts = new TextReader(db);
    this.behind = db.prepare(`${SELECT_REPORT_ROWS} WHERE h.id > ? AND h.id <= ? ORDER BY h.id LIMIT ${PAGE_HITS}`);
    this.before = db.prepare(`${SELECT_REPORT_ROWS} WHERE h.id <= ? ORDER BY h.id DESC LIMIT ${PAGE_HITS}`);
    this.one = db.prepare(`${SELECT_REPORT_ROWS} WHERE h.id = ?`);
    const identities = 'SELECT id, site, identity AS name, person FROM identities';
    this.following = db.prepare(`${identities} WHERE id > ? ORDER BY id LIMIT ${PAGE_IDENTITIES}`);
    this.oneIdentity = db.prepare(`${identities} WHERE id = ?`);
    this.lastIdentity = db.prepare('SELECT coalesce(max(id), 0) AS id FROM identities');
    // Reads the whole index: the last rows may be on a page that cannot be read.
    this.newestIdentity = db.prepare(
      'SELECT coalesce(max(id), 0) AS id FROM identities INDEXED BY identities_by_person',
    );
    this.sitesBehind = db.prepare('SELECT id, key FROM sites WHERE id > ? ORDER BY id');
    this.find = db.prepare('SELECT id FROM identities WHERE site = ? AND identity = ?');
    this.personById = db.prepare('SELECT person FROM identities WHERE id = ? AND site = ?');
    // This number changes with each commit of another connection (https://www.sqlite.org/pragma.html#pragma_data_version).
    this.version = db.prepare('PRAGMA data_version');
  }

  /** A number that changes when another connection has written. */
  dataVersion(): number {
    return (this.version.get() as { data_version: number }).data_version;
  }

  /** Runs reads in one transaction, so that they see the same state. */
  atOneMoment<T>(read: () => T): T {
    return atOneMoment(this.db, read);
  }

  sitesAfter(site: number): { id: number; key: string }[] {
    return this.sitesBehind.all(site) as { id: number; key: string }[];
  }

  /** Identities in the order of their numbers, without those that are being erased and those on pages that cannot be read. */
  identitiesAfter(last: number): { identities: ReportIdentity[]; end: number | undefined } {
    const read = readable(() => this.following.all(last)) as ReportIdentity[] | undefined;
    const { rows, end } = read ? { rows: read, end: read.at(-1)?.id } : this.identitiesOneByOne(last);
    return { identities: rows.filter(({ site }) => site !== ERASED), end };
  }

  private identitiesOneByOne(last: number): { rows: ReportIdentity[]; end: number | undefined } {
    const { id: newest } = (readable(() => this.lastIdentity.get()) ?? this.newestIdentity.get()) as { id: number };
    if (newest <= last) return { rows: [], end: undefined };
    const end = Math.min(newest, last + PAGE_AROUND_DAMAGE);
    const rows: ReportIdentity[] = [];
    for (let id = last + 1; id <= end; id++) {
      const row = readable(() => this.oneIdentity.get(id) as ReportIdentity | undefined);
      if (row) rows.push(row);
    }
    return { rows, end };
  }

  /** The number of an identity. */
  identity(site: number, name: string): number | undefined {
    return (this.find.get(site, name) as { id: number } | undefined)?.id;
  }

  /** The person to whom an identity belongs; undefined if the identity was removed. */
  personOf(site: number, identity: number): number | undefined {
    return (this.personById.get(identity, site) as { person: number } | undefined)?.person;
  }

  hit(row: number): ReportHit | undefined {
    const found = this.one.get(row) as ReportRow | undefined;
    return found && this.hitIn(found);
  }

  /** Hits after a row, up to and including another, oldest first. */
  hitsBehind(row: number, upto: number): ReportPage {
    return this.page(
      () => this.behind.iterate(row, upto) as Iterable<ReportRow>,
      () => ({ first: row + 1, last: Math.min(upto, row + PAGE_HITS) }),
      upto,
    );
  }

  /** Hits up to and including a row, newest first. */
  hitsDownFrom(row: number): ReportPage {
    return this.page(
      () => this.before.iterate(row) as Iterable<ReportRow>,
      () => ({ first: Math.max(1, row - PAGE_HITS + 1), last: row }),
      undefined,
    );
  }

  /**
   * @param around the numbers of the rows that are read one by one if they cannot be read together
   * @param end the row at which the page ends when there are no more hits
   */
  private page(
    rows: () => Iterable<ReportRow>,
    around: () => { first: number; last: number },
    end: number | undefined,
  ): ReportPage {
    const hits: ReportHit[] = [];
    let left = PAGE_CHARACTERS;
    let looked = 0;
    let last: number | undefined;
    try {
      for (const row of rows()) {
        looked += 1;
        last = row.id;
        const hit = this.hitIn(row);
        if (hit) hits.push(hit);
        left -= row.size ?? String(row.properties).length;
        if (left < 0) break;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.oneByOne(around(), end === undefined);
    }
    const isWhole = looked < PAGE_HITS && left >= 0;
    return { hits, end: isWhole ? end : last };
  }

  /** Reads rows one by one, without those on damaged pages, which an export lists. */
  private oneByOne({ first, last }: { first: number; last: number }, isDown: boolean): ReportPage {
    const hits: ReportHit[] = [];
    for (let row = first; row <= last; row++) {
      const hit = readable(() => this.hit(row));
      if (hit) hits.push(hit);
    }
    return { hits, end: isDown ? (first > 1 ? first : undefined) : last };
  }

  private hitIn(row: ReportRow): ReportHit | undefined {
    return reportHitIn(row, this.texts, this.counting);
  }
}
