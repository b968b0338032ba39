import type { Database, Statement } from '../sqlite/database.js';
import { isDamage } from '../sqlite/damage.js';
import type { DamagedRow, ExportedHit } from '../store.js';
import { hitIn, SELECT_HITS, type HitRow } from './hit-rows.js';
import { RowsAroundDamage } from './rows-around-damage.js';
import { siteNumbers } from './sites.js';
import { TextReader } from './text-reader.js';

const PAGE_HITS = 1000;
/** The size of a page, in characters of properties. The hit that exceeds it is the last one of its page. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;

/** A page of the export, and the row after which the next one begins. */
export interface ExportPage {
  hits: ExportedHit[];
  /** Rows among them that cannot be read. */
  damaged: DamagedRow[];
  last: number;
}

/** Reads all hits in pages, each by its own statement: so a slow reader holds no lock, and the write-ahead log does not grow. */
export class ExportQueries {
  private readonly site: (key: string) => number;
  private readonly texts: TextReader;
  private readonly following: Statement;
  private readonly aroundDamage: RowsAroundDamage;
  private readonly siteKeys: Statement;
  private readonly allKeys: Statement;

  constructor(db: Database) {
    this.site = siteNumbers(db);
    this.texts = new TextReader(db);
    this.following = db.prepare(`${SELECT_HITS} WHERE h.site = ? AND h.id > ? ORDER BY h.id LIMIT ?`);
    this.aroundDamage = new RowsAroundDamage(db);
    this.siteKeys = db.prepare(
      'SELECT key FROM sites WHERE EXISTS (SELECT 1 FROM hits WHERE site = sites.id) ORDER BY id',
    );
    this.allKeys = db.prepare('SELECT key FROM sites ORDER BY id');
  }

  /**
   * @param last the row after which it begins; 0 for the first page
   * @returns a page with the same last row if there are no more hits
   */
  page(key: string, last: number): ExportPage {
    const site = this.site(key);
    const read = this.rows(site, last);
    const hits: ExportedHit[] = [];
    const damaged = [...read.damaged];
    for (const row of read.rows) {
      const hit = hitIn(row, this.texts);
      if (hit) hits.push(hit);
      else
        damaged.push({
          row: String(row.id),
          received: seconds(row.received),
          reason: 'its columns are not those of a hit',
        });
    }
    return { hits, damaged, last: read.last };
  }

  keys(): string[] {
    const keysIn = (statement: Statement): string[] => (statement.all() as { key: string }[]).map(({ key }) => key);
    try {
      return keysIn(this.siteKeys);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return keysIn(this.allKeys);
    }
  }

  private rows(site: number, last: number): { rows: HitRow[]; damaged: DamagedRow[]; last: number } {
    try {
      const rows = pageOf(this.following.iterate(site, last, PAGE_HITS) as Iterable<HitRow>);
      return { rows, damaged: [], last: rows.at(-1)?.id ?? last };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.aroundDamage.read(site, last);
    }
  }
}

function seconds(value: unknown): number | null {
  return Number.isInteger(value) ? (value as number) : null;
}

/** The first rows, as many as one page takes. */
function pageOf(rows: Iterable<HitRow>): HitRow[] {
  const page: HitRow[] = [];
  let left = PAGE_CHARACTERS;
  for (const row of rows) {
    page.push(row);
    // A damaged value may not be a text.
    left -= row.size ?? String(row.properties).length;
    if (left < 0) break;
  }
  return page;
}
