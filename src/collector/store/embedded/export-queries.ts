import type { Database, Statement } from '../sqlite/database.js';
import type { StoredHit } from '../store.js';
import { SELECT_HITS, toHit, type HitRow } from './hit-rows.js';
import { siteNumbers } from './sites.js';

const PAGE_HITS = 1000;
/** The memory that a page takes, in characters of stored properties: one that goes beyond it ends with that hit. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;

/** A page of the export, and the row behind which the next one begins. */
export interface ExportPage {
  hits: StoredHit[];
  last: number;
}

/** All that there is, in pages, each a statement of its own: a slow reader keeps no lock and grows no log. */
export class ExportQueries {
  private readonly site: (key: string) => number;
  private readonly following: Statement;
  private readonly siteKeys: Statement;

  constructor(db: Database) {
    this.site = siteNumbers(db);
    this.following = db.prepare(`${SELECT_HITS} WHERE h.site = ? AND h.id > ? ORDER BY h.id LIMIT ?`);
    this.siteKeys = db.prepare(
      'SELECT key FROM sites WHERE EXISTS (SELECT 1 FROM hits WHERE site = sites.id) ORDER BY id',
    );
  }

  /** @param last the row behind which it begins; 0 for the first page */
  page(key: string, last: number): ExportPage {
    const rows = pageOf(this.following.iterate(this.site(key), last, PAGE_HITS) as Iterable<HitRow>);
    return { hits: rows.map(toHit), last: rows.at(-1)?.id ?? last };
  }

  keys(): string[] {
    return (this.siteKeys.all() as { key: string }[]).map(({ key }) => key);
  }
}

/** The first rows, as many as one page takes. */
function pageOf(rows: Iterable<HitRow>): HitRow[] {
  const page: HitRow[] = [];
  let room = PAGE_CHARACTERS;
  for (const row of rows) {
    page.push(row);
    room -= row.properties.length;
    if (room < 0) break;
  }
  return page;
}
