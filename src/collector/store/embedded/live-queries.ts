import { reasonFromText } from '../../../protocol/reasons.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { LivePage, Refusal } from '../store.js';
import { SELECT_HITS, toHit, type HitRow } from './hit-rows.js';
import { siteNumbers } from './sites.js';

/** Without a cursor, Live shows the latest of so many hits of all sites. */
const FIRST_PAGE_HITS = 200_000;

type RefusalRow = Omit<Refusal, 'reason'> & { id: number; reason: string };

/** What arrives, for Live. */
export class LiveQueries {
  private readonly site: (key: string) => number;
  private readonly newest: Statement;
  private readonly latest: Statement;
  private readonly latestRefusal: Statement;
  private readonly countSince: Statement;
  private readonly refused: Statement;

  constructor(db: Database) {
    this.site = siteNumbers(db);
    this.newest = db.prepare(`${SELECT_HITS} WHERE h.site = ? AND h.id > ? ORDER BY h.id DESC LIMIT ?`);
    this.latest = db.prepare('SELECT coalesce(max(id), 0) AS id FROM hits');
    this.latestRefusal = db.prepare('SELECT coalesce(max(id), 0) AS id FROM refusals');
    this.countSince = db.prepare('SELECT count(*) AS count FROM hits WHERE site = ? AND id > ?');
    this.refused = db.prepare(
      'SELECT * FROM refusals WHERE (key = ? OR key IS NULL) AND id > ? ORDER BY id DESC LIMIT ?',
    );
  }

  live(key: string, cursor: string | undefined, limit: number): LivePage {
    const site = this.site(key);
    const { id: latest } = this.latest.get() as { id: number };
    const since = parseCursor(cursor) ?? { hit: Math.max(0, latest - FIRST_PAGE_HITS), refusal: 0, first: true };
    // After the newest were removed, the next ones have numbers that a reader has seen.
    since.hit = Math.min(since.hit, latest);
    since.refusal = Math.min(since.refusal, (this.latestRefusal.get() as { id: number }).id);
    const hits = (this.newest.all(site, since.hit, limit) as HitRow[]).reverse();
    const refusals = (this.refused.all(key, since.refusal, limit) as RefusalRow[]).reverse();
    const counted = since.first ? hits.length : (this.countSince.get(site, since.hit) as { count: number }).count;
    return {
      hits: hits.map(toHit),
      refusals: refusals.map(({ id: _, ...refusal }) => ({ ...refusal, reason: reasonFromText(refusal.reason) })),
      skipped: counted - hits.length,
      cursor: `${hits.at(-1)?.id ?? since.hit}.${refusals.at(-1)?.id ?? since.refusal}`,
    };
  }
}

interface Cursor {
  /** The row of the latest hit, and of the latest refusal, that a reader has seen. */
  hit: number;
  refusal: number;
  /** The reader has seen nothing yet: what is older was not skipped. */
  first?: boolean;
}

function parseCursor(text = ''): Cursor | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text);
  return match ? { hit: Number(match[1]), refusal: Number(match[2]) } : undefined;
}
