import { hashOfId } from './hit-hash.js';
import { Identities } from './identities.js';
import { IdentityIndex } from './identity-index.js';
import { DamagedIndex } from './index-filing.js';
import { AGENTS } from '../model/agents.js';
import { KINDS } from '../model/kinds.js';
import { Bookmarks } from '../sqlite/bookmarks.js';
import type { Database, Statement } from '../sqlite/database.js';
import { isDamage, NotedDamage } from '../sqlite/damage.js';
import { isDiskFull } from '../sqlite/errors.js';
import { transactionsOn, type Transact } from '../sqlite/transaction.js';
import { refusalOf, TOO_MANY_IDENTITIES } from '../model/refused-aliases.js';
import type { ArrivedHit, Bookmark, Entry, RefusedEntry } from '../store.js';
import type { Portions } from './portions.js';
import { RefusalLog } from './refusal-log.js';
import { Remains } from './remains.js';
import { comparisonsOf } from './repeat-marks.js';
import { StoredEvents } from './stored-events.js';
import { TextReader } from './text-reader.js';
import { Texts } from './texts.js';

/** The most sites in memory: if every key is accepted, senders can invent any number of keys. */
const MOST_SITES = 10_000;

/**
 * For each hit that a commit stores, it files so many waiting hits by identity. So the number of waiting hits goes down even
 * while hits arrive at the highest rate.
 */
const FILED_PER_ENTRY = 2;
const FILED_PER_COMMIT = 50;

/** The most attempts at a commit that fails in filing. The last attempt files nothing. */
const ATTEMPTS_TO_FILE = 3;

/** Writes arriving entries to the embedded store, one transaction for each call. */
export class EmbeddedWriter {
  /** For all other writers to the same database: the state in memory stays right only if all of them use these transactions. */
  readonly transaction: Transact;
  readonly texts: Texts;
  readonly remains: Remains;
  readonly index: IdentityIndex;
  private readonly identities: Identities;
  private readonly textReader: TextReader;
  private readonly storedEvents: StoredEvents;
  private readonly bookmarks: Bookmarks;
  private readonly sites = new Map<string, number>();
  private readonly insertHit: Statement;
  private readonly isThere: Statement;
  private readonly refusals: RefusalLog;

  constructor(
    private readonly db: Database,
    private readonly portions: Portions = {},
    /** Called with an error whose message is a sentence for the owner, each time a page cannot be read. */
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
    this.textReader = new TextReader(db, { writes: true });
    this.remains = new Remains(db);
    this.index = new IdentityIndex(db, this.texts.uses, portions.hitsOfARound);
    this.storedEvents = new StoredEvents(db, this.index, this.textReader);
    // During an upgrade the unique index of the older version may find a conflict.
    this.insertHit = db.prepare(`
      INSERT INTO hits (id, site, identity, kind, name, time, sent, received, hit_id, properties, warnings, duplicate, event, size,
        agent)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.isThere = db.prepare('SELECT 1 FROM hits WHERE id = ?');
    this.refusals = new RefusalLog(db);
  }

  /** @returns the refused entries, which were stored as refusals */
  append(entries: readonly Entry[]): RefusedEntry[] {
    return this.storing((file) => {
      const refused = this.store(entries, file);
      for (const { entry } of refused) this.refusals.store(refusalOf(entries[entry] as ArrivedHit));
      return refused;
    });
  }

  /** @param onRefused called with the refused entries before anything is stored, at each attempt at the transaction */
  appendWithBookmarks(
    entries: readonly Entry[],
    bookmarks: readonly Bookmark[],
    onRefused: (refused: readonly RefusedEntry[]) => void,
  ): void {
    this.storing((file) => {
      const refused = this.store(entries, file);
      this.bookmarks.keep(bookmarks);
      if (refused.length) onRefused(refused);
    });
  }

  bookmark(name: string): number {
    return this.bookmarks.valueOf(name);
  }

  /** Forgets sites and identities in memory, which may be outdated now. */
  forgetIdentities(): void {
    this.sites.clear();
    this.identities.forget();
  }

  /** Call it after a rolled back transaction: forgets everything in memory, which may be wrong now. */
  forget(): void {
    this.forgetIdentities();
    this.texts.forget();
    this.textReader.forget();
    this.index.forget();
  }

  /**
   * Runs a transaction. If it cannot file hits, because the disk is full or the index is damaged, it stores its hits, which then
   * wait.
   */
  private storing<T>(work: (file: boolean) => T): T {
    this.refusals.begin();
    for (let attempt = 1; attempt < ATTEMPTS_TO_FILE; attempt++) {
      try {
        return this.transaction(() => work(true));
      } catch (error) {
        if (isDiskFull(error) || isDamage(error)) break;
        if (!(error instanceof DamagedIndex)) throw error;
        this.onDamage(error);
      }
    }
    return this.transaction(() => work(false));
  }

  private store(entries: readonly Entry[], file: boolean): RefusedEntry[] {
    const refused: RefusedEntry[] = [];
    entries.forEach((entry, index) => {
      if (!('hit' in entry)) this.refusals.store(entry.refusal);
      else if (!this.storeHit(entry)) refused.push({ entry: index, reason: TOO_MANY_IDENTITIES });
    });
    if (file)
      this.index.filing.fileIfDue(
        FILED_PER_ENTRY * entries.length + (this.portions.filedPerCommit ?? FILED_PER_COMMIT),
      );
    return refused;
  }

  /** @returns false for an alias that would make a person too large; then nothing is stored */
  private storeHit({ hit, received, agent }: ArrivedHit): boolean {
    const site = this.site(hit.key);
    const identity =
      hit.kind === 'alias'
        ? this.identities.merge(site, hit.person, hit.name!)
        : this.identities.findOrAdd(site, hit.person);
    if (!identity) return false;
    identity.noteArrival();
    if (hit.kind !== 'alias') this.identities.noteSeen(identity, hit.time);
    const sent = hit.sent ?? 0;
    const latest = (identity.latest ??= this.index.latest(identity.id));
    const hash = hashOfId(hit.id);
    if (hit.id !== null && identity.mayHave(sent, hash) && this.index.has(identity.id, sent, hit.id, hash)) return true;
    const compared = hit.kind === 'event' && hit.sent !== null ? comparisonsOf(hit.id !== null) : 0;
    const before = compared && identity.comparedBefore(hit.name!, sent, this.storedEvents);
    const { name, event, properties, size, numbers } = this.texts.encode(hit);
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
      // Any other conflict means that the state in memory is wrong, and that the hit was not stored.
      if (this.isThere.get(row))
        throw new Error(`The store has a hit with the number ${row} already: kmq's state in memory is wrong.`);
      this.texts.uses.giveBack(numbers);
      return true;
    }
    this.index.add(identity.id, { row, sent, hash });
    this.texts.uses.note(numbers);
    if ((before | compared) !== before) identity.noteEvent(hit.name!, sent, before | compared);
    else if (sent > latest) identity.noteSecond(sent);
    identity.noteHash(sent, hash, latest);
    return true;
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
