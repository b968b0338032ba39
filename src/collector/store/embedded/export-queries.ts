import type { Database, Statement } from '../sqlite/database.js';
import type { ExportedHit } from '../store.js';
import { SELECT_HITS, toExportedHit, type HitRow } from './hit-rows.js';
import { siteNumbers } from './sites.js';

const PAGE_HITS = 1000;

/** A page of the export, and the row behind which the next one begins. */
export interface ExportPage {
  hits: ExportedHit[];
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
    const rows = this.following.all(this.site(key), last, PAGE_HITS) as HitRow[];
    return { hits: rows.map(toExportedHit), last: rows.at(-1)?.id ?? last };
  }

  keys(): string[] {
    return (this.siteKeys.all() as { key: string }[]).map(({ key }) => key);
  }
}
