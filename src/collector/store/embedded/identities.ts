import { IDENTITIES_OF_A_PERSON } from '../../../protocol/limits.js';
import { readable } from '../sqlite/damage.js';
import type { Database, Statement } from '../sqlite/database.js';
import { fingerprint } from './fingerprint.js';
import { IdentitySeconds } from './identity-seconds.js';
import { PersonSizes } from './person-sizes.js';

/**
 * An identity as the store knows it, in one object with its seconds. Each hit needs both, and with fifty thousand identities two
 * objects cost 3 % more processor time for each hit.
 */
export class Identity extends IdentitySeconds {
  constructor(
    id: number,
    readonly site: number,
    readonly text: string,
    /**
     * When its latest event or property happened, Unix seconds. Null if it was only in aliases so far: then it
     * belongs to a person, but is not one of their Customer IDs yet (docs/reference.md#8.5).
     */
    public lastSeen: number | null,
    latest: number | undefined,
  ) {
    super(id, latest);
  }
}

/**
 * How much later a hit has to be before `last_seen` is written again: to write it with every hit would cost a page of the write-ahead log.
 * The search uses it for its order; the time that is shown is read from the hits.
 */
export const LAST_SEEN_STEP_SECONDS = 60;

/** The unit of `period` of an identity, by which the search goes back in time and retention finds old identities. */
export const SEARCH_PERIOD_SECONDS = 600;

/** The most identities in each of two generations in memory. Others are read from the store again. */
const GENERATION_IDENTITIES = 25_000;

/** Identities by a number for their site and text. Of several with the same number it contains the one that was used last. */
type Generation = Map<number, Identity>;

/**
 * Identities merged into people. A person is a set of identities with the same number. A merge gives the number of the larger
 * person to the identities of the smaller one: so it never touches hits, and a person is read in one step, whatever the chain of
 * aliases. Each renumbering puts an identity into a person at least twice as large, so an identity is renumbered at most
 * log2(IDENTITIES_OF_A_PERSON) times.
 */
export class Identities {
  private readonly select: Statement;
  private readonly add: Statement;
  private readonly see: Statement;
  private readonly personOf: Statement;
  private readonly relabel: Statement;
  private readonly sizes: PersonSizes;
  // Two generations: used entries move to the young one, and the old one is dropped as a whole. To remove single entries from the
  // front of a Map gets slower with each removal.
  private young: Generation = new Map();
  private old: Generation = new Map();
  /** A number is used once: while the collector runs, no other identity gets the number of an erased one. */
  private latest: number;

  constructor(
    db: Database,
    private readonly ofAGeneration = GENERATION_IDENTITIES,
  ) {
    this.select = db.prepare('SELECT id, last_seen AS lastSeen FROM identities WHERE site = ? AND identity = ?');
    this.add = db.prepare('INSERT INTO identities (id, site, identity, person) VALUES (?, ?, ?, ?)');
    this.see = db.prepare('UPDATE identities SET last_seen = ?, period = ? WHERE id = ?');
    this.personOf = db.prepare('SELECT person FROM identities WHERE id = ?');
    this.relabel = db.prepare('UPDATE identities SET person = ? WHERE person = ?');
    this.sizes = new PersonSizes(db);
    // A person, and the index of the search, may have the number of an identity that was removed.
    const latestIn = (table: string): number =>
      (
        db
          .prepare(
            `SELECT max(
              coalesce((SELECT max(id) FROM ${table}), 0), coalesce((SELECT max(person) FROM ${table}), 0),
              (SELECT identity FROM indexed)) AS latest`,
          )
          .get() as { latest: number }
      ).latest;
    // The page with the last identities may be unreadable: then all of an index is read.
    this.latest = readable(() => latestIn('identities')) ?? latestIn('identities INDEXED BY identities_by_person');
  }

  /** An identity by its text. A new identity is made, as a new person. */
  findOrAdd(site: number, text: string): Identity {
    return this.find(site, text) ?? this.create(site, text);
  }

  /** Notes a hit of this identity with this time. */
  noteSeen(identity: Identity, time: number): void {
    if (identity.lastSeen !== null && time < identity.lastSeen + LAST_SEEN_STEP_SECONDS) return;
    this.see.run(time, Math.floor(time / SEARCH_PERIOD_SECONDS), identity.id);
    identity.lastSeen = time;
  }

  /**
   * Makes one person of two identities. Repeating it changes nothing, and the order does not matter.
   * @returns the first identity; undefined if the person would be too large: then nothing has changed, and no new identity was made
   */
  merge(site: number, text: string, otherText: string): Identity | undefined {
    const known = this.find(site, text);
    const otherKnown = this.find(site, otherText);
    const a = known && this.person(known);
    const b = otherKnown && this.person(otherKnown);
    if (known && a === b) return known;
    const sizeA = a === undefined ? 1 : this.sizes.of(a);
    const sizeB = b === undefined ? 1 : this.sizes.of(b);
    if (sizeA + sizeB > IDENTITIES_OF_A_PERSON) return undefined;
    const one = known ?? this.create(site, text);
    // Looked up only now: both texts may be the same, and then it exists since the line above.
    const other = otherKnown ?? this.findOrAdd(site, otherText);
    if (one === other) return one;
    // A new identity is a person with the identity's own number.
    const personA = a ?? one.id;
    const personB = b ?? other.id;
    const [larger, smaller] = sizeA < sizeB ? [personB, personA] : [personA, personB];
    this.relabel.run(larger, smaller);
    this.sizes.merged(smaller, larger, sizeA + sizeB);
    return one;
  }

  /** Call it after a rolled back transaction or a removal: identities in memory may not be in the store. */
  forget(): void {
    this.young.clear();
    this.old.clear();
  }

  private find(site: number, text: string): Identity | undefined {
    const place = placeOf(site, text);
    const young = this.young.get(place);
    if (young && isOf(young, site, text)) return young;
    const old = this.old.get(place);
    const identity = old && isOf(old, site, text) ? old : this.load(site, text);
    return identity && this.remember(place, identity);
  }

  private create(site: number, text: string): Identity {
    const id = ++this.latest;
    this.add.run(id, site, text, id);
    const identity = new Identity(id, site, copyOf(text), null, -Infinity);
    return this.remember(placeOf(site, text), identity);
  }

  private load(site: number, text: string): Identity | undefined {
    const row = this.select.get(site, text) as { id: number; lastSeen: number | null } | undefined;
    return row && new Identity(row.id, site, copyOf(text), row.lastSeen, undefined);
  }

  private remember(place: number, identity: Identity): Identity {
    if (this.young.size >= this.ofAGeneration) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(place, identity);
    return identity;
  }

  private person(identity: Identity): number {
    return (this.personOf.get(identity.id) as { person: number }).person;
  }
}

function placeOf(site: number, text: string): number {
  return fingerprint(text) ^ Math.imul(site, 0x9e3779b1);
}

function isOf(identity: Identity, site: number, text: string): boolean {
  return identity.site === site && identity.text === text;
}

/** A copy: a text that is a slice of a request would keep the whole request in memory. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
