import type { Database, Statement } from '../sqlite/database.js';
import type { Key } from '../sqlite/record.js';
import type { RemovedText } from './text-uses.js';

/** The tables and indexes with texts of people, as they are named in sqlite_schema. */
const TABLES = ['hits', 'identities', 'texts', 'refusals', 'erasing'] as const;
const INDEXES = ['sqlite_autoindex_identities_1', 'sqlite_autoindex_texts_1'] as const;
/** Indexes of parts of texts. It cannot be known where SQLite stores their entries. */
const PARTS = ['trigrams_data'] as const;

export const TREES = [...TABLES, ...INDEXES, ...PARTS] as const;
export type Tree = (typeof TREES)[number];

export function isIndex(tree: Tree): boolean {
  return (INDEXES as readonly string[]).includes(tree);
}

/** A place where something was removed: from one key to the same or a near key. */
export interface Place {
  tree: Tree;
  from: Key;
  to: Key;
}

/** Rows this near to each other are one place, up to this number of them. */
const NEAR = 8;
const ROWS_OF_A_PLACE = 1000;

/** The most places in memory. If there are more, all pages are searched. */
const MOST_PLACES = 200_000;

/**
 * The places where hits, people and texts were removed; copies of them may be on pages around (wiping.ts). The table `remains`
 * has a row while there are any. Methods that note and clear places are part of the caller's transaction.
 */
export class Remains {
  private readonly note: Statement;
  private readonly isNoted: Statement;
  private readonly done: Statement;
  private places: Place[] = [];
  /** Whether all pages have to be searched: after a start the places are not known. */
  isAnywhere: boolean;

  constructor(db: Database) {
    this.note = db.prepare('INSERT INTO remains VALUES (1) ON CONFLICT DO NOTHING');
    this.isNoted = db.prepare('SELECT 1 FROM remains');
    this.done = db.prepare('DELETE FROM remains');
    this.isAnywhere = this.isNoted.get() !== undefined;
  }

  /** Notes removed rows of a table, by their numbers. */
  rows(tree: (typeof TABLES)[number], numbers: readonly number[]): void {
    if (!numbers.length) return;
    this.note.run();
    let place: { from: number; to: number } | undefined;
    for (const number of numbers.toSorted((a, b) => a - b)) {
      if (place && number <= place.to + NEAR && number < place.from + ROWS_OF_A_PLACE) place.to = number;
      else {
        if (place) this.add(tree, [place.from], [place.to]);
        place = { from: number, to: number };
      }
    }
    this.add(tree, [place!.from], [place!.to]);
  }

  /** Notes identities that are removed, or lose their names. */
  identities(identities: readonly { id: number; site: number; identity: string }[]): void {
    this.rows(
      'identities',
      identities.map(({ id }) => id),
    );
    for (const { site, identity } of identities) {
      const key = [site, Buffer.from(identity)];
      this.add('sqlite_autoindex_identities_1', key, key);
    }
  }

  texts(texts: readonly RemovedText[]): void {
    this.rows(
      'texts',
      texts.map(({ number }) => number),
    );
    for (const { text } of texts) this.add('sqlite_autoindex_texts_1', [Buffer.from(text)], [Buffer.from(text)]);
  }

  /** Takes all places that were noted so far. */
  take(): Place[] {
    const { places } = this;
    this.places = [];
    return places;
  }

  giveBack(places: Place[]): void {
    this.places = [...places, ...this.places];
  }

  /** Whether the table has a row although nothing remains. */
  get isDone(): boolean {
    return !this.places.length && !this.isAnywhere && this.isNoted.get() !== undefined;
  }

  /** Call it when the copies at all noted places are overwritten. */
  clear(): void {
    this.done.run();
  }

  private add(tree: Tree, from: Key, to: Key): void {
    if (this.places.length >= MOST_PLACES) {
      this.isAnywhere = true;
      this.places = [];
    } else this.places.push({ tree, from, to });
  }
}
