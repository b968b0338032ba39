import { reasonToText } from '../../../protocol/reasons.js';
import { foldName } from '../../../protocol/text.js';
import { hashOfId } from './hit-hash.js';
import { Identities, LOOKS_PER_HIT, MOST_LOOKS, type Comparisons, type Identity } from './identities.js';
import { DamagedIndex, IdentityIndex } from './identity-index.js';
import { AGENTS } from '../model/agents.js';
import { KINDS } from '../model/kinds.js';
import { MOST_REFUSALS } from '../model/limits.js';
import { Bookmarks } from '../sqlite/bookmarks.js';
import type { Database, Statement } from '../sqlite/database.js';
import { isDamage, NotedDamage } from '../sqlite/damage.js';
import { isNoRoom } from '../sqlite/errors.js';
import { transactionsOn, type Transact } from '../sqlite/transaction.js';
import { refusalOf, TOO_MANY_IDENTITIES } from '../model/refused-aliases.js';
import type { ArrivedHit, Bookmark, Entry, Refusal, RefusedEntry } from '../store.js';
import type { Portions } from './portions.js';
import { comparisonsOf } from './repeat-marks.js';
import { StoredTexts } from './stored-texts.js';
import { Texts } from './texts.js';

/** Where any key is accepted, their number is the senders' choice: the memory for them is not. */
const MOST_SITES = 10_000;

/**
 * Hits that a commit files by identity, behind the ones that it stores: more than those, so that what waits gets less while
 * hits arrive as fast as they can.
 */
const FILED_PER_ENTRY = 2;
const FILED_PER_COMMIT = 50;

/** Attempts at a commit that cannot file; the last one files nothing. */
const ATTEMPTS_TO_FILE = 3;

/** Remembered of the latest second of an identity: people do less in one. */
const MOST_HASHES = 32;
/** Seconds of an identity, besides its latest, whose events are remembered. */
const MOST_SECONDS = 8;
/** Names of events that are remembered of one second of an identity: a sender may make up as many as it likes. */
const MOST_NAMES = 1000;

interface EventRow {
  name: string | null;
  event: number | null;
  hitId: string | null;
}

/** What the embedded store writes of what arrives, a transaction for each batch. */
export class EmbeddedWriter {
  /** For whoever else writes to the same database: what is remembered of it holds only if all go this way. */
  readonly transaction: Transact;
  readonly texts: Texts;
  readonly index: IdentityIndex;
  private readonly identities: Identities;
  private readonly storedTexts: StoredTexts;
  private readonly bookmarks: Bookmarks;
  private readonly sites = new Map<string, number>();
  private readonly insertHit: Statement;
  private readonly isThere: Statement;
  private readonly eventAt: Statement;
  private readonly insertRefusal: Statement;
  private readonly pruneRefusals: Statement;

  constructor(
    private readonly db: Database,
    private readonly portions: Portions = {},
    /** Told, with a sentence for the owner, of a page that cannot be read, each time that one is met. */
    readonly onDamage: (error: NotedDamage | DamagedIndex) => void = () => undefined,
  ) {
    const transaction = transactionsOn(db, () => this.forget());
    this.transaction = (work) => {
      for (;;) {
        this.index.load();
        this.texts.begin();
        try {
          return transaction(work);
        } catch (error) {
          if (!(error instanceof NotedDamage)) throw error;
          onDamage(error);
        }
      }
    };
    this.identities = new Identities(db, portions.identitiesRemembered);
    this.bookmarks = new Bookmarks(db);
    this.texts = new Texts(db);
    this.storedTexts = new StoredTexts(db, true);
    this.index = new IdentityIndex(db, this.texts, portions.hitsOfARound);
    // The conflict is one that the index of an older version finds, while the store is brought up to date.
    this.insertHit = db.prepare(`
      INSERT INTO hits (id, site, identity, kind, name, time, sent, received, hit_id, properties, warnings, duplicate, event, size,
        agent)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.isThere = db.prepare('SELECT 1 FROM hits WHERE id = ?');
    // Of those that were like another one only the first without an id says something new.
    this.eventAt = db.prepare(`
      SELECT name, event, hit_id AS hitId FROM hits WHERE id = ? AND sent IS NOT NULL
        AND kind = 0 AND (duplicate = 0 OR (duplicate = 1 AND hit_id IS NULL))`);
    this.insertRefusal = db.prepare('INSERT INTO refusals (key, received, reason, request) VALUES (?, ?, ?, ?)');
    this.pruneRefusals = db.prepare('DELETE FROM refusals WHERE id <= ?');
  }

  /** @returns the entries that were refused and are kept as refusals */
  append(entries: readonly Entry[]): RefusedEntry[] {
    return this.storing((file) => {
      const refused = this.store(entries, file);
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
    this.storing((file) => {
      const refused = this.store(entries, file);
      this.bookmarks.keep(bookmark);
      if (refused.length) onRefused(refused);
    });
  }

  bookmark(source: string): number {
    return this.bookmarks.linesOf(source);
  }

  /** What was learned of sites and identities may not hold any more. */
  forgetIdentities(): void {
    this.sites.clear();
    this.identities.forget();
  }

  /** After a rolled back transaction: nothing that was learned may hold any more. */
  forget(): void {
    this.forgetIdentities();
    this.texts.forget();
    this.storedTexts.forget();
    this.index.forget();
  }

  /** A transaction. Where hits cannot be filed in it, for want of room or for a damaged index, they are stored and wait. */
  private storing<T>(work: (file: boolean) => T): T {
    for (let attempt = 1; attempt < ATTEMPTS_TO_FILE; attempt++) {
      try {
        return this.transaction(() => work(true));
      } catch (error) {
        if (isNoRoom(error) || isDamage(error)) break;
        if (!(error instanceof DamagedIndex)) throw error;
        this.onDamage(error);
      }
    }
    return this.transaction(() => work(false));
  }

  private store(entries: readonly Entry[], file: boolean): RefusedEntry[] {
    const refused: RefusedEntry[] = [];
    entries.forEach((entry, index) => {
      if (!('hit' in entry)) this.storeRefusal(entry.refusal);
      else if (!this.storeHit(entry)) refused.push({ entry: index, reason: TOO_MANY_IDENTITIES });
    });
    if (file) this.index.file(FILED_PER_ENTRY * entries.length + (this.portions.filedPerCommit ?? FILED_PER_COMMIT));
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
    identity.looks = Math.min(MOST_LOOKS, identity.looks + LOOKS_PER_HIT);
    if (hit.kind !== 'alias') this.identities.noteSeen(identity, hit.time);
    const sent = hit.sent ?? 0;
    const latest = (identity.latest ??= this.index.latest(identity.id));
    const hash = hashOfId(hit.id);
    if (hit.id !== null && mayHave(identity, sent, hash) && this.index.has(identity.id, sent, hit.id, hash))
      return true;
    const compared = hit.kind === 'event' && hit.sent !== null ? comparisonsOf(hit.id !== null) : 0;
    const before = compared && this.comparedBefore(identity, hit.name!, sent);
    const { name, event, properties, size, codes } = this.texts.encode(hit);
    const row = this.index.nextRow();
    const { changes } = this.insertHit.run(
      row,
      site,
      identity.id,
      KINDS.indexOf(hit.kind),
      name,
      hit.time,
      hit.sent,
      received,
      hit.id,
      properties,
      hit.warnings.length ? JSON.stringify(hit.warnings) : null,
      before & compared,
      event,
      size,
      AGENTS.indexOf(agent),
    );
    if (!changes) {
      // The other conflict that there could be: what is remembered of the store is wrong, and the hit is not stored.
      if (this.isThere.get(row))
        throw new Error(`The store has a hit of the number ${row} already: what kmq remembers of it is wrong.`);
      this.texts.giveBack(codes);
      return true;
    }
    this.index.add(identity.id, { row, sent, hash });
    this.texts.noteUses(codes);
    if ((before | compared) !== before) noteEvent(identity, hit.name!, sent, before | compared);
    else if (sent > latest) noteSecond(identity, sent);
    noteHash(identity, sent, hash, latest);
    return true;
  }

  /**
   * For the reference's rule (section 8.4), the same event of the same identity in the same second counts once: the
   * comparisons that one like this took part in before. Nearly every hit is of the second of the one before it or later:
   * only for others the store is asked.
   */
  private comparedBefore(identity: Identity, name: string, sent: number): number {
    if (sent > identity.latest!) return 0;
    return this.eventsOf(identity, sent).get(foldName(name)) ?? 0;
  }

  /** The events of a second, remembered: a sender whose clock stands still must not have all of them read for each. */
  private eventsOf(identity: Identity, sent: number): Comparisons {
    if (sent === identity.latest && identity.events) return identity.events;
    const known = identity.asked?.get(sent);
    if (known) return known;
    const found = this.index.rowsOfSecond(identity.id, sent, identity.looks);
    identity.looks = found ? identity.looks - found.looked : 0;
    const events: Comparisons = new Map();
    // Of one that has no looks left, what is late counts, as if it were the first.
    if (!found) return events;
    for (const row of found.rows) {
      const event = this.eventAt.get(row) as EventRow | undefined;
      if (!event) continue;
      const folded = foldName(String(this.storedTexts.nameOf(event)));
      events.set(folded, (events.get(folded) ?? 0) | comparisonsOf(event.hitId !== null));
    }
    if (!identity.asked || identity.asked.size >= MOST_SECONDS) identity.asked = new Map();
    identity.asked.set(sent, events);
    return events;
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
    const folded = foldName(name);
    // Of more than those the store is asked, as far as the identity may look.
    const latest = sent === identity.latest ? identity.events?.set(folded, compared) : undefined;
    if (latest && latest.size > MOST_NAMES) identity.events = undefined;
    const asked = identity.asked?.get(sent)?.set(folded, compared);
    if (asked && asked.size > MOST_NAMES) identity.asked?.delete(sent);
  }
}

/** Whether an identity may have a hit of this `_t` and this hash: where not, the store need not be asked. */
function mayHave(identity: Identity, sent: number, hash: number): boolean {
  if (sent > identity.latest!) return false;
  return sent < identity.latest! || !identity.hashes || identity.hashes.includes(hash);
}

/** @param before the latest `_t` before this hit */
function noteHash(identity: Identity, sent: number, hash: number, before: number): void {
  if (sent > before) identity.hashes = [hash];
  else if (sent === before && identity.hashes && identity.hashes.push(hash) > MOST_HASHES) identity.hashes = undefined;
}

/** Notes a hit that is no event. */
function noteSecond(identity: Identity, sent: number): void {
  identity.latest = sent;
  identity.events = new Map();
}
