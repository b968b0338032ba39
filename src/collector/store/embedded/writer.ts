import { reasonToText } from '../../../protocol/reasons.js';
import { foldName } from '../../../protocol/text.js';
import { Identities, type Comparisons, type Identity } from './identities.js';
import { AGENTS } from '../model/agents.js';
import { KINDS } from '../model/kinds.js';
import { MOST_REFUSALS } from '../model/limits.js';
import { Bookmarks } from '../sqlite/bookmarks.js';
import type { Database, Statement } from '../sqlite/database.js';
import { transactionsOn, type Transact } from '../sqlite/transaction.js';
import { refusalOf, TOO_MANY_IDENTITIES } from '../model/refused-aliases.js';
import type { ArrivedHit, Bookmark, Entry, Refusal, RefusedEntry } from '../store.js';
import { comparisonsOf } from './repeat-marks.js';

/** Where any key is accepted, their number is the senders' choice: the memory for them is not. */
const MOST_SITES = 10_000;

/** What the embedded store writes of what arrives, a transaction for each batch. */
export class EmbeddedWriter {
  /** For whoever else writes to the same database: what is remembered of it holds only if all go this way. */
  readonly transaction: Transact;
  private readonly identities: Identities;
  private readonly bookmarks: Bookmarks;
  private readonly sites = new Map<string, number>();
  private readonly insertHit: Statement;
  private readonly sameSecond: Statement;
  private readonly latest: Statement;
  private readonly insertRefusal: Statement;
  private readonly pruneRefusals: Statement;

  constructor(private readonly db: Database) {
    this.transaction = transactionsOn(db, () => this.forget());
    this.identities = new Identities(db);
    this.bookmarks = new Bookmarks(db);
    this.insertHit = db.prepare(`
      INSERT INTO hits (site, identity, kind, name, time, sent, received, hit_id, properties, warnings, duplicate, agent)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    // Of those that were like another one only the first without an id says something new.
    this.sameSecond = db.prepare(`
      SELECT name, hit_id AS hitId FROM hits WHERE identity = ? AND coalesce(sent, 0) = ? AND sent IS NOT NULL
        AND kind = 0 AND (duplicate = 0 OR (duplicate = 1 AND hit_id IS NULL))`);
    this.latest = db.prepare(
      'SELECT coalesce(sent, 0) AS latest FROM hits WHERE identity = ? ORDER BY coalesce(sent, 0) DESC LIMIT 1',
    );
    this.insertRefusal = db.prepare('INSERT INTO refusals (key, received, reason, request) VALUES (?, ?, ?, ?)');
    this.pruneRefusals = db.prepare('DELETE FROM refusals WHERE id <= ?');
  }

  /** @returns the entries that were refused and are kept as refusals */
  append(entries: readonly Entry[]): RefusedEntry[] {
    return this.transaction(() => {
      const refused = this.store(entries);
      for (const { entry } of refused) this.storeRefusal(refusalOf(entries[entry] as ArrivedHit));
      return refused;
    });
  }

  /** @param onRefused told of what was refused, before anything is kept */
  appendWithBookmark(
    entries: readonly Entry[],
    bookmark: Bookmark,
    onRefused: (refused: readonly RefusedEntry[]) => void,
  ): void {
    this.transaction(() => {
      const refused = this.store(entries);
      this.bookmarks.keep(bookmark);
      if (refused.length) onRefused(refused);
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

  private store(entries: readonly Entry[]): RefusedEntry[] {
    const refused: RefusedEntry[] = [];
    entries.forEach((entry, index) => {
      if (!('hit' in entry)) this.storeRefusal(entry.refusal);
      else if (!this.storeHit(entry)) refused.push({ entry: index, reason: TOO_MANY_IDENTITIES });
    });
    return refused;
  }

  /** @returns false for an alias that would make a person too large; nothing is stored of it */
  private storeHit({ hit, received, agent }: ArrivedHit): boolean {
    const site = this.site(hit.key);
    const identity =
      hit.kind === 'alias'
        ? this.identities.merge(site, hit.person, hit.name!)
        : this.identities.findOrAdd(site, hit.person);
    if (!identity) return false;
    if (hit.kind !== 'alias') this.identities.noteSeen(identity, hit.time);
    const compared = hit.kind === 'event' && hit.sent !== null ? comparisonsOf(hit.id !== null) : 0;
    const before = compared && this.comparedBefore(identity, hit.name!, hit.sent!);
    const { changes } = this.insertHit.run(
      site,
      identity.id,
      KINDS.indexOf(hit.kind),
      hit.name,
      hit.time,
      hit.sent,
      received,
      hit.id,
      hit.properties.length ? JSON.stringify(hit.properties) : '[]',
      hit.warnings.length ? JSON.stringify(hit.warnings) : null,
      before & compared,
      AGENTS.indexOf(agent),
    );
    if (changes && (before | compared) !== before) noteEvent(identity, hit.name!, hit.sent!, before | compared);
    return true;
  }

  /**
   * For the reference's rule (section 8.4), the same event of the same identity in the same second counts once: the
   * comparisons that one like this took part in before. Nearly every hit is of the second of the one before it or later:
   * only for others the store is asked.
   */
  private comparedBefore(identity: Identity, name: string, sent: number): number {
    identity.latest ??= (this.latest.get(identity.id) as { latest: number } | undefined)?.latest ?? -Infinity;
    if (sent > identity.latest) return 0;
    return this.eventsOf(identity, sent).get(foldName(name)) ?? 0;
  }

  /** The events of a second, remembered: a sender whose clock stands still must not have all of them read for each. */
  private eventsOf(identity: Identity, sent: number): Comparisons {
    if (sent === identity.latest && identity.events) return identity.events;
    if (sent !== identity.asked?.sent) {
      const events: Comparisons = new Map();
      for (const { name, hitId } of this.sameSecond.all(identity.id, sent) as {
        name: string;
        hitId: string | null;
      }[]) {
        const folded = foldName(name);
        events.set(folded, (events.get(folded) ?? 0) | comparisonsOf(hitId !== null));
      }
      identity.asked = { sent, events };
    }
    return identity.asked.events;
  }

  private storeRefusal({ key, received, reason, request }: Refusal): void {
    const { lastInsertRowid } = this.insertRefusal.run(key, received, reasonToText(reason), request);
    this.pruneRefusals.run(Number(lastInsertRowid) - MOST_REFUSALS);
  }

  private site(key: string): number {
    let site = this.sites.get(key);
    if (site === undefined) {
      this.db.prepare('INSERT INTO sites (key) VALUES (?) ON CONFLICT DO NOTHING').run(key);
      ({ id: site } = this.db.prepare('SELECT id FROM sites WHERE key = ?').get(key) as { id: number });
      if (this.sites.size >= MOST_SITES) this.sites.clear();
      this.sites.set(key, site);
    }
    return site;
  }
}

/** Remembers an event, for those that may follow in the same second. @param compared all comparisons of its like so far */
function noteEvent(identity: Identity, name: string, sent: number, compared: number): void {
  if (sent > identity.latest!) {
    identity.latest = sent;
    identity.events = new Map([[foldName(name), compared]]);
  } else {
    if (sent === identity.latest) identity.events?.set(foldName(name), compared);
    if (sent === identity.asked?.sent) identity.asked.events.set(foldName(name), compared);
  }
}
