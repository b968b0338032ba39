import { reasonFromText } from '../../../protocol/reasons.js';
import { readable, readableRows, type ReadableRows } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { READ_FOR_LIVE_CHARACTERS, SKIPPED_IN_LIVE } from '../model/limits.js';
import { livePage, readInPart, type ReadForLive } from '../model/live-page.js';
import { now } from '../../clock.js';
import type { Counting, LivePage, Refusal } from '../store.js';
import { selectHits, toHit, type HitRow } from './hit-rows.js';
import { siteNumbers } from './sites.js';
import { TextReader } from './text-reader.js';

/** Without a cursor, Live looks at this number of the site's newest hits, and skips those of people who are being erased. */
const FIRST_PAGE_HITS = 10_000;

/**
 * If the stored time of a hit's arrival is this long before the reader's last look, the hit was imported, such as those of the demo's
 * visitors: no commit takes that long. Live leaves imported hits out, since thousands of them would hide the hits that arrive.
 */
const OLD_NEWS_SECONDS = 900;

/** Of large properties only the beginning is read, and SQLite counts them. */
const READ = READ_FOR_LIVE_CHARACTERS;
const PROPERTIES = `
  substr(h.properties, 1, ${READ}) AS properties,
  CASE WHEN octet_length(h.properties) > ${READ}
    THEN 1 + (octet_length(h.properties) - octet_length(replace(h.properties, '"],["', ''))) / 5 END AS count`;

type LiveRow = HitRow & {
  /** How many properties there are; null if all were read. */
  count: number | null;
};

type RefusalRow = Omit<Refusal, 'reason'> & { id: number; reason: string };

/** Reads new hits for Live. */
export class LiveQueries {
  private readonly site: (key: string) => number;
  private readonly texts: TextReader;
  private readonly newest: Statement;
  private readonly newestIds: Statement;
  private readonly hit: Statement;
  private readonly latest: Statement;
  private readonly latestOfSite: Statement;
  private readonly latestRefusal: Statement;
  private readonly firstPage: Statement;
  private readonly countSince: Statement;
  private readonly refused: Statement;
  private readonly refusedIds: Statement;
  private readonly refusal: Statement;

  constructor(db: Database) {
    this.site = siteNumbers(db);
    this.texts = new TextReader(db);
    this.newest = db.prepare(`${selectHits(PROPERTIES)} WHERE h.site = ? AND h.id > ? AND h.received >= ?
      ORDER BY h.id DESC LIMIT ?`);
    // Reads only the index: the rows may be on pages that cannot be read.
    this.newestIds = db.prepare(`
      SELECT id FROM hits INDEXED BY hits_by_site WHERE site = ? AND id > ? ORDER BY id DESC LIMIT ?`);
    this.hit = db.prepare(`${selectHits(PROPERTIES)} WHERE h.id = ?`);
    this.latestOfSite = db.prepare(
      'SELECT coalesce(max(id), 0) AS id FROM hits INDEXED BY hits_by_site WHERE site = ?',
    );
    this.latest = db.prepare('SELECT coalesce(max(id), 0) AS id FROM hits');
    this.latestRefusal = db.prepare('SELECT coalesce(max(id), 0) AS id FROM refusals');
    this.firstPage = db.prepare(`
      SELECT id FROM hits INDEXED BY hits_by_site WHERE site = ? ORDER BY id DESC LIMIT 1 OFFSET ${FIRST_PAGE_HITS}`);
    this.countSince = db.prepare(
      'SELECT count(*) AS count FROM (SELECT 1 FROM hits WHERE site = ? AND id > ? AND received >= ? LIMIT ?)',
    );
    this.refused = db.prepare(
      'SELECT * FROM refusals WHERE (key = ? OR key IS NULL) AND id > ? ORDER BY id DESC LIMIT ?',
    );
    const ids = 'SELECT id FROM refusals INDEXED BY refusals_by_key';
    this.refusedIds = db.prepare(
      `${ids} WHERE key = ? AND id > ? UNION ALL ${ids} WHERE key IS NULL AND id > ? ORDER BY id DESC LIMIT ?`,
    );
    this.refusal = db.prepare('SELECT * FROM refusals WHERE id = ?');
  }

  live(key: string, cursor: string | undefined, limit: number, counting: Counting): LivePage {
    const site = this.site(key);
    const { id: latest } = (readable(() => this.latest.get()) ?? this.latestOfSite.get(site)) as { id: number };
    const since = parseCursor(cursor) ?? { hit: this.beforeFirstPage(site), refusal: 0, looked: 0, first: true };
    // In a store that was restored from a backup, hits get numbers that a reader has seen already.
    since.hit = Math.min(since.hit, latest);
    const latestRefusal = readable(() => this.latestRefusal.get()) as { id: number } | undefined;
    since.refusal = Math.min(since.refusal, latestRefusal?.id ?? since.refusal);
    const oldest = since.looked - OLD_NEWS_SECONDS;
    const { rows: hits, last } = this.newestHits(site, since.hit, oldest, limit);
    const refusals = this.newestRefusals(key, since.refusal, limit);
    const most = hits.length + SKIPPED_IN_LIVE + 1;
    const counted = since.first
      ? undefined
      : (readable(() => this.countSince.get(site, since.hit, oldest, most)) as { count: number } | undefined)?.count;
    return livePage(
      hits.map((row) => toReadForLive(row, this.texts, counting)),
      refusals.rows.map(({ id: _, ...refusal }) => ({ ...refusal, reason: reasonFromText(refusal.reason) })),
      counted === undefined ? undefined : counted - hits.length,
      // The new position is also after imported hits that were left out, so that they are not read again.
      `${since.first ? last : Math.max(last, latest)}.${refusals.last}.${now()}`,
    );
  }

  private beforeFirstPage(site: number): number {
    return (readable(() => this.firstPage.get(site)) as { id: number } | undefined)?.id ?? 0;
  }

  /** The newest hits after one, in the order of arrival and without those that cannot be read, and the number of the last one. */
  private newestHits(site: number, since: number, oldest: number, limit: number): Newest<LiveRow> {
    return newestOf(
      since,
      readableRows(
        () => this.newest.all(site, since, oldest, limit),
        () => this.newestIds.all(site, since, limit),
        (id) => this.hit.get(id),
      ),
    );
  }

  /** The same for refusals. They are only a help for the owner, so hits are shown without them if even their index cannot be read. */
  private newestRefusals(key: string, since: number, limit: number): Newest<RefusalRow> {
    const read = readable(() =>
      readableRows<RefusalRow>(
        () => this.refused.all(key, since, limit),
        () => this.refusedIds.all(key, since, since, limit),
        (id) => this.refusal.get(id),
      ),
    );
    return newestOf(since, read ?? { rows: [], lost: [] });
  }
}

/** Rows in the order of arrival, and the number of the last one. */
interface Newest<T> {
  rows: T[];
  last: number;
}

/** @param read newest first @param since the last row if there is none */
function newestOf<T extends { id: number }>(since: number, { rows, lost }: ReadableRows<T>): Newest<T> {
  const last = Math.max(since, rows[0]?.id ?? 0, lost[0] ?? 0);
  return { rows: rows.reverse(), last };
}

function toReadForLive({ count, ...row }: LiveRow, texts: TextReader, counting: Counting): ReadForLive {
  if (count === null) {
    const hit = toHit(row, texts, counting);
    return { hit, count: hit.properties.length };
  }
  return readInPart(toHit({ ...row, properties: '[]' }, texts, counting), row.properties, count);
}

interface Cursor {
  /** The row of the latest hit, and of the latest refusal, that a reader has seen. */
  hit: number;
  refusal: number;
  /** When it looked last, Unix seconds; 0 if unknown. */
  looked: number;
  /** Set if the reader has seen nothing yet: then older hits do not count as skipped. */
  first?: boolean;
}

function parseCursor(text = ''): Cursor | undefined {
  // Cursors of older versions have no time.
  const match = /^(\d{1,15})\.(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text);
  return match ? { hit: Number(match[1]), refusal: Number(match[2]), looked: Number(match[3] ?? 0) } : undefined;
}
