import { reasonToText } from '../../../protocol/reasons.js';
import { foldName } from '../../../protocol/text.js';
import { Identities, type Identity } from './identities.js';
import { KINDS } from '../model/kinds.js';
import { MOST_REFUSALS } from '../model/limits.js';
import { Bookmarks } from '../sqlite/bookmarks.js';
import type { Database, Statement } from '../sqlite/database.js';
import { transactionsOn, type Transact } from '../sqlite/transaction.js';
import type { ArrivedHit, Bookmark, Counting, Entry, Refusal } from '../store.js';

/** Where any key is accepted, their number is the senders' choice: the memory for them is not. */
const MOST_SITES = 10_000;

/** What the embedded store writes of what arrives, a transaction for each batch. */
export class EmbeddedWriter {
  /** For whoever else writes to the same database: what is remembered of it holds only if all go this way. */
  readonly transaction: Transact;
  private readonly identities: Identities;
  private readonly bookmarks: Bookmarks;
  private readonly sites = new Map<string, { id: number; counting: Counting }>();
  private readonly insertHit: Statement;
  private readonly sameSecond: Statement;
  private readonly latest: Statement;
  private readonly insertRefusal: Statement;
  private readonly pruneRefusals: Statement;

  constructor(
    private readonly db: Database,
    private readonly counting: (key: string) => Counting,
  ) {
    this.transaction = transactionsOn(db, () => this.forget());
    this.identities = new Identities(db);
    this.bookmarks = new Bookmarks(db);
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
  }

  append(entries: readonly Entry[], bookmark?: Bookmark): void {
    this.transaction(() => {
      for (const entry of entries) {
        if ('hit' in entry) this.storeHit(entry);
        else this.storeRefusal(entry.refusal);
      }
      if (bookmark) this.bookmarks.keep(bookmark);
    });
  }

  bookmark(source: string): number {
    return this.bookmarks.linesOf(source);
  }

  /** What was learned of sites and identities may not hold any more. */
  forget(): void {
    this.sites.clear();
    this.identities.forget();
  }

  private storeHit({ hit, received }: ArrivedHit): void {
    const site = this.site(hit.key);
    const identity = this.identities.findOrAdd(site.id, hit.person);
    if (hit.kind === 'alias') this.identities.merge(identity, this.identities.findOrAdd(site.id, hit.name!));
    else this.identities.noteSeen(identity, hit.time);
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
