import type { Database, Statement } from '../sqlite/database.js';

/** An identity as the store knows it. */
export interface Identity {
  id: number;
  /**
   * When its latest event or property happened, Unix seconds. Null while it was only ever aliased: then it
   * belongs to a person, but is none of their Customer IDs yet (reference section 8.5).
   */
  lastSeen: number | null;
  /** The latest `_t` of its hits, where it is known, and the events of that second, where they are. */
  latest: number | undefined;
  events: Set<string> | undefined;
  /** An earlier second that was asked for last, and its events. */
  asked?: { sent: number; events: Set<string> };
}

/**
 * How much later a hit has to be for `last_seen` to be written: with every hit it would cost a page of the log. The
 * search goes by it; what is shown is read from the hits.
 */
export const LAST_SEEN_STEP_SECONDS = 60;

/** What the search walks back by. */
const SEARCH_PERIOD_SECONDS = 600;

/** Bounds the memory that hot identities take, twice over; those that fall out are read from the store again. */
const GENERATION_IDENTITIES = 25_000;

/**
 * Identities merged into people. A person is a set of identities that carry the same number; two of them
 * become one by giving the smaller set the number of the larger, so a merge costs by identities, never by
 * hits, and reading a person is one step however long the chain of aliases was.
 */
export class Identities {
  private readonly find: Statement;
  private readonly add: Statement;
  private readonly see: Statement;
  private readonly personOf: Statement;
  private readonly size: Statement;
  private readonly relabel: Statement;
  // Two generations: what is used moves to the young one, and the old one is dropped whole. Taking single entries
  // off the front of a Map costs more the more were taken before.
  private young = new Map<string, Identity>();
  private old = new Map<string, Identity>();
  /** Numbers are given once: those of erased people are not given to others while the collector runs. */
  private latest: number;

  constructor(db: Database) {
    this.find = db.prepare('SELECT id, last_seen AS lastSeen FROM identities WHERE site = ? AND identity = ?');
    this.add = db.prepare('INSERT INTO identities (id, site, identity, person) VALUES (?, ?, ?, ?)');
    this.see = db.prepare('UPDATE identities SET last_seen = ?, period = ? WHERE id = ?');
    this.personOf = db.prepare('SELECT person FROM identities WHERE id = ?');
    this.size = db.prepare('SELECT count(*) AS size FROM identities WHERE person = ?');
    this.relabel = db.prepare('UPDATE identities SET person = ? WHERE person = ?');
    const { latest } = db.prepare('SELECT coalesce(max(id), 0) AS latest FROM identities').get() as { latest: number };
    this.latest = latest;
  }

  /** An identity by its text, made on first sight as a person of its own. */
  findOrAdd(site: number, text: string): Identity {
    const cacheKey = `${site} ${text}`;
    let identity = this.young.get(cacheKey);
    if (identity) return identity;
    identity = this.old.get(cacheKey) ?? this.load(site, text) ?? this.create(site, text);
    if (this.young.size >= GENERATION_IDENTITIES) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(cacheKey, identity);
    return identity;
  }

  /** Notes that something arrived under an identity that happened at this time. */
  noteSeen(identity: Identity, time: number): void {
    if (identity.lastSeen !== null && time < identity.lastSeen + LAST_SEEN_STEP_SECONDS) return;
    this.see.run(time, Math.floor(time / SEARCH_PERIOD_SECONDS), identity.id);
    identity.lastSeen = time;
  }

  /** Makes one person of two identities; repeated or in any order, the outcome is the same. */
  merge(one: Identity, other: Identity): void {
    const a = this.person(one);
    const b = this.person(other);
    if (a === b) return;
    const [larger, smaller] = this.sizeOf(a) < this.sizeOf(b) ? [b, a] : [a, b];
    this.relabel.run(larger, smaller);
  }

  /** After a rolled back transaction or a removal: what was learned before is not in the store. */
  forget(): void {
    this.young.clear();
    this.old.clear();
  }

  private create(site: number, text: string): Identity {
    const id = ++this.latest;
    this.add.run(id, site, text, id);
    return { id, lastSeen: null, latest: -Infinity, events: undefined };
  }

  private load(site: number, text: string): Identity | undefined {
    const row = this.find.get(site, text) as { id: number; lastSeen: number | null } | undefined;
    return row && { ...row, latest: undefined, events: undefined };
  }

  private person(identity: Identity): number {
    return (this.personOf.get(identity.id) as { person: number }).person;
  }

  private sizeOf(person: number): number {
    return (this.size.get(person) as { size: number }).size;
  }
}
