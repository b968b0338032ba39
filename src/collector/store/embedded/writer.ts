import { reasonToText } from '../../../protocol/reasons.js';
import { foldName } from '../../../protocol/text.js';
import { People, type Identity } from './identities.js';
import { KINDS } from './schema.js';
import type { Database, Statement } from '../sqlite/database.js';
import type { ArrivedHit, Bookmark, Counting, Entry, Refusal } from '../store.js';

/** Refusals kept; the oldest go first, so that a flood of nonsense fills no disk. */
const MOST_REFUSALS = 10_000;
/** Where any key is accepted, their number is the senders' choice: the memory for them is not. */
const MOST_SITES = 10_000;

/** What the embedded store writes of what arrives, a transaction for each batch. */
export class EmbeddedWriter {
  private readonly people: People;
  private readonly sites = new Map<string, { id: number; counting: Counting }>();
  private readonly begin: Statement;
  private readonly commit: Statement;
  private readonly rollback: Statement;
  private readonly insertHit: Statement;
  private readonly sameSecond: Statement;
  private readonly latest: Statement;
  private readonly insertRefusal: Statement;
  private readonly pruneRefusals: Statement;
  private readonly findBookmark: Statement;
  private readonly keepBookmark: Statement;

  constructor(
    private readonly db: Database,
    private readonly counting: (key: string) => Counting,
  ) {
    this.people = new People(db);
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.rollback = db.prepare('ROLLBACK');
    this.insertHit = db.prepare(`
      INSERT INTO hits (site, identity, kind, name, time, sent, received, hit_id, properties, warnings, duplicate)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.sameSecond = db.prepare(`
      SELECT name FROM hits WHERE identity = ? AND coalesce(sent, 0) = ? AND sent IS NOT NULL AND kind = 0 AND duplicate = 0`);
    this.latest = db.prepare(
      'SELECT coalesce(sent, 0) AS latest FROM hits WHERE identity = ? ORDER BY coalesce(sent, 0) DESC LIMIT 1',
    );
    this.insertRefusal = db.prepare('INSERT INTO refusals (key, received, reason, request) VALUES (?, ?, ?, ?)');
    this.pruneRefusals = db.prepare('DELETE FROM refusals WHERE id <= ?');
    this.findBookmark = db.prepare('SELECT lines FROM bookmarks WHERE source = ?');
    this.keepBookmark = db.prepare(
      'INSERT INTO bookmarks (source, lines) VALUES (?, ?) ON CONFLICT DO UPDATE SET lines = excluded.lines',
    );
  }

  append(entries: readonly Entry[], bookmark?: Bookmark): void {
    this.transaction(() => {
      for (const entry of entries) {
        if ('hit' in entry) this.storeHit(entry);
        else this.storeRefusal(entry.refusal);
      }
      if (bookmark) this.keepBookmark.run(bookmark.source, bookmark.lines);
    });
  }

  bookmark(source: string): number {
    return (this.findBookmark.get(source) as { lines: number } | undefined)?.lines ?? 0;
  }

  /** All of it or nothing. @throws whatever the work throws, and SQLite's errors */
  transaction<T>(work: () => T): T {
    this.begin.run();
    try {
      const result = work();
      this.commit.run();
      return result;
    } catch (error) {
      this.forget();
      try {
        this.rollback.run();
      } catch {
        // SQLite has rolled back by itself after some errors, a full disk among them.
      }
      throw error;
    }
  }

  /** What was learned of sites and identities may not hold any more. */
  forget(): void {
    this.sites.clear();
    this.people.forget();
  }

  private storeHit({ hit, received }: ArrivedHit): void {
    const site = this.site(hit.key);
    const identity = this.people.meet(site.id, hit.person);
    if (hit.kind === 'alias') this.people.merge(identity, this.people.meet(site.id, hit.name!));
    else this.people.seen(identity, hit.time);
    const counts = hit.kind === 'event' && hit.sent !== null && site.counting === 'reference';
    const repeat = counts && this.isRepeat(identity, hit.name!, hit.sent!);
    const { changes } = this.insertHit.run(
      site.id,
      identity.id,
      KINDS.indexOf(hit.kind),
      hit.name,
      hit.time,
      hit.sent,
      received,
      hit.id,
      hit.properties.length ? JSON.stringify(hit.properties) : '[]',
      hit.warnings.length ? JSON.stringify(hit.warnings) : null,
      repeat ? 1 : 0,
    );
    if (counts && changes && !repeat) noteEvent(identity, hit.name!, hit.sent!);
  }

  /**
   * The reference's rule (section 8.4): the same event of the same identity in the same second counts once. Nearly
   * every hit is of the second of the one before it or later: only for others the store is asked.
   */
  private isRepeat(identity: Identity, name: string, sent: number): boolean {
    identity.latest ??= (this.latest.get(identity.id) as { latest: number } | undefined)?.latest ?? -Infinity;
    if (sent > identity.latest) return false;
    return this.eventsOf(identity, sent).has(foldName(name));
  }

  /** The events of a second, remembered: a sender whose clock stands still must not have all of them read for each. */
  private eventsOf(identity: Identity, sent: number): Set<string> {
    if (sent === identity.latest && identity.events) return identity.events;
    if (sent !== identity.asked?.sent) {
      const rows = this.sameSecond.all(identity.id, sent) as { name: string }[];
      identity.asked = { sent, events: new Set(rows.map(({ name }) => foldName(name))) };
    }
    return identity.asked.events;
  }

  private storeRefusal({ key, received, reason, request }: Refusal): void {
    const { lastInsertRowid } = this.insertRefusal.run(key, received, reasonToText(reason), request);
    this.pruneRefusals.run(Number(lastInsertRowid) - MOST_REFUSALS);
  }

  private site(key: string): { id: number; counting: Counting } {
    let site = this.sites.get(key);
    if (!site) {
      this.db.prepare('INSERT INTO sites (key) VALUES (?) ON CONFLICT DO NOTHING').run(key);
      const { id } = this.db.prepare('SELECT id FROM sites WHERE key = ?').get(key) as { id: number };
      site = { id, counting: this.counting(key) };
      if (this.sites.size >= MOST_SITES) this.sites.clear();
      this.sites.set(key, site);
    }
    return site;
  }
}

/** Remembers an event that counts, for those that may follow in the same second. */
function noteEvent(identity: Identity, name: string, sent: number): void {
  if (sent > identity.latest!) {
    identity.latest = sent;
    identity.events = new Set([foldName(name)]);
  } else {
    if (sent === identity.latest) identity.events?.add(foldName(name));
    if (sent === identity.asked?.sent) identity.asked.events.add(foldName(name));
  }
}
